//! What the sign-in page asks first, and who is sent straight to a provider elsewhere: home realm discovery, purely.

/// What is known when somebody has to sign in.
pub struct Facts<'a> {
    /// Whether passwords are accepted here.
    pub passwords: bool,
    /// The connectors: their names, and the domains whose addresses they alone give out.
    pub connectors: Vec<(&'a str, &'a [String])>,
    /// The address of who probably wants to sign in; empty when nobody knows.
    pub username: &'a str,
    /// Whether they have typed it, or have been sent to a provider for it before.
    pub asked: bool,
}

/// What comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// Name and password.
    Password,
    /// The name alone: it decides where the person signs in.
    Name,
    /// The choice of a provider.
    Choice,
    /// This provider.
    Provider(String),
}

impl Facts<'_> {
    /// Decides. Who has been to a provider for their address is not sent there again: it may be away, or they may have a
    /// password here.
    pub fn first(&self) -> First {
        let home = self.home().map(|name| First::Provider(name.to_owned()));
        match (self.passwords, self.connectors.as_slice()) {
            (false, [(only, _)]) => First::Provider((*only).to_owned()),
            (false, _) => home.filter(|_| !self.asked).unwrap_or(First::Choice),
            (true, _) if self.asked => First::Password,
            (true, connectors) => home.unwrap_or_else(|| {
                let any = connectors.iter().any(|(_, domains)| !domains.is_empty());
                if any && self.username.is_empty() { First::Name } else { First::Password }
            }),
        }
    }

    /// The provider that gives out addresses like this one.
    pub fn home(&self) -> Option<&str> {
        let (_, domain) = self.username.rsplit_once('@')?;
        let domain = domain.trim().to_lowercase();
        let gives = |(_, domains): &&(&str, &[String])| domains.contains(&domain);
        self.connectors.iter().find(gives).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_sent_where() {
        let work = ["work.example".to_owned()];
        let (work, club, plain) = (("work", &work[..]), ("club", &[][..]), First::Password);
        let to = |name: &str| First::Provider(name.to_owned());
        let ada = "Ada@Work.Example";
        for (passwords, connectors, username, asked, first) in [
            (true, vec![], "", false, plain.clone()),
            (true, vec![club], "", false, plain.clone()),
            (true, vec![club], ada, false, plain.clone()),
            (true, vec![club, work], "", false, First::Name),
            (true, vec![club, work], ada, false, to("work")),
            (true, vec![club, work], ada, true, plain.clone()),
            (true, vec![club, work], "ada@work.example.org", false, plain.clone()),
            (true, vec![club, work], "work.example", false, plain),
            (false, vec![club], "", false, to("club")),
            (false, vec![club], "", true, to("club")),
            (false, vec![club, work], "", false, First::Choice),
            (false, vec![club, work], ada, false, to("work")),
            (false, vec![club, work], ada, true, First::Choice),
            (false, vec![], ada, false, First::Choice),
        ] {
            let told = format!("{passwords} {connectors:?} {username} {asked}");
            let facts = Facts { passwords, connectors, username, asked };
            assert_eq!(facts.first(), first, "{told}");
        }
    }
}

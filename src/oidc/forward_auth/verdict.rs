//! Whether a request to an app goes through, purely.

use crate::config::Rule;
use crate::model::{Acr, EntitlementName, User};

/// What a proxy is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes through.
    Let,
    /// Somebody has to sign in first, or more surely.
    SignIn,
    /// The person may not.
    Forbid,
}

/// Who is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The person.
    pub user: &'a User,
    /// The groups that they are in.
    pub groups: &'a [EntitlementName],
    /// How surely they were recognised.
    pub acr: Acr,
}

/// Decides.
pub fn judge(rule: Option<&Rule>, found: Option<Found<'_>>) -> Verdict {
    let Some(rule) = rule else {
        return if found.is_some() { Verdict::Let } else { Verdict::SignIn };
    };
    if rule.public {
        return Verdict::Let;
    }
    let Some(Found { user, groups, acr }) = found else { return Verdict::SignIn };
    let named = rule.users.contains(&user.username);
    let grouped =
        groups.iter().any(|group| rule.groups.iter().any(|wanted| wanted == group.as_str()));
    let anybody = rule.users.is_empty() && rule.groups.is_empty();
    if !(anybody || named || grouped) {
        return Verdict::Forbid;
    }
    match rule.acr {
        Some(wanted) if acr < wanted && user.has_second_factor() => Verdict::SignIn,
        Some(wanted) if acr < wanted => Verdict::Forbid,
        Some(_) | None => Verdict::Let,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::store::testing::user;

    #[test]
    fn who_goes_through() {
        let text = r#"
            issuer = "https://id.example"
            [forward_auth."app.example"]
            client = "app"
            rules = ["/static public", "/admin group=admins acr=urn:hatcheck:acr:2fa", "/bob user=bob@example.org"]
        "#;
        let settings = Settings::parse(text, std::path::Path::new("")).unwrap().forward_auth;
        let (_, app) = settings.find("app.example").unwrap();
        let ada = user(1);
        let admin = ["staff", "admins"].map(|name| EntitlementName::parse(name).unwrap());
        let (weak, strong) = (Acr::OneFactor, Acr::TwoFactor);
        for (path, found, expected) in [
            ("/", None, Verdict::SignIn),
            ("/", Some((&[][..], weak)), Verdict::Let),
            ("/static/a", None, Verdict::Let),
            ("/admin", None, Verdict::SignIn),
            ("/admin", Some((&[][..], strong)), Verdict::Forbid),
            ("/admin", Some((&admin[..], weak)), Verdict::Forbid),
            ("/admin", Some((&admin[..], strong)), Verdict::Let),
            ("/bob", Some((&admin[..], strong)), Verdict::Forbid),
        ] {
            assert_eq!(
                judge(app.rule(path), found.map(|(groups, acr)| Found { user: &ada, groups, acr })),
                expected,
                "{path} {found:?}"
            );
        }
    }
}

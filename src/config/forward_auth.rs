//! `[forward_auth."HOST"]`: apps that can't be changed, behind a proxy that asks about each request.

use std::collections::BTreeMap;

use super::reading::Reader;
use crate::model::{Acr, ClientId, Username};

/// `[forward_auth]`
#[derive(Clone, Debug, Default)]
pub struct ForwardAuth(BTreeMap<String, ProtectedHost>);

/// `[forward_auth."HOST"]`
#[derive(Clone, Debug)]
pub struct ProtectedHost {
    /// `client`: the client that stands for the app.
    pub client: Option<ClientId>,
    /// `https`: whether browsers reach the app by https.
    pub https: bool,
    /// `rules`: what paths want; the longest that fits holds.
    pub rules: Vec<Rule>,
}

/// What a path wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The path, and all below it.
    pub path: String,
    /// Whether nobody need be signed in.
    pub public: bool,
    /// The class of sign-in that is wanted.
    pub acr: Option<Acr>,
    /// Who may, by the name they sign in with; everybody when there is neither a user nor a group.
    pub users: Vec<Username>,
    /// Which groups may (the claim `groups` of a person).
    pub groups: Vec<String>,
}

impl ForwardAuth {
    /// The app at a host, as the `Host` header names it.
    pub fn get(&self, host: &str) -> Option<&ProtectedHost> {
        self.0.get(host)
    }

    /// The same, with the host as the settings have it.
    pub fn find(&self, host: &str) -> Option<(&str, &ProtectedHost)> {
        self.0.get_key_value(host).map(|(host, settings)| (host.as_str(), settings))
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut hosts = Self::default();
        for host in reader.named("forward_auth") {
            let name = format!("forward_auth.\"{host}\"");
            let read = ProtectedHost::read(reader, &host, &name);
            if !is_host(&host) {
                reader.refuse(
                    &name,
                    "is no host: write it in small letters, with the port where it is not the usual one, like app.example.org",
                );
            }
            hosts.0.insert(host, read);
        }
        hosts
    }
}

impl ProtectedHost {
    /// Scheme and host, as browsers know the app.
    pub fn origin(&self, host: &str) -> String {
        format!("{}://{host}", if self.https { "https" } else { "http" })
    }

    /// The rule for a path: the longest that it is or lies below.
    pub fn rule(&self, path: &str) -> Option<&Rule> {
        let fits = |rule: &&Rule| rule.covers(path);
        self.rules.iter().filter(fits).max_by_key(|rule| rule.path.len())
    }

    fn read(reader: &mut Reader, host: &str, name: &str) -> Self {
        let client: String = reader.take_if(
            format!("{name}.client"),
            String::new(),
            |id: &String| {
                let fits = id.is_empty() || ClientId::parse(id).is_some();
                fits.then_some(()).ok_or_else(|| "is no client_id".to_owned())
            },
            "The registered client that stands for this app; its redirect URI is `https://HOST/.hatcheck/callback`.",
        );
        if client.is_empty() {
            reader.refuse(&format!("{name}.client"), "is not set: name a registered client");
        }
        let https =
            reader.take(format!("{name}.https"), true, "Whether browsers reach this app by https.");
        let name_alone = host.split(':').next().unwrap_or_default();
        let local = name_alone == "localhost"
            || name_alone.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
        if !https && !local {
            reader.refuse(
                &format!("{name}.https"),
                "is false, which is for apps on this machine only",
            );
        }
        let rules: Vec<String> = reader.take_if(
            format!("{name}.rules"),
            Vec::new(),
            |rules: &Vec<String>| {
                rules.iter().try_for_each(|rule| Rule::parse(rule).map(|_| ()))
            },
            "What paths want: a path and `public`, `signed-in`, `acr=…`, `user=…`, `group=…`; any signed-in person without one.",
        );
        let rules = rules.iter().filter_map(|rule| Rule::parse(rule).ok()).collect();
        Self { client: ClientId::parse(&client), https, rules }
    }
}

impl Rule {
    fn covers(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.path.as_str());
        below.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        })
    }

    /// `/admin acr=urn:hatcheck:acr:2fa group=admins`
    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let path =
            words.next().filter(|path| path.starts_with('/') && !path.contains(['%', '\\', '?']));
        let path = path.ok_or_else(|| {
            format!("has {text:?}: a rule begins with a path like /admin, without percent signs")
        })?;
        let mut rule = Self {
            path: path.to_owned(),
            public: false,
            acr: None,
            users: Vec::new(),
            groups: Vec::new(),
        };
        let mut any = false;
        for word in words {
            any = true;
            match word.split_once('=') {
                None if word == "public" => rule.public = true,
                None if word == "signed-in" => {}
                Some(("acr", acr)) if Acr::parse(acr).is_some() => rule.acr = Acr::parse(acr),
                Some(("user", name)) => rule.users.push(Username::canonical(name)),
                Some(("group", name)) if !name.is_empty() => rule.groups.push(name.to_owned()),
                _ => {
                    return Err(format!(
                        "has {word:?} in {text:?}: write public, signed-in, acr=…, user=… or group=…"
                    ));
                }
            }
        }
        let bare = rule.acr.is_none() && rule.users.is_empty() && rule.groups.is_empty();
        if !any || (rule.public && !bare) {
            return Err(format!("has {text:?}: say public alone, or what the path wants"));
        }
        Ok(rule)
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    !name.is_empty()
        && name.bytes().all(fits)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_that_covers_a_path_holds() {
        let rules =
            ["/ signed-in", "/static/ public", "/admin group=admins acr=urn:hatcheck:acr:2fa"];
        let host = ProtectedHost {
            client: None,
            https: true,
            rules: rules.iter().map(|rule| Rule::parse(rule).unwrap()).collect(),
        };
        for (path, expected) in [
            ("/", "/"),
            ("/a", "/"),
            ("/static", "/"),
            ("/static/a.css", "/static/"),
            ("/admin", "/admin"),
            ("/admin/x", "/admin"),
            ("/administrator", "/"),
        ] {
            assert_eq!(host.rule(path).unwrap().path, expected, "{path}");
        }
    }

    #[test]
    fn a_rule_says_one_thing() {
        for bad in [
            "",
            "/",
            "admin public",
            "/a%20b public",
            "/a secret",
            "/a acr=9",
            "/a group=",
            "/a public user=ada",
        ] {
            assert!(Rule::parse(bad).is_err(), "{bad}");
        }
        let rule = Rule::parse("/a user=Ada@Example.org user=bob@example.org").unwrap();
        assert_eq!(rule.users.len(), 2);
        assert!(is_host("app.example.org:8443") && is_host("localhost"));
        for bad in ["", "App.example.org", "a/b", "a:b", "*.example.org", "a b"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}

//! Whether a request to an app goes through, purely.

use super::groups;
use crate::config::Rule;
use crate::model::{Acr, User};

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

/// Decides. `found`: who is signed in, and how surely.
pub fn judge(rule: Option<&Rule>, found: Option<(&User, Acr)>) -> Verdict {
    let Some(rule) = rule else {
        return if found.is_some() { Verdict::Let } else { Verdict::SignIn };
    };
    if rule.public {
        return Verdict::Let;
    }
    let Some((user, acr)) = found else { return Verdict::SignIn };
    let named = rule.users.contains(&user.username);
    let grouped = groups(user).iter().any(|group| rule.groups.iter().any(|wanted| wanted == group));
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
    use serde_json::json;

    use super::*;
    use crate::config::Settings;
    use crate::model::Claims;
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
        let plain = user(1);
        let mut admin = user(1);
        let claims = json!({"groups": ["staff", "admins"]});
        admin.claims = Claims::from_map(claims.as_object().unwrap().clone()).unwrap();
        let (weak, strong) = (Acr::OneFactor, Acr::TwoFactor);
        for (path, found, expected) in [
            ("/", None, Verdict::SignIn),
            ("/", Some((&plain, weak)), Verdict::Let),
            ("/static/a", None, Verdict::Let),
            ("/admin", None, Verdict::SignIn),
            ("/admin", Some((&plain, strong)), Verdict::Forbid),
            ("/admin", Some((&admin, weak)), Verdict::Forbid),
            ("/admin", Some((&admin, strong)), Verdict::Let),
            ("/bob", Some((&admin, strong)), Verdict::Forbid),
        ] {
            assert_eq!(
                judge(app.rule(path), found),
                expected,
                "{path} {:?}",
                found.map(|(_, acr)| acr)
            );
        }
    }
}

//! What a route asks of a token, beyond that it is good.

use crate::{Identity, Refusal};

/// What a route asks for.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// Scopes that a token must all have.
    pub scopes: Vec<String>,
    /// Roles of which the person must have one, when any is named.
    pub roles: Vec<String>,
    /// Groups of which the person must be in one, when any is named.
    pub groups: Vec<String>,
    /// Permissions that the person must all have.
    pub permissions: Vec<String>,
    /// Ways of signing in of which one must have been used, when any is named; the preferred one first.
    pub acr: Vec<String>,
    /// Whether the token may come in the URL.
    pub in_url: bool,
    /// Whether a connection ticket may.
    pub ticket_in_url: bool,
}

impl Demand {
    /// Judges what is known about the caller. What another sign-in can't mend comes first.
    pub fn judge(&self, identity: &Identity) -> Result<(), Refusal> {
        if !self.scopes.iter().all(|scope| identity.has_scope(scope)) {
            return Err(Refusal::Scope);
        }
        if !self.roles.is_empty() && !self.roles.iter().any(|role| identity.has_role(role)) {
            return Err(Refusal::Role);
        }
        if !self.groups.is_empty() && !self.groups.iter().any(|group| identity.is_in(group)) {
            return Err(Refusal::Group);
        }
        if !self.permissions.iter().all(|permission| identity.has_permission(permission)) {
            return Err(Refusal::Permission);
        }
        let recognised = identity.acr.as_ref().is_some_and(|acr| self.acr.contains(acr));
        if !self.acr.is_empty() && !recognised {
            return Err(Refusal::Acr);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::identity::Facts;

    fn texts(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    fn judged(scopes: &str, roles: &str, acr: &str) -> Result<(), Refusal> {
        let (scopes, roles, acr) = (texts(scopes), texts(roles), texts(acr));
        judge(&Demand { scopes, roles, acr, ..Demand::default() })
    }

    fn judge(demand: &Demand) -> Result<(), Refusal> {
        let identity = Identity::new(Facts {
            subject: "ada".to_owned(),
            client_id: "app".to_owned(),
            scopes: texts("openid notes:read"),
            acr: Some("2fa".to_owned()),
            auth_time: None,
            roles: texts("editor"),
            groups: texts("staff"),
            permissions: texts("print fold"),
            session_id: None,
            issued_at: 0,
            expires_at: 0,
            token_id: "t".to_owned(),
            claims: Map::new(),
        });
        demand.judge(&identity)
    }

    #[test]
    fn all_scopes_one_role_and_one_acr_are_asked_for() {
        for (scopes, roles, acr, verdict) in [
            ("", "", "", Ok(())),
            ("notes:read openid", "admin editor", "3fa 2fa", Ok(())),
            ("notes:read notes:write", "editor", "2fa", Err(Refusal::Scope)),
            ("notes", "", "", Err(Refusal::Scope)),
            ("", "admin", "1fa", Err(Refusal::Role)),
            ("notes:read", "", "1fa 3fa", Err(Refusal::Acr)),
        ] {
            assert_eq!(judged(scopes, roles, acr), verdict, "{scopes} / {roles} / {acr}");
        }
    }

    #[test]
    fn one_group_and_all_permissions_are_asked_for() {
        for (groups, permissions, verdict) in [
            ("admins staff", "print", Ok(())),
            ("", "print fold", Ok(())),
            ("admins", "print", Err(Refusal::Group)),
            ("staff", "print send", Err(Refusal::Permission)),
        ] {
            let (groups, permissions) = (texts(groups), texts(permissions));
            assert_eq!(judge(&Demand { groups, permissions, ..Demand::default() }), verdict);
        }
    }
}

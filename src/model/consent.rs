//! What a person has allowed an app.

use std::collections::BTreeSet;

use super::{ClientId, Scopes, Timestamp, UserId, scope_of_claim};

/// What an app may have: scopes, and claims one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The scopes.
    pub scopes: Scopes,
    /// The claims beside those of the scopes (OpenID Connect Core section 5.5).
    pub claims: BTreeSet<String>,
}

/// What a person allowed an app to have, until withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who allowed it.
    pub user_id: UserId,
    /// To which app.
    pub client_id: ClientId,
    /// All scopes allowed so far.
    pub scopes: Scopes,
    /// All claims allowed one by one so far.
    pub claims: BTreeSet<String>,
    /// When it was first allowed.
    pub created_at: Timestamp,
    /// When it was last added to.
    pub updated_at: Timestamp,
}

impl Consent {
    /// Whether all that is asked for has been allowed: a claim by itself, or by the scope that gives it.
    pub fn covers(&self, asked: &Access) -> bool {
        let by_scope =
            |claim: &str| scope_of_claim(claim).is_some_and(|scope| self.scopes.contains(scope));
        self.scopes.covers(&asked.scopes)
            && asked.claims.iter().all(|claim| self.claims.contains(claim) || by_scope(claim))
    }
}

impl From<&Scopes> for Access {
    fn from(scopes: &Scopes) -> Self {
        Self { scopes: scopes.clone(), claims: BTreeSet::new() }
    }
}

impl From<&Self> for Access {
    fn from(access: &Self) -> Self {
        access.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_5_5_a_claim_is_allowed_by_itself_or_by_its_scope() {
        let consent = Consent {
            user_id: UserId::new(Timestamp::from_seconds(1), &[1; 10]),
            client_id: ClientId::parse("notes").unwrap(),
            scopes: Scopes::parse("openid email").unwrap(),
            claims: ["name".to_owned()].into(),
            created_at: Timestamp::from_seconds(1),
            updated_at: Timestamp::from_seconds(1),
        };
        for (scopes, claims, covered) in [
            ("openid", "", true),
            ("openid profile", "", false),
            ("openid", "name email_verified", true),
            ("openid", "name birthdate", false),
        ] {
            let claims = claims.split_whitespace().map(str::to_owned).collect();
            let asked = Access { scopes: Scopes::parse(scopes).unwrap(), claims };
            assert_eq!(consent.covers(&asked), covered, "{asked:?}");
        }
    }
}

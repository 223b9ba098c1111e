//! What somebody has allowed an app, with all that it comprises today: OpenID Connect Core section 5.5.

use crate::config::Scopes;
use crate::http::App;
use crate::model::{Client, Consent, UserId};
use crate::store::{self, StoreError};

/// The consent of a person to what an app gets, if there is one.
pub async fn consent(
    app: &App,
    user: UserId,
    client: &Client,
) -> Result<Option<Consent>, StoreError> {
    let id = client.id.clone();
    let found = app.read(move |db| store::consents::find(db, user, &id)).await?;
    Ok(found.map(|consent| comprising(consent, &app.settings().scopes)))
}

/// A claim that a scope of one's own gives was allowed with the scope, as one of a standard scope is.
fn comprising(mut consent: Consent, offered: &Scopes) -> Consent {
    consent.claims.extend(offered.given(&consent.scopes).map(str::to_owned));
    consent
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Settings;
    use crate::model::{self, Access, ClientId, Timestamp};

    #[test]
    fn core_5_5_who_allowed_a_scope_of_our_own_allowed_its_claims() {
        let text = "issuer = \"https://id.example\"\n[scopes.hat]\ndescription = \"Know your HAT\"\n\
                    claims = [\"hat_domain\", \"nickname\"]\n[scopes.pet]\ndescription = \"Know your pet\"\n\
                    claims = [\"pet_name\"]";
        let offered = Settings::parse(text, Path::new("")).unwrap().scopes;
        let consent = |scopes: &str| Consent {
            user_id: UserId::new(Timestamp::from_seconds(1), &[1; 10]),
            client_id: ClientId::parse("notes").unwrap(),
            scopes: model::Scopes::parse(scopes).unwrap(),
            claims: ["birthdate".to_owned()].into(),
            created_at: Timestamp::from_seconds(1),
            updated_at: Timestamp::from_seconds(1),
        };
        for (allowed, asked, covered) in [
            ("openid hat", "hat_domain nickname birthdate", true),
            ("openid hat", "pet_name", false),
            ("openid hat pet", "pet_name hat_domain", true),
            ("openid", "hat_domain", false),
            ("openid profile", "nickname", true),
        ] {
            let claims = asked.split(' ').map(str::to_owned).collect();
            let asked = Access { scopes: model::Scopes::parse("openid").unwrap(), claims };
            let consent = comprising(consent(allowed), &offered);
            assert_eq!(consent.covers(&asked), covered, "{allowed}: {asked:?}");
        }
    }
}

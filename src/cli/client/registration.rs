//! What a registration file holds, and how a registration is printed: RFC 7591 sections 2 and 3.2.1.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::{CliError, input};
use crate::keys;
use crate::model::client::{Metadata, MetadataError};
use crate::model::{ClientId, Secret};

/// The shortest secret that somebody may choose (RFC 6749 section 10.10 wants it hard to guess).
const SHORTEST_SECRET: usize = 16;
/// The same for one that signs, with HS512 as well.
const SHORTEST_SIGNING_SECRET: usize = 64;
const LONGEST_SECRET: usize = 500;

/// A registration, checked.
#[derive(Debug)]
pub struct Registration {
    /// The identifier, when one was chosen.
    pub id: Option<ClientId>,
    /// The secret, when one was chosen.
    pub secret: Option<Secret<String>>,
    /// All the rest.
    pub metadata: Metadata,
}

/// Reads a file of client metadata.
pub fn read(file: &Path) -> Result<Registration, CliError> {
    let members = input::object(file)?;
    parse(members).map_err(|error| CliError::Input(format!("{}: {error}", file.display())))
}

pub(super) fn parse(mut members: Map<String, Value>) -> Result<Registration, MetadataError> {
    let refused = |member: &str, reason: &str| MetadataError::Member {
        member: member.to_owned(),
        reason: reason.to_owned(),
    };
    let id = members.remove("client_id").map(|value| {
        value.as_str().and_then(ClientId::parse).ok_or_else(|| {
            refused(
                "client_id",
                "has to be a text of 1 to 200 visible ASCII characters without blanks",
            )
        })
    });
    let secret = members.remove("client_secret").map(|value| {
        let text = value
            .as_str()
            .filter(|text| text.chars().count() >= SHORTEST_SECRET && text.len() <= LONGEST_SECRET);
        text.map(|text| Secret::new(text.to_owned())).ok_or_else(|| {
            refused(
                "client_secret",
                "has to be a text of 16 to 500 characters; leave it out, and a good one is made",
            )
        })
    });
    // `show` prints these, so what it printed can be edited and given to `update`
    members.remove("client_id_issued_at");
    members.remove("client_secret_expires_at");
    let registration = Registration {
        id: id.transpose()?,
        secret: secret.transpose()?,
        metadata: Metadata::from_json(members)?,
    };
    keys::client_keys::check_metadata(&registration.metadata)
        .map_err(|(member, reason)| refused(member, &reason))?;
    if registration.secret.is_some() && !registration.metadata.takes_secret() {
        return Err(refused(
            "client_secret",
            "this token_endpoint_auth_method uses none: leave one of the two out",
        ));
    }
    let chosen = registration.secret.as_ref().map_or(usize::MAX, |secret| secret.expose().len());
    if registration.metadata.signs_with_secret() && chosen < SHORTEST_SIGNING_SECRET {
        return Err(refused(
            "client_secret",
            "has to have 64 characters or more where it signs (OpenID Connect Core section 16.19); leave it out, and a good one is made",
        ));
    }
    Ok(registration)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Client;
    use crate::model::client::ClientSecret;

    fn parsed(value: Value) -> Result<Registration, MetadataError> {
        let Value::Object(members) = value else { panic!("{value} is no object") };
        parse(members)
    }

    #[test]
    fn rfc_7591_2_a_chosen_id_and_secret_are_taken() {
        let registration = parsed(json!({
            "client_id": "notes", "client_secret": "pa:ss%word+&=/ ~ 12345",
            "redirect_uris": ["https://rp.example/cb"]
        }))
        .unwrap();
        assert_eq!(registration.id.unwrap().as_str(), "notes");
        assert_eq!(registration.secret.unwrap().expose(), "pa:ss%word+&=/ ~ 12345");
        let neither = parsed(json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap();
        assert!(neither.id.is_none() && neither.secret.is_none());
    }

    #[test]
    fn red_18_what_is_refused_names_the_member_and_what_to_write_instead() {
        let good = "https://rp.example/cb";
        for (value, member) in [
            (json!({"redirect_uris": ["javascript:alert(1)"]}), "redirect_uris"),
            (json!({"redirect_uris": ["https://rp.example/cb#f"]}), "redirect_uris"),
            (json!({"redirect_uris": ["http://rp.example/cb"]}), "redirect_uris"),
            (json!({"redirect_uris": [""]}), "redirect_uris"),
            (json!({"redirect_uris": [good], "client_id": "with blank"}), "client_id"),
            (json!({"redirect_uris": [good], "client_id": 7}), "client_id"),
            (json!({"redirect_uris": [good], "client_secret": "short"}), "client_secret"),
            (
                json!({"redirect_uris": [good], "client_secret": "0123456789abcdef",
                       "token_endpoint_auth_method": "none"}),
                "client_secret",
            ),
            (json!({"redirect_uris": [good], "subject_type": "secret"}), "subject_type"),
        ] {
            let error = parsed(value.clone()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{member}: ")), "{value}: {error}");
        }
    }

    #[test]
    fn what_show_prints_can_be_given_to_update() {
        let metadata =
            parsed(json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap().metadata;
        let now = crate::model::Timestamp::from_seconds(7);
        let client = Client {
            id: ClientId::parse("notes").unwrap(),
            metadata,
            secrets: vec![ClientSecret::of(&Secret::new("x".to_owned()))],
            created_at: now,
            updated_at: now,
        };
        let shown = client.to_json(None);
        assert!(!shown.contains_key("client_secret"));
        assert_eq!(parse(shown).unwrap().metadata, client.metadata);
    }
}

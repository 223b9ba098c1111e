//! Whose account it is that somebody who signed in elsewhere gets: `(connector, subject)` decides, and never an address alone.

use serde_json::{Map, Value};

use crate::config::{self, FirstSignIn, Mapping};
use crate::federation::Person;
use crate::http::Known;
use crate::model::{Claims, Digest, Entitlement, Username};
use crate::session::newcomer::{Adoption, Newcomer, Profile};

/// The letters of a made-up name.
const MADE_UP: usize = 20;

/// As whom they are known here. An address that the provider has not verified is no name: somebody else's could be taken by it.
pub fn newcomer(connector: &str, settings: &config::Connector, person: &Person) -> Newcomer {
    let verified = person.email.as_deref().filter(|_| person.email_verified);
    let verified = verified.and_then(|email| Username::for_new_account(email).ok());
    let authority = |name: &Username| settings.is_authority_on(name.as_str());
    let adoption = match &verified {
        Some(name) if authority(name) => Adoption::Verified,
        Some(_) | None => Adoption::Never,
    };
    let email_verified = verified.is_some();
    let username = verified.unwrap_or_else(|| made_up(connector, &person.subject));
    let known = Known {
        subject: person.subject.clone(),
        email: person.email.clone().unwrap_or_else(|| username.to_string()),
        email_verified,
        name: person.name.clone().unwrap_or_default(),
        adopt: false,
        username,
    };
    let create = settings.first_sign_in == FirstSignIn::Create;
    let profile = profile(&settings.mapping, person);
    Newcomer { provider: connector.to_owned(), known, adoption, create, profile }
}

/// What the provider's claims give, as the connector says. What can't be a claim here is left out.
fn profile(mapping: &Mapping, person: &Person) -> Profile {
    let mut claims = Claims::default();
    for name in &mapping.claims {
        let Some(value) = person.claims.get(name) else { continue };
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if Claims::from_map(alone).is_ok_and(|good| !good.is_empty()) {
            claims.insert(name, value.clone());
        }
    }
    let groups = person.claims.get(&mapping.groups_claim);
    let is_in = |group: &str| match groups {
        Some(Value::String(one)) => one == group,
        Some(Value::Array(all)) => all.iter().any(|one| one == group),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    };
    let of = |within: bool| {
        let grants = mapping.grants.iter().filter(move |(group, _)| is_in(group) == within);
        grants.flat_map(|(_, given)| given.clone()).collect::<Vec<Entitlement>>()
    };
    let given = of(true);
    let taken = of(false).into_iter().filter(|one| !given.contains(one)).collect();
    Profile { claims, given, taken }
}

/// A name that nobody's address can be (RFC 2606 section 2).
fn made_up(connector: &str, subject: &str) -> Username {
    let digest = Digest::of(format!("{connector}\n{subject}")).as_str().to_lowercase();
    let letters: String =
        digest.chars().filter(char::is_ascii_alphanumeric).take(MADE_UP).collect();
    Username::canonical(&format!("{letters}@{connector}.invalid"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Settings;
    use crate::model::Secret;

    fn settings(more: &str) -> config::Connector {
        let text = format!(
            "issuer = \"https://id.example\"\n[connectors.work]\nissuer = \"https://work.example\"\n\
             client_id = \"us\"\ndomains = [\"work.example\"]\n{more}"
        );
        let all = Settings::parse(&text, std::path::Path::new("")).unwrap().connectors;
        all.get("work").unwrap().clone()
    }

    fn person(email: Option<&str>, email_verified: bool) -> Person {
        Person {
            subject: "s-1".to_owned(),
            session_id: None,
            auth_time: None,
            second_factor: false,
            email: email.map(str::to_owned),
            email_verified,
            name: Some("Ada".to_owned()),
            claims: serde_json::Map::new(),
            id_token: Secret::new(String::new()),
            kept: None,
        }
    }

    #[test]
    fn claims_and_groups_there_give_what_the_connector_says() {
        let text = "groups_claim = \"teams\"\nclaims = [\"given_name\", \"locale\", \"picture\"]\n\
                    [connectors.work.grants]\n\"eng\" = [\"group staff\", \"role editor at notes\"]\n\
                    \"ops\" = [\"group staff\", \"group on call\"]\n";
        let mapping = settings(text).mapping;
        let found = |claims: Value| {
            let claims = claims.as_object().unwrap().clone();
            let profile = profile(&mapping, &Person { claims, ..person(None, false) });
            let shown =
                |all: &[Entitlement]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
            (
                Value::from(profile.claims.as_map().clone()),
                shown(&profile.given),
                shown(&profile.taken),
            )
        };
        let (claims, given, taken) = found(json!({
            "given_name": "Ada", "locale": 7, "picture": "https://x.example/a.png", "nickname": "x", "teams": ["eng", "x"],
        }));
        assert_eq!(claims, json!({"given_name": "Ada", "picture": "https://x.example/a.png"}));
        assert_eq!(given, ["group staff", "role editor at notes"]);
        assert_eq!(taken, ["group on call"], "what another group gives as well stays");
        for none in [
            json!({}),
            json!({"teams": "engine"}),
            json!({"teams": {"eng": true}}),
            json!({"teams": [["eng"]]}),
        ] {
            assert_eq!(found(none).1, [""; 0]);
        }
        assert_eq!(found(json!({"teams": "ops"})).1, ["group staff", "group on call"]);
    }

    #[test]
    fn fed_04_an_address_is_a_name_only_when_it_is_verified_and_links_only_by_its_authority() {
        for (email, verified, name, adoption) in [
            (Some("Ada@Work.example"), true, Some("ada@work.example"), Adoption::Verified),
            (Some("ada@home.example"), true, Some("ada@home.example"), Adoption::Never),
            (Some("ada@work.example"), false, None, Adoption::Never),
            (Some("no address"), true, None, Adoption::Never),
            (None, true, None, Adoption::Never),
        ] {
            let newcomer = newcomer("work", &settings(""), &person(email, verified));
            let username = newcomer.known.username.to_string();
            match name {
                Some(name) => assert_eq!(username, name),
                None => assert!(username.ends_with("@work.invalid"), "{username}"),
            }
            assert_eq!(
                (newcomer.adoption, newcomer.known.email_verified),
                (adoption, name.is_some())
            );
            assert!(newcomer.create);
        }
        let refuses = settings("first_sign_in = \"refuse\"");
        assert!(!newcomer("work", &refuses, &person(None, false)).create);
    }
}

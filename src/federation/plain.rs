//! Providers that are no OpenID providers: RFC 6749, and a document about whoever an access token is of. There is no ID token: that
//! the code is of this very sign-in is proved by PKCE alone (RFC 7636).

use serde_json::{Map, Value};

use super::failure::Failure;
use super::person::{LONGEST_SUBJECT, Person};
use crate::config::Plain;
use crate::model::Secret;
use crate::outgoing::Outgoing;

/// Who an access token is of.
pub(super) async fn person(
    plain: &Plain,
    access_token: &str,
    outgoing: &Outgoing,
) -> Result<Person, Failure> {
    let info = fetch(&plain.userinfo_endpoint, access_token, outgoing).await?;
    let Value::Object(info) = info else {
        return Err(Failure::UserInfo("it is no JSON object".to_owned()));
    };
    let emails = match &plain.emails_endpoint {
        Some(url) => Some(fetch(url, access_token, outgoing).await?),
        None => None,
    };
    told(plain, info, emails.as_ref()).map_err(|reason| Failure::UserInfo(reason.to_owned()))
}

async fn fetch(url: &str, access_token: &str, outgoing: &Outgoing) -> Result<Value, Failure> {
    let answer = outgoing.get_as(url, access_token).await?;
    if answer.status != 200 {
        return Err(Failure::UserInfo(format!("{url} answers {}", answer.status)));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| Failure::UserInfo(format!("{url} can't be read: {error}")))
}

fn told(
    plain: &Plain,
    info: Map<String, Value>,
    emails: Option<&Value>,
) -> Result<Person, &'static str> {
    let text = |name: &str| info.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let subject = match info.get(&plain.subject_claim) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        )
        | None => return Err("it does not say who the person is"),
    };
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
        return Err("what it calls the person is empty or longer than 255 letters");
    }
    let (email, email_verified) = if let Some(all) = emails {
        let email = primary(all);
        (email.clone(), email.is_some())
    } else {
        let verified = info.get(&plain.email_verified_claim) == Some(&Value::Bool(true));
        (text(&plain.email_claim).map(str::to_owned), verified)
    };
    Ok(Person {
        subject,
        session_id: None,
        auth_time: None,
        second_factor: false,
        email_verified: email_verified && email.is_some(),
        email,
        name: text(&plain.name_claim).map(str::to_owned),
        claims: info,
        id_token: Secret::new(String::new()),
        kept: None,
    })
}

/// The primary address, if the provider has verified it.
fn primary(emails: &Value) -> Option<String> {
    let is = |each: &Value, name: &str| each.get(name).and_then(Value::as_bool) == Some(true);
    let all = emails.as_array()?;
    let found = all.iter().find(|each| is(each, "primary") && is(each, "verified"))?;
    found.get("email")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain() -> Plain {
        Plain {
            authorization_endpoint: String::new(),
            token_endpoint: String::new(),
            userinfo_endpoint: String::new(),
            emails_endpoint: None,
            subject_claim: "id".to_owned(),
            name_claim: "name".to_owned(),
            email_claim: "mail".to_owned(),
            email_verified_claim: "sure".to_owned(),
        }
    }

    #[test]
    fn fed_04_and_fed_07_who_somebody_is_is_read_from_userinfo() {
        let person = |info: Value, emails: Option<Value>| {
            told(&plain(), info.as_object().unwrap().clone(), emails.as_ref())
        };
        let found =
            person(json!({"id": 583, "name": "Ada", "mail": "a@b.example", "sure": true}), None);
        let found = found.unwrap();
        assert_eq!((found.subject.as_str(), found.name.as_deref()), ("583", Some("Ada")));
        assert_eq!((found.email.as_deref(), found.email_verified), (Some("a@b.example"), true));
        let unsure =
            person(json!({"id": "x", "mail": "a@b.example", "sure": "true"}), None).unwrap();
        assert!(!unsure.email_verified);
        for none in [
            json!({}),
            json!({"id": ""}),
            json!({"id": null}),
            json!({"id": 1.5}),
            json!({"id": [1]}),
        ] {
            assert!(person(none.clone(), None).is_err(), "{none}");
        }
        for (emails, email) in [
            (
                json!([{"email": "a@b.example", "primary": true, "verified": true}]),
                Some("a@b.example"),
            ),
            (json!([{"email": "a@b.example", "primary": true, "verified": false}]), None),
            (json!([{"email": "a@b.example", "primary": false, "verified": true}]), None),
            (json!({"email": "a@b.example"}), None),
        ] {
            // What the document itself says of an address counts for nothing there
            let info = json!({"id": 1, "mail": "victim@b.example", "sure": true});
            let found = person(info, Some(emails.clone())).unwrap();
            assert_eq!(
                (found.email.as_deref(), found.email_verified),
                (email, email.is_some()),
                "{emails}"
            );
        }
    }
}

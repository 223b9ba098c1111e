//! `claims` and `claims_locales`: OpenID Connect Core sections 5.2 and 5.5.

use serde_json::Value;

use crate::config;
use crate::http::Params;
use crate::model::client::Metadata;
use crate::model::{ClaimsRequest, Details, Scopes, Wanted, base_of_claim, language};
use crate::oidc::authorize::Refusal;

/// The most languages of `claims_locales` that are looked at.
const MOST_LOCALES: usize = 16;

/// What the two parameters ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The claims about the person, and their languages.
    pub details: Details,
    /// How `acr` is wanted in the ID token.
    pub acr: Option<Wanted>,
    /// Who has to be signed in: a value of `sub` (section 5.5.1).
    pub subject: Option<String>,
}

/// Reads both. What nobody knows, and what the client may not have, is left out (section 5.5).
pub fn judge(
    params: &Params,
    metadata: &Metadata,
    scopes: &Scopes,
    offered: &config::Scopes,
) -> Result<Claimed, Refusal> {
    let mut claims = match params.optional("claims") {
        Some(text) => ClaimsRequest::parse(text).map_err(Refusal::Claims)?,
        None => ClaimsRequest::default(),
    };
    let subject = subject(&claims)?;
    let acr = claims.id_token.remove("acr");
    claims.retain(|key| may_ask(key, metadata, offered));
    let singles = claims.names().into_iter();
    let singles = singles.filter(|name| !offered.give(scopes, name)).map(str::to_owned).collect();
    let details = Details { claims, singles, locales: locales(params), ..Details::default() };
    Ok(Claimed { details, acr, subject })
}

/// A claim that some scope of the client's gives: whoever may not ask for the scope may not ask for its claims.
fn may_ask(key: &str, metadata: &Metadata, offered: &config::Scopes) -> bool {
    let (name, tag) = base_of_claim(key);
    (tag.is_empty() || language::is_tag(tag)) && offered.give(&metadata.scope, name)
}

/// A wanted `sub` names one person; any other must not be answered about (section 5.5.1).
fn subject(claims: &ClaimsRequest) -> Result<Option<String>, Refusal> {
    let wanted = [&claims.id_token, &claims.userinfo];
    let mut values = wanted.iter().filter_map(|all| all.get("sub")).flat_map(|sub| &sub.values);
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|other| other != first) {
        return Err(Refusal::SubjectUnclear);
    }
    first.as_str().map(|sub| Some(sub.to_owned())).ok_or(Refusal::SubjectUnknown)
}

/// Language tags, the best first. What is none does no harm (section 3.1.2.1: never an error).
fn locales(params: &Params) -> Vec<String> {
    let named = params.optional("claims_locales").unwrap_or_default().split(' ');
    let tags = named.filter(|tag| language::is_tag(tag)).take(MOST_LOCALES);
    tags.map(str::to_owned).collect()
}

/// The texts among the values of a claim.
pub(super) fn texts(wanted: &Wanted) -> impl Iterator<Item = &str> {
    wanted.values.iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::client;
    use super::*;
    use crate::model::{Timestamp, UserId};

    fn ask(claims: &Value, locales: &str) -> Result<Claimed, Refusal> {
        let pairs = [("claims", claims.to_string()), ("claims_locales", locales.to_owned())];
        let text =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let client = client(&json!({"scope": "openid profile email"}));
        let scopes = Scopes::parse("openid email").unwrap();
        let params = Params::parse(text.as_bytes()).unwrap();
        judge(&params, &client.metadata, &scopes, &config::Scopes::default())
    }

    #[test]
    fn core_5_5_what_nobody_knows_or_the_client_may_not_have_is_left_out() {
        let claims = json!({
            "userinfo": {"name": {"essential": true}, "email": null, "phone_number": null, "shoe_size": null,
                "iss": null, "family_name#ja-Kana-JP": null, "nickname#!": null},
            "id_token": {"auth_time": {"essential": true}, "nickname": null}
        });
        let claimed = ask(&claims, "").unwrap();
        let asked = &claimed.details.claims;
        assert!(asked.userinfo.keys().eq(["email", "family_name#ja-Kana-JP", "name"]));
        assert!(asked.id_token.keys().eq(["nickname"]));
        assert!(claimed.details.singles.iter().eq(["family_name", "name", "nickname"]));
        assert_eq!(ask(&json!({}), "").unwrap(), Claimed::default());
        assert_eq!(ask(&json!([]), "").unwrap_err().error(), "invalid_request");
    }

    #[test]
    fn core_5_5_1_a_wanted_sub_is_one_person() {
        let ada = UserId::new(Timestamp::from_seconds(1), &[1; 10]);
        let sub = |wanted: Value| {
            let claimed = ask(&json!({"id_token": {"sub": wanted}}), "");
            claimed.map(|claimed| claimed.subject).map_err(|refusal| refusal.error())
        };
        assert_eq!(sub(json!(null)), Ok(None));
        assert_eq!(sub(json!({"essential": true})), Ok(None));
        assert_eq!(sub(json!({ "value": ada })), Ok(Some(ada.to_string())));
        assert_eq!(sub(json!({ "values": [ada, ada] })), Ok(Some(ada.to_string())));
        assert_eq!(sub(json!({ "values": [ada, "other"] })), Err("invalid_request"));
        assert_eq!(sub(json!({ "value": 7 })), Err("login_required"));
    }

    #[test]
    fn core_5_2_claims_locales_are_never_an_error() {
        let locales = |text: &str| ask(&json!({}), text).unwrap().details.locales;
        assert_eq!(locales("se"), ["se"]);
        assert_eq!(locales("de-CH  !! en"), ["de-CH", "en"]);
        assert!(locales(&"x ".repeat(2_000)).len() <= MOST_LOCALES);
    }
}

//! The `claims` parameter: OpenID Connect Core section 5.5.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest parameter that is read, in bytes.
pub const LONGEST: usize = 4_096;
/// The most claims in each of the two members.
const MOST: usize = 100;
/// The most `values` of one claim.
const MOST_VALUES: usize = 50;
/// The longest name of a claim, in bytes.
const LONGEST_NAME: usize = 200;
/// How deep a wanted value may be nested.
const DEEPEST: usize = 5;

/// Claims that are asked for one by one, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// For the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Wanted>,
    /// For userinfo.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Wanted>,
}

/// How a claim is wanted (section 5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The app needs it for what the person wants to do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// Only with one of these values; none: with any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// Why a text is no `claims` parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRequestError {
    /// More than 4,096 bytes.
    #[error("claims is longer than {LONGEST} bytes")]
    TooLong,
    /// Not JSON, or no object.
    #[error("claims is no JSON object")]
    NoObject,
    /// `id_token` or `userinfo` is no object.
    #[error("the member {0} of claims is no JSON object")]
    Member(&'static str),
    /// Too many claims.
    #[error("claims asks for more than {MOST} claims at once")]
    TooMany,
    /// Neither null nor an object of section 5.5.1.
    #[error(
        "claims says of {0} what is neither null nor an object with essential (true or false), value, or values (a list of at most {MOST_VALUES})"
    )]
    Wanted(String),
}

impl ClaimsRequest {
    /// Reads the parameter. Members that section 5.5 does not know are left out, as it says.
    pub fn parse(text: &str) -> Result<Self, ClaimsRequestError> {
        if text.len() > LONGEST {
            return Err(ClaimsRequestError::TooLong);
        }
        let read = serde_json::from_str(text).map_err(|_| ClaimsRequestError::NoObject)?;
        Self::of(&read)
    }

    /// Reads the value of a `claims` member, as it stands in a request object (section 6.1).
    pub fn of(value: &Value) -> Result<Self, ClaimsRequestError> {
        let members = value.as_object().ok_or(ClaimsRequestError::NoObject)?;
        Ok(Self { id_token: read(members, "id_token")?, userinfo: read(members, "userinfo")? })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// Each claim that is asked for in either place, without its language.
    pub fn names(&self) -> BTreeSet<&str> {
        self.id_token.keys().chain(self.userinfo.keys()).map(|key| base(key).0).collect()
    }

    /// Leaves only those claims, by their full names, that pass.
    pub fn retain(&mut self, passes: impl Fn(&str) -> bool) {
        self.id_token.retain(|key, _| passes(key));
        self.userinfo.retain(|key, _| passes(key));
    }
}

/// A claim's name, and the language tag behind it (section 5.2); the tag is empty when there is none.
pub fn base(key: &str) -> (&str, &str) {
    key.split_once('#').unwrap_or((key, ""))
}

fn read(
    members: &Map<String, Value>,
    member: &'static str,
) -> Result<BTreeMap<String, Wanted>, ClaimsRequestError> {
    let claims = match members.get(member) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(value) => value.as_object().ok_or(ClaimsRequestError::Member(member))?,
    };
    if claims.len() > MOST {
        return Err(ClaimsRequestError::TooMany);
    }
    claims
        .iter()
        .filter(|(name, _)| (1..=LONGEST_NAME).contains(&name.len()))
        .map(|(name, value)| {
            let wanted = wanted(value).ok_or_else(|| ClaimsRequestError::Wanted(plain(name)))?;
            Ok((name.clone(), wanted))
        })
        .collect()
}

fn wanted(value: &Value) -> Option<Wanted> {
    if value.is_null() {
        return Some(Wanted::default());
    }
    let members = value.as_object()?;
    let essential = match members.get("essential") {
        None => false,
        Some(flag) => flag.as_bool()?,
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(values)) => values.as_array()?.clone(),
        // Section 5.5.1 gives the two no meaning together
        (Some(_), Some(_)) => return None,
    };
    let fits = values.len() <= MOST_VALUES && values.iter().all(|value| is_flat(value, DEEPEST));
    fits.then_some(Wanted { essential, values })
}

fn is_flat(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(parts) => depth > 0 && parts.iter().all(|part| is_flat(part, depth - 1)),
        Value::Object(parts) => depth > 0 && parts.values().all(|part| is_flat(part, depth - 1)),
    }
}

/// A name as an error may tell it.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn core_5_5_the_example_of_the_specification() {
        let text = r#"{
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "email_verified": {"essential": true}, "picture": null,
                "http://example.info/claims/groups": null
            },
            "id_token": {
                "auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}
            },
            "verified_claims": 7
        }"#;
        let request = ClaimsRequest::parse(text).unwrap();
        assert!(
            request.userinfo["given_name"].essential && !request.userinfo["nickname"].essential
        );
        assert_eq!(request.id_token["acr"].values, [json!("urn:mace:incommon:iap:silver")]);
        assert_eq!(request.names().len(), 8);
        let told = serde_json::to_value(&request).unwrap();
        assert_eq!(ClaimsRequest::of(&told.clone()).map(|again| again.names().len()), Ok(8));
        assert_eq!(serde_json::from_value::<ClaimsRequest>(told).unwrap(), request);
    }

    #[test]
    fn core_5_5_1_what_can_not_be_understood_is_refused() {
        let deep = format!("{}1{}", "[".repeat(7), "]".repeat(7));
        let many: Map<_, _> = (0..101).map(|n| (format!("c{n}"), Value::Null)).collect();
        for (text, good) in [
            ("{}".to_owned(), true),
            (r#"{"userinfo": null}"#.to_owned(), true),
            (r#"{"userinfo": {"name": {"value": {"a": [1]}}}}"#.to_owned(), true),
            (r#"{"userinfo": {"name": {"unknown": 1}}}"#.to_owned(), true),
            (r#"{"userinfo": {"name": {"essential": null}}}"#.to_owned(), false),
            (r#"{"userinfo": {"name": {"essential": "true"}}}"#.to_owned(), false),
            (r#"{"userinfo": {"name": {"values": "Ada"}}}"#.to_owned(), false),
            (r#"{"userinfo": {"name": {"value": 1, "values": [1]}}}"#.to_owned(), false),
            (r#"{"userinfo": {"name": true}}"#.to_owned(), false),
            (r#"{"userinfo": ["name"]}"#.to_owned(), false),
            ("[]".to_owned(), false),
            ("{".to_owned(), false),
            (format!(r#"{{"userinfo": {{"name": {{"value": {deep}}}}}}}"#), false),
            (
                format!(r#"{{"userinfo": {{"name": {}1{}}}}}"#, "[".repeat(500), "]".repeat(500)),
                false,
            ),
            (json!({ "id_token": many }).to_string(), false),
            (format!(r#"{{"x": "{}"}}"#, "y".repeat(LONGEST)), false),
        ] {
            assert_eq!(ClaimsRequest::parse(&text).is_ok(), good, "{text}");
        }
    }
}

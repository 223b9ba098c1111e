//! The standard claims of OpenID Connect Core section 5.1, and which scope gives which (section 5.4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::language;

/// The longest text of one claim, in bytes.
const LONGEST: usize = 2_000;

/// Claims about a person, each checked for its type; names may carry a language tag (section 5.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Claims(Map<String, Value>);

/// Why an object holds no claims.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// A name that no claim about a person can have.
    #[error("{0} is no name of a claim about a person (OpenID Connect Core section 5.1)")]
    Unknown(String),
    /// A claim that another field or the server itself decides.
    #[error("{0} can't be set here: it has a field of its own")]
    Reserved(String),
    /// A value of the wrong type or out of its form.
    #[error("{0} has to be {1}")]
    Value(String, &'static str),
    /// A language tag that is none.
    #[error("{0} carries something after '#' that is no language tag (BCP 47)")]
    Language(String),
}

/// The claims that this server may know about people: `claims_supported` beside those of the token itself.
pub const SUPPORTED: [&str; 23] = [
    "sub",
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "groups",
    "roles",
    "permissions",
];

impl Claims {
    /// Checks an object of claims, such as the file of `user add --claims`.
    pub fn from_map(mut map: Map<String, Value>) -> Result<Self, ClaimsError> {
        without_blanks(&mut map);
        for (key, value) in &map {
            let (name, tag) =
                key.split_once('#').map_or((key.as_str(), None), |(n, t)| (n, Some(t)));
            if tag.is_some_and(|tag| !language::is_tag(tag)) {
                return Err(ClaimsError::Language(key.clone()));
            }
            check(key, name, value)?;
        }
        Ok(Self(map))
    }

    /// One claim, by its full name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a claim that has been checked.
    pub fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The claims as JSON members.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Leaves out the empty parts of addresses, and addresses that have no other (section 5.3.2).
fn without_blanks(map: &mut Map<String, Value>) {
    let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
    map.retain(|key, value| {
        let Some(parts) = value.as_object_mut().filter(|_| key.starts_with("address")) else {
            return true;
        };
        parts.retain(|_, part| !is_blank(part));
        !parts.is_empty()
    });
}

/// Names that tokens and answers use themselves (RFC 7519 section 4.1, RFC 7662 section 2.2, RFC 9068 section 2.2).
const OF_TOKENS: [&str; 32] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "nonce",
    "acr",
    "amr",
    "azp",
    "auth_time",
    "at_hash",
    "c_hash",
    "s_hash",
    "rt_hash",
    "sid",
    "sub_jwk",
    "sub_id",
    "txn",
    "cnf",
    "act",
    "may_act",
    "events",
    "scope",
    "client_id",
    "gid",
    "active",
    "token_type",
    "username",
    "_claim_names",
    "_claim_sources",
];

/// Whether a claim of one's own may have this name.
pub fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'\\');
    (1..=200).contains(&name.len()) && name.bytes().all(fits) && !OF_TOKENS.contains(&name)
}

/// The standard scope that gives this claim.
pub fn scope_of(name: &str) -> Option<&'static str> {
    match name {
        "email" | "email_verified" => Some("email"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "address" => Some("address"),
        "groups" => Some("groups"),
        "roles" => Some("roles"),
        "permissions" => Some("permissions"),
        "sub" => None,
        name if SUPPORTED.contains(&name) => Some("profile"),
        _ => None,
    }
}

fn check(key: &str, name: &str, value: &Value) -> Result<(), ClaimsError> {
    let wrong = |what| Err(ClaimsError::Value(key.to_owned(), what));
    let text = value.as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST);
    match name {
        "sub" | "email" | "email_verified" | "updated_at" | "groups" | "roles" | "permissions" => {
            Err(ClaimsError::Reserved(key.to_owned()))
        }
        "phone_number_verified" if !value.is_boolean() => wrong("true or false"),
        "phone_number_verified" => Ok(()),
        "profile" | "picture" | "website" => match text.and_then(|text| url::Url::parse(text).ok())
        {
            Some(url) if matches!(url.scheme(), "https" | "http") => Ok(()),
            _ => wrong("an https URL"),
        },
        "birthdate" if !text.is_some_and(is_birthdate) => {
            wrong("a date like 1815-12-10, 0000-12-10 or 1815")
        }
        "address" => {
            let parts =
                ["formatted", "street_address", "locality", "region", "postal_code", "country"];
            let fits = |map: &Map<String, Value>| {
                map.iter().all(|(k, v)| {
                    parts.contains(&k.as_str()) && v.as_str().is_some_and(|t| t.len() <= LONGEST)
                })
            };
            if value.as_object().is_some_and(fits) {
                Ok(())
            } else {
                wrong("an object of section 5.1.1's members, each a text")
            }
        }
        "phone_number" => {
            if text.is_some() {
                Ok(())
            } else {
                wrong("a text like +44 20 7946 0000")
            }
        }
        name if SUPPORTED.contains(&name) => {
            if text.is_some() {
                Ok(())
            } else {
                wrong("a text of 1 to 2,000 bytes")
            }
        }
        name if !is_name(name) => Err(ClaimsError::Unknown(key.to_owned())),
        _ if value.is_null() || value == "" || value.to_string().len() > LONGEST => {
            wrong("a value of at most 2,000 bytes that says something")
        }
        _ => Ok(()),
    }
}

/// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
fn is_birthdate(text: &str) -> bool {
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, 4),
        [year, month, day] => {
            digits(year, 4)
                && digits(month, 2)
                && digits(day, 2)
                && (1..=12).contains(&month.parse::<u8>().unwrap_or(0))
                && (1..=31).contains(&day.parse::<u8>().unwrap_or(0))
        }
        _ => false,
    }
}

impl TryFrom<Map<String, Value>> for Claims {
    type Error = ClaimsError;

    fn try_from(map: Map<String, Value>) -> Result<Self, ClaimsError> {
        Self::from_map(map)
    }
}

impl From<Claims> for Map<String, Value> {
    fn from(claims: Claims) -> Self {
        claims.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Result<Claims, ClaimsError> {
        Claims::from_map(value.as_object().unwrap().clone())
    }

    #[test]
    fn oidc_core_5_1_types_are_checked() {
        let good = json!({
            "family_name": "Lovelace", "family_name#ja-Kana-JP": "ラブレス", "birthdate": "1815-12-10",
            "website": "https://ada.example/", "phone_number": "+44 20 7946 0000",
            "phone_number_verified": true, "https://hat.example/own": ["a", 1], "address": {"country": "UK", "street_address": "12\nSquare"}
        });
        assert!(claims(&good).is_ok());
        for bad in [
            json!({"sub": "x"}),
            json!({"email_verified": true}),
            json!({"groups": ["admins"]}),
            json!({"scope": "all"}),
            json!({"own claim": true}),
            json!({"own": ""}),
            json!({"own": null}),
            json!({"given_name": 7}),
            json!({"birthdate": "1815-13-10"}),
            json!({"website": "javascript:alert(1)"}),
            json!({"given_name#!!": "x"}),
            json!({"address": {"planet": "earth"}}),
            json!({"nickname": ""}),
        ] {
            assert!(claims(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn oidc_core_5_3_2_what_is_empty_is_left_out() {
        let address = claims(&json!({"address": {"country": "UK", "region": " "}})).unwrap();
        assert_eq!(address.get("address"), Some(&json!({"country": "UK"})));
        assert!(claims(&json!({"address": {"region": ""}, "address#de": {}})).unwrap().is_empty());
    }

    #[test]
    fn oidc_core_5_4_the_scope_profile_gives_fourteen_claims() {
        let of_profile: Vec<_> =
            SUPPORTED.into_iter().filter(|claim| scope_of(claim) == Some("profile")).collect();
        let listed = "name family_name given_name middle_name nickname preferred_username profile picture website \
                      gender birthdate zoneinfo locale updated_at";
        assert_eq!(of_profile, listed.split(' ').collect::<Vec<_>>());
    }

    #[test]
    fn oidc_core_5_4_each_claim_has_its_scope() {
        let scopes = ["profile", "email", "phone", "address", "groups", "roles", "permissions"];
        for claim in SUPPORTED.into_iter().filter(|claim| *claim != "sub") {
            assert!(scope_of(claim).is_some_and(|scope| scopes.contains(&scope)), "{claim}");
        }
        assert_eq!(scope_of("sub"), None);
    }
}

//! The gate for tokens: what a JWT must be before a key sees it (RFC 7515 section 5.2, RFC 8725, RFC 9068 section 4).
//!
//! `jwk`, `jku`, `x5c` and `x5u` are not looked at: which keys are tried is never the token's choice.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Algorithm, Refusal};

/// The longest token that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;

/// A JWT that may be verified.
pub struct Unverified<'t> {
    /// Its `alg`.
    pub algorithm: Algorithm,
    /// Its `kid`.
    pub kid: Option<String>,
    /// What was signed.
    pub signed: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
    payload: &'t str,
}

/// Whether this is to be read as a JWT, and not as an opaque token.
pub fn is_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// What a JWT is for, which its `typ` says (RFC 8725 section 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 9068 section 4.
    Access,
    /// OpenID Connect Back-Channel Logout section 2.4: the type is recommended, and many issuers name none.
    Logout,
    /// OpenID Connect Core section 2: no type is asked for, and that of another token is refused.
    Id,
}

impl Kind {
    /// Whether a header's `typ` says so.
    fn fits(self, typ: Option<&Value>) -> bool {
        match (self, typ) {
            (Self::Access, Some(Value::String(typ))) => is_one_of(typ, &["at+jwt"]),
            (Self::Logout, Some(Value::String(typ))) => is_one_of(typ, &["logout+jwt", "jwt"]),
            (Self::Id, Some(Value::String(typ))) => is_one_of(typ, &["jwt"]),
            (Self::Logout | Self::Id, None) => true,
            (Self::Access | Self::Logout | Self::Id, _) => false,
        }
    }
}

/// Lets a JWT through to verification, or says why not.
pub fn read(token: &str, expected: Kind) -> Result<Unverified<'_>, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let parts = token.rsplit_once('.').and_then(|(signed, signature)| {
        let (header, payload) = signed.split_once('.').filter(|(_, rest)| !rest.contains('.'))?;
        Some((signed, header, payload, signature))
    });
    let (signed, header, payload, signature) =
        parts.ok_or(Refusal::Malformed("it is not three parts with dots between them"))?;
    let header = object(header)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    // First, since whoever names an extension means that the rest can't be understood without it
    if header.contains_key("crit") {
        return Err(Refusal::Critical);
    }
    if !expected.fits(header.get("typ")) {
        return Err(Refusal::Type);
    }
    let algorithm = text("alg").and_then(Algorithm::parse).ok_or(Refusal::Algorithm)?;
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.clone()),
        Some(_) => return Err(Refusal::Malformed("its kid is no text")),
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NOT_BASE64)?;
    Ok(Unverified { algorithm, kid, signed, signature, payload })
}

impl Unverified<'_> {
    /// The claims, to be read once the signature was verified.
    pub fn claims(&self) -> Result<Map<String, Value>, Refusal> {
        object(self.payload)
    }
}

const NOT_BASE64: Refusal = Refusal::Malformed("a part is not base64url without padding");

/// Of media types neither case nor the prefix matters (RFC 7515 section 4.1.9).
fn is_one_of(typ: &str, known: &[&str]) -> bool {
    let typ = typ.to_ascii_lowercase();
    known.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

/// An encoded JSON object whose members each come once (RFC 7515 section 4).
fn object(part: &str) -> Result<Map<String, Value>, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| NOT_BASE64)?;
    let parsed: Result<Unique, _> = serde_json::from_slice(&json);
    let Unique(members) = parsed.map_err(|_| Refusal::Malformed("a part is not a JSON object"))?;
    members.ok_or(Refusal::Malformed("a member comes twice"))
}

/// A JSON object; `None` when a member comes twice.
struct Unique(Option<Map<String, Value>>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
        let (mut map, mut unique) = (Map::new(), true);
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            unique &= map.insert(name, value).is_none();
        }
        Ok(Unique(unique.then_some(map)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encode(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn with_header(header: &str) -> String {
        format!("{}.{}.{}", encode(header), encode("{}"), encode("signature"))
    }

    fn refusal(token: &str) -> Option<Refusal> {
        read(token, Kind::Access).err()
    }

    #[test]
    fn rfc_9068_section_4_the_type_is_that_of_an_access_token() {
        for (typ, good) in [
            (json!("at+jwt"), true),
            (json!("application/at+jwt"), true),
            (json!("AT+JWT"), true),
            (json!("JWT"), false),
            (json!("logout+jwt"), false),
            (json!("dpop+jwt"), false),
            (json!(""), false),
            (json!(["at+jwt"]), false),
            (json!(null), false),
        ] {
            let refused = refusal(&with_header(&json!({"typ": typ, "alg": "ES256"}).to_string()));
            assert_eq!(refused, (!good).then_some(Refusal::Type), "{typ}");
        }
        assert_eq!(refusal(&with_header(r#"{"alg": "ES256"}"#)), Some(Refusal::Type));
    }

    #[test]
    fn backchannel_logout_section_2_4_a_logout_token_says_so_or_nothing() {
        for (header, good) in [
            (r#"{"typ":"logout+jwt","alg":"ES256"}"#, true),
            (r#"{"typ":"application/Logout+JWT","alg":"ES256"}"#, true),
            (r#"{"typ":"JWT","alg":"ES256"}"#, true),
            (r#"{"alg":"ES256"}"#, true),
            (r#"{"typ":"at+jwt","alg":"ES256"}"#, false),
            (r#"{"typ":null,"alg":"ES256"}"#, false),
            (r#"{"typ":["logout+jwt"],"alg":"ES256"}"#, false),
        ] {
            let refused = read(&with_header(header), Kind::Logout).err();
            assert_eq!(refused, (!good).then_some(Refusal::Type), "{header}");
        }
    }

    #[test]
    fn rfc_8725_section_3_1_no_none_and_nothing_symmetric() {
        for alg in [
            json!("none"),
            json!("None"),
            json!("NONE"),
            json!("HS256"),
            json!("HS384"),
            json!("HS512"),
            json!("es256"),
            json!("ES256K"),
            json!("RSA-OAEP"),
            json!(""),
            json!(["ES256"]),
            json!(null),
        ] {
            let refused = refusal(&with_header(&json!({"typ": "at+jwt", "alg": alg}).to_string()));
            assert_eq!(refused, Some(Refusal::Algorithm), "{alg}");
        }
        for algorithm in Algorithm::ALL {
            let header = json!({"typ": "at+jwt", "alg": algorithm.as_str()}).to_string();
            assert_eq!(read(&with_header(&header), Kind::Access).unwrap().algorithm, algorithm);
        }
    }

    #[test]
    fn rfc_7515_section_4_1_11_no_extension_is_understood() {
        for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!("exp"), json!(null)] {
            let header = json!({"typ": "at+jwt", "alg": "ES256", "crit": crit, "b64": false});
            assert_eq!(refusal(&with_header(&header.to_string())), Some(Refusal::Critical));
        }
    }

    #[test]
    fn rfc_7515_section_7_1_what_is_no_compact_jws() {
        let header = encode(r#"{"typ":"at+jwt","alg":"ES256"}"#);
        for token in [
            String::new(),
            "x".to_owned(),
            "x.y".to_owned(),
            "..".to_owned(),
            format!("{header}.e30"),
            format!("{header}.e30.x.y"),
            format!("{header}.e30.a.b.c"),
            format!("{header}.e30.a="),
            format!("{header}.e30.ü"),
            with_header("[]"),
            with_header("null"),
            with_header(r#"{"typ":"at+jwt""#),
            with_header(r#"{"typ":"at+jwt","alg":"ES256","alg":"ES256"}"#),
            with_header(r#"{"typ":"at+jwt","alg":"ES256","kid":7}"#),
            with_header(&format!(r#"{{"typ":"at+jwt","alg":"ES256","x":{}}}"#, "[".repeat(9_000))),
        ] {
            let refused = refusal(&token);
            assert!(matches!(refused, Some(Refusal::Malformed(_))), "{token}: {refused:?}");
        }
    }

    #[test]
    fn a_huge_token_is_not_even_decoded() {
        let token = with_header(&"x".repeat(LONGEST));
        assert_eq!(refusal(&token), Some(Refusal::TooLong));
    }

    #[test]
    fn rfc_7519_section_4_claims_come_once() {
        let header = encode(r#"{"typ":"at+jwt","alg":"ES256"}"#);
        let twice = format!("{header}.{}.eA", encode(r#"{"sub":"ada","sub":"eve"}"#));
        assert!(matches!(read(&twice, Kind::Access).unwrap().claims(), Err(Refusal::Malformed(_))));
        let once = format!("{header}.{}.eA", encode(r#"{"sub":"ada"}"#));
        assert_eq!(read(&once, Kind::Access).unwrap().claims().unwrap()["sub"], "ada");
    }
}

//! JSON Web Keys: RFC 7517, their members RFC 7518 section 6 and RFC 8037, thumbprints RFC 7638.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::model::{Digest, KeyAlgorithm};

/// A text member.
pub(super) fn text<'a>(jwk: &'a Value, member: &str) -> Option<&'a str> {
    jwk.get(member).and_then(Value::as_str)
}

/// A base64url member.
pub(super) fn bytes(jwk: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(jwk, member)?).ok()
}

/// A big-endian number without the zeros that some libraries put before it.
pub(super) fn number(jwk: &Value, member: &str) -> Option<Vec<u8>> {
    Some(bytes(jwk, member)?.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// The uncompressed point of an elliptic curve key (SEC 1 section 2.3.3).
pub(super) fn point(jwk: &Value) -> Option<Vec<u8>> {
    Some([vec![4], bytes(jwk, "x")?, bytes(jwk, "y")?].concat())
}

/// The members that make up a public key of this type, in the order that RFC 7638 section 3.2 wants.
fn public_members(kty: &str) -> Option<&'static [&'static str]> {
    match kty {
        "RSA" => Some(&["e", "kty", "n"]),
        "EC" => Some(&["crv", "kty", "x", "y"]),
        "OKP" => Some(&["crv", "kty", "x"]),
        _ => None,
    }
}

/// The RFC 7638 thumbprint; `None` when a member is missing or of another type.
pub(super) fn thumbprint(jwk: &Value) -> Option<String> {
    let members = public_members(text(jwk, "kty")?)?
        .iter()
        .map(|member| Some(format!("{}:{}", json!(member), json!(text(jwk, member)?))))
        .collect::<Option<Vec<_>>>()?;
    Some(Digest::of(format!("{{{}}}", members.join(","))).as_str().to_owned())
}

/// The public key as it is published: what verifies or encrypts, and nothing else.
pub(super) fn public(jwk: &Value, algorithm: KeyAlgorithm) -> Option<Value> {
    let mut public = Map::new();
    public.insert("use".to_owned(), json!(if algorithm.signs() { "sig" } else { "enc" }));
    // One key for ECDH-ES serves with every wrap, and so says none
    if algorithm != KeyAlgorithm::EcdhEs {
        public.insert("alg".to_owned(), json!(algorithm.as_str()));
    }
    public.insert("kid".to_owned(), json!(thumbprint(jwk)?));
    for member in public_members(text(jwk, "kty")?)? {
        public.insert((*member).to_owned(), json!(text(jwk, member)?));
    }
    Some(Value::Object(public))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Algorithm;

    fn example() -> Value {
        json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
            "d": "secret"
        })
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638_section_3_1() {
        let thumbprint = thumbprint(&example());
        assert_eq!(thumbprint.unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn key_02_only_public_members_are_published() {
        let public = public(&example(), Algorithm::RS256.into()).unwrap();
        let mut members: Vec<_> = public.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    }
}

//! The issuer's keys: RFC 7517 section 5.

use serde::Deserialize;
use serde_json::Value;

use crate::Algorithm;
use crate::token::Unverified;
use crate::verifier::Verifier;

/// The most keys of a set that are looked at.
const MOST: usize = 64;

/// Public keys, each parsed for every algorithm that it may verify.
pub struct KeySet(Vec<Key>);

struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    verifier: Verifier,
}

/// What the keys say of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was signed by one of them.
    Genuine,
    /// It was not signed by the key that it names.
    Forged,
    /// The key that it names is for other algorithms.
    OtherAlgorithm,
    /// It may be signed by a key that is newer than this set.
    UnknownKey,
}

impl KeySet {
    /// Parses a set; `None` when there is no key in it that verifies with one of these algorithms. Keys of other uses
    /// and types are passed over (section 5), so that an issuer can add them.
    pub fn parse(body: &[u8], algorithms: &[Algorithm]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(body).ok()?;
        let verifying = document.keys.iter().take(MOST).filter(|jwk| may_verify(jwk));
        let keys: Vec<Key> = verifying.flat_map(|jwk| keys(jwk, algorithms)).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Verifies a token with the key that it names, or, when it names none, with all that fit.
    pub fn verify(&self, token: &Unverified<'_>) -> Verdict {
        let named = |key: &&Key| token.kid.is_none() || key.kid == token.kid;
        let fits = |key: &&Key| key.algorithm == token.algorithm;
        if !self.0.iter().any(|key| named(&key)) {
            return Verdict::UnknownKey;
        }
        let mut candidates = self.0.iter().filter(named).filter(fits).peekable();
        let any = candidates.peek().is_some();
        let message = token.signed.as_bytes();
        if candidates.any(|key| key.verifier.verify(message, &token.signature)) {
            return Verdict::Genuine;
        }
        match (any, token.kid.is_some()) {
            (_, false) => Verdict::UnknownKey,
            (true, true) => Verdict::Forged,
            (false, true) => Verdict::OtherAlgorithm,
        }
    }
}

/// RFC 7517 sections 4.2 and 4.3.
fn may_verify(jwk: &Value) -> bool {
    let operations = jwk.get("key_ops").and_then(Value::as_array);
    jwk.get("use").is_none_or(|usage| usage == "sig")
        && operations.is_none_or(|operations| operations.iter().any(|one| one == "verify"))
}

fn keys(jwk: &Value, algorithms: &[Algorithm]) -> Vec<Key> {
    let kid = jwk.get("kid").and_then(Value::as_str);
    // RFC 8725 section 3.1: a key that names its algorithm is for that one alone
    let alg = jwk.get("alg");
    let fits = |algorithm: &&Algorithm| alg.is_none_or(|alg| alg == algorithm.as_str());
    let key = |algorithm: &Algorithm| {
        let verifier = Verifier::new(*algorithm, jwk)?;
        Some(Key { kid: kid.map(str::to_owned), algorithm: *algorithm, verifier })
    };
    algorithms.iter().filter(fits).filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::{self, HMAC_SHA256};
    use serde_json::json;

    use super::*;
    use crate::signing::{SigningKey, encode};
    use crate::token;

    fn set(jwks: &[Value]) -> KeySet {
        let body = json!({ "keys": jwks }).to_string();
        KeySet::parse(body.as_bytes(), &Algorithm::ALL).unwrap()
    }

    fn verdict(set: &KeySet, token: &str) -> Verdict {
        set.verify(&token::read(token, token::Kind::Access).unwrap())
    }

    #[test]
    fn rfc_7518_section_3_1_each_algorithm_verifies_with_its_key() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::new(algorithm, "k");
            let set = set(&[key.public()]);
            let token = key.sign(&json!({"sub": "ada"}));
            assert_eq!(verdict(&set, &token), Verdict::Genuine, "{algorithm:?}");
            let other = SigningKey::new(algorithm, "k").sign(&json!({"sub": "ada"}));
            assert_eq!(verdict(&set, &other), Verdict::Forged, "{algorithm:?}");
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let (header, _) = signed.split_once('.').unwrap();
            let changed = format!("{header}.{}.{signature}", encode("{}"));
            assert_eq!(verdict(&set, &changed), Verdict::Forged, "{algorithm:?}");
            let unsigned = format!("{signed}.");
            assert_eq!(verdict(&set, &unsigned), Verdict::Forged, "{algorithm:?}");
        }
    }

    #[test]
    fn rfc_8725_section_3_1_a_key_is_for_its_own_algorithm() {
        let rsa = SigningKey::new(Algorithm::RS256, "rsa");
        let ec = SigningKey::new(Algorithm::ES256, "ec");
        let both = set(&[rsa.public(), ec.public()]);
        let claims = json!({});
        // The kid of another key, and the algorithm of another key of its type
        let header = |kid: &str, alg: &str| json!({"typ": "at+jwt", "alg": alg, "kid": kid});
        let swapped = ec.sign_with(&header("rsa", "ES256"), &claims);
        assert_eq!(verdict(&both, &swapped), Verdict::OtherAlgorithm);
        let weaker = rsa.sign_with(&header("rsa", "PS256"), &claims);
        assert_eq!(verdict(&both, &weaker), Verdict::OtherAlgorithm);
        // A key that names none is good for those of its type
        let mut open = rsa.public();
        open.as_object_mut().unwrap().remove("alg");
        let open = set(&[open]);
        assert_eq!(verdict(&open, &rsa.sign(&claims)), Verdict::Genuine);
        assert_eq!(verdict(&open, &weaker), Verdict::Forged);
    }

    #[test]
    fn rfc_8725_section_2_1_a_public_key_is_no_shared_secret() {
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let key = SigningKey::new(algorithm, "k");
            let known = set(&[key.public()]);
            for secret in [key.public().to_string(), key.public()["x"].to_string(), String::new()] {
                for alg in ["HS256", algorithm.as_str()] {
                    let header = json!({"typ": "at+jwt", "alg": alg, "kid": "k"}).to_string();
                    let message = format!("{}.{}", encode(header), encode("{}"));
                    let tag = hmac::sign(
                        &hmac::Key::new(HMAC_SHA256, secret.as_bytes()),
                        message.as_bytes(),
                    );
                    let token = format!("{message}.{}", encode(tag));
                    let believed = token::read(&token, token::Kind::Access)
                        .is_ok_and(|token| known.verify(&token) != Verdict::Forged);
                    assert!(!believed, "{alg}");
                }
            }
        }
    }

    #[test]
    fn rfc_7517_section_5_what_does_not_verify_is_passed_over() {
        let key = SigningKey::new(Algorithm::ES256, "k");
        let with = |name: &str, value: Value| {
            let mut jwk = key.public();
            jwk[name] = value;
            jwk
        };
        for jwk in [
            with("use", json!("enc")),
            with("key_ops", json!(["sign"])),
            with("alg", json!("ECDH-ES")),
            with("alg", json!("HS256")),
            with("kty", json!("oct")),
            with("crv", json!("P-384")),
            with("x", json!("AA")),
            json!("no key"),
        ] {
            let body = json!({"keys": [jwk]}).to_string();
            assert!(KeySet::parse(body.as_bytes(), &Algorithm::ALL).is_none(), "{jwk}");
        }
        assert!(KeySet::parse(b"{}", &Algorithm::ALL).is_none());
        assert!(KeySet::parse(b"<html>", &Algorithm::ALL).is_none());
        let body = json!({"keys": [key.public()]}).to_string();
        assert!(KeySet::parse(body.as_bytes(), &[Algorithm::RS256]).is_none());
    }

    #[test]
    fn rfc_7515_section_4_1_4_a_key_is_found_by_its_name() {
        let [one, two] = ["1", "2"].map(|kid| SigningKey::new(Algorithm::ES256, kid));
        let known = set(&[one.public()]);
        assert_eq!(verdict(&known, &two.sign(&json!({}))), Verdict::UnknownKey);
        let nameless = one.sign_with(&json!({"typ": "at+jwt", "alg": "ES256"}), &json!({}));
        assert_eq!(verdict(&known, &nameless), Verdict::Genuine);
        let nameless = two.sign_with(&json!({"typ": "at+jwt", "alg": "ES256"}), &json!({}));
        assert_eq!(verdict(&known, &nameless), Verdict::UnknownKey, "it may be a newer key's");
    }

    #[test]
    fn rfc_8725_section_3_10_keys_that_a_token_brings_are_not_looked_at() {
        let (ours, theirs) =
            (SigningKey::new(Algorithm::ES256, "k"), SigningKey::new(Algorithm::ES256, "k"));
        let known = set(&[ours.public()]);
        let header = json!({
            "typ": "at+jwt", "alg": "ES256", "kid": "k", "jwk": theirs.public(),
            "jku": "https://eve.example/jwks", "x5u": "https://eve.example/x5u", "x5c": ["AA=="],
        });
        assert_eq!(verdict(&known, &theirs.sign_with(&header, &json!({}))), Verdict::Forged);
        assert_eq!(verdict(&known, &ours.sign_with(&header, &json!({}))), Verdict::Genuine);
    }
}

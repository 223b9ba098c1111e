use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{self, JweHeader};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ecx::{EcxCurve, EcxKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NoRecipient, Plain, encrypt};
use crate::keys::KeyRing;
use crate::keys::gate::Refused;
use crate::keys::ring::tests::{NOW, record, vault};
use crate::model::{ContentEncryption, Encryption, KeyAlgorithm, KeyEncryption, hours};

const OTHER: [u8; 64] = [9; 64];

/// Our keys for encryption, and their public set.
fn ours() -> (KeyRing, Value) {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(&dir);
    let records = [KeyAlgorithm::RsaOaep256, KeyAlgorithm::EcdhEs];
    let records = records.map(|each| record(each, 1, &vault)).to_vec();
    let ring = KeyRing::new(records, &vault, NOW).unwrap();
    let set = serde_json::from_slice(&ring.jwks(NOW).body).unwrap();
    (ring, set)
}

fn to_us(set: &Value, alg: KeyEncryption, enc: ContentEncryption) -> String {
    encrypt(set, Encryption { alg, enc }, Plain::Jwt("a.b.c")).unwrap()
}

fn header_of(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn with_header(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn rfc_7518_4_and_5_every_pair_that_is_advertised_opens() {
    let (ring, set) = ours();
    for alg in KeyEncryption::TO_US {
        for enc in ContentEncryption::ALL {
            let token = to_us(&set, alg, enc);
            assert_eq!(
                ring.open_encrypted(&token, &OTHER, NOW).as_deref(),
                Ok("a.b.c"),
                "{alg} {enc}"
            );
            let header = header_of(&token);
            assert_eq!(
                (&header["alg"], &header["enc"]),
                (&json!(alg.as_str()), &json!(enc.as_str()))
            );
            assert_eq!(header["cty"], "JWT");
            let mut anonymous = Value::clone(&set);
            for key in anonymous["keys"].as_array_mut().unwrap() {
                key.as_object_mut().unwrap().remove("kid");
            }
            let token = to_us(&anonymous, alg, enc);
            assert!(ring.open_encrypted(&token, &OTHER, NOW).is_ok(), "without a kid");
        }
    }
}

#[test]
fn rfc_7516_5_2_nothing_that_was_changed_opens() {
    let (ring, set) = ours();
    for (alg, enc) in [
        (KeyEncryption::RsaOaep256, ContentEncryption::A128CbcHs256),
        (KeyEncryption::EcdhEs, ContentEncryption::A256Gcm),
        (KeyEncryption::EcdhEsA192Kw, ContentEncryption::A192CbcHs384),
    ] {
        let token = to_us(&set, alg, enc);
        for (place, sign) in token.char_indices().filter(|(_, sign)| *sign != '.') {
            if place % 7 != 0 {
                continue;
            }
            let mut changed = token.clone();
            changed.replace_range(place..=place, if sign == 'A' { "B" } else { "A" });
            assert!(ring.open_encrypted(&changed, &OTHER, NOW).is_err(), "{place}");
        }
        for part in 0..5 {
            let mut parts: Vec<&str> = token.split('.').collect();
            for other in ["", "AA", "AAAAAAAAAAA", "="] {
                if parts[part] != other {
                    parts[part] = other;
                    assert!(ring.open_encrypted(&parts.join("."), &OTHER, NOW).is_err());
                }
            }
        }
    }
}

#[test]
fn jos_14_and_jos_15_passwords_compression_and_shared_keys_are_refused_unread() {
    let (ring, set) = ours();
    let token = to_us(&set, KeyEncryption::EcdhEsA128Kw, ContentEncryption::A128Gcm);
    let with = |name: &str, value: Value| {
        let mut header = header_of(&token);
        header[name] = value;
        ring.open_encrypted(&with_header(&token, &header), &OTHER, NOW).unwrap_err()
    };
    for alg in [
        "PBES2-HS256+A128KW",
        "dir",
        "RSA1_5",
        "A128KW",
        "A128GCMKW",
        "none",
        "RSA-OAEP",
        "ecdh-es",
        "",
    ] {
        assert_eq!(with("alg", json!(alg)), Refused::Algorithm, "{alg}");
    }
    for enc in ["A128CBC", "none", "a128gcm", ""] {
        assert_eq!(with("enc", json!(enc)), Refused::Algorithm, "{enc}");
    }
    for (name, value) in [
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("jwk", json!({})),
        ("jku", json!("https://canary.example")),
        ("x5c", json!([])),
        ("x5u", json!("https://canary.example")),
    ] {
        assert_eq!(with(name, value), Refused::Header(name));
    }
    assert_eq!(with("kid", json!("another")), Refused::Sealed);
    assert_eq!(with("kid", json!("a b")), Refused::Kid);
    assert_eq!(with("typ", json!("at+jwt")), Refused::Type);
}

#[test]
fn jos_16_a_point_that_is_not_on_the_curve_is_refused_like_any_damage() {
    let (ring, set) = ours();
    let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
    let p384 = EcKeyPair::generate(EcCurve::P384).unwrap().to_jwk_public_key();
    let x25519 = EcxKeyPair::generate(EcxCurve::X25519).unwrap().to_jwk_public_key();
    for alg in [KeyEncryption::EcdhEs, KeyEncryption::EcdhEsA256Kw] {
        let token = to_us(&set, alg, ContentEncryption::A128CbcHs256);
        let good = header_of(&token)["epk"].clone();
        for epk in [
            json!({"kty": "EC", "crv": "P-256", "x": zeros, "y": zeros}),
            json!({"kty": "EC", "crv": "P-256", "x": good["x"], "y": good["x"]}),
            json!({"kty": "EC", "crv": "P-256", "x": "", "y": ""}),
            json!({"kty": "EC", "crv": "P-256", "x": good["x"]}),
            json!({"kty": "EC", "crv": "P-521", "x": good["x"], "y": good["y"]}),
            Value::Object(p384.as_ref().clone()),
            Value::Object(x25519.as_ref().clone()),
            json!("epk"),
            json!(null),
        ] {
            let mut header = header_of(&token);
            header["epk"] = epk;
            let refused = ring.open_encrypted(&with_header(&token, &header), &OTHER, NOW);
            assert_eq!(refused, Err(Refused::Sealed), "{header}");
        }
    }
}

#[test]
fn core_10_2_clients_open_what_is_encrypted_to_their_key() {
    let rsa = RsaKeyPair::generate(2048).unwrap();
    let p521 = EcKeyPair::generate(EcCurve::P521).unwrap();
    let x25519 = EcxKeyPair::generate(EcxCurve::X25519).unwrap();
    for alg in KeyEncryption::ALL {
        let pairs: Vec<(Jwk, Jwk)> = match alg {
            KeyEncryption::RsaOaep
            | KeyEncryption::RsaOaep256
            | KeyEncryption::RsaOaep384
            | KeyEncryption::RsaOaep512 => {
                vec![(rsa.to_jwk_public_key(), rsa.to_jwk_private_key())]
            }
            KeyEncryption::EcdhEs
            | KeyEncryption::EcdhEsA128Kw
            | KeyEncryption::EcdhEsA192Kw
            | KeyEncryption::EcdhEsA256Kw => vec![
                (p521.to_jwk_public_key(), p521.to_jwk_private_key()),
                (x25519.to_jwk_public_key(), x25519.to_jwk_private_key()),
            ],
        };
        for (mut public, private) in pairs {
            public.set_key_use("enc");
            public.set_key_id("theirs");
            let set = json!({"keys": [public.as_ref()]});
            for enc in ContentEncryption::ALL {
                let token = to_us(&set, alg, enc);
                assert_eq!(header_of(&token)["kid"], "theirs");
                assert_eq!(opened(&token, &private), b"a.b.c", "{alg} {enc}");
            }
        }
    }
}

/// The client's own library.
fn opened(token: &str, private: &Jwk) -> Vec<u8> {
    let header = header_of(token);
    let decrypter: Box<dyn jwe::JweDecrypter> = match header["alg"].as_str().unwrap() {
        "RSA-OAEP" => Box::new(jwe::RSA_OAEP.decrypter_from_jwk(private).unwrap()),
        "RSA-OAEP-256" => Box::new(jwe::RSA_OAEP_256.decrypter_from_jwk(private).unwrap()),
        "RSA-OAEP-384" => Box::new(jwe::RSA_OAEP_384.decrypter_from_jwk(private).unwrap()),
        "RSA-OAEP-512" => Box::new(jwe::RSA_OAEP_512.decrypter_from_jwk(private).unwrap()),
        "ECDH-ES" => Box::new(jwe::ECDH_ES.decrypter_from_jwk(private).unwrap()),
        "ECDH-ES+A128KW" => Box::new(jwe::ECDH_ES_A128KW.decrypter_from_jwk(private).unwrap()),
        "ECDH-ES+A192KW" => Box::new(jwe::ECDH_ES_A192KW.decrypter_from_jwk(private).unwrap()),
        _ => Box::new(jwe::ECDH_ES_A256KW.decrypter_from_jwk(private).unwrap()),
    };
    let (content, _): (Vec<u8>, JweHeader) = jwe::deserialize_compact(token, &*decrypter).unwrap();
    content
}

#[test]
fn rfc_7517_4_what_a_key_says_of_its_use_counts() {
    let pair = EcKeyPair::generate(EcCurve::P256).unwrap();
    let public = Value::Object(pair.to_jwk_public_key().as_ref().clone());
    let encryption = Encryption { alg: KeyEncryption::EcdhEs, enc: ContentEncryption::A128Gcm };
    let with = |members: Value| {
        let mut key = public.clone();
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        encrypt(&json!({"keys": [key]}), encryption, Plain::Claims(b"{}")).is_ok()
    };
    for (members, fits) in [
        (json!({}), true),
        (json!({"use": "enc", "alg": "ECDH-ES", "key_ops": ["deriveBits"]}), true),
        (json!({"use": "sig"}), false),
        (json!({"alg": "ES256"}), false),
        (json!({"alg": "ECDH-ES+A128KW"}), false),
        (json!({"key_ops": ["verify"]}), false),
        (json!({"crv": "secp256k1"}), false),
        (json!({"y": "AAAA"}), false),
    ] {
        assert_eq!(with(members.clone()), fits, "{members}");
    }
    let none = encrypt(&json!({"keys": []}), encryption, Plain::Claims(b"{}"));
    assert_eq!(none, Err(NoRecipient(KeyEncryption::EcdhEs)));
    // A key for encryption is taken before one that says nothing
    let mut silent = public.clone();
    silent["kid"] = json!("silent");
    let mut speaking = public;
    speaking["kid"] = json!("speaking");
    speaking["use"] = json!("enc");
    let token =
        encrypt(&json!({"keys": [silent, speaking]}), encryption, Plain::Claims(b"{}")).unwrap();
    assert_eq!(header_of(&token)["kid"], "speaking");
    assert_eq!(header_of(&token).get("cty"), None);
}

#[test]
fn an_old_key_is_not_published_and_opens_what_was_encrypted_before() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(&dir);
    let mut old = record(KeyAlgorithm::EcdhEs, 1, &vault);
    let mut new = record(KeyAlgorithm::EcdhEs, 2, &vault);
    let change = NOW + hours(48);
    old.retiring_from = Some(change);
    old.gone_at = Some(change + hours(48));
    new.active_from = change;
    let ring = KeyRing::new(vec![old.clone(), new.clone()], &vault, NOW).unwrap();
    let kids = |at| -> Vec<String> {
        let set: Value = serde_json::from_slice(&ring.jwks(at).body).unwrap();
        let keys = set["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kids(NOW), [new.kid.clone(), old.kid.clone()]);
    assert_eq!(kids(change), [new.kid]);
    let set = json!({"keys": [old.public_jwk.clone()]});
    let token = to_us(&set, KeyEncryption::EcdhEs, ContentEncryption::A256Gcm);
    assert!(ring.open_encrypted(&token, &OTHER, change + hours(47)).is_ok());
    let mut nameless = old.public_jwk.clone();
    nameless.as_object_mut().unwrap().remove("kid");
    let unnamed =
        to_us(&json!({"keys": [nameless]}), KeyEncryption::EcdhEs, ContentEncryption::A128Gcm);
    assert!(ring.open_encrypted(&unnamed, &OTHER, change).is_ok());
    assert!(ring.open_encrypted(&token, &OTHER, change + hours(48)).is_err());
}

proptest! {
    #[test]
    fn the_gate_of_what_is_encrypted_answers_any_text(token: String, parts: Vec<Vec<u8>>) {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::new(Vec::new(), &vault(&dir), NOW).unwrap();
        prop_assert!(ring.open_encrypted(&token, &OTHER, NOW).is_err());
        let parts: Vec<_> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        prop_assert!(ring.open_encrypted(&parts.join("."), &OTHER, NOW).is_err());
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ECDH-ES","enc":"A128GCM"}"#);
        let token = format!("{header}.{}", parts.join("."));
        prop_assert!(ring.open_encrypted(&token, &OTHER, NOW).is_err());
    }
}

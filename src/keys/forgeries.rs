//! Forged JWTs, each shown at every place where one is read: RFC 8725.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::gate::{self, Expect, Refused};
use super::ring::tests::{NOW, record, vault};
use super::signer::Signer;
use super::{KeyRing, Vault, client_keys, make};
use crate::model::{Algorithm, KeyRecord, days};

/// An issuer with two keys, and a client with two.
struct Places {
    ring: KeyRing,
    jwks: Value,
    /// Each: what signs, the public key, and whether it is the issuer's own.
    keys: Vec<(Signer, KeyRecord, bool)>,
    _dir: tempfile::TempDir,
}

fn private(record: &KeyRecord, vault: &Vault) -> Signer {
    let text = vault.open_sealed(make::PURPOSE, record.sealed_jwk.expose()).unwrap();
    let algorithm = Algorithm::parse(record.algorithm.as_str()).unwrap();
    Signer::new(algorithm, &serde_json::from_slice(text.expose()).unwrap()).unwrap()
}

impl Places {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let made = |n| [Algorithm::ES256, Algorithm::RS256].map(|each| record(each, n, &vault));
        let (ours, theirs) = (made(1), made(1));
        let jwks = json!({"keys": theirs.each_ref().map(|key| &key.public_jwk)});
        let ring = KeyRing::new(ours.to_vec(), &vault, NOW).unwrap();
        let keys = ours
            .into_iter()
            .map(|key| (key, true))
            .chain(theirs.into_iter().map(|key| (key, false)))
            .map(|(key, own)| (private(&key, &vault), key, own))
            .collect();
        Self { ring, jwks, keys, _dir: dir }
    }

    /// At how many of the four places it is taken for good.
    fn taken(&self, token: &str) -> usize {
        let as_client = |expect| client_keys::verify(&self.jwks, token, expect).is_ok();
        [
            self.ring.verify_own(token, "at+jwt", NOW).is_some(),
            self.ring.verify_own(token, "JWT", NOW).is_some(),
            as_client(Expect::ClientAssertion),
            as_client(Expect::RequestObject),
        ]
        .into_iter()
        .filter(|taken| *taken)
        .count()
    }

    /// Signs with each key a token whose header was changed so, and shows it at every place.
    fn refuse_header(&self, change: impl Fn(&mut Map<String, Value>, &KeyRecord)) {
        for (signer, key, _) in &self.keys {
            for typ in ["JWT", "at+jwt"] {
                let mut header = header(key, typ);
                change(&mut header, key);
                let token = signed(signer, &Value::Object(header).to_string(), r#"{"sub":"ada"}"#);
                assert_eq!(self.taken(&token), 0, "{}", token.get(..300).unwrap_or(&token));
            }
        }
    }

    fn refuse_payload(&self, payload: &str) {
        for (signer, key, _) in &self.keys {
            for typ in ["JWT", "at+jwt"] {
                let header = Value::Object(header(key, typ)).to_string();
                assert_eq!(self.taken(&signed(signer, &header, payload)), 0);
            }
        }
    }
}

fn header(key: &KeyRecord, typ: &str) -> Map<String, Value> {
    let header = json!({"alg": key.algorithm.as_str(), "typ": typ, "kid": key.kid});
    header.as_object().unwrap().clone()
}

fn signed(signer: &Signer, header: &str, payload: &str) -> String {
    let text = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(signer.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn a_genuine_token_is_taken_where_it_belongs() {
    let places = Places::new();
    for (signer, key, own) in &places.keys {
        let of = |typ| {
            let header = Value::Object(header(key, typ)).to_string();
            places.taken(&signed(signer, &header, r#"{"sub":"ada"}"#))
        };
        // "JWT" of a client: as an assertion and as a request object
        assert_eq!(of("JWT"), if *own { 1 } else { 2 });
        assert_eq!(of("at+jwt"), usize::from(*own));
        assert_eq!(of("client-authentication+jwt"), usize::from(!own));
    }
}

#[test]
fn jos_01_and_jos_02_alg_none_and_other_spellings() {
    let places = Places::new();
    for alg in [
        json!("none"),
        json!("nOnE"),
        json!("NONE"),
        json!("es256"),
        json!("ES256 "),
        json!(["ES256"]),
        json!(null),
        json!(256),
        json!(""),
        json!("ES256K"),
    ] {
        places.refuse_header(|header, _| drop(header.insert("alg".into(), alg.clone())));
        let unsigned = format!("{}.{}.", encode(json!({"alg": alg}).to_string()), encode("{}"));
        assert_eq!(places.taken(&unsigned), 0);
    }
    places.refuse_header(|header, _| drop(header.remove("alg")));
}

#[test]
fn jos_03_a_public_key_is_no_shared_secret() {
    let places = Places::new();
    for (_, key, _) in &places.keys {
        for secret in [key.public_jwk.to_string(), key.public_jwk["kid"].to_string()] {
            for alg in ["HS256", "HS384", "HS512"] {
                let mut header = header(key, "JWT");
                header.insert("alg".into(), json!(alg));
                let text =
                    format!("{}.{}", encode(Value::Object(header).to_string()), encode("{}"));
                let key =
                    aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
                let mac = aws_lc_rs::hmac::sign(&key, text.as_bytes());
                assert_eq!(places.taken(&format!("{text}.{}", encode(mac))), 0);
            }
        }
    }
}

#[test]
fn jos_04_jos_05_jos_06_and_jos_08_headers_that_bring_keys_or_change_the_rules() {
    let places = Places::new();
    for (name, value) in [
        ("jku", json!("https://canary.example/jwks")),
        ("x5u", json!("https://canary.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["zzz"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        places.refuse_header(|header, _| drop(header.insert(name.into(), value.clone())));
    }
    places.refuse_header(|header, key| drop(header.insert("jwk".into(), key.public_jwk.clone())));
    places.refuse_header(|header, _| {
        header.insert("crit".into(), json!(["b64"]));
        header.insert("b64".into(), json!(false));
    });

    let dir = tempfile::tempdir().unwrap();
    let vault = vault(&dir);
    let attacker = record(Algorithm::ES256, 1, &vault);
    for with_jwk in [true, false] {
        let mut header = header(&attacker, "JWT");
        if with_jwk {
            header.insert("jwk".into(), attacker.public_jwk.clone());
        }
        let token = signed(&private(&attacker, &vault), &Value::Object(header).to_string(), "{}");
        assert_eq!(places.taken(&token), 0);
    }
}

#[test]
fn jos_07_a_kid_is_a_name_and_nothing_else() {
    let places = Places::new();
    for kid in [
        json!("../../dev/null"),
        json!("' OR 1=1--"),
        json!("nul\0"),
        json!("x".repeat(201)),
        json!(""),
        json!(7),
        json!(null),
        json!(["x"]),
        json!("x".repeat(1_000_000)),
    ] {
        places.refuse_header(|header, _| drop(header.insert("kid".into(), kid.clone())));
    }
}

#[test]
fn jos_09_empty_and_zero_signatures() {
    let places = Places::new();
    for (_, key, _) in &places.keys {
        for typ in ["JWT", "at+jwt"] {
            let text =
                format!("{}.{}", encode(Value::Object(header(key, typ)).to_string()), encode("{}"));
            for signature in [vec![], vec![0; 1], vec![0; 64], vec![0; 256], vec![255; 64]] {
                assert_eq!(places.taken(&format!("{text}.{}", encode(signature))), 0);
            }
        }
    }
}

#[test]
fn jos_10_keys_for_encryption_and_retired_keys_verify_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(&dir);
    let key = record(Algorithm::ES256, 1, &vault);
    let token = signed(
        &private(&key, &vault),
        &Value::Object(header(&key, "JWT")).to_string(),
        r#"{"sub":"ada"}"#,
    );
    for (member, value, good) in [
        ("use", json!("sig"), true),
        ("use", json!("enc"), false),
        ("key_ops", json!(["verify"]), true),
        ("key_ops", json!(["encrypt"]), false),
        ("alg", json!("ES384"), false),
        ("kid", json!("another"), false),
    ] {
        let mut jwk = key.public_jwk.as_object().unwrap().clone();
        jwk.retain(|name, _| name != "use" && name != "alg");
        jwk.insert(member.into(), value);
        let verified =
            client_keys::verify(&json!({"keys": [jwk]}), &token, Expect::ClientAssertion);
        assert_eq!(verified.is_ok(), good, "{member}");
    }
    let mut retired = key.clone();
    retired.retiring_from = Some(NOW);
    retired.gone_at = Some(NOW + days(1));
    let ring = KeyRing::new(vec![retired], &vault, NOW).unwrap();
    assert!(ring.verify_own(&token, "JWT", NOW).is_some());
    assert!(ring.verify_own(&token, "JWT", NOW + days(1)).is_none());
}

#[test]
fn jos_11_a_token_of_one_kind_is_nothing_of_another() {
    let places = Places::new();
    for (signer, key, own) in &places.keys {
        for (typ, taken) in [
            (json!("JWT"), if *own { 1 } else { 2 }),
            (json!("at+jwt"), usize::from(*own)),
            (json!("logout+jwt"), 0),
            (json!("dpop+jwt"), 0),
            (json!("AT+JWT"), 0),
            (json!("application/at+jwt"), 0),
            (json!(""), 0),
            (json!(["JWT"]), 0),
            (json!(null), 0),
        ] {
            let mut header = header(key, "JWT");
            header.insert("typ".into(), typ.clone());
            let token = signed(signer, &Value::Object(header).to_string(), r#"{"sub":"ada"}"#);
            assert_eq!(places.taken(&token), taken, "{typ}");
        }
    }
}

#[test]
fn jos_12_nothing_comes_twice() {
    let places = Places::new();
    places.refuse_payload(r#"{"sub":"ada","sub":"eve"}"#);
    places.refuse_payload(r#"{"aud":"one","iat":1,"aud":["two"]}"#);
    // The same name in another spelling of JSON
    places.refuse_payload(r#"{"sub":"ada","\u0073ub":"eve"}"#);
    for (signer, key, _) in &places.keys {
        let header = format!(
            r#"{{"alg":"none","alg":"{}","typ":"JWT","kid":"{}"}}"#,
            key.algorithm, key.kid
        );
        assert_eq!(places.taken(&signed(signer, &header, "{}")), 0);
    }
}

#[test]
fn jos_13_depth_and_size_are_bounded() {
    let places = Places::new();
    let nested = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    places.refuse_payload(&nested(100_000));
    places.refuse_payload(&nested(5_000));
    places.refuse_payload(&nested(16));
    places.refuse_payload(&format!(r#"{{"x":"{}"}}"#, "y".repeat(5_000_000)));
    places.refuse_payload(&"[".repeat(1_000));
    let (signer, key, _) = &places.keys[0];
    let header = Value::Object(header(key, "JWT")).to_string();
    assert_eq!(places.taken(&signed(signer, &header, &nested(15))), 1);
    // Brackets in a text are no depth
    let text = json!({"x": "[".repeat(1_000), "y": "\\\"[[["}).to_string();
    assert_eq!(places.taken(&signed(signer, &header, &text)), 1);
}

#[test]
fn a_refusal_says_what_it_is_about() {
    let header = |header: Value| encode(header.to_string());
    let good = header(json!({"alg": "ES256", "typ": "JWT"}));
    let payload = encode("{}");
    for (token, refused) in [
        ("a".repeat(gate::LONGEST + 1), Refused::TooLong),
        (String::new(), Refused::NotThreeParts),
        ("a.b".to_owned(), Refused::NotThreeParts),
        ("a.b.c.d".to_owned(), Refused::NotThreeParts),
        ("a.b.c.d.e".to_owned(), Refused::NotThreeParts),
        (format!("{good}=.{payload}.AA"), Refused::NotBase64),
        (format!("{good}.{payload}.A+/A"), Refused::NotBase64),
        (format!("{good}.{payload}.AB"), Refused::NotBase64),
        (format!(" {good}.{payload}.AA"), Refused::NotBase64),
        (format!("{}.{payload}.AA", encode("[]")), Refused::NotAnObject),
        (format!("{}.{payload}.AA", encode("null")), Refused::NotAnObject),
        (format!("{}.{payload}.AA", encode("{} {}")), Refused::NotAnObject),
        (format!("{good}.{}.AA", encode("\"x\"")), Refused::NotAnObject),
        (format!("{good}.{}.AA", encode([0xff, 0xfe])), Refused::NotAnObject),
        (format!("{good}.{payload}."), Refused::Unsigned),
        (
            format!("{}.{payload}.AA", header(json!({"alg": "dir", "enc": "A256GCM"}))),
            Refused::Header("enc"),
        ),
        (format!("{}.{payload}.AA", header(json!({"alg": "RSA1_5"}))), Refused::Algorithm),
    ] {
        assert_eq!(gate::pass(&token, Expect::ClientAssertion), Err(refused), "{refused}");
    }
}

proptest! {
    #[test]
    fn the_gate_answers_any_text(token: String, header: String, payload: Vec<u8>) {
        let _ = gate::pass(&token, Expect::ClientAssertion);
        let _ = gate::pass(&format!("{}.{}.AA", encode(header), encode(&payload)), Expect::Own("JWT"));
        let good = encode(r#"{"alg":"ES256"}"#);
        let _ = gate::pass(&format!("{good}.{}.AA", encode(payload)), Expect::RequestObject);
    }
}

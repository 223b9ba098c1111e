//! Keys of an app, and what it signs, encrypts and opens with them, by a library that is not the server's own code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{self, JweDecrypter, JweEncrypter, JweHeader};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::{self, JwsHeader, JwsSigner};
use serde_json::{Map, Value, json};

/// The keys of an app: an RSA key, one on P-256 and one on Ed25519 that sign, and two that are encrypted to.
pub struct AppKeys {
    rsa: Jwk,
    p256: Jwk,
    ed25519: Jwk,
    rsa_enc: Jwk,
    p256_enc: Jwk,
}

impl AppKeys {
    pub fn new() -> Self {
        let named = |mut jwk: Jwk, kid: &str, key_use: &str| {
            jwk.set_key_id(kid);
            jwk.set_key_use(key_use);
            jwk
        };
        let rsa = || RsaKeyPair::generate(2048).unwrap().to_jwk_key_pair();
        let p256 = || EcKeyPair::generate(EcCurve::P256).unwrap().to_jwk_key_pair();
        let ed25519 = EdKeyPair::generate(EdCurve::Ed25519).unwrap().to_jwk_key_pair();
        Self {
            rsa: named(rsa(), "rsa", "sig"),
            p256: named(p256(), "p256", "sig"),
            ed25519: named(ed25519, "ed25519", "sig"),
            rsa_enc: named(rsa(), "rsa-enc", "enc"),
            p256_enc: named(p256(), "p256-enc", "enc"),
        }
    }

    /// The public set.
    pub fn jwks(&self) -> Value {
        let keys = [&self.rsa, &self.p256, &self.ed25519, &self.rsa_enc, &self.p256_enc];
        json!({ "keys": keys.map(|key| Value::Object(public(key))) })
    }

    /// The public key of this name.
    pub fn public(&self, kid: &str) -> Value {
        let set = self.jwks();
        set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap().clone()
    }

    /// A JWT with this `alg`.
    pub fn sign(&self, alg: &str, claims: &Value) -> String {
        self.sign_with(alg, &json!({"typ": "oauth-authz-req+jwt"}), claims)
    }

    /// A JWT with these members in its header besides.
    pub fn sign_with(&self, alg: &str, header: &Value, claims: &Value) -> String {
        let (key, signer): (&Jwk, Box<dyn JwsSigner>) = match alg {
            "RS256" => (&self.rsa, Box::new(jws::RS256.signer_from_jwk(&self.rsa).unwrap())),
            "PS256" => (&self.rsa, Box::new(jws::PS256.signer_from_jwk(&self.rsa).unwrap())),
            "ES256" => (&self.p256, Box::new(jws::ES256.signer_from_jwk(&self.p256).unwrap())),
            "EdDSA" => {
                (&self.ed25519, Box::new(jws::EdDSA.signer_from_jwk(&self.ed25519).unwrap()))
            }
            other => panic!("not signed with {other} here"),
        };
        let mut head = JwsHeader::new();
        head.set_key_id(key.key_id().unwrap());
        for (name, value) in header.as_object().unwrap() {
            head.set_claim(name, Some(value.clone())).unwrap();
        }
        jws::serialize_compact(claims.to_string().as_bytes(), &head, &*signer).unwrap()
    }

    /// What is inside a JWE that the server encrypted to one of these keys, and the header.
    pub fn open(&self, token: &str) -> (String, Map<String, Value>) {
        let header = super::client::header_of(token);
        let key = if header["kid"] == "rsa-enc" { &self.rsa_enc } else { &self.p256_enc };
        let decrypter: Box<dyn JweDecrypter> = match header["alg"].as_str().unwrap() {
            "RSA-OAEP" => Box::new(jwe::RSA_OAEP.decrypter_from_jwk(key).unwrap()),
            "RSA-OAEP-256" => Box::new(jwe::RSA_OAEP_256.decrypter_from_jwk(key).unwrap()),
            "RSA-OAEP-384" => Box::new(jwe::RSA_OAEP_384.decrypter_from_jwk(key).unwrap()),
            "RSA-OAEP-512" => Box::new(jwe::RSA_OAEP_512.decrypter_from_jwk(key).unwrap()),
            "ECDH-ES" => Box::new(jwe::ECDH_ES.decrypter_from_jwk(key).unwrap()),
            "ECDH-ES+A128KW" => Box::new(jwe::ECDH_ES_A128KW.decrypter_from_jwk(key).unwrap()),
            "ECDH-ES+A192KW" => Box::new(jwe::ECDH_ES_A192KW.decrypter_from_jwk(key).unwrap()),
            "ECDH-ES+A256KW" => Box::new(jwe::ECDH_ES_A256KW.decrypter_from_jwk(key).unwrap()),
            other => panic!("encrypted with {other}"),
        };
        let (content, _) = jwe::deserialize_compact(token, &*decrypter).unwrap();
        (String::from_utf8(content).unwrap(), header)
    }
}

fn public(private: &Jwk) -> Map<String, Value> {
    let mut members = private.as_ref().clone();
    for secret in ["d", "p", "q", "dp", "dq", "qi"] {
        members.remove(secret);
    }
    members
}

/// An unsigned JWT, as no server should take it.
pub fn unsigned(claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", encode(&json!({"alg": "none"})), encode(claims))
}

/// A text encrypted to a public key of the server.
pub fn encrypt(text: &str, alg: &str, enc: &str, key: &Value) -> String {
    let mut members = key.as_object().unwrap().clone();
    let kid = members["kid"].as_str().unwrap().to_owned();
    members.remove("alg");
    let jwk = Jwk::from_map(members).unwrap();
    let encrypter: Box<dyn JweEncrypter> = match alg {
        "RSA-OAEP" => Box::new(jwe::RSA_OAEP.encrypter_from_jwk(&jwk).unwrap()),
        "RSA-OAEP-256" => Box::new(jwe::RSA_OAEP_256.encrypter_from_jwk(&jwk).unwrap()),
        "RSA-OAEP-384" => Box::new(jwe::RSA_OAEP_384.encrypter_from_jwk(&jwk).unwrap()),
        "RSA-OAEP-512" => Box::new(jwe::RSA_OAEP_512.encrypter_from_jwk(&jwk).unwrap()),
        "ECDH-ES" => Box::new(jwe::ECDH_ES.encrypter_from_jwk(&jwk).unwrap()),
        "ECDH-ES+A128KW" => Box::new(jwe::ECDH_ES_A128KW.encrypter_from_jwk(&jwk).unwrap()),
        "ECDH-ES+A192KW" => Box::new(jwe::ECDH_ES_A192KW.encrypter_from_jwk(&jwk).unwrap()),
        "ECDH-ES+A256KW" => Box::new(jwe::ECDH_ES_A256KW.encrypter_from_jwk(&jwk).unwrap()),
        other => panic!("not encrypted with {other} here"),
    };
    let mut header = JweHeader::new();
    header.set_content_encryption(enc);
    header.set_content_type("JWT");
    header.set_key_id(kid);
    jwe::serialize_compact(text.as_bytes(), &header, &*encrypter).unwrap()
}

/// The same token with another header.
pub fn with_header(token: &str, change: impl Fn(&mut Map<String, Value>)) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    let mut header = super::client::header_of(token);
    change(&mut header);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(Value::Object(header).to_string()))
}

//! Keys of apps: what they sign with, and what they publish of it.

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{
    self, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512, JwsHeader, JwsSigner, PS256, PS384,
    PS512, RS256, RS384, RS512,
};
use serde_json::{Map, Value, json};

use super::TestApp;

/// A private key for one algorithm.
#[derive(Clone)]
pub struct ClientKey {
    algorithm: String,
    kid: Option<String>,
    jwk: Jwk,
}

impl ClientKey {
    /// A new key with this `kid`.
    pub fn new(algorithm: &str, kid: &str) -> Self {
        let jwk = match algorithm {
            "ES256" => Jwk::generate_ec_key(EcCurve::P256),
            "ES384" => Jwk::generate_ec_key(EcCurve::P384),
            "ES512" => Jwk::generate_ec_key(EcCurve::P521),
            "EdDSA" => Jwk::generate_ed_key(EdCurve::Ed25519),
            _ => Jwk::generate_rsa_key(2048),
        };
        Self { algorithm: algorithm.to_owned(), kid: Some(kid.to_owned()), jwk: jwk.unwrap() }
    }

    /// Whether it can sign with this algorithm.
    pub fn is_for(&self, algorithm: &str) -> bool {
        let is_rsa = |algorithm: &str| algorithm.starts_with("RS") || algorithm.starts_with("PS");
        self.algorithm == algorithm || is_rsa(&self.algorithm) && is_rsa(algorithm)
    }

    /// The same key for another algorithm of its type.
    pub fn with_algorithm(&self, algorithm: &str) -> Self {
        Self { algorithm: algorithm.to_owned(), ..self.clone() }
    }

    /// The same key without a `kid`, in the set and in what it signs.
    pub fn nameless(&self) -> Self {
        Self { kid: None, ..self.clone() }
    }

    /// The public key, as it is registered.
    pub fn public(&self) -> Value {
        let mut public = json!({"use": "sig"});
        for name in ["kty", "crv", "x", "y", "n", "e"] {
            if let Some(value) = self.jwk.parameter(name) {
                public[name] = value.clone();
            }
        }
        if let Some(kid) = &self.kid {
            public["kid"] = json!(kid);
        }
        public
    }

    /// A set of this key alone.
    pub fn set(&self) -> Value {
        json!({"keys": [self.public()]})
    }

    /// A JWT of these claims.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let mut header = JwsHeader::new();
        header.set_token_type(typ);
        if let Some(kid) = &self.kid {
            header.set_key_id(kid);
        }
        let signer: Box<dyn JwsSigner> = match self.algorithm.as_str() {
            "RS256" => Box::new(RS256.signer_from_jwk(&self.jwk).unwrap()),
            "RS384" => Box::new(RS384.signer_from_jwk(&self.jwk).unwrap()),
            "RS512" => Box::new(RS512.signer_from_jwk(&self.jwk).unwrap()),
            "PS256" => Box::new(PS256.signer_from_jwk(&self.jwk).unwrap()),
            "PS384" => Box::new(PS384.signer_from_jwk(&self.jwk).unwrap()),
            "PS512" => Box::new(PS512.signer_from_jwk(&self.jwk).unwrap()),
            "ES256" => Box::new(ES256.signer_from_jwk(&self.jwk).unwrap()),
            "ES384" => Box::new(ES384.signer_from_jwk(&self.jwk).unwrap()),
            "ES512" => Box::new(ES512.signer_from_jwk(&self.jwk).unwrap()),
            "EdDSA" => Box::new(EdDSA.signer_from_jwk(&self.jwk).unwrap()),
            other => panic!("{other} is not known here"),
        };
        jws::serialize_compact(claims.to_string().as_bytes(), &header, &*signer).unwrap()
    }

    /// A client assertion with a `jti` of its own; `more` changes its claims.
    pub fn assertion(&self, app: &TestApp, client_id: &str, more: &Value) -> String {
        self.sign("JWT", &assertion_claims(app, client_id, more))
    }
}

/// A JWT signed with a secret.
pub fn hmac_signed(algorithm: &str, secret: &str, claims: &Value) -> String {
    let secret = secret.as_bytes();
    let signer: Box<dyn JwsSigner> = match algorithm {
        "HS256" => Box::new(HS256.signer_from_bytes(secret).unwrap()),
        "HS384" => Box::new(HS384.signer_from_bytes(secret).unwrap()),
        _ => Box::new(HS512.signer_from_bytes(secret).unwrap()),
    };
    jws::serialize_compact(claims.to_string().as_bytes(), &JwsHeader::new(), &*signer).unwrap()
}

/// The claims of an assertion that is good now.
pub fn assertion_claims(app: &TestApp, client_id: &str, more: &Value) -> Value {
    let now = app.app.now().seconds();
    let jti = format!("{:032x}", u128::from_be_bytes(app.app.random()));
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": app.issuer, "jti": jti,
        "iat": now, "exp": now + 60,
    });
    let mut claims: Map<String, Value> = claims.as_object().unwrap().clone();
    claims.extend(more.as_object().unwrap().clone());
    Value::Object(claims)
}

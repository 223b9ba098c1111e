//! An app that verifies tokens by itself, with a key set that it keeps for as long as HTTP lets it (RFC 9111).

use josekit::jwk::Jwk;
use josekit::jws::{self, JwsVerifier};
use serde_json::{Map, Value};

use super::client::header_of;

/// The app, and what it has kept.
pub struct RelyingParty {
    http: reqwest::Client,
    url: String,
    keys: Vec<Map<String, Value>>,
    good_until: i64,
    pub fetches: u32,
}

impl RelyingParty {
    /// One that has fetched nothing yet.
    pub fn new(http: &reqwest::Client, issuer: &str) -> Self {
        let url = format!("{issuer}/jwks");
        Self { http: http.clone(), url, keys: Vec::new(), good_until: i64::MIN, fetches: 0 }
    }

    /// Fetches the key set if what is kept is too old at this moment.
    pub async fn keep_up(&mut self, now: i64) {
        if now >= self.good_until {
            self.fetch(now).await;
        }
    }

    /// Fetches the key set.
    pub async fn fetch(&mut self, now: i64) {
        let answer = self.http.get(&self.url).send().await.expect("the server answers");
        assert_eq!(answer.status(), 200);
        let control = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        let age = control.split("max-age=").nth(1).expect("a max-age");
        let age: i64 = age.split(',').next().unwrap().trim().parse().unwrap();
        self.good_until = now + age;
        self.fetches += 1;
        let set: Value = answer.json().await.unwrap();
        let keys = set["keys"].as_array().unwrap();
        self.keys = keys.iter().map(|key| key.as_object().unwrap().clone()).collect();
    }

    /// The names of the keys that it knows.
    pub fn kids(&self) -> Vec<String> {
        self.keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    /// The claims of a token whose signature holds.
    pub fn verify(&self, token: &str) -> Result<Map<String, Value>, String> {
        let header = header_of(token);
        let key = self
            .keys
            .iter()
            .find(|key| key["kid"] == header["kid"])
            .ok_or_else(|| format!("the key {} is unknown", header["kid"]))?;
        let jwk = Jwk::from_map(key.clone()).map_err(|error| error.to_string())?;
        let verifier: Result<Box<dyn JwsVerifier>, _> = match header["alg"].as_str() {
            Some("RS256") => jws::RS256.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("RS384") => jws::RS384.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("RS512") => jws::RS512.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("PS256") => jws::PS256.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("PS384") => jws::PS384.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("PS512") => jws::PS512.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("ES256") => jws::ES256.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("ES384") => jws::ES384.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("ES512") => jws::ES512.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            Some("EdDSA") => jws::EdDSA.verifier_from_jwk(&jwk).map(|one| Box::new(one) as _),
            other => panic!("signed with {other:?}"),
        };
        let verifier = verifier.map_err(|error| error.to_string())?;
        let (claims, _) =
            jws::deserialize_compact(token, &*verifier).map_err(|error| error.to_string())?;
        Ok(serde_json::from_slice(&claims).unwrap())
    }
}

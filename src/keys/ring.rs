//! All keys that are not retired, ready to sign and verify: RFC 7515, RFC 7517 section 5.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::gate::{self, Expect, Refused};
use super::jwe::{Decrypter, Envelope};
use super::signer::Signer;
use super::verifier::Verifier;
use super::{KeyError, Vault, make};
use crate::model::{Algorithm, Digest, KeyAlgorithm, KeyRecord, KeyState, Timestamp};

/// Keys parsed once and shared by all threads. It never changes: what a moment makes of it follows from its times.
pub struct KeyRing {
    keys: Vec<Key>,
    /// Each key set with the moment from which it is published, in their order; never empty.
    published: Vec<(Timestamp, Arc<Jwks>)>,
}

/// The published key set, rendered once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks {
    /// The JSON document.
    pub body: bytes::Bytes,
    /// Its strong entity tag, with quotes.
    pub etag: String,
}

/// A token of ours whose signature was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedToken {
    /// Its `typ` header.
    pub typ: Option<String>,
    /// Its `kid` header.
    pub kid: String,
    /// Its claims.
    pub claims: Map<String, Value>,
}

struct Key {
    record: KeyRecord,
    work: Work,
    /// The encoded headers of the tokens that are made all the time, each with its `typ`.
    headers: [(&'static str, String); 2],
}

/// What a key is ready to do.
enum Work {
    Sign {
        /// `None` for one that signs no longer.
        signer: Option<Signer>,
        verifier: Verifier,
    },
    Decrypt(Decrypter),
}

impl KeyRing {
    /// Opens the private keys that may still sign and the public ones that are published.
    pub fn new(records: Vec<KeyRecord>, vault: &Vault, now: Timestamp) -> Result<Self, KeyError> {
        let mut keys = records
            .into_iter()
            .filter(|record| record.state(now) != KeyState::Retired)
            .map(|record| Key::open(record, vault, now))
            .collect::<Result<Vec<_>, _>>()?;
        // The newest first: it is the one that a moment's tie falls to
        keys.sort_by_key(|key| (key.record.algorithm, std::cmp::Reverse(key.record.sequence)));
        let published = publish(&keys, now);
        Ok(Self { keys, published })
    }

    /// Signs claims with the key that is active now; `typ` as in RFC 9068 ("at+jwt"), "JWT" for ID tokens, and nothing
    /// when it is empty.
    pub fn sign<T: Serialize>(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &T,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let (key, signer) = self.active(algorithm, now).ok_or(KeyError::NoActiveKey(algorithm))?;
        let claims = serde_json::to_vec(claims).map_err(KeyError::crypto)?;
        let mut token = String::with_capacity(512 + claims.len() * 2);
        match key.headers.iter().find(|(known, _)| *known == typ) {
            Some((_, header)) => token.push_str(header),
            None => token.push_str(&header(&key.record, typ)),
        }
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = signer.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Verifies a token of ours through the JOSE gate: signature and `typ` only. The caller looks at `exp` and the rest.
    pub fn verify_own(&self, token: &str, typ: &str, now: Timestamp) -> Option<SignedToken> {
        let passed = gate::pass(token, Expect::Own(typ)).ok()?;
        let kid = passed.kid?;
        let key = self.keys.iter().find(|key| key.record.kid == kid)?;
        let Work::Sign { verifier, .. } = &key.work else { return None };
        let fits = key.record.algorithm == passed.algorithm.into()
            && key.record.state(now) != KeyState::Retired
            && verifier.verify(passed.signed.as_bytes(), &passed.signature);
        fits.then_some(SignedToken { typ: passed.typ, kid, claims: passed.claims })
    }

    /// Opens what a client encrypted to one of our keys, through the JOSE gate. `other`: random bytes, in the place of
    /// a key that can't be unwrapped.
    pub fn open_encrypted(
        &self,
        token: &str,
        other: &[u8; 64],
        now: Timestamp,
    ) -> Result<String, Refused> {
        let envelope = Envelope::read(token)?;
        // Who names no key has one of those that were published
        let named = |key: &Key| envelope.kid.as_deref().is_none_or(|kid| kid == key.record.kid);
        let opened = self
            .keys
            .iter()
            .filter(|key| named(key) && key.record.state(now) != KeyState::Retired)
            .find_map(|key| match &key.work {
                Work::Decrypt(decrypter) if decrypter.reads(envelope.alg) => {
                    decrypter.open(&envelope, other)
                }
                Work::Decrypt(_) | Work::Sign { .. } => None,
            });
        let content = opened.ok_or(Refused::Sealed)?;
        String::from_utf8(content).map_err(|_| Refused::Sealed)
    }

    /// The key set at a moment: pending, active and retiring keys.
    pub fn jwks(&self, now: Timestamp) -> Arc<Jwks> {
        let past = self.published.iter().rev().find(|(from, _)| *from <= now);
        // A clock that was set back finds the first set
        past.or(self.published.first())
            .map_or_else(|| Arc::new(render(&[])), |(_, set)| set.clone())
    }

    /// The published keys at a moment, each with its `kid`, as PEM (`SubjectPublicKeyInfo`, RFC 7468 section 13).
    pub fn public_pem(&self, now: Timestamp) -> Vec<(String, KeyAlgorithm, String)> {
        let pem = |key: &Key| {
            let record = &key.record;
            let shape = match record.algorithm {
                KeyAlgorithm::Sign(algorithm) => algorithm,
                KeyAlgorithm::RsaOaep256 => Algorithm::RS256,
                KeyAlgorithm::EcdhEs => Algorithm::ES256,
            };
            let text = Verifier::new(shape, &record.public_jwk)?.to_pem()?;
            Some((record.kid.clone(), record.algorithm, text))
        };
        self.keys.iter().filter(|key| is_published(key, now)).filter_map(pem).collect()
    }

    /// Whether a key signs with this algorithm now.
    pub fn signs_with(&self, algorithm: Algorithm, now: Timestamp) -> bool {
        self.active(algorithm, now).is_some()
    }

    fn active(&self, algorithm: Algorithm, now: Timestamp) -> Option<(&Key, &Signer)> {
        self.keys
            .iter()
            .filter(|key| {
                key.record.algorithm == algorithm.into()
                    && key.record.state(now) == KeyState::Active
            })
            .find_map(|key| match &key.work {
                Work::Sign { signer: Some(signer), .. } => Some((key, signer)),
                Work::Sign { signer: None, .. } | Work::Decrypt(_) => None,
            })
    }
}

impl Key {
    fn open(record: KeyRecord, vault: &Vault, now: Timestamp) -> Result<Self, KeyError> {
        let headers = ["at+jwt", "JWT"].map(|typ| (typ, header(&record, typ)));
        let work = match record.algorithm {
            KeyAlgorithm::Sign(algorithm) => {
                let signs = matches!(record.state(now), KeyState::Pending | KeyState::Active);
                let open = || Signer::new(algorithm, &open_private(&record, vault)?);
                Work::Sign {
                    signer: signs.then(open).transpose()?,
                    verifier: Verifier::new(algorithm, &record.public_jwk)
                        .ok_or_else(|| damaged(&record))?,
                }
            }
            KeyAlgorithm::RsaOaep256 | KeyAlgorithm::EcdhEs => {
                Work::Decrypt(Decrypter::new(record.algorithm, &open_private(&record, vault)?))
            }
        };
        Ok(Self { record, work, headers })
    }
}

fn open_private(record: &KeyRecord, vault: &Vault) -> Result<Value, KeyError> {
    let text = vault.open_sealed(make::PURPOSE, record.sealed_jwk.expose())?;
    let private: Value = serde_json::from_slice(text.expose()).map_err(|_| damaged(record))?;
    // A private key that was exchanged in the database would sign under a name that is not its own
    if super::jwk::thumbprint(&private).as_deref() != Some(record.kid.as_str()) {
        return Err(damaged(record));
    }
    Ok(private)
}

fn damaged(record: &KeyRecord) -> KeyError {
    KeyError::Unreadable(format!(
        "the stored {} key {} is damaged: restore the database from a backup, or replace the key with \
         `hatcheck key rotate --alg {0} --now --reason compromised`",
        record.algorithm, record.kid
    ))
}

fn header(record: &KeyRecord, typ: &str) -> String {
    let (alg, kid) = (record.algorithm.as_str(), record.kid.as_str());
    let header = match typ {
        "" => json!({"alg": alg, "kid": kid}),
        typ => json!({"alg": alg, "typ": typ, "kid": kid}),
    };
    URL_SAFE_NO_PAD.encode(header.to_string())
}

/// Who keeps a key set goes on verifying with an old key; nobody should encrypt to one that is about to go.
fn is_published(key: &Key, at: Timestamp) -> bool {
    match key.record.state(at) {
        KeyState::Pending | KeyState::Active => true,
        KeyState::Retiring => key.record.algorithm.signs(),
        KeyState::Retired => false,
    }
}

/// The key sets that follow each other while nothing is changed: one now, and one after each key that goes.
fn publish(keys: &[Key], now: Timestamp) -> Vec<(Timestamp, Arc<Jwks>)> {
    let goes = |key: &Key| {
        let record = &key.record;
        if record.algorithm.signs() { record.gone_at } else { record.retiring_from }
    };
    let goings = keys.iter().filter_map(goes).filter(|at| *at > now);
    let mut moments: Vec<_> = std::iter::once(now).chain(goings).collect();
    moments.sort();
    moments.dedup();
    let at = |moment: Timestamp| {
        let published: Vec<_> = keys
            .iter()
            .filter(|key| is_published(key, moment))
            .map(|key| &key.record.public_jwk)
            .collect();
        (moment, Arc::new(render(&published)))
    };
    moments.into_iter().map(at).collect()
}

fn render(keys: &[&Value]) -> Jwks {
    let body = json!({"keys": keys}).to_string();
    let etag = format!("\"{}\"", Digest::of(&body).as_str());
    Jwks { body: body.into(), etag }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::keys::MadeKey;
    use crate::keys::lifecycle::NewKey;
    use crate::model::days;

    pub(in crate::keys) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    pub(in crate::keys) fn vault(dir: &tempfile::TempDir) -> Vault {
        Vault::open(dir.path(), &[3; 32]).unwrap()
    }

    pub(in crate::keys) fn record(
        algorithm: impl Into<KeyAlgorithm>,
        sequence: i64,
        vault: &Vault,
    ) -> KeyRecord {
        let made = MadeKey::generate(algorithm.into(), vault).unwrap();
        made.record(&NewKey { sequence, active_from: NOW }, NOW)
    }

    fn ring_of(records: Vec<KeyRecord>, vault: &Vault) -> KeyRing {
        KeyRing::new(records, vault, NOW).unwrap()
    }

    #[test]
    fn every_algorithm_signs_what_it_verifies_and_another_library_agrees() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let records: Vec<_> =
            Algorithm::ALL.into_iter().map(|each| record(each, 1, &vault)).collect();
        let ring = ring_of(records.clone(), &vault);
        assert!(Algorithm::ALL.into_iter().all(|each| ring.signs_with(each, NOW)));
        for (record, algorithm) in records.into_iter().zip(Algorithm::ALL) {
            let claims = json!({"sub": "ada", "alg": algorithm});
            let token = ring.sign(algorithm, "JWT", &claims, NOW).unwrap();
            let verified = ring.verify_own(&token, "JWT", NOW).unwrap();
            assert_eq!(verified.kid, record.kid);
            assert_eq!(verified.typ.as_deref(), Some("JWT"));
            assert_eq!(Value::Object(verified.claims), claims);
            let jwk = josekit::jwk::Jwk::from_map(record.public_jwk.as_object().unwrap().clone());
            let judge = elsewhere(algorithm, &jwk.unwrap());
            josekit::jws::deserialize_compact(token, &*judge).unwrap();
        }
    }

    fn elsewhere(
        algorithm: Algorithm,
        jwk: &josekit::jwk::Jwk,
    ) -> Box<dyn josekit::jws::JwsVerifier> {
        use josekit::jws;
        match algorithm {
            Algorithm::RS256 => Box::new(jws::RS256.verifier_from_jwk(jwk).unwrap()),
            Algorithm::RS384 => Box::new(jws::RS384.verifier_from_jwk(jwk).unwrap()),
            Algorithm::RS512 => Box::new(jws::RS512.verifier_from_jwk(jwk).unwrap()),
            Algorithm::PS256 => Box::new(jws::PS256.verifier_from_jwk(jwk).unwrap()),
            Algorithm::PS384 => Box::new(jws::PS384.verifier_from_jwk(jwk).unwrap()),
            Algorithm::PS512 => Box::new(jws::PS512.verifier_from_jwk(jwk).unwrap()),
            Algorithm::ES256 => Box::new(jws::ES256.verifier_from_jwk(jwk).unwrap()),
            Algorithm::ES384 => Box::new(jws::ES384.verifier_from_jwk(jwk).unwrap()),
            Algorithm::ES512 => Box::new(jws::ES512.verifier_from_jwk(jwk).unwrap()),
            Algorithm::EdDSA => Box::new(jws::EdDSA.verifier_from_jwk(jwk).unwrap()),
        }
    }

    #[test]
    fn a_key_lives_by_its_times() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let mut old = record(Algorithm::ES256, 1, &vault);
        let mut new = record(Algorithm::ES256, 2, &vault);
        old.retiring_from = Some(NOW + days(2));
        old.gone_at = Some(NOW + days(3));
        new.active_from = NOW + days(2);
        let ring = ring_of(vec![old.clone(), new.clone()], &vault);
        let kid_at = |at| {
            let token = ring.sign(Algorithm::ES256, "at+jwt", &json!({}), at).unwrap();
            let verified = ring.verify_own(&token, "at+jwt", at).unwrap();
            (verified.kid, token)
        };
        let published = |at| {
            let set: Value = serde_json::from_slice(&ring.jwks(at).body).unwrap();
            let keys = set["keys"].as_array().unwrap().clone();
            keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (first, token) = kid_at(NOW);
        assert_eq!(first, old.kid);
        assert_eq!(kid_at(NOW + days(2)).0, new.kid);
        assert_eq!(published(NOW), [new.kid.clone(), old.kid.clone()]);
        assert_eq!(published(NOW + days(2)), [new.kid.clone(), old.kid.clone()]);
        assert_eq!(published(NOW + days(3)), [new.kid.clone()]);
        assert_eq!(published(NOW - days(9)), published(NOW));
        assert!(std::sync::Arc::ptr_eq(&ring.jwks(NOW), &ring.jwks(NOW + days(2))));
        assert_ne!(ring.jwks(NOW).etag, ring.jwks(NOW + days(3)).etag);
        assert!(ring.verify_own(&token, "at+jwt", NOW + days(2)).is_some());
        assert_eq!(ring.verify_own(&token, "at+jwt", NOW + days(3)), None);
    }

    #[test]
    fn key_02_the_key_set_holds_public_members_only() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let records = KeyAlgorithm::all().map(|each| record(each, 1, &vault)).collect();
        let set: Value = serde_json::from_slice(&ring_of(records, &vault).jwks(NOW).body).unwrap();
        let known = ["kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"];
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 12);
        for (key, algorithm) in keys.iter().zip(KeyAlgorithm::all()) {
            assert!(key.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())));
            assert_eq!(key["use"], if algorithm.signs() { "sig" } else { "enc" });
        }
    }

    #[test]
    fn without_a_key_the_error_says_how_to_make_one() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let ring = ring_of(vec![record(Algorithm::ES256, 1, &vault)], &vault);
        let error = ring.sign(Algorithm::PS256, "JWT", &json!({}), NOW).unwrap_err().to_string();
        assert!(error.contains("hatcheck key rotate --alg PS256"), "{error}");
    }

    #[test]
    fn a_private_key_exchanged_in_the_database_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let mut one = record(Algorithm::ES256, 1, &vault);
        one.sealed_jwk = record(Algorithm::ES256, 2, &vault).sealed_jwk;
        assert!(KeyRing::new(vec![one], &vault, NOW).is_err());
    }
}

//! The JOSE gate: what a JWT from outside must be before any library or key sees it (RFC 8725).
//!
//! Nothing here verifies: [`pass`] says that a text may be verified, with which algorithm, and over what. Which keys
//! are tried is the caller's choice by owner, never the token's.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::model::Algorithm;
pub use crate::model::JwsAlgorithm;

/// The longest token that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// The longest `kid` that is looked up, in bytes.
pub const LONGEST_KID: usize = 200;
/// How deep arrays and objects may be nested in a header or payload.
pub const DEEPEST: usize = 16;

/// Headers that name a key, compress, or change what is signed: no purpose has a use for them.
const FORBIDDEN: [&str; 8] = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "enc"];

/// What a JWT is read as. The rules hang from it, so that one made for one purpose is nothing for another
/// (RFC 8725 sections 3.11 and 3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect<'a> {
    /// A token of our own, with exactly this `typ`. An `id_token_hint` is one with "JWT".
    Own(&'a str),
    /// A client's assertion: RFC 7523 section 3.
    ClientAssertion,
    /// A client's request object: RFC 9101 section 4.
    RequestObject,
}

/// A JWT that went through the gate and waits to be verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed<'t> {
    /// Its `alg`, which the purpose allows.
    pub algorithm: JwsAlgorithm,
    /// Its `typ`.
    pub typ: Option<String>,
    /// Its `kid`: a name to look up among the owner's keys.
    pub kid: Option<String>,
    /// Its claims, not to be believed before the signature was verified.
    pub claims: Map<String, Value>,
    /// What was signed.
    pub signed: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a text is not even verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than [`LONGEST`].
    #[error("the JWT is longer than 16 kB")]
    TooLong,
    /// Not three parts.
    #[error("the JWT is not three parts with dots between them (RFC 7515 section 7.1)")]
    NotThreeParts,
    /// A part is not base64url.
    #[error("a part of the JWT is not base64url without padding (RFC 7515 section 2)")]
    NotBase64,
    /// A part is not JSON.
    #[error("the header or the payload of the JWT is not a JSON object (RFC 7519 section 7.2)")]
    NotAnObject,
    /// A member comes twice.
    #[error("a member of the header or the payload comes twice (RFC 7515 section 4)")]
    Duplicate,
    /// Nested deeper than [`DEEPEST`].
    #[error("the header or the payload is nested deeper than 16 levels")]
    TooDeep,
    /// The `alg` is missing or not one for this purpose.
    #[error("the JWT's \"alg\" is not one that is allowed here (RFC 8725 section 3.1)")]
    Algorithm,
    /// The `typ` is not one for this purpose.
    #[error("the JWT's \"typ\" is that of another kind of token (RFC 8725 section 3.11)")]
    Type,
    /// A header that is never allowed.
    #[error("the JWT's header {0:?} is not allowed (RFC 8725 section 3.10)")]
    Header(&'static str),
    /// The `kid` is no name of a key.
    #[error("the JWT's \"kid\" is not a text of 1 to 200 visible characters")]
    Kid,
    /// The signature is empty.
    #[error("the JWT is not signed (RFC 8725 section 3.2)")]
    Unsigned,
}

/// Lets a JWT through to verification, or says why not.
pub fn pass<'t>(token: &'t str, expect: Expect<'_>) -> Result<Passed<'t>, Refused> {
    if token.len() > LONGEST {
        return Err(Refused::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::NotThreeParts)?;
    let (header, payload) = signed.split_once('.').ok_or(Refused::NotThreeParts)?;
    if payload.contains('.') {
        return Err(Refused::NotThreeParts);
    }
    let header = object(header)?;
    let (algorithm, typ, kid) = judge_header(&header, expect)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::NotBase64)?;
    if signature.is_empty() {
        return Err(Refused::Unsigned);
    }
    Ok(Passed { algorithm, typ, kid, claims: object(payload)?, signed, signature })
}

type HeaderFacts = (JwsAlgorithm, Option<String>, Option<String>);

fn judge_header(header: &Map<String, Value>, expect: Expect<'_>) -> Result<HeaderFacts, Refused> {
    if let Some(name) = FORBIDDEN.into_iter().find(|name| header.contains_key(*name)) {
        return Err(Refused::Header(name));
    }
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(JwsAlgorithm::parse)
        .filter(|algorithm| expect.allows(*algorithm))
        .ok_or(Refused::Algorithm)?;
    let typ = match header.get("typ") {
        None => None,
        Some(Value::String(typ)) => Some(typ.as_str()),
        Some(_) => return Err(Refused::Type),
    };
    if !expect.reads(typ) {
        return Err(Refused::Type);
    }
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) if is_kid(kid) => Some(kid.clone()),
        Some(_) => return Err(Refused::Kid),
    };
    Ok((algorithm, typ.map(str::to_owned), kid))
}

fn is_kid(text: &str) -> bool {
    (1..=LONGEST_KID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Expect<'_> {
    fn allows(self, algorithm: JwsAlgorithm) -> bool {
        match self {
            Self::Own(_) => Algorithm::ALL.into_iter().any(|ours| algorithm == ours.into()),
            Self::ClientAssertion | Self::RequestObject => true,
        }
    }

    /// Our own spelling is known; of others' media types case does not matter (RFC 7515 section 4.1.9).
    fn reads(self, typ: Option<&str>) -> bool {
        let any = |known: [&str; 2]| {
            typ.is_none_or(|typ| known.iter().any(|known| known.eq_ignore_ascii_case(typ)))
        };
        match self {
            Self::Own(wanted) => typ == Some(wanted),
            Self::ClientAssertion => any(["JWT", "client-authentication+jwt"]),
            Self::RequestObject => any(["JWT", "oauth-authz-req+jwt"]),
        }
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Refused> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::NotBase64)?;
    if depth(&json) > DEEPEST {
        return Err(Refused::TooDeep);
    }
    let Unique(members) = serde_json::from_slice(&json).map_err(|_| Refused::NotAnObject)?;
    members.ok_or(Refused::Duplicate)
}

/// How deep brackets are nested, outside of texts; more than it is where the JSON is broken.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A JSON object whose members each come once; `None` when one comes twice.
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
        let mut unique = Some(Map::new());
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if unique.as_mut().is_some_and(|unique| unique.insert(name, value).is_some()) {
                unique = None;
            }
        }
        Ok(unique.map_or(Unique(None), |unique| Unique(Some(unique))))
    }

    fn visit_unit<E: Error>(self) -> Result<Unique, E> {
        Err(E::invalid_type(serde::de::Unexpected::Unit, &self))
    }
}

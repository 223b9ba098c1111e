//! The JOSE gate: what a JWT from outside must be before any library or key sees it (RFC 8725).
//!
//! Nothing here verifies: [`pass`] says that a text may be verified, with which algorithm, and over what. Which keys
//! are tried is the caller's choice by owner, never the token's.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::model::{Algorithm, HmacAlgorithm};

/// The longest token that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// The longest `kid` that is looked up, in bytes.
pub const LONGEST_KID: usize = 200;
/// How deep arrays and objects may be nested in a header or payload.
pub const DEEPEST: usize = 16;

/// Headers that name a key, compress, or change what is signed: no purpose has a use for them.
const FORBIDDEN: [&str; 7] = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c"];

/// What a JWT is read as. The rules hang from it, so that one made for one purpose is nothing for another
/// (RFC 8725 sections 3.11 and 3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect<'a> {
    /// A token of our own, with exactly this `typ`. An `id_token_hint` is one with "JWT".
    Own(&'a str),
    /// An ID token of another provider: OpenID Connect Core section 2.
    IdToken,
    /// A logout token of another provider: OpenID Connect Back-Channel Logout section 2.4.
    LogoutToken,
    /// A client's assertion: RFC 7523 section 3.
    ClientAssertion,
    /// A client's request object: RFC 9101 section 4.
    RequestObject,
}

/// A JWT that went through the gate and waits to be verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed<'t, A = Algorithm> {
    /// Its `alg`, which the purpose allows.
    pub algorithm: A,
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
    /// Not five parts.
    #[error("the JWE is not five parts with dots between them (RFC 7516 section 7.1)")]
    NotFiveParts,
    /// A part of a JWE has another length than its algorithms give it.
    #[error(
        "a part of the JWE has not the length that its \"alg\" and \"enc\" give it (RFC 7518 sections 4 and 5)"
    )]
    Lengths,
    /// None of our keys opens it.
    #[error("the JWE can not be opened with the keys of this server (RFC 7516 section 5.2)")]
    Sealed,
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
    /// The `alg` or `enc` is missing or not one for this purpose.
    #[error("the JWT's \"alg\" or \"enc\" is not one that is allowed here (RFC 8725 section 3.1)")]
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
    read(token, expect, Algorithm::parse)
}

/// Lets a client's assertion through that is signed with its secret (`client_secret_jwt`), and nothing else of the kind.
pub fn pass_shared(token: &str) -> Result<Passed<'_, HmacAlgorithm>, Refused> {
    read(token, Expect::ClientAssertion, HmacAlgorithm::parse)
}

/// The `alg` that a JWT names, for comparing with what its client registered.
pub fn named_algorithm(token: &str) -> Option<String> {
    let header = token.split('.').next().filter(|header| header.len() <= LONGEST)?;
    object(header).ok()?.get("alg")?.as_str().map(str::to_owned)
}

fn read<'t, A>(
    token: &'t str,
    expect: Expect<'_>,
    algorithm: fn(&str) -> Option<A>,
) -> Result<Passed<'t, A>, Refused> {
    if token.len() > LONGEST {
        return Err(Refused::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::NotThreeParts)?;
    let (header, payload) = signed.split_once('.').ok_or(Refused::NotThreeParts)?;
    if payload.contains('.') {
        return Err(Refused::NotThreeParts);
    }
    let header = object(header)?;
    let (algorithm, typ, kid) = judge_header(&header, expect, algorithm)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::NotBase64)?;
    if signature.is_empty() {
        return Err(Refused::Unsigned);
    }
    Ok(Passed { algorithm, typ, kid, claims: object(payload)?, signed, signature })
}

/// Whether a JWT says of itself that nobody signed it: never taken, and told apart only for the error.
pub fn is_unsigned(token: &str) -> bool {
    let header = token.split('.').next().filter(|header| header.len() <= LONGEST);
    let header = header.and_then(|header| object(header).ok()).unwrap_or_default();
    let alg = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    alg.eq_ignore_ascii_case("none")
}

type HeaderFacts<A> = (A, Option<String>, Option<String>);

fn judge_header<A>(
    header: &Map<String, Value>,
    expect: Expect<'_>,
    parse: fn(&str) -> Option<A>,
) -> Result<HeaderFacts<A>, Refused> {
    if let Some(name) = forbidden(header, &["enc"]) {
        return Err(Refused::Header(name));
    }
    let algorithm =
        header.get("alg").and_then(Value::as_str).and_then(parse).ok_or(Refused::Algorithm)?;
    let typ = judge_type(header, |typ| expect.reads(typ))?;
    Ok((algorithm, typ, kid(header)?))
}

/// The first header that is never allowed, these among them.
pub(super) fn forbidden(
    header: &Map<String, Value>,
    more: &[&'static str],
) -> Option<&'static str> {
    FORBIDDEN.iter().chain(more).copied().find(|name| header.contains_key(*name))
}

/// The `typ`, if it is one that is read here.
pub(super) fn judge_type(
    header: &Map<String, Value>,
    reads: impl Fn(Option<&str>) -> bool,
) -> Result<Option<String>, Refused> {
    let typ = match header.get("typ") {
        None => None,
        Some(Value::String(typ)) => Some(typ.as_str()),
        Some(_) => return Err(Refused::Type),
    };
    if reads(typ) { Ok(typ.map(str::to_owned)) } else { Err(Refused::Type) }
}

/// The `kid`.
pub(super) fn kid(header: &Map<String, Value>) -> Result<Option<String>, Refused> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if is_kid(kid) => Ok(Some(kid.clone())),
        Some(_) => Err(Refused::Kid),
    }
}

/// No `typ`, or one of these; of others' media types case does not matter (RFC 7515 section 4.1.9).
pub(super) fn is_any(typ: Option<&str>, known: [&str; 2]) -> bool {
    typ.is_none_or(|typ| known.iter().any(|known| known.eq_ignore_ascii_case(typ)))
}

fn is_kid(text: &str) -> bool {
    (1..=LONGEST_KID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Expect<'_> {
    fn reads(self, typ: Option<&str>) -> bool {
        match self {
            Self::Own(wanted) => typ == Some(wanted),
            Self::IdToken => is_any(typ, ["JWT", "application/jwt"]),
            Self::LogoutToken => is_any(typ, ["JWT", "logout+jwt"]),
            Self::ClientAssertion => is_any(typ, ["JWT", "client-authentication+jwt"]),
            Self::RequestObject => is_any(typ, ["JWT", "oauth-authz-req+jwt"]),
        }
    }
}

/// An encoded JSON object, not too deep, whose members each come once.
pub(super) fn object(part: &str) -> Result<Map<String, Value>, Refused> {
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

//! What a client presents to prove who it is: RFC 6749 section 2.3, RFC 7521 section 4.2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::Params;
use crate::model::client::AuthMethod;
use crate::model::{ClientId, Secret};

/// The type of assertions that are read (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who a client says it is, and its proof.
#[derive(Debug)]
pub struct Credentials {
    /// Who it says it is; `None` when no client can have that name.
    pub client_id: Option<ClientId>,
    /// The proof.
    pub proof: Proof,
}

/// A proof, not checked yet.
#[derive(Debug)]
pub enum Proof {
    /// None: what public clients have.
    None,
    /// A secret, in the `Authorization` header or in the form.
    Secret(AuthMethod, Secret<String>),
    /// A signed JWT.
    Assertion(Secret<String>),
}

impl Proof {
    /// The method that this is a proof of.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Secret(method, _) => *method,
            Self::Assertion(_) => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// Why no credentials can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Another scheme than Basic, or two headers.
    #[error(
        "the Authorization header of a client is Basic, and sent once (RFC 6749 section 2.3.1)"
    )]
    Scheme,
    /// Not base64, not UTF-8, or without a colon.
    #[error(
        "the Basic header holds base64 of client_id:client_secret, each form-encoded (RFC 6749 section 2.3.1)"
    )]
    Unreadable,
    /// More than one of header, secret and assertion.
    #[error("a client uses one method of authentication in a request (RFC 6749 section 2.3)")]
    TwoMethods,
    /// `client_id` in the form is not that of the proof.
    #[error("client_id in the form is not the client that authenticates (RFC 6749 section 2.3)")]
    OtherClient,
    /// `client_assertion_type` is missing or another.
    #[error("client_assertion_type has to be {JWT_BEARER} (RFC 7523 section 2.2)")]
    AssertionType,
    /// Nothing says which client this is.
    #[error("the request does not say which client makes it (RFC 6749 section 3.2.1)")]
    Nobody,
}

/// Reads what a request presents. `authorization`: its headers of that name.
pub fn read<'a>(
    mut authorization: impl Iterator<Item = &'a [u8]>,
    params: &Params,
) -> Result<Credentials, CredentialsError> {
    let header = authorization.next();
    if authorization.next().is_some() {
        return Err(CredentialsError::Scheme);
    }
    let secret = params.optional("client_secret");
    let assertion = params.optional("client_assertion");
    let named = params.optional("client_id");
    let (client_id, proof) = match (header, secret, assertion) {
        (Some(header), None, None) => {
            let (id, secret) = basic(header)?;
            (id, Proof::Secret(AuthMethod::ClientSecretBasic, Secret::new(secret)))
        }
        (None, Some(secret), None) => {
            let id = named.ok_or(CredentialsError::Nobody)?.to_owned();
            (id, Proof::Secret(AuthMethod::ClientSecretPost, Secret::new(secret.to_owned())))
        }
        (None, None, Some(jwt)) => {
            if params.optional("client_assertion_type") != Some(JWT_BEARER) {
                return Err(CredentialsError::AssertionType);
            }
            let id = subject(jwt).or_else(|| named.map(str::to_owned));
            (id.ok_or(CredentialsError::Nobody)?, Proof::Assertion(Secret::new(jwt.to_owned())))
        }
        (None, None, None) => (named.ok_or(CredentialsError::Nobody)?.to_owned(), Proof::None),
        _ => return Err(CredentialsError::TwoMethods),
    };
    // client_id beside the proof is no second method, but it has to be the same
    if named.is_some_and(|named| named != client_id) {
        return Err(CredentialsError::OtherClient);
    }
    Ok(Credentials { client_id: ClientId::parse(&client_id), proof })
}

/// RFC 6749 section 2.3.1: form-encoded id and secret, as user name and password of RFC 7617.
fn basic(header: &[u8]) -> Result<(String, String), CredentialsError> {
    let text = std::str::from_utf8(header).map_err(|_| CredentialsError::Scheme)?;
    let (scheme, encoded) = text.trim().split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(CredentialsError::Scheme);
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| CredentialsError::Unreadable)?;
    let decoded = Secret::new(decoded);
    let decoded =
        std::str::from_utf8(decoded.expose()).map_err(|_| CredentialsError::Unreadable)?;
    let (id, secret) = decoded.split_once(':').ok_or(CredentialsError::Unreadable)?;
    Ok((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Result<String, CredentialsError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escaped = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let digits = (hex(ahead.next()?)? << 4) | hex(ahead.next()?)?;
            rest = ahead;
            Some(digits)
        });
        bytes.push(match (byte, escaped.flatten()) {
            (_, Some(escaped)) => escaped,
            (b'+', None) => b' ',
            (byte, None) => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| CredentialsError::Unreadable)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Who an assertion says it is from, to find the keys that prove it or not.
fn subject(jwt: &str) -> Option<String> {
    let claims = super::super::peek::claims(jwt)?;
    claims.get("sub").and_then(serde_json::Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(id_and_secret: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(id_and_secret)).into_bytes()
    }

    fn read_one(
        header: Option<&[u8]>,
        form: &str,
    ) -> Result<(String, AuthMethod), CredentialsError> {
        let params = Params::parse(form.as_bytes()).unwrap();
        let read = read(header.into_iter(), &params)?;
        Ok((read.client_id.unwrap().to_string(), read.proof.method()))
    }

    #[test]
    fn rfc_6749_2_3_1_basic_is_form_decoded() {
        assert_eq!(basic(&header("a%3Ab:p%C3%A9+%25")), Ok(("a:b".to_owned(), "pé %".to_owned())));
        assert_eq!(basic(&header("a:50%")), Ok(("a".to_owned(), "50%".to_owned())));
        assert_eq!(basic(&header("a:b:c")), Ok(("a".to_owned(), "b:c".to_owned())));
        assert_eq!(basic(&header("a")), Err(CredentialsError::Unreadable));
        assert_eq!(basic(b"Basic !!"), Err(CredentialsError::Unreadable));
        assert_eq!(basic(b"Bearer abc"), Err(CredentialsError::Scheme));
        assert_eq!(basic(&header("a:%FF")), Err(CredentialsError::Unreadable));
    }

    #[test]
    fn rfc_6749_2_3_one_method_at_most() {
        use AuthMethod::{ClientSecretBasic, ClientSecretPost, None as Public};
        let basic = header("app:secret");
        let found = |method| Ok(("app".to_owned(), method));
        for (header, form, expected) in [
            (Some(&basic[..]), "", found(ClientSecretBasic)),
            (Some(&basic[..]), "client_id=app", found(ClientSecretBasic)),
            (Some(&basic[..]), "client_id=other", Err(CredentialsError::OtherClient)),
            (Some(&basic[..]), "client_id=app&client_secret=s", Err(CredentialsError::TwoMethods)),
            (Some(&basic[..]), "client_assertion=x", Err(CredentialsError::TwoMethods)),
            (None, "client_id=app&client_secret=s", found(ClientSecretPost)),
            (None, "client_id=app&client_secret=", found(Public)),
            (None, "client_id=app", found(Public)),
            (None, "client_secret=s", Err(CredentialsError::Nobody)),
            (None, "", Err(CredentialsError::Nobody)),
            (None, "client_id=app&client_assertion=x", Err(CredentialsError::AssertionType)),
            (
                None,
                "client_secret=s&client_assertion=x&client_id=app",
                Err(CredentialsError::TwoMethods),
            ),
        ] {
            assert_eq!(read_one(header, form), expected, "{form}");
        }
    }

    #[test]
    fn no_proof_can_be_printed() {
        let params = Params::parse(b"client_id=app&client_secret=hush").unwrap();
        let read = read(std::iter::empty(), &params).unwrap();
        assert!(!format!("{read:?}").contains("hush"));
    }
}

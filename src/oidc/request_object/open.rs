//! From the text of a request object to the parameters in it: decrypted, verified, judged (RFC 9101 section 6).

use serde_json::{Map, Value};

use super::RequestError;
use super::object::{self, Expected, ObjectError};
use crate::http::App;
use crate::keys::gate::{self, Expect};
use crate::model::{Client, Once};
use crate::oidc::authorize::{Incoming, Refusal};
use crate::session;

/// The text of an object, and how it came.
pub struct Object {
    pub text: String,
    pub by_uri: bool,
}

/// The parameters of an object of this client.
pub async fn object(
    object: &Object,
    client: &Client,
    app: &App,
) -> Result<(Incoming, Option<Once>), Refusal> {
    let text = object.text.as_str();
    let opened;
    let signed = if text.matches('.').count() == 4 {
        opened = decrypt(text, app).await?;
        opened.as_str()
    } else {
        text
    };
    if gate::is_unsigned(signed) {
        return Err(unsigned(client, object.by_uri).into());
    }
    let claims = verify(signed, client, app).await.map_err(RequestError::from)?;
    let expected = Expected {
        client_id: &client.id,
        issuer: app.settings().issuer.as_str(),
        sign_in: session::LONGEST_SIGN_IN,
    };
    let judged = object::judge(&claims, expected, app.now());
    let once = judged.map_err(RequestError::from)?;
    let pairs = object::parameters(claims).map_err(RequestError::from)?;
    let incoming = Incoming::of_pairs(pairs);
    let incoming = incoming.map_err(|_| RequestError::from(ObjectError::TooLong))?;
    Ok((incoming, once))
}

async fn decrypt(text: &str, app: &App) -> Result<String, Refusal> {
    let opened = app.keys().await?.open_encrypted(text, &app.random(), app.now());
    let unreadable = |refused: gate::Refused| ObjectError::Signature(refused.to_string());
    Ok(opened.map_err(unreadable).map_err(RequestError::from)?)
}

/// Who registered how it signs has broken that; for anybody else unsigned objects are simply not offered.
fn unsigned(client: &Client, by_uri: bool) -> RequestError {
    match client.metadata.requests.signing_alg {
        Some(registered) => ObjectError::UnsignedDespite(registered).into(),
        None => RequestError::Unsigned { by_uri },
    }
}

async fn verify(
    signed: &str,
    client: &Client,
    app: &App,
) -> Result<Map<String, Value>, ObjectError> {
    let registered = client.metadata.requests.signing_alg;
    let unreadable = |refused: gate::Refused| ObjectError::Signature(refused.to_string());
    let used = gate::pass(signed, Expect::RequestObject).map_err(unreadable)?.algorithm;
    if let Some(registered) = registered.filter(|registered| *registered != used) {
        return Err(ObjectError::OtherAlgorithm { registered, used });
    }
    let verified = app.signed_by(client, signed, Expect::RequestObject).await;
    verified.map_err(|refused| ObjectError::Signature(refused.to_string()))
}

//! Pushed requests between the two endpoints: RFC 9126 sections 2.2 and 4.
//!
//! A pushed request travels sealed inside its `request_uri`, so that none is stored. It is spent when a sign-in with it
//! is done, not when it is opened: whoever opens the URL twice has done nothing wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RequestError, Unpacked};
use crate::http::App;
use crate::keys::Purpose;
use crate::model::{AuthorizationRequest, Client, Digest, Once, OnceKind, Timestamp};
use crate::oidc::authorize::Refusal;
use crate::{session, store};

/// What a `request_uri` of ours begins with.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

#[derive(Serialize, Deserialize)]
struct Pushed {
    request: AuthorizationRequest,
    expires_at: Timestamp,
}

/// Whether a `request_uri` is one of ours.
pub fn is_one(uri: &str) -> bool {
    uri.starts_with(PREFIX)
}

/// A `request_uri` for a judged request.
pub fn seal(mut request: AuthorizationRequest, life: Duration, app: &App) -> String {
    let expires_at = app.now() + life;
    request.once = Some(Once {
        kind: OnceKind::Pushed,
        id: Digest::of(app.random::<32>()),
        until: expires_at + session::LONGEST_SIGN_IN,
    });
    let pushed = Pushed { request, expires_at };
    format!("{PREFIX}{}", app.sealer().seal(Purpose::Pushed, &pushed, &app.random()))
}

/// Opens one. What is wrong with its time is told to its own redirect URI.
pub async fn open(uri: &str, client: &Client, app: &App) -> Result<Unpacked, Refusal> {
    let sealed = uri.strip_prefix(PREFIX).unwrap_or_default();
    let pushed: Option<Pushed> = app.sealer().open(Purpose::Pushed, sealed);
    let Some(Pushed { request, expires_at }) =
        pushed.filter(|pushed| pushed.request.client_id == client.id)
    else {
        return Err(RequestError::NotPushed.into());
    };
    let verdict = if expires_at <= app.now() {
        Err(RequestError::PushExpired.into())
    } else if is_spent(&request, app).await? {
        Err(RequestError::PushSpent.into())
    } else {
        Ok(())
    };
    Ok(Unpacked::Pushed(Box::new(request), verdict))
}

async fn is_spent(request: &AuthorizationRequest, app: &App) -> Result<bool, Refusal> {
    let Some(once) = request.once.clone() else { return Ok(false) };
    let client_id = request.client_id.clone();
    Ok(app.read(move |db| store::assertions::is_spent(db, &client_id, &once.id)).await?)
}

/// Spends a request that is good once, in the moment of its answer.
pub async fn spend(request: &AuthorizationRequest, app: &App) -> Result<(), Refusal> {
    let Some(once) = request.once.clone() else { return Ok(()) };
    let (client_id, kind) = (request.client_id.clone(), once.kind);
    let fresh =
        app.write(move |db| store::assertions::spend(db, &client_id, &once.id, once.until)).await?;
    match (fresh, kind) {
        (true, _) => Ok(()),
        (false, OnceKind::Pushed) => Err(RequestError::PushSpent.into()),
        (false, OnceKind::Object) => Err(RequestError::ObjectSpent.into()),
    }
}

//! Whose data is asked for: of which app, and of which session.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;

use super::Refusal;
use crate::http::{App, OauthError, Params};
use crate::model::{Client, SessionId};
use crate::oidc::access;
use crate::oidc::endpoint::Call;
use crate::oidc::memory::Memory;
use crate::oidc::{bearer, client_auth};
use crate::{session, store};

/// The app and the session.
pub struct Owner {
    /// The app.
    pub client: Arc<Client>,
    /// The session, which stands.
    pub session: SessionId,
}

/// By the app's access token, or by the app's own credentials and the session's `sid`.
pub async fn of(request: &HttpRequest, app: &App, memory: &Memory) -> Result<Owner, OauthError> {
    if let Some(token) = bearer::token(request) {
        return of_token(&token, app, memory).await;
    }
    if request.headers().contains_key(header::AUTHORIZATION) {
        let call = Call { app, memory, request, params: Params::default() };
        return of_client(&call).await;
    }
    Err(Refusal::NoCredentials.into())
}

async fn of_token(token: &str, app: &App, memory: &Memory) -> Result<Owner, OauthError> {
    let token = access::verify(token, app, memory).await?.ok_or(Refusal::Token)?;
    let ours = token.audience.iter().any(|aud| aud == app.settings().issuer.as_str());
    if !ours {
        return Err(Refusal::Token.into());
    }
    let standing = access::standing_of(&token, app).await?.ok_or(Refusal::Token)?;
    // A grant with offline access outlives its session
    let session = standing.session.and_then(|session| session::live(app, session, standing.user));
    let session = session.ok_or(Refusal::NoSession)?.session.id;
    let client = app.client(&token.client_id).await?.ok_or(Refusal::Token)?;
    Ok(Owner { client, session })
}

async fn of_client(call: &Call<'_>) -> Result<Owner, OauthError> {
    let client = client_auth::confidential(call, "session data").await?;
    let query = Params::parse(call.request.query_string().as_bytes())?;
    let sid = query.optional("sid").and_then(|sid| sid.parse().ok()).ok_or(Refusal::Sid)?;
    let id = client.id.clone();
    let found = call.app.read(move |db| store::session_data::session_of_app(db, sid, &id)).await?;
    let live = found.and_then(|(session, user)| session::live(call.app, session, user));
    let session = live.ok_or(Refusal::NoSession)?.session.id;
    Ok(Owner { client, session })
}

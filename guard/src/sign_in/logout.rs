//! Signing out: OpenID Connect RP-Initiated Logout section 2, Back-Channel Logout section 2.5.

use std::sync::Arc;

use form_urlencoded::parse;
use serde_json::json;

use super::failure::{Cause, Failure};
use super::{Brought, Client};
use crate::answer::Answer;
use crate::{Guard, Refusal};

/// Ends the session here, and goes to the issuer to end the one there.
pub async fn answer(client: &Arc<Client>, brought: &Brought) -> Result<Answer, Failure> {
    if !brought.own {
        return Err(Cause::Request("a page of another site wants to sign the person out").into());
    }
    let cookies = vec![client.cookie.clear()];
    let session = match &brought.session {
        Some(id) => client.end(id).await,
        None => None,
    };
    let (Some(session), Ok(metadata)) = (session, client.issuer.metadata().await) else {
        return Ok(Answer::redirect("/", cookies));
    };
    let Some(mut url) = metadata.end_session_endpoint.clone() else {
        return Ok(Answer::redirect("/", cookies));
    };
    let settings = &client.settings;
    url.query_pairs_mut()
        .append_pair("id_token_hint", &session.id_token)
        .append_pair("client_id", &settings.client_id)
        .append_pair("post_logout_redirect_uri", &format!("{}/", settings.base_url));
    Ok(Answer::redirect(url.as_str(), cookies))
}

/// The issuer tells that a session has ended.
pub async fn by_issuer(guard: &Guard, client: &Arc<Client>, brought: &Brought) -> Answer {
    let mut tokens = parse(&brought.body).filter(|(name, _)| name == "logout_token");
    let told = match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => end(guard, client, &token).await,
        (None, _) => Err(Refusal::Missing),
        (Some(_), Some(_)) => Err(Refusal::Several),
    };
    let headers = vec![("cache-control", "no-store".to_owned())];
    match told {
        Ok(()) => Answer { status: 200, headers, body: String::new() },
        Err(Refusal::Unavailable) => Answer { status: 503, headers, body: String::new() },
        Err(refusal) => {
            tracing::warn!(%refusal, "a logout token is no good");
            let body =
                json!({"error": "invalid_request", "error_description": refusal.to_string()});
            let json = ("content-type", "application/json".to_owned());
            let headers = headers.into_iter().chain([json]).collect();
            Answer { status: 400, headers, body: body.to_string() }
        }
    }
}

async fn end(guard: &Guard, client: &Arc<Client>, token: &str) -> Result<(), Refusal> {
    let logout = guard.check_logout(token, &client.settings.client_id).await?;
    guard.sign_out(&logout);
    match &logout.session_id {
        Some(sid) => client.sessions.end_of(sid).await,
        None => Ok(()),
    }
}

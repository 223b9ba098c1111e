//! Revocation: RFC 7009.
//!
//! A revoked access token ends its grant, as a revoked refresh token does: section 2.1 allows it, and whoever revokes
//! either wants to be rid of both.

use actix_web::HttpResponse;

use super::access::{AccessToken, Holder};
use super::endpoint::{self, Call};
use super::refresh::{self, RefreshToken, Verdict};
use super::{access, client_auth};
use crate::http::{App, OauthError};
use crate::model::{Client, Digest, EndReason, EventKind, Grant};
use crate::store::{self, StoreError};

/// `POST /revoke`: section 2.2, with 200 for whatever is no token of this client as well, so that nothing is told about it.
pub async fn revoke(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::authenticate(call).await?;
    let token = call.params.required("token")?;
    let grant = match RefreshToken::parse(token) {
        Some(token) => of_refresh_token(&token, call.app).await?,
        None => of_access_token(token, &client, call).await?,
    };
    if let Some(grant) = grant.filter(|grant| grant.client_id == client.id) {
        end(&grant, &client, call.app).await?;
    }
    Ok(endpoint::json(&serde_json::Map::new()))
}

/// A token that a client has for itself hangs from no grant, and one that was exchanged hangs from another client's: each is
/// ended by itself.
async fn of_access_token(
    token: &str,
    client: &Client,
    call: &Call<'_>,
) -> Result<Option<Grant>, StoreError> {
    let Some(token) = access::verify(token, call.app, call.memory).await? else { return Ok(None) };
    let id = match token.holder {
        Holder::Person { grant_id, .. } if token.actor.is_none() => grant_id,
        Holder::Person { .. } | Holder::ApiToken(_) | Holder::Client => {
            if token.client_id == client.id {
                end_alone(&token, client, call.app).await?;
            }
            return Ok(None);
        }
    };
    let standing = call.app.read(move |db| store::grants::standing(db, id)).await?;
    Ok(standing.map(|standing| standing.grant))
}

/// Any generation of a family that is authentic: an old one was the client's as well.
async fn of_refresh_token(token: &RefreshToken, app: &App) -> Result<Option<Grant>, StoreError> {
    let id = token.grant_id();
    let standing = app.read(move |db| store::grants::standing(db, id)).await?;
    let Some(grant) = standing.map(|standing| standing.grant) else { return Ok(None) };
    let derive = |token: &RefreshToken| token.successor(app.sealer());
    let late_tab = app.settings().tokens.late_tab;
    let forged = grant.refresh.as_ref().is_none_or(|state| {
        matches!(refresh::judge(token, state, late_tab, app.now(), derive), Verdict::Forged)
    });
    Ok((!forged).then_some(grant))
}

async fn end_alone(token: &AccessToken, client: &Client, app: &App) -> Result<(), StoreError> {
    let (jti, expires_at) = (Digest::of(&token.id), token.expires_at);
    let event = app.event(EventKind::TokenRevoked, None, Some(&client.id), "of the client itself");
    app.write(move |db| {
        if store::revoked_tokens::revoke(db, &jti, expires_at)? {
            store::events::append(db, &event)?;
        }
        Ok(())
    })
    .await
}

async fn end(grant: &Grant, client: &Client, app: &App) -> Result<(), StoreError> {
    let (id, now) = (grant.id, app.now());
    let detail = format!("grant {id}");
    let event = app.event(EventKind::TokenRevoked, Some(grant.user_id), Some(&client.id), detail);
    app.write(move |db| {
        if store::grants::end(db, id, EndReason::Revoked, now)? {
            store::events::append(db, &event)?;
        }
        Ok(())
    })
    .await
}

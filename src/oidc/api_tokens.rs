//! Tokens that people made for themselves, when they come back: whoever they are for asks about them (RFC 7662), or exchanges
//! them for a JWT (RFC 8693).

use super::access::{AccessToken, Holder};
use crate::http::App;
use crate::model::{ApiToken, ApiTokenId, ApiTokenText, Client, User, minutes};
use crate::store::{self, StoreError};

/// A token as the client may know it that asks: it is for that client, or for an API of which it is a server. Its use is
/// noted. `None`: of anything else, as of one that is over or whose person may not sign in.
pub async fn presented(
    text: &ApiTokenText,
    asking: &Client,
    app: &App,
) -> Result<Option<(AccessToken, User)>, StoreError> {
    let digest = text.digest();
    let found = app.read(move |db| store::api_tokens::find_by_digest(db, &digest)).await?;
    let is_for = |token: &ApiToken| {
        let resources = &app.settings().resources;
        token.target == asking.id.as_str() || resources.is_server(&token.target, &asking.id)
    };
    let Some((token, user)) =
        found.filter(|(token, user)| is_for(token) && is_good(token, user, app))
    else {
        return Ok(None);
    };
    let (id, now) = (token.id, app.now());
    if token.used_at.is_none_or(|at| minutes(1) <= now.since(at)) {
        app.write(move |db| store::api_tokens::used(db, id, now)).await?;
    }
    let subject = app.sealer().subject(asking, user.id);
    let token = AccessToken {
        holder: Holder::ApiToken(id),
        subject,
        client_id: asking.id.clone(),
        audience: vec![token.target],
        scopes: token.scopes,
        issued_at: token.created_at,
        expires_at: token.expires_at,
        id: id.to_string(),
        actor: None,
        may_act: None,
        extra: serde_json::Map::new(),
    };
    Ok(Some((token, user)))
}

/// Whose it is that one stands for which a JWT was given, if it still stands.
pub async fn owner(id: ApiTokenId, app: &App) -> Result<Option<User>, StoreError> {
    let found = app.read(move |db| store::api_tokens::find(db, id)).await?;
    Ok(found.filter(|(token, user)| is_good(token, user, app)).map(|(_, user)| user))
}

/// The settings may have withdrawn what was offered.
fn is_good(token: &ApiToken, user: &User, app: &App) -> bool {
    app.now() < token.expires_at
        && user.disabled_at.is_none()
        && app.settings().api_tokens.are_for(&token.target)
}

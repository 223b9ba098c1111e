//! Groups, roles and permissions in tokens and answers (RFC 9068 section 2.2.3.1): read when they are asked for, so that the
//! next refresh carries what has changed.

use super::audience::Audience;
use crate::http::App;
use crate::model::{Client, Details, ENTITLEMENT_SCOPES, Entitlements, Scopes, UserId};
use crate::store::{self, StoreError};

/// What an access token for this audience says.
pub async fn for_audience(
    user_id: UserId,
    client: &Client,
    audience: &Audience,
    app: &App,
) -> Result<Entitlements, StoreError> {
    within(user_id, client, (&audience.names, &audience.scopes), app).await
}

/// What whoever may ask about a token is told: what is held at these places now, as far as the scopes go.
pub async fn within(
    user_id: UserId,
    client: &Client,
    (places, scopes): (&[String], &Scopes),
    app: &App,
) -> Result<Entitlements, StoreError> {
    if !ENTITLEMENT_SCOPES.iter().any(|scope| scopes.contains(scope)) {
        return Ok(Entitlements::default());
    }
    Ok(held(user_id, client, places, app).await?.within(scopes))
}

/// What ID tokens and userinfo may tell the client: what is held at the client itself. Which of it they tell is decided
/// with the other claims.
pub async fn for_client(
    user_id: UserId,
    client: &Client,
    (scopes, details): (&Scopes, &Details),
    app: &App,
) -> Result<Entitlements, StoreError> {
    let claims = &details.claims;
    let asked = |name: &&str| {
        scopes.contains(name)
            || claims.userinfo.contains_key(*name)
            || claims.id_token.contains_key(*name)
    };
    if !ENTITLEMENT_SCOPES.iter().any(asked) {
        return Ok(Entitlements::default());
    }
    held(user_id, client, &[client.id.to_string()], app).await
}

async fn held(
    user_id: UserId,
    client: &Client,
    places: &[String],
    app: &App,
) -> Result<Entitlements, StoreError> {
    let all = app.read(move |db| store::entitlements::of_user(db, user_id)).await?;
    Ok(Entitlements::at(all, places, |group| client.metadata.tells_group(group)))
}

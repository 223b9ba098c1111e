//! Names of people in ID tokens that come back: OpenID Connect Core section 8.

use serde_json::{Value, json};

use crate::http::App;
use crate::keys::SignedToken;
use crate::model::ClientId;
use crate::store::StoreError;

/// The ID token in a hint, of which nothing but the signature was looked at, with the person's own id as `sub`. An app
/// that got it encrypted may encrypt it to us as well (section 3.1.2.1).
pub async fn of_hint(text: &str, app: &App) -> Result<Option<SignedToken>, StoreError> {
    let (keys, now) = (app.keys().await?, app.now());
    let is_encrypted = text.matches('.').count() == 4;
    let opened = is_encrypted.then(|| keys.open_encrypted(text, &app.random(), now));
    let Ok(opened) = opened.transpose() else { return Ok(None) };
    let token = opened.as_deref().unwrap_or(text);
    resolved(keys.verify_own(token, "JWT", now), app).await
}

/// An ID token of ours with the person's own id in place of what its app calls them.
async fn resolved(
    verified: Option<SignedToken>,
    app: &App,
) -> Result<Option<SignedToken>, StoreError> {
    let Some(mut token) = verified else { return Ok(None) };
    let text = |name: &str| token.claims.get(name).and_then(Value::as_str);
    let (Some(id), Some(subject)) = (text("aud").and_then(ClientId::parse), text("sub")) else {
        return Ok(Some(token));
    };
    let Some(client) = app.client(&id).await? else { return Ok(Some(token)) };
    if client.metadata.sector().is_some() {
        let user = app.sealer().user_of(&client, subject);
        token.claims.insert("sub".to_owned(), json!(user));
    }
    Ok(Some(token))
}

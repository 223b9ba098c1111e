//! Names of people in ID tokens that come back: OpenID Connect Core section 8.

use serde_json::{Value, json};

use crate::http::App;
use crate::keys::SignedToken;
use crate::model::ClientId;
use crate::store::StoreError;

/// An ID token of ours with the person's own id in place of what its app calls them.
pub async fn resolved(
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

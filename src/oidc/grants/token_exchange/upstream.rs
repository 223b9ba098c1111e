//! For an app that calls the API of a provider by which the person signed in: the provider's own access token, instead of one of ours.

use super::rules::{Asked, Refusal};
use super::{ACCESS_TOKEN, Exchanged};
use crate::federation::Connector;
use crate::http::{App, OauthError};
use crate::model::{Client, Identity, UserId};
use crate::oidc::access::{AccessToken, Holder};
use crate::oidc::tokens::TOKEN_TYPE;
use crate::session::upstream_tokens::{self, NoUpstreamToken};
use crate::store;

/// Whether a target is a provider whose tokens this client may have.
pub(super) fn is_for(connector: &Connector, asked: &Asked<'_>, client: &Client) -> bool {
    connector.settings.issuer == asked.target
        && connector.settings.tokens_for.iter().any(|id| id == client.id.as_str())
}

/// The provider's token for the person of a token of ours, which they gave to an app and not to a script.
pub(super) async fn exchange(
    connector: &Connector,
    (subject, user_id): (&AccessToken, UserId),
    app: &App,
) -> Result<Exchanged, OauthError> {
    let Holder::Person { .. } = subject.holder else {
        return Err(super::refuse(&Refusal::Subject));
    };
    let identity = identity(connector, user_id, app).await?;
    let identity = identity.ok_or_else(|| none(&NoUpstreamToken::Gone))?;
    let kept = upstream_tokens::fresh(app, connector, &identity).await;
    let kept = match kept {
        Ok(kept) => kept,
        Err(NoUpstreamToken::Store(error)) => return Err(error.into()),
        Err(error) => return Err(none(&error)),
    };
    let left = kept.expires_at.map(|at| at.since(app.now()).as_secs());
    Ok(Exchanged {
        access_token: kept.access_token,
        issued_token_type: ACCESS_TOKEN,
        token_type: TOKEN_TYPE,
        expires_in: left,
        scope: kept.scope.unwrap_or_default(),
    })
}

async fn identity(
    connector: &Connector,
    user_id: UserId,
    app: &App,
) -> Result<Option<Identity>, OauthError> {
    let name = connector.name.clone();
    let all = app.read(move |db| store::identities::of_user(db, user_id)).await?;
    Ok(all.into_iter().find(|identity| identity.provider == name))
}

/// The app can't mend it alone: it sends the person through a sign-in by the provider.
fn none(error: &NoUpstreamToken) -> OauthError {
    OauthError::new("invalid_target", error.to_string()).with_mend(
        "let the person sign in by the provider again, with the scopes that give a refresh token",
    )
}

//! Tokens of providers elsewhere: sealed where they are kept, refreshed by one request at a time, on however many nodes.

use std::time::Duration;

use crate::federation::{Connector, Failure, Kept};
use crate::http::App;
use crate::keys::Purpose;
use crate::model::{Identity, UpstreamTokens, seconds};
use crate::store::{self, StoreError};

/// How long before they expire newer ones are wanted.
const EARLY: Duration = seconds(30);
/// For how long one request may ask for them.
const LEASE: Duration = seconds(15);
/// How often, and how many times, others look whether there are newer ones.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: usize = 60;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoUpstreamToken {
    /// The person has not signed in by it since it is kept, or has taken it back there.
    #[error("there is no token of the provider for this person: let them sign in by it again")]
    Gone,
    /// The provider gives no new one.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// Another request has been asking for too long.
    #[error("the provider is being asked, and has not answered yet")]
    Slow,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// As they are stored.
pub fn sealed(app: &App, kept: &Kept) -> UpstreamTokens {
    UpstreamTokens {
        sealed: app.sealer().seal(Purpose::Federation, kept, &app.random()),
        expires_at: kept.expires_at,
    }
}

/// An access token that is good for a while.
pub async fn fresh(
    app: &App,
    connector: &Connector,
    identity: &Identity,
) -> Result<Kept, NoUpstreamToken> {
    for _ in 0..LOOKS {
        let of = identity.clone();
        let found = app.read(move |db| store::upstream_tokens::of(db, &of)).await?;
        let found = found.ok_or(NoUpstreamToken::Gone)?;
        let kept: Option<Kept> = app.sealer().open(Purpose::Federation, &found.sealed);
        let kept = kept.ok_or(NoUpstreamToken::Gone)?;
        let now = app.now();
        if found.expires_at.is_none_or(|at| now + EARLY < at) {
            return Ok(kept);
        }
        if kept.refresh_token.is_none() {
            return Err(NoUpstreamToken::Gone);
        }
        let of = identity.clone();
        let lease = (now, now + LEASE);
        if app.write(move |db| store::upstream_tokens::lease(db, &of, &found, lease)).await? {
            let tools = app.tools(connector).await?;
            let newer = connector.refreshed(&kept, &tools).await?;
            let (of, tokens) = (identity.clone(), sealed(app, &newer));
            app.write(move |db| store::upstream_tokens::keep(db, &of, &tokens)).await?;
            return Ok(newer);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(NoUpstreamToken::Slow)
}

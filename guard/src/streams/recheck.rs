//! Checking the tokens of open connections again, for who must not go on once a token is revoked.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Connection, Ending, Shared};
use crate::Refusal;

/// How many are asked about at a time.
const AT_ONCE: usize = 8;

/// Checks them all, and ends those whose token is not good any more. While the issuer is away they stay: their tokens
/// expire all the same.
pub async fn all(shared: Arc<Shared>) {
    let connections = shared.registry().all();
    let mut asking = JoinSet::new();
    for connection in connections {
        if asking.len() >= AT_ONCE {
            asking.join_next().await;
        }
        asking.spawn(one(shared.clone(), connection));
    }
    while asking.join_next().await.is_some() {}
}

async fn one(shared: Arc<Shared>, connection: Connection) {
    let Some(token) = connection.token() else { return };
    match shared.settings.rule.check(&token).await {
        // The schedule ends those that expire, and a fresh token may have come meanwhile
        Ok(_) | Err(Refusal::Unavailable | Refusal::Expired { .. }) => {}
        Err(_) if connection.token().as_ref() != Some(&token) => {}
        Err(_) => shared.end(&connection, Ending::SignedOut),
    }
}

//! The provider where a session began: people can be signed out there as well (RP-Initiated Logout section 2).

use crate::http::App;
use crate::keys::Purpose;
use crate::session::{FAREWELL, Farewell};
use crate::store::{self, StoreError};

/// The way to a provider.
pub(super) struct There {
    /// What people know it by.
    pub title: String,
    /// Its page, which leads back.
    pub url: String,
}

/// The way to the provider, from where the person comes back to [`FAREWELL`]. A provider that can't be asked keeps nobody
/// from signing out here.
pub(super) async fn way(app: &App, mut farewell: Farewell) -> Result<Option<There>, StoreError> {
    let id = farewell.session;
    let connectors = app.connectors().await?;
    if connectors.iter().all(|connector| !connector.settings.sign_out_there) {
        return Ok(None);
    }
    let began = app.read(move |db| store::upstream_sessions::of_session(db, id)).await?;
    let Some(began) = began else { return Ok(None) };
    let connector = connectors.get(&began.connector);
    let Some(connector) = connector.filter(|one| one.settings.sign_out_there) else {
        return Ok(None);
    };
    let token = began.sealed_id_token.as_deref();
    let token: Option<String> =
        token.and_then(|sealed| app.sealer().open(Purpose::Federation, sealed));
    let back = app.settings().issuer.url_of(FAREWELL);
    farewell.there = true;
    let state = farewell.seal(app);
    let way =
        connector.sign_out(token.as_deref(), (&back, &state), app.outgoing(), app.now()).await;
    match way {
        Ok(url) => {
            let title = connector.settings.title.clone();
            Ok(url.map(|url| There { title, url: url.into() }))
        }
        Err(failure) => {
            tracing::warn!(connector = connector.name, reason = %failure, "nobody was signed out there");
            Ok(None)
        }
    }
}

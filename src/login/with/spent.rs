//! What is written with somebody's first step here after a provider: that the attempt is spent, and what the provider gave.

use super::State;
use crate::federation::{Connector, Person};
use crate::http::App;
use crate::keys::Purpose;
use crate::model::{ClientId, Digest, Identity, Timestamp, UpstreamSession, UpstreamTokens, days};
use crate::session;
use crate::store;

/// The longest ID token that is kept, to sign out there by it: without it the provider asks.
const LONGEST_KEPT: usize = 8 * 1024;

/// Who they are there.
pub(super) fn identity(person: &Person, connector: &Connector) -> Identity {
    Identity { provider: connector.name.clone(), subject: person.subject.clone() }
}

/// The session there, with what signs out of it.
pub(super) fn began(app: &App, connector: &Connector, person: &Person) -> UpstreamSession {
    let token = person.id_token.expose();
    let kept = connector.settings.sign_out_there && token.len() <= LONGEST_KEPT;
    let sealed = kept.then(|| app.sealer().seal(Purpose::Federation, token, &app.random()));
    UpstreamSession {
        connector: connector.name.clone(),
        subject: person.subject.clone(),
        sid: person.session_id.clone(),
        sealed_id_token: sealed,
    }
}

/// What makes an attempt good once, on whichever node its answer comes.
#[derive(Clone)]
pub(super) struct Spent {
    connector: Option<ClientId>,
    id: Digest,
    until: Timestamp,
    /// The provider's tokens, to be kept with it.
    tokens: Option<(Identity, UpstreamTokens)>,
}

impl Spent {
    pub(super) fn keeping(mut self, app: &App, connector: &Connector, person: &Person) -> Self {
        self.tokens = person
            .kept
            .as_ref()
            .map(|kept| (identity(person, connector), session::upstream_tokens::sealed(app, kept)));
        self
    }

    pub(super) fn new(connector: &Connector, state: &State, now: Timestamp) -> Self {
        let id = Digest::of(format!("federation\n{}\n{}", connector.name, state.attempt.id));
        Self { connector: ClientId::parse(&connector.name), id, until: now + days(1), tokens: None }
    }

    pub(super) async fn is(&self, app: &App) -> Result<bool, store::StoreError> {
        let Self { connector, id, .. } = self.clone();
        app.read(move |db| match &connector {
            Some(connector) => store::assertions::is_spent(db, connector, &id),
            None => Ok(true),
        })
        .await
    }

    pub(super) fn spend(&self, db: &mut store::Db) -> Result<bool, store::StoreError> {
        let Some(connector) = &self.connector else { return Ok(false) };
        if !store::assertions::spend(db, connector, &self.id, self.until)? {
            return Ok(false);
        }
        if let Some((identity, tokens)) = &self.tokens {
            store::upstream_tokens::keep(db, identity, tokens)?;
        }
        Ok(true)
    }
}

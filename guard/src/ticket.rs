//! Connection tickets: what stands in the URL of a WebSocket or an `EventSource` instead of a token. A URL is logged and
//! kept in histories, and a ticket that was found there is of no use: it was used, or is a minute old.

use std::sync::Arc;

use crate::introspection::name_of;
use crate::store::{Store, StoreError};
use crate::{Clock, Refusal, random};

/// What all tickets begin with, so that none is taken for a token.
const PREFIX: &str = "ticket_";
/// How long one is good, in seconds.
pub const LIFETIME: i64 = 60;
/// The longest text that is looked up, in bytes.
const LONGEST: usize = 64;

/// Gives tickets for tokens, and tokens for tickets, once.
pub struct Tickets {
    store: Arc<dyn Store>,
    clock: Clock,
}

/// Whether a text is meant as a ticket.
pub fn is_ticket(text: &str) -> bool {
    text.starts_with(PREFIX)
}

impl Tickets {
    /// Tickets that are kept here.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// A ticket for a token that was checked.
    pub async fn issue(&self, token: &str) -> Result<String, Refusal> {
        let ticket = format!("{PREFIX}{}", random::text()?);
        let until = self.clock.now().saturating_add(LIFETIME);
        let kept = self.store.put(&key(&ticket), format!("{until} {token}"), until).await;
        kept.map_err(away).map(|()| ticket)
    }

    /// The token behind a ticket, for the first who asks. It is to be checked again, since its session may have ended.
    pub async fn redeem(&self, ticket: &str) -> Result<String, Refusal> {
        if ticket.len() > LONGEST {
            return Err(Refusal::Ticket);
        }
        let kept = self.store.take(&key(ticket)).await.map_err(away)?;
        // Whether a store forgets in time is not relied on
        let in_time =
            |until: &str| until.parse::<i64>().is_ok_and(|until| until > self.clock.now());
        let token = kept.as_deref().and_then(|kept| kept.split_once(' '));
        let token = token.filter(|(until, _)| in_time(until)).map(|(_, token)| token.to_owned());
        token.ok_or(Refusal::Ticket)
    }
}

/// The key tells nobody the ticket.
fn key(ticket: &str) -> String {
    format!("ticket:{}", name_of(ticket))
}

fn away(error: StoreError) -> Refusal {
    error.into_refusal("a connection ticket")
}

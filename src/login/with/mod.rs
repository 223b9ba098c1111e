//! Signing in by a provider elsewhere: the way there, and the way back (OpenID Connect Core section 3.1, RFC 9700).
//!
//! The way there writes nothing: what has to be known on the way back travels sealed in `state`, bound to this browser as the
//! sign-in is. It is good once: the transaction that signs in spends it.

mod account;
mod back;
mod framed;
mod posted;
mod signed_out;
mod spent;
mod there;

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};

pub use back::callback;
pub use framed::framed;
pub use posted::callback as callback_by_form;
pub use signed_out::tell;
pub use there::begin;

use super::flow::Stop;
use crate::federation::{Attempt, Connector, Failure};
use crate::http::{App, ErrorPage, Refusal};
use crate::keys::Purpose;
use crate::model::{Interaction, SessionId};
use crate::session;

/// Where people are sent there from.
pub const THERE: &str = "/login/with";
/// Where they come back; the connector's name follows.
pub const BACK: &str = "/login/callback/{connector}";

/// The parameter with a name that came in a form.
const NAME: &str = "name";
/// Where a provider tells of sign-outs.
pub const SIGNED_OUT: &str = "/login/backchannel/{connector}";

/// What a provider loads in a frame at sign-outs.
pub const FRAMED: &str = "/login/frontchannel/{connector}";

/// What travels in `state`.
#[derive(Serialize, Deserialize)]
struct State {
    attempt: Attempt,
    interaction: Interaction,
    /// The session whose account is to be linked, instead of signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<SessionId>,
}

impl State {
    fn seal(&self, app: &App) -> String {
        app.sealer().seal(Purpose::Federation, self, &app.random())
    }

    fn open(app: &App, text: &str) -> Option<Self> {
        app.sealer().open(Purpose::Federation, text)
    }
}

/// The page that says that it did not work, with the way to the other ways of signing in.
fn failed(app: &App, connector: &Connector, failure: &Failure, interaction: &Interaction) -> Stop {
    let (status, text) = if failure.is_of_the_moment() {
        (StatusCode::SERVICE_UNAVAILABLE, "upstream-away")
    } else {
        (StatusCode::BAD_REQUEST, "upstream")
    };
    refused(
        app,
        connector,
        (status, text),
        (failure.to_string(), failure.mend()),
        Some(interaction),
    )
}

fn refused(
    app: &App,
    connector: &Connector,
    (status, text): (StatusCode, &'static str),
    (rule, mend): (String, &'static str),
    interaction: Option<&Interaction>,
) -> Stop {
    tracing::warn!(connector = connector.name, reason = %rule, "nobody was signed in");
    Stop::Page(
        ErrorPage {
            status,
            text,
            value: connector.settings.title.clone(),
            refusal: Refusal {
                error: "federation".to_owned(),
                received: format!("a sign-in by the connector {}", connector.name),
                rule,
                mend: mend.to_owned(),
            },
            way_out: interaction.map(|all| session::sealed_url(app, "/login", all)),
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(10),
        }
        .into(),
    )
}

//! What a sign-out request holds: RP-Initiated Logout section 2.

use serde_json::Value;

use super::Problem;
use crate::http::Params;
use crate::keys::SignedToken;
use crate::model::{ClientId, SessionId, UserId};

/// The parameters.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// `id_token_hint`.
    pub hint: Option<String>,
    /// `logout_hint`: whom the app means. It proves nothing, but may show that it means somebody else.
    pub logout_hint: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `post_logout_redirect_uri`.
    pub uri: Option<String>,
    /// `state`, handed back byte for byte.
    pub state: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
    /// The button of the confirmation page.
    pub decision: Option<String>,
    /// The token of the confirmation page.
    pub csrf: Option<String>,
    /// Why the parameters can't be used.
    pub problem: Option<Problem>,
}

impl Request {
    /// Reads a query or a form. Only a form can be a confirmation.
    pub fn parse(text: &[u8], posted: bool) -> Self {
        let params = match Params::parse(text) {
            Ok(params) => params,
            Err(problem) => {
                return Self { problem: Some(Problem::Unreadable(problem)), ..Self::default() };
            }
        };
        let take = |name| params.optional(name).map(str::to_owned);
        Self {
            hint: take("id_token_hint"),
            logout_hint: take("logout_hint"),
            client_id: take("client_id"),
            uri: take("post_logout_redirect_uri"),
            state: take("state"),
            ui_locales: take("ui_locales"),
            decision: take("decision").filter(|_| posted),
            csrf: take("csrf"),
            problem: None,
        }
    }
}

/// What `id_token_hint` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// There is none.
    Absent,
    /// Not an ID token of ours, or one whose key is gone.
    Unverified,
    /// An ID token of ours, expired or not.
    Verified {
        /// To which app it was issued.
        client: ClientId,
        /// About whom.
        user: Option<UserId>,
        /// In which session.
        session: Option<SessionId>,
    },
}

impl Hint {
    /// The session that it is about.
    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::Absent | Self::Unverified => None,
            Self::Verified { session, .. } => *session,
        }
    }

    /// Reads an ID token whose signature was looked at.
    pub fn read(verified: Option<&SignedToken>, issuer: &str) -> Self {
        let text = |name| verified.and_then(|token| token.claims.get(name)).and_then(Value::as_str);
        let client = text("aud").and_then(ClientId::parse);
        match client.filter(|_| text("iss") == Some(issuer)) {
            None => Self::Unverified,
            Some(client) => Self::Verified {
                client,
                user: text("sub").and_then(|sub| sub.parse().ok()),
                session: text("sid").and_then(|sid| sid.parse().ok()),
            },
        }
    }
}

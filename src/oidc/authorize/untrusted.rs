//! Errors that stay here: without a proved client and redirect URI there is nobody to redirect to (RFC 6749
//! section 4.1.2.1, RFC 9700 section 4.11).

use actix_web::http::StatusCode;

use super::Refusal;
use crate::http::{ErrorPage, PageError, ParamError};
use crate::model::{Client, ClientId, RegisteredUri, nearest};

/// Why a request gets a page instead of a redirect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It can't be decoded.
    #[error("{0}")]
    Unreadable(#[from] ParamError),
    /// More than can travel through the sign-in pages.
    #[error("the parameters together are longer than {} bytes", super::rules::size::MOST)]
    TooLong,
    /// No `client_id`.
    #[error("the parameter client_id is missing (RFC 6749 section 4.1.1)")]
    ClientMissing,
    /// No client has this id.
    #[error("no client has this client_id (RFC 6749 section 4.1.2.1)")]
    ClientUnknown(ClientId),
    /// Not even the form of an id.
    #[error("no client can have this client_id (RFC 6749 section 2.2)")]
    ClientMalformed(String),
    /// No `redirect_uri`.
    #[error("the parameter redirect_uri is missing (OpenID Connect Core section 3.1.2.1)")]
    RedirectMissing(ClientId),
    /// `redirect_uri` is not among the client's.
    #[error("the redirect_uri is not registered for this client (RFC 9700 section 2.1)")]
    RedirectUnregistered(Box<Unregistered>),
    /// A request object or `request_uri` that can't be taken, of a request that names no other place to tell it to.
    #[error("{rule}")]
    Object {
        /// The error.
        error: &'static str,
        /// The rule that it breaks.
        rule: String,
        /// What mends it.
        mend: &'static str,
    },
    /// An interaction that is no app's.
    #[error("the sign-in does not belong to an app")]
    NoApp,
}

/// A redirect URI that came in, and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unregistered {
    /// Whose.
    pub client: ClientId,
    /// What came in.
    pub received: String,
    /// The registered one that looks most like it.
    pub nearest: Option<String>,
    /// Why it can't be registered, if so.
    pub refused: Option<String>,
    /// The client's home page.
    pub way_out: Option<String>,
}

impl Unregistered {
    /// Compares what came in with what is registered.
    pub fn new(client: &Client, received: &str) -> Self {
        let metadata = &client.metadata;
        let native = metadata.application_type == crate::model::client::ApplicationType::Native;
        let can_be = RegisteredUri::parse(received, native);
        Self {
            client: client.id.clone(),
            received: cut(received),
            nearest: nearest(received, &metadata.redirect_uris).map(|uri| uri.as_str().to_owned()),
            refused: can_be.err().map(|reason| reason.to_string()),
            way_out: metadata.client_uri.best([]).map(str::to_owned),
        }
    }

    fn mend(&self) -> String {
        let Self { client, received, .. } = self;
        let nearest = self.nearest.as_deref().unwrap_or("none");
        let change = match &self.refused {
            Some(reason) => format!("what came in can not be registered: {reason}"),
            None => format!(
                "if what came in is right, register it too: hatcheck client show --json {client} > client.json, \
                 add \"{received}\" to its redirect_uris, hatcheck client update {client} --file client.json"
            ),
        };
        format!("the nearest registered redirect_uri is {nearest}; {change}")
    }
}

impl Untrusted {
    /// Of a request whose redirect URI nobody can tell.
    pub(super) fn of_object(refusal: &Refusal) -> Self {
        Self::Object { error: refusal.error(), rule: refusal.to_string(), mend: refusal.mend() }
    }

    const fn error(&self) -> &'static str {
        match self {
            Self::Object { error, .. } => error,
            Self::Unreadable(_)
            | Self::TooLong
            | Self::ClientMissing
            | Self::ClientUnknown(_)
            | Self::ClientMalformed(_)
            | Self::RedirectMissing(_)
            | Self::RedirectUnregistered(_)
            | Self::NoApp => "invalid_request",
        }
    }

    /// Which texts the page shows, and the value in them.
    fn text(&self) -> (&'static str, String) {
        match self {
            Self::Unreadable(ParamError::Doubled(name)) if name == "redirect_uri" => {
                ("redirect-uri", String::new())
            }
            Self::Unreadable(_) | Self::TooLong | Self::Object { .. } => {
                ("parameter", self.to_string())
            }
            Self::ClientMissing => ("client", String::new()),
            Self::ClientUnknown(id) => ("client", id.to_string()),
            Self::ClientMalformed(received) => ("client", received.clone()),
            Self::RedirectMissing(_) => ("redirect-uri", String::new()),
            Self::RedirectUnregistered(found) => ("redirect-uri", found.received.clone()),
            Self::NoApp => ("damaged", String::new()),
        }
    }

    fn received(&self) -> String {
        match self {
            Self::Unreadable(_) | Self::TooLong | Self::NoApp => String::new(),
            Self::Object { .. } => "a request object or request_uri".to_owned(),
            Self::ClientMissing => "no client_id".to_owned(),
            Self::ClientUnknown(id) => format!("client_id={id}"),
            Self::ClientMalformed(received) => format!("client_id={received}"),
            Self::RedirectMissing(client) => format!("client_id={client}, no redirect_uri"),
            Self::RedirectUnregistered(found) => {
                format!("client_id={}, redirect_uri={}", found.client, found.received)
            }
        }
    }

    /// What mends it, for `explain`.
    pub fn mend(&self) -> String {
        match self {
            Self::Object { mend, .. } => (*mend).to_owned(),
            Self::Unreadable(_) => "send form-encoded UTF-8, each parameter once".to_owned(),
            Self::TooLong => "send a shorter state, nonce or scope".to_owned(),
            Self::ClientMissing | Self::ClientUnknown(_) | Self::ClientMalformed(_) => {
                "compare the app's client_id with: hatcheck client list".to_owned()
            }
            Self::RedirectMissing(client) => format!(
                "the app has to send one of the registered redirect URIs: hatcheck client show {client}"
            ),
            Self::RedirectUnregistered(found) => found.mend(),
            Self::NoApp => "begin again at the app".to_owned(),
        }
    }
}

impl From<Untrusted> for PageError {
    fn from(untrusted: Untrusted) -> Self {
        let (text, value) = untrusted.text();
        let way_out = if let Untrusted::RedirectUnregistered(found) = &untrusted {
            found.way_out.clone()
        } else {
            None
        };
        Self::Refused(Box::new(ErrorPage {
            status: StatusCode::BAD_REQUEST,
            text,
            value,
            refusal: crate::http::Refusal {
                error: untrusted.error().to_owned(),
                received: untrusted.received(),
                rule: untrusted.to_string(),
                mend: untrusted.mend(),
            },
            way_out,
            retry_after: None,
        }))
    }
}

/// At most 300 characters of what came in.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::authorize::rules::tests::client;

    #[test]
    fn pain_4_the_nearest_uri_and_the_exact_change_are_named() {
        let client = client(&serde_json::json!({}));
        let wrong = Untrusted::RedirectUnregistered(Box::new(Unregistered::new(
            &client,
            "https://rp.example/bc",
        )));
        assert_eq!(
            wrong.mend(),
            "the nearest registered redirect_uri is https://rp.example/cb; if what came in is right, register it too: \
             hatcheck client show --json notes > client.json, add \"https://rp.example/bc\" to its redirect_uris, \
             hatcheck client update notes --file client.json"
        );
        let hopeless = Unregistered::new(&client, "http://evil.example/#'");
        assert!(hopeless.mend().contains("can not be registered"), "{}", hopeless.mend());
    }

    #[test]
    fn red_01_the_page_is_a_400_without_a_link_to_what_came_in() {
        let client = client(&serde_json::json!({}));
        let found = Unregistered::new(&client, "https://evil.example/cb");
        let PageError::Refused(page) =
            PageError::from(Untrusted::RedirectUnregistered(Box::new(found)))
        else {
            panic!("a page was expected");
        };
        assert_eq!((page.status.as_u16(), page.value.as_str()), (400, "https://evil.example/cb"));
        assert_eq!(page.way_out, None);
    }
}

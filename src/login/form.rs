//! Forms of a sign-in: each has a token of its own (RFC 6749 section 10.12).

use crate::http::{App, Browser, csrf};
use crate::session;

/// Where a form goes, and its token.
pub struct Form {
    /// The path and query.
    pub action: String,
    /// The token.
    pub csrf: String,
}

impl Form {
    /// A form for an interaction.
    pub fn new(app: &App, browser: &Browser, path: &'static str, sealed: &str) -> Self {
        Self {
            action: session::url_of_sealed(app, path, sealed),
            csrf: csrf::token(app, browser, &form_name(path, sealed)),
        }
    }
}

/// The name that a form's token is made for: its path, and the interaction that it goes on with.
pub fn form_name(path: &str, sealed: &str) -> String {
    format!("{path}\n{sealed}")
}

/// The same browser, as if nobody were signed in.
pub fn without_session(browser: &Browser) -> Browser {
    Browser { session: None, ..browser.clone() }
}

//! Interactions on their way through the browser.

use crate::http::{App, Browser};
use crate::model::Interaction;

/// Why an interaction can't be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InteractionError {
    /// Not sealed by this server, or damaged.
    #[error("the sign-in link is damaged")]
    Unreadable,
    /// Older than seven days.
    #[error("the sign-in was begun too long ago")]
    Expired,
    /// Begun in another browser; this one has a cookie of its own.
    #[error("the sign-in was begun in another browser")]
    OtherBrowser,
    /// The browser sent no cookie at all: it refuses them.
    #[error("the browser sends no cookies")]
    NoCookies,
}

/// Seals an interaction into URL-safe text.
pub fn seal(_app: &App, _interaction: &Interaction) -> String {
    todo!()
}

/// The path and query of a page that goes on with an interaction: `/login?interaction=…` under the issuer's path.
pub fn sealed_url(_app: &App, _path: &str, _interaction: &Interaction) -> String {
    todo!()
}

/// Opens what [`seal`] made, in the browser that it was made for.
pub fn open(_app: &App, _browser: &Browser, _text: &str) -> Result<Interaction, InteractionError> {
    todo!()
}

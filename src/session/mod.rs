//! Room 6: the browser's sign-in. Cookie ↔ record, its age, what a request still lacks.
//!
//! Oidc and login meet here and at two URLs: `/authorize` seals an [`Interaction`](crate::model::Interaction), made
//! by [`begin`], and redirects to `/login?interaction=…`; login, when nothing is missing, redirects to
//! `/authorize/resume?interaction=…`. Whatever [`open`] refuses, `/login` with the same text tells the person about.

mod consent;
mod directory;
mod farewell;
pub mod guesses;
mod interaction;
pub mod link;
pub mod linking;
mod missing;
pub mod newcomer;
mod record;
pub mod second_factor;
mod state;
pub mod upstream_tokens;

pub use consent::consent;
pub use farewell::{FAREWELL, Farewell, farewell_url};
pub use interaction::{
    InteractionError, LONGEST_SIGN_IN, begin, browser_cookie, fresh_value, open, open_anywhere,
    seal, sealed_url, ui_locales, url_of_sealed,
};
pub use missing::{Missing, missing};
pub use record::{
    NewSignIn, SignedIn, current, expires_at, flush, live, peek, sign_in, sign_out, used,
};
pub use state::{BrowserState, browser_state, left, nobodys_cookie};

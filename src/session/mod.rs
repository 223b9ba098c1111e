//! Room 6: the browser's sign-in. Cookie ↔ record, its age, what a request still lacks.
//!
//! Oidc and login meet here and at two URLs: `/authorize` seals an [`Interaction`] and redirects to
//! `/login?interaction=…`; login, when nothing is missing, redirects to `/authorize/resume?interaction=…`.

mod interaction;
mod missing;
mod record;

pub use interaction::{InteractionError, open, seal, sealed_url};
pub use missing::{Missing, missing};
pub use record::{NewSignIn, SignedIn, current, expires_at, sign_in, sign_out};

//! Guards the routes of an app with the access tokens of an OpenID Connect provider: RFC 6750, RFC 9068.
//!
//! A [`Guard`] knows one issuer and one API. It fetches the issuer's keys when it first needs them, keeps them as long as HTTP
//! caching allows, looks for newer ones ahead of time, and goes on with the old ones while the issuer is away. A [`Rule`]
//! says what a route asks for; it is a middleware of actix-web (feature `actix`, on unless switched off) and a tower
//! layer for axum (feature `axum`). Behind it handlers take an [`Identity`].
//!
//! ```
//! # #[cfg(feature = "actix")] {
//! use actix_web::web;
//! use hatcheck_guard::{Guard, Identity, SetupError};
//!
//! async fn notes(identity: Identity) -> String {
//!     format!("the notes of {}", identity.subject)
//! }
//!
//! fn routes(app: &mut web::ServiceConfig, guard: &Guard) {
//!     app.service(web::scope("/notes").wrap(guard.scope("notes:read")).route("", web::get().to(notes)));
//! }
//!
//! fn guard() -> Result<Guard, SetupError> {
//!     Guard::builder("https://login.ada.example", "https://notes.example/api").build()
//! }
//! # }
//! ```
//!
//! The crate holds no database and no templates, and never logs a token.

mod admitted;
mod algorithm;
mod answer;
mod builder;
mod claims;
mod clock;
mod cookie;
mod demand;
mod ended;
#[cfg(feature = "actix")]
pub mod for_actix;
#[cfg(feature = "axum")]
pub mod for_axum;
mod guard;
mod identity;
mod introspection;
mod issuer;
mod key_set;
mod logout;
mod random;
mod refusal;
mod rule;
mod seal;
mod sign_in;
#[cfg(test)]
#[path = "../tests/support/signing.rs"]
mod signing;
pub mod source;
pub mod store;
pub mod streams;
mod ticket;
mod token;
mod verifier;

pub use admitted::{Admitted, Guarded};
pub use algorithm::Algorithm;
pub use answer::Answer;
pub use builder::{Builder, SetupError};
pub use clock::Clock;
pub use cookie::{CookieError, SealedCookie};
pub use guard::Guard;
pub use identity::{Facts, Identity};
pub use introspection::Introspection;
pub use logout::Logout;
pub use refusal::{Codes, Refusal};
pub use rule::Rule;
pub use seal::{Keys, KeysError};
pub use sign_in::SignIn;

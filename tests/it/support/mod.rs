//! What the tests stand on: a really started server, browsers and apps.

pub mod app;
pub mod browser;
pub mod chromium;
pub mod client;
pub mod database;
pub mod html;
pub mod jose;
pub mod key;
#[path = "../../../guard/tests/support/listening.rs"]
pub mod listening;
pub mod peer;
pub mod people;
pub mod process;
pub mod relying_party;
pub mod requests;
pub mod responses;
#[path = "../../../guard/tests/support/shared.rs"]
pub mod shared;
pub mod site;
pub mod slapd;

pub use app::{PASSWORD, TestApp};
pub use browser::{Browser, Landing, Page, param};
pub use client::{Answer, TestClient, Tokens};
pub use database::Backend;
pub use process::{Process, soon};
pub use relying_party::RelyingParty;
pub use responses::Response;

/// Makes a test of a flow run on SQLite and on PostgreSQL: `both! { async fn a_sentence(app: TestApp) { … } }`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        async fn $name($app: $crate::support::TestApp) $body

        mod $name {
            use $crate::support::{Backend, TestApp};

            $(#[$meta])*
            #[actix_web::test]
            async fn sqlite() {
                super::$name(TestApp::start(Backend::Sqlite).await).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn postgres() {
                super::$name(TestApp::start(Backend::Postgres).await).await;
            }
        }
    )+};
}

/// Makes tests run on SQLite and on PostgreSQL that begin with more than a server: `on_both!(world; a_sentence, another)`.
#[macro_export]
macro_rules! on_both {
    ($begin:path; $($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                super::$name($begin($crate::support::Backend::Sqlite).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name($begin($crate::support::Backend::Postgres).await).await;
            }
        }
    )+};
}

/// [`both!`] with settings of the tests' own: `both_with! { &crate::SETTINGS; async fn … }`.
#[macro_export]
macro_rules! both_with {
    ($settings:expr; $($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        async fn $name($app: $crate::support::TestApp) $body

        mod $name {
            use $crate::support::{Backend, TestApp};

            $(#[$meta])*
            #[actix_web::test]
            async fn sqlite() {
                super::$name(TestApp::start_with(Backend::Sqlite, $settings).await).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn postgres() {
                super::$name(TestApp::start_with(Backend::Postgres, $settings).await).await;
            }
        }
    )+};
}

//! What the tests stand on: a really started server, browsers and apps.

pub mod app;
pub mod browser;
pub mod chromium;
pub mod client;
pub mod database;
pub mod html;
pub mod process;

pub use app::{PASSWORD, TestApp};
pub use browser::{Browser, Landing, Page, param};
pub use client::{Answer, TestClient, Tokens};
pub use database::Backend;
pub use process::Process;

/// Makes a test of a flow run on SQLite and on PostgreSQL: `both! { async fn a_sentence(app: TestApp) { … } }`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "tests differ in what they use")]
            use super::*;

            async fn run($app: $crate::support::TestApp) $body

            $(#[$meta])*
            #[actix_web::test]
            async fn sqlite() {
                run($crate::support::TestApp::start($crate::support::Backend::Sqlite).await).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn postgres() {
                run($crate::support::TestApp::start($crate::support::Backend::Postgres).await).await;
            }
        }
    )+};
}

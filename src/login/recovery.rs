//! A one-time recovery code, when the phone is lost: NIST SP 800-63B section 5.1.2 (look-up secrets).

use askama::Template;

use super::factor::{Factor, Parts};
use super::flow::Stop;
use super::second_factor::Asked;
use super::shown::Shown;
use crate::http::{App, Frame, Params};
use crate::identity::recovery;
use crate::session::second_factor::Proof;

/// `/login/recovery`
pub struct Recovery;

#[derive(Template)]
#[template(path = "login/recovery.html")]
pub struct Page {
    frame: Frame,
    shown: Shown,
    username: String,
    totp: String,
}

impl Factor for Recovery {
    const PATH: &'static str = "/login/recovery";
    const OTHER: &'static str = "/login/totp";
    const WRONG: &'static str = "login-recovery-wrong";
    type Page = Page;

    fn proof(asked: &Asked, form: &Params, _app: &App) -> Result<Proof, Stop> {
        let typed = form.optional("recovery_code").unwrap_or_default();
        Ok(Proof::Recovery(recovery::digest(asked.user.id, typed)))
    }
}

impl From<Parts> for Page {
    fn from(Parts { frame, shown, username, other }: Parts) -> Self {
        Self { frame, shown, username, totp: other }
    }
}

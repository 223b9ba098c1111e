//! A code of the authenticator app: RFC 6238.

use askama::Template;

use super::factor::{Factor, Parts};
use super::flow::Stop;
use super::second_factor::Asked;
use super::shown::Shown;
use crate::http::{App, Frame, Params, open_totp};
use crate::session::second_factor::Proof;
use crate::store::StoreError;

/// `/login/totp`
pub struct Totp;

#[derive(Template)]
#[template(path = "login/totp.html")]
pub struct Page {
    frame: Frame,
    shown: Shown,
    username: String,
    recovery: String,
}

impl Factor for Totp {
    const PATH: &'static str = "/login/totp";
    const OTHER: &'static str = "/login/recovery";
    const WRONG: &'static str = "login-totp-wrong";
    type Page = Page;

    fn proof(asked: &Asked, form: &Params, app: &App) -> Result<Proof, Stop> {
        Ok(Proof::Totp {
            sealed: asked.totp.sealed_secret.clone(),
            secret: open_totp(app, &asked.totp)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
            code: form.optional("totp").unwrap_or_default().split_whitespace().collect(),
        })
    }
}

impl From<Parts> for Page {
    fn from(Parts { frame, shown, username, other }: Parts) -> Self {
        Self { frame, shown, username, recovery: other }
    }
}

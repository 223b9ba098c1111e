//! Form tokens: each is for one form, one browser and one session, and is kept nowhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{App, Browser};
use crate::keys::Purpose;

/// The token of a form. `form` names it; the token of one form is nothing in another.
pub fn token(app: &App, browser: &Browser, form: &str) -> String {
    let cookie = browser.cookie.as_deref().unwrap_or_default();
    let session = browser.session.as_deref().unwrap_or_default();
    URL_SAFE_NO_PAD
        .encode(app.sealer().mac(Purpose::Csrf, format!("{form}\n{cookie}\n{session}").as_bytes()))
}

/// Whether a form was sent by a page that we gave this browser in this session.
pub fn is_genuine(app: &App, browser: &Browser, form: &str, sent: Option<&str>) -> bool {
    let expected = token(app, browser, form);
    let fits = sent.is_some_and(|sent| {
        aws_lc_rs::constant_time::verify_slices_are_equal(sent.as_bytes(), expected.as_bytes())
            .is_ok()
    });
    fits && browser.cookie.is_some() && !browser.cross_site
}

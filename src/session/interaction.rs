//! Interactions on their way through the browser.

use std::time::Duration;

use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::{App, Browser, Params, cookies};
use crate::keys;
use crate::model::{Digest, Interaction, Progress, Purpose, Timestamp, days};

/// How long a sign-in under way can be gone on with: a page left open over a weekend still leads to the app.
pub const LONGEST_SIGN_IN: Duration = days(7);

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

/// Begins an interaction in this browser; the cookie to set, if the browser has none yet.
pub fn begin(
    app: &App,
    browser: &Browser,
    purpose: Purpose,
) -> (Interaction, Option<Cookie<'static>>) {
    let (digest, cookie) = browser_cookie(app, browser);
    let interaction = Interaction {
        purpose,
        started_at: app.now(),
        browser: digest,
        session: browser.session.as_deref().map(Digest::of),
        progress: Progress::default(),
    };
    (interaction, cookie)
}

/// The digest of the browser's cookie, and the cookie itself to set, if the browser has none yet.
pub fn browser_cookie(app: &App, browser: &Browser) -> (Digest, Option<Cookie<'static>>) {
    if let Some(digest) = browser.digest() {
        return (digest, None);
    }
    let value = fresh_value(app);
    let cookie = cookies::set(&app.settings().issuer, cookies::Kind::Browser, &value, None);
    (Digest::of(&value), Some(cookie))
}

/// A value that nobody guesses, 256 random bits in 43 characters.
pub fn fresh_value(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(app.random::<32>())
}

/// Seals an interaction into URL-safe text.
pub fn seal(app: &App, interaction: &Interaction) -> String {
    app.sealer().seal(keys::Purpose::Interaction, interaction, &app.random())
}

/// The path and query of a page that goes on with an interaction: `/login?interaction=…` under the issuer's path.
pub fn sealed_url(app: &App, path: &str, interaction: &Interaction) -> String {
    url_of_sealed(app, path, &seal(app, interaction))
}

/// [`sealed_url`] of what is sealed already.
pub fn url_of_sealed(app: &App, path: &str, sealed: &str) -> String {
    format!("{}{path}?interaction={sealed}", app.settings().issuer.path())
}

/// Opens what [`seal`] made, in the browser that it was made for.
pub fn open(app: &App, browser: &Browser, text: &str) -> Result<Interaction, InteractionError> {
    let interaction = open_anywhere(app, text)?;
    is_of_browser(&interaction, browser.digest().as_ref())?;
    Ok(interaction)
}

/// Opens what [`seal`] made, whichever browser it was made for: only to ask whether to go on with it here.
pub fn open_anywhere(app: &App, text: &str) -> Result<Interaction, InteractionError> {
    let interaction = app.sealer().open(keys::Purpose::Interaction, text);
    let interaction: Interaction = interaction.ok_or(InteractionError::Unreadable)?;
    is_in_time(&interaction, app.now())?;
    Ok(interaction)
}

/// The languages that the app behind a query's `interaction` wants, whatever else may be wrong with it: for error pages.
pub fn ui_locales(app: &App, query: &str) -> Option<String> {
    let params = Params::parse(query.as_bytes()).ok()?;
    let sealed = params.optional("interaction")?;
    let interaction: Interaction = app.sealer().open(keys::Purpose::Interaction, sealed)?;
    interaction.request().and_then(|request| request.ui_locales.clone())
}

fn is_in_time(interaction: &Interaction, now: Timestamp) -> Result<(), InteractionError> {
    let over = interaction.started_at + LONGEST_SIGN_IN;
    if now < over { Ok(()) } else { Err(InteractionError::Expired) }
}

fn is_of_browser(
    interaction: &Interaction,
    browser: Option<&Digest>,
) -> Result<(), InteractionError> {
    match browser {
        None => Err(InteractionError::NoCookies),
        Some(digest) if *digest == interaction.browser => Ok(()),
        Some(_) => Err(InteractionError::OtherBrowser),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_08_it_is_bound_to_its_browser_and_lasts_a_week() {
        let interaction = Interaction {
            purpose: Purpose::Account { page: String::new(), fresh: false },
            started_at: Timestamp::from_seconds(1_000),
            browser: Digest::of("mine"),
            session: None,
            progress: Progress::default(),
        };
        for (cookie, verdict) in [
            (Some("mine"), Ok(())),
            (Some("other"), Err(InteractionError::OtherBrowser)),
            (None, Err(InteractionError::NoCookies)),
        ] {
            let digest = cookie.map(Digest::of);
            assert_eq!(is_of_browser(&interaction, digest.as_ref()), verdict, "{cookie:?}");
        }
        let a_week = 1_000 + 7 * 86_400;
        for (now, verdict) in [(a_week - 1, Ok(())), (a_week, Err(InteractionError::Expired))] {
            assert_eq!(is_in_time(&interaction, Timestamp::from_seconds(now)), verdict, "{now}");
        }
    }
}

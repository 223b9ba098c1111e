//! How the pages for devices look: RFC 8628 sections 3.3 and 5.4.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use super::lookup::Found;
use super::page::Wrong;
use crate::http::{App, Frame, Refusal, access, html_apart};
use crate::model::Access;

/// Where the code is typed.
#[derive(Template)]
#[template(path = "oidc/device.html")]
struct Enter {
    frame: Frame,
    username: String,
    typed: String,
    text: String,
    alert: Option<String>,
    reference: Option<String>,
}

/// Who asks for what, and with which code.
#[derive(Template)]
#[template(path = "oidc/device_confirm.html")]
struct Confirm {
    frame: Frame,
    name: String,
    logo: Option<String>,
    letter: String,
    asked: String,
    wishes: Vec<String>,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "oidc/device_done.html")]
struct Done {
    frame: Frame,
    allowed: bool,
}

/// What the page tells besides the app.
pub struct Facts {
    /// Who is signed in.
    pub username: String,
    /// How long ago the device asked.
    pub age: Duration,
    /// Whether it asked from the network of this browser.
    pub same_network: bool,
    /// Whether the person typed the code, so that it need not be compared.
    pub typed: bool,
    /// The token of the form.
    pub csrf: String,
    /// The code.
    pub code: String,
}

/// What the page for a code is made of.
pub struct Entry<'a> {
    /// Who is signed in.
    pub username: String,
    /// The token that tells that the code was typed here.
    pub typed: String,
    /// What stands in the field.
    pub text: &'a str,
    /// Why the code is asked for again.
    pub wrong: Option<Wrong>,
}

/// The page for a code, and why it is shown again.
pub fn enter(app: &App, frame: Frame, entry: Entry<'_>) -> HttpResponse {
    let Entry { username, typed, text, wrong } = entry;
    let alert = wrong.map(|wrong| match wrong {
        Wrong::Unknown => frame.texts.get("device-unknown"),
        Wrong::Over => frame.texts.get("device-over"),
        Wrong::Wait(wait) => {
            frame.texts.with("device-wait", &[("wait", &frame.texts.length(wait))])
        }
    });
    let waits = match wrong {
        Some(Wrong::Wait(wait)) => Some(wait.as_secs().max(1)),
        Some(Wrong::Unknown | Wrong::Over) | None => None,
    };
    let page = Enter {
        text: text.chars().take(40).collect(),
        typed,
        reference: waits.map(|seconds| app.refuse(throttled(seconds)).to_string()),
        frame,
        username,
        alert,
    };
    let status = if waits.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
    let mut answer = html_apart(status, &page);
    if let Some(seconds) = waits {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn throttled(seconds: u64) -> Refusal {
    Refusal {
        error: "throttled".to_owned(),
        received: "a device's code after too many wrong ones".to_owned(),
        rule: "wrong codes make the next one wait, for the person and for the address (RFC 8628 section 5.1)"
            .to_owned(),
        mend: format!("wait {seconds} seconds; the limits stand in [throttle] of the settings"),
    }
}

/// The page that asks.
pub fn confirm(app: &App, frame: Frame, found: &Found, facts: Facts) -> HttpResponse {
    let asked = Access::from(&found.request.scopes);
    let metadata = &found.client.metadata;
    let tag = frame.texts.tag();
    let name = metadata.client_name.best([tag]).unwrap_or(found.client.id.as_str()).to_owned();
    let page = Confirm {
        letter: name.chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default(),
        logo: metadata.logo_uri.best([tag]).map(str::to_owned),
        asked: frame.texts.with("device-asked-ago", &[("time", &frame.texts.length(facts.age))]),
        wishes: access::in_words(&asked, &app.settings().scopes, &frame.texts),
        name,
        facts,
        frame,
    };
    html_apart(StatusCode::OK, &page)
}

/// The page afterwards.
pub fn done(frame: Frame, allowed: bool) -> HttpResponse {
    html_apart(StatusCode::OK, &Done { frame, allowed })
}

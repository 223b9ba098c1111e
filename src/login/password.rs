//! Name and password: OpenID Connect Core section 3.1.2.3.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use super::linking;
use super::machine::Step;
use super::onward::{kept, onward, straight};
use super::realm::{Facts, First};
use super::shown::{Alert, Shown, retry_after};
use super::with;
use crate::http::{App, Frame, html, see_other};
use crate::model::{Acr, Amr, Authentication, Username};
use crate::session::guesses::{self, Outcome, Right};
use crate::session::{self, Missing, NewSignIn};

const PATH: &str = "/login";

/// `GET /login`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    finish(&request, &app, page(&request, &app).await)
}

/// `POST /login`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, sign_in(&request, &app, &body).await)
}

async fn page(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.expect(app, Step::Password)?;
    let typed = Typed {
        username: likely_username(&flow),
        persistent: flow.interaction.progress.persistent,
    };
    let asks = match facts(app, &flow, &typed.username).first() {
        First::Provider(name) => return Ok(straight(app, &flow, &name, &typed.username)),
        First::Password => Asks { name: true, password: true },
        First::Name => Asks { name: true, password: false },
        First::Choice => Asks { name: false, password: false },
    };
    Ok(render(app, &flow, (typed, asks), None))
}

fn facts<'a>(app: &App, flow: &'a Flow, username: &'a str) -> Facts<'a> {
    let connectors = flow.connectors.iter();
    Facts {
        passwords: app.settings().passwords.accepted,
        connectors: connectors
            .map(|one| (one.name.as_str(), one.settings.domains.as_slice()))
            .collect(),
        username,
        asked: flow.interaction.progress.username.is_some(),
    }
}

/// It is done whatever step is next: who fills in the form in a tab left behind wants to sign in with it.
async fn sign_in(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    let form = flow.read_form(app, PATH, body)?;
    let typed = Typed {
        username: form.optional("username").unwrap_or_default().to_owned(),
        persistent: form.optional("persistent").is_some(),
    };
    let Some(password) = form.optional("password") else {
        return Ok(named(app, flow, &typed.username));
    };
    let username = Username::canonical(&typed.username);
    let texts = flow.frame(app).texts;
    let alert = match guesses::check(app, &flow.browser, &username, password).await? {
        Outcome::Right(right) => return go_on(app, flow, *right, typed.persistent).await,
        Outcome::Wrong => Alert::wrong(texts.get("login-wrong")),
        Outcome::Wait(wait) => Alert::throttled(app, &texts, "login-throttled", wait),
        Outcome::Busy => Alert::busy(app, &texts),
    };
    Ok(render(app, &flow, (typed, Asks { name: true, password: true }), Some(alert)))
}

/// The name alone was asked: it leads to a provider, or to the page with the password.
fn named(app: &App, flow: Flow, username: &str) -> HttpResponse {
    if let Some(home) = facts(app, &flow, username).home() {
        let home = home.to_owned();
        return onward(app, &flow, &home, username);
    }
    let mut interaction = flow.interaction;
    interaction.progress.username = Some(kept(username));
    let sealed = session::seal(app, &interaction);
    see_other(session::url_of_sealed(app, PATH, &sealed), None)
}

async fn go_on(
    app: &App,
    flow: Flow,
    right: Right,
    persistent: bool,
) -> Result<HttpResponse, Stop> {
    let mut interaction = flow.interaction.clone();
    interaction.progress.persistent = persistent;
    if right.user.has_second_factor() {
        interaction.progress.password = Some((right.user.id, flow.now));
        interaction.progress.upstream = None;
        // So that a session of before does not pass for the sign-in that is only half done
        interaction.progress.declined =
            flow.signed_in.as_ref().map(|signed_in| signed_in.session.cookie.clone());
        if right.has_to_write() {
            app.write(move |db| right.write(db)).await?;
        }
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    }
    let new = NewSignIn {
        user_id: right.user.id,
        authentication: Authentication {
            // Another node's clock may be ahead: what was done for a request is not before it
            time: flow.now.max(interaction.started_at),
            acr: Acr::OneFactor,
            amr: vec![Amr::Pwd],
        },
        persistent,
        only_for: None,
        upstream: None,
    };
    let done =
        session::sign_in(app, &flow.browser, new, move |db| right.write(db).map(|()| true)).await?;
    let Some((session, cookies)) = done else {
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    };
    interaction.signed_in(session);
    Ok(flow.go_on(app, interaction, cookies).await?)
}

/// The name to fill in: the app's hint, or who has to sign in again.
fn likely_username(flow: &Flow) -> String {
    if let Some(typed) = &flow.interaction.progress.username {
        return typed.clone();
    }
    let request = flow.interaction.request();
    if let Some(hint) = request.and_then(|request| request.login_hint.as_deref()) {
        return hint.chars().take(320).collect();
    }
    let present = flow.signed_in.as_ref().filter(|signed_in| {
        flow.interaction.progress.declined.is_none()
            && request
                .and_then(|request| request.hinted_user)
                .is_none_or(|hinted| hinted == signed_in.user.id)
    });
    present.map(|signed_in| signed_in.user.username.to_string()).unwrap_or_default()
}

/// Why somebody who is signed in is asked to sign in again: the text for it.
fn reason(flow: &Flow) -> Option<&'static str> {
    let signed_in = flow.signed_in.as_ref()?;
    if flow.missing != Some(Missing::SignIn { again: true })
        || flow.interaction.progress.declined.is_some()
    {
        return None;
    }
    let hinted = flow.interaction.request().and_then(|request| request.hinted_user);
    let other = hinted.is_some_and(|hinted| hinted != signed_in.user.id);
    Some(if other { "login-other-person" } else { "login-again" })
}

fn note(flow: &Flow, frame: &Frame) -> Option<String> {
    let progress = &flow.interaction.progress;
    if let Some(linking) = &progress.linking {
        let taken = progress.username.as_ref().is_some_and(|name| !name.is_empty());
        let id = if taken { "login-linking-note-taken" } else { "login-linking-note" };
        let title = linking::title(flow, linking);
        return Some(frame.texts.with(id, &[("title", &title), ("there", &linking.shown)]));
    }
    let user = flow.signed_in.as_ref().map(|signed_in| signed_in.user.username.as_str());
    let username = user.unwrap_or_default();
    reason(flow).map(|id| frame.texts.with(id, &[("username", username)]))
}

struct Typed {
    username: String,
    persistent: bool,
}

/// Which fields the page has.
#[derive(Clone, Copy)]
struct Asks {
    name: bool,
    password: bool,
}

#[derive(Template)]
#[template(path = "login/password.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    heading: String,
    note: Option<String>,
    asks: Asks,
    username: String,
    persistent: bool,
    /// Providers elsewhere, each with its title and the way there.
    others: Vec<(String, String)>,
}

/// The other ways of signing in.
fn others(app: &App, flow: &Flow) -> Vec<(String, String)> {
    let url = |name: &str| {
        let there = session::url_of_sealed(app, with::THERE, &flow.sealed);
        format!("{there}&with={name}")
    };
    let all = flow.connectors.iter();
    all.map(|connector| (connector.settings.title.clone(), url(&connector.name))).collect()
}

fn render(
    app: &App,
    flow: &Flow,
    (typed, asks): (Typed, Asks),
    alert: Option<Alert>,
) -> HttpResponse {
    let frame = flow.frame(app);
    let shown = Shown::new(app, flow, &frame, flow.form(app, PATH), alert);
    let page = Page {
        heading: match &shown.app {
            Some(face) => frame.texts.with("login-title-app", &[("app", &face.name)]),
            None => frame.texts.get("login-title"),
        },
        note: note(flow, &frame),
        frame,
        shown,
        asks,
        username: typed.username,
        persistent: typed.persistent,
        others: others(app, flow),
    };
    let answer = html(page.shown.status(), &page, &flow.form_targets());
    retry_after(answer, page.shown.wait())
}

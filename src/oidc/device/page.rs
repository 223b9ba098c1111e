//! The page on which a person allows a device: RFC 8628 sections 3.3, 3.3.1 and 5.
//!
//! Somebody has to be signed in before a code is looked at, so that guesses are counted for a person, and a stranger
//! learns nothing of codes. A code that came in a link is shown to be compared with the device's, since a stranger may
//! have sent the link (section 5.4).

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::hash_of_code;
use super::lookup::{self, Found, Looked};
use super::shown;
use super::verdict::{self, Verdict};
use crate::http::{App, Browser, ErrorPage, Frame, PageError, ParamError, Params, csrf, see_other};
use crate::identity::may_issue::may_issue;
use crate::model::{Acr, Client, Decision, Event, EventKind, Purpose, UserCode};
use crate::session::{self, SignedIn};
use crate::store;

/// The path, which is also in the name of the form.
pub const PATH: &str = "/device";

/// The name of the form with the code: who typed the code need not be told to compare it.
const TYPED: &str = "/device\ntyped";

/// `GET /device`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let shown = page(request.query_string().as_bytes(), &browser, &app).await;
    shown.unwrap_or_else(|error| error.respond(&app, &browser))
}

/// `POST /device`: what the person decided.
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let decided = decide(&body, &browser, &app).await;
    decided.unwrap_or_else(|error| error.respond(&app, &browser))
}

/// Somebody who is signed in, at this page.
struct Visit<'a> {
    app: &'a App,
    browser: &'a Browser,
    signed_in: SignedIn,
    frame: Frame,
}

async fn page(query: &[u8], browser: &Browser, app: &App) -> Result<HttpResponse, PageError> {
    let params = Params::parse(query).map_err(|error| unreadable(&error))?;
    let frame = Frame::new(app, browser, None);
    if let Some(done) = params.optional("done") {
        return Ok(shown::done(frame, done == "allowed"));
    }
    let text = params.optional("user_code");
    let Some(visit) = enter(app, browser).await? else {
        return Ok(sign_in(app, browser, text, false, None));
    };
    // Another site may lead here, but uses up nobody's guesses: the person sends the code on
    let Some(text) = text.filter(|_| !browser.cross_site) else {
        return Ok(visit.enter_code(text, None));
    };
    match visit.look_up(text).await? {
        Ok(found) => match visit.judge(&found) {
            Verdict::Ask => Ok(visit.confirm(&found, params.optional("typed"))),
            Verdict::Over => Ok(visit.enter_code(None, Some(Wrong::Over))),
            Verdict::SignIn { fresh, acr } => Ok(sign_in(app, browser, Some(text), fresh, acr)),
        },
        Err(wrong) => Ok(visit.enter_code(Some(text), Some(wrong))),
    }
}

async fn decide(body: &[u8], browser: &Browser, app: &App) -> Result<HttpResponse, PageError> {
    let form = Params::parse(body).map_err(|error| unreadable(&error))?;
    let text = form.optional("user_code").unwrap_or_default();
    if !csrf::is_genuine(app, browser, &form_name(text), form.optional("csrf")) {
        return Err(ErrorPage::forged(PATH).into());
    }
    let Some(visit) = enter(app, browser).await? else {
        return Ok(sign_in(app, browser, Some(text), false, None));
    };
    let found = match visit.look_up(text).await? {
        Ok(found) => found,
        Err(wrong) => return Ok(visit.enter_code(Some(text), Some(wrong))),
    };
    match visit.judge(&found) {
        Verdict::Over => return Ok(visit.enter_code(None, Some(Wrong::Over))),
        Verdict::SignIn { fresh, acr } => return Ok(sign_in(app, browser, Some(text), fresh, acr)),
        Verdict::Ask => {}
    }
    let allowed = form.optional("decision") == Some("allow");
    if !visit.record(&found, allowed).await? {
        return Ok(visit.enter_code(None, Some(Wrong::Over)));
    }
    let done = if allowed { "allowed" } else { "denied" };
    let path = app.settings().issuer.path();
    Ok(see_other(format!("{path}{PATH}?done={done}"), None))
}

/// Why the person is asked for a code again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No device has this code.
    Unknown,
    /// It was used, or is too old.
    Over,
    /// Too many were wrong.
    Wait(Duration),
}

impl Visit<'_> {
    async fn look_up(&self, text: &str) -> Result<Result<Found, Wrong>, PageError> {
        let Some(code) = UserCode::typed(text) else { return Ok(Err(Wrong::Unknown)) };
        let hash = hash_of_code(self.app, &code);
        let request = match lookup::look_up(self.app, self.browser, &self.signed_in, hash).await? {
            Looked::Found(request) => *request,
            Looked::Unknown => return Ok(Err(Wrong::Unknown)),
            Looked::Wait(wait) => return Ok(Err(Wrong::Wait(wait))),
        };
        // It went with its requests, and this one came a moment before
        let client = self.app.client(&request.client_id).await?;
        Ok(client.map(|client| Found { request, client, code }).ok_or(Wrong::Over))
    }

    fn judge(&self, found: &Found) -> Verdict {
        let SignedIn { session, user } = &self.signed_in;
        let now = self.app.now();
        if may_issue(user, &found.client, Some(session), None, now).is_err() {
            return Verdict::Over;
        }
        verdict::judge(&found.request, &found.client.metadata, user, session, now)
    }

    /// Records the decision and, with it, the consent that can be withdrawn on the account page. False when somebody
    /// was faster.
    async fn record(&self, found: &Found, allowed: bool) -> Result<bool, PageError> {
        let SignedIn { session, user } = &self.signed_in;
        let at = self.app.now();
        let decision = Decision { allowed, user_id: user.id, session_id: session.id, at };
        let request = found.request.clone();
        let consent = format!("{} (a device)", request.scopes);
        let client: &Arc<Client> = &found.client;
        let event: Event =
            self.app.event(EventKind::ConsentGiven, Some(user.id), Some(&client.id), consent);
        let work = move |db: &mut store::Db| {
            if !store::device_requests::decide(db, &request.device_code, &decision)? {
                return Ok(false);
            }
            if decision.allowed {
                let (user, client) = (decision.user_id, &request.client_id);
                store::consents::allow(db, user, client, &request.scopes, decision.at)?;
                store::events::append(db, &event)?;
            }
            Ok(true)
        };
        Ok(self.app.write(work).await?)
    }

    fn enter_code(&self, text: Option<&str>, wrong: Option<Wrong>) -> HttpResponse {
        let typed = csrf::token(self.app, self.browser, TYPED);
        let username = self.signed_in.user.username.to_string();
        let entry = shown::Entry { username, typed, text: text.unwrap_or_default(), wrong };
        shown::enter(self.app, self.frame.clone(), entry)
    }

    fn confirm(&self, found: &Found, typed: Option<&str>) -> HttpResponse {
        let code = found.code.to_string();
        let csrf = csrf::token(self.app, self.browser, &form_name(&code));
        let here = super::hash_of_network(self.app, self.browser.address);
        let facts = shown::Facts {
            username: self.signed_in.user.username.to_string(),
            age: self.app.now().since(found.request.created_at),
            same_network: here == found.request.network,
            typed: csrf::is_genuine(self.app, self.browser, TYPED, typed),
            csrf,
            code,
        };
        shown::confirm(self.app, self.frame.clone(), found, facts)
    }
}

async fn enter<'a>(app: &'a App, browser: &'a Browser) -> Result<Option<Visit<'a>>, PageError> {
    let signed_in = session::current(app, browser).await?;
    // Without its cookie no form of the page could be genuine
    let signed_in = signed_in.filter(|_| browser.cookie.is_some());
    let frame = Frame::new(app, browser, None);
    Ok(signed_in.map(|signed_in| Visit { app, browser, signed_in, frame }))
}

/// To the sign-in pages, and back here with the code.
fn sign_in(
    app: &App,
    browser: &Browser,
    text: Option<&str>,
    fresh: bool,
    acr: Option<Acr>,
) -> HttpResponse {
    let user_code = text.and_then(UserCode::typed).map(|code| code.to_string());
    let purpose = Purpose::Device { user_code, fresh, acr };
    let (interaction, cookie) = session::begin(app, browser, purpose);
    see_other(session::sealed_url(app, "/login", &interaction), cookie)
}

/// The form is for one code: the token for another is nothing here.
fn form_name(code: &str) -> String {
    format!("{PATH}\n{code}")
}

fn unreadable(error: &ParamError) -> ErrorPage {
    let mend = "open the address that the device shows, and type its code";
    ErrorPage::unreadable(error, "a request for the page of devices", mend)
}

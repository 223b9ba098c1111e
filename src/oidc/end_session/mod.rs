//! Signing out at the wish of an app, or without one: OpenID Connect RP-Initiated Logout 1.0.
//!
//! However it is asked for, it ends signed out: at the app when the app and its address are proved, else on a page.
//! What is asked in another person's name, or in nobody's, is confirmed first.

mod apps;
mod pages;
mod problem;
mod request;
mod upstream;
mod verdict;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use super::authorize::answer;
use super::subject;
use crate::http::{App, Browser, ErrorPage, PageError, Params, csrf, see_other};
use crate::model::{Client, EndReason, RedirectUri, UserId};
use crate::session::{self, Farewell, SignedIn};
use crate::store::{self, StoreError};
use apps::Reached;
use problem::Problem;
use request::{Hint, Request};
use verdict::{Decision, Meant, Next};

/// The path, which is also the name of the confirmation form.
const PATH: &str = "/end-session";

/// Ends the browser's session, by GET or by a form (section 2), and takes the confirmation.
pub async fn handle(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let posted = request.method() == Method::POST;
    let received = if posted { body.as_ref() } else { request.query_string().as_bytes() };
    let request = Request::parse(received, posted);
    let without_cookies = posted && browser.cross_site && browser.session.is_none();
    if without_cookies
        && request.decision.is_none()
        && let Some(again) = answer::by_get(&app, PATH, received)
    {
        return again;
    }
    let visit = Visit { request, browser, app: &app };
    match visit.end().await {
        Ok(response) => response,
        Err(error) => error.respond_in(&app, &visit.browser, visit.request.ui_locales.as_deref()),
    }
}

/// `GET /end-session/done`: tells which apps know of a sign-out that was done on another page of ours, and loads those
/// that are told by frames; or goes on with one that led by the provider where the person had signed in.
pub async fn done(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let query = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let sealed = query.optional("about").or_else(|| query.optional("state"));
    let ended = sealed.and_then(|sealed| Farewell::open(&app, sealed));
    let visit = Visit { request: Request::default(), browser, app: &app };
    match visit.tell(ended).await {
        Ok(response) => response,
        Err(error) => error.respond(&app, &visit.browser),
    }
}

/// One request to sign out.
struct Visit<'a> {
    request: Request,
    browser: Browser,
    app: &'a App,
}

/// Where a sign-out leads, as far as the app behind it is proved.
#[derive(Default)]
struct Destination {
    /// The app.
    client: Option<Arc<Client>>,
    /// Its registered address, when one was asked for.
    uri: Option<RedirectUri>,
    /// The app's `state`.
    state: Option<String>,
    /// What is wrong with the request.
    problem: Option<Problem>,
}

impl Visit<'_> {
    async fn end(&self) -> Result<HttpResponse, PageError> {
        let hint = self.hint().await?;
        let destination = self.destination(&hint).await?;
        let signed_in = session::current(self.app, &self.browser).await?;
        let sound = destination.problem.is_none();
        let person = self.meant(&destination, signed_in.as_ref());
        let next = verdict::judge(signed_in.as_ref(), &hint, sound, person, self.decision());
        match (next, signed_in) {
            (Next::Nothing, _) | (Next::End, None) => self.nobody(&destination, &hint).await,
            (Next::End, Some(signed_in)) => self.sign_out(&destination, &signed_in).await,
            (Next::Stay, _) => Ok(see_other(self.app.settings().issuer.url_of("/account"), None)),
            (Next::Forged, _) => Err(ErrorPage::forged(PATH).into()),
            (Next::Ask, signed_in) => pages::ask(self, &destination, signed_in.as_ref()).await,
        }
    }

    /// The hint, with its signature looked at: it may have expired, and must be an ID token (section 4).
    async fn hint(&self) -> Result<Hint, StoreError> {
        let Some(token) = &self.request.hint else { return Ok(Hint::Absent) };
        let verified = subject::of_hint(token, self.app).await?;
        Ok(Hint::read(verified.as_ref(), self.app.settings().issuer.as_str()))
    }

    /// Whom `logout_hint` means, to the app that asks.
    fn meant(&self, destination: &Destination, signed_in: Option<&SignedIn>) -> Meant {
        let sub = |user: UserId| match &destination.client {
            Some(client) => self.app.sealer().subject(client, user),
            None => user.to_string(),
        };
        verdict::meant(&self.request, signed_in, sub)
    }

    async fn destination(&self, hint: &Hint) -> Result<Destination, StoreError> {
        let (id, mut problem) = match verdict::client_id(&self.request, hint) {
            Ok(id) => (id, None),
            Err(problem) => (None, Some(problem)),
        };
        let client = match id {
            Some(id) => self.app.client(&id).await?,
            None => None,
        };
        let uri = verdict::uri(&self.request, client.as_deref()).unwrap_or_else(|found| {
            problem.get_or_insert(found);
            None
        });
        let (uri, state) = (uri.filter(|_| problem.is_none()), self.request.state.clone());
        Ok(Destination { client, uri, state, problem })
    }

    fn decision(&self) -> Option<Decision> {
        let genuine =
            || csrf::is_genuine(self.app, &self.browser, PATH, self.request.csrf.as_deref());
        let decision = self.request.decision.as_deref()?;
        Some(match decision {
            _ if !genuine() => Decision::Forged,
            "allow" => Decision::Allow,
            _ => Decision::Deny,
        })
    }

    /// Nobody is signed in. Apps of a session that the hint names, and that has ended some other way, may still think so
    /// in this browser.
    async fn nobody(
        &self,
        destination: &Destination,
        hint: &Hint,
    ) -> Result<HttpResponse, PageError> {
        let ended = match hint.session() {
            Some(id) => self.app.read(move |db| store::sessions::find(db, id)).await?,
            None => None,
        };
        let reached = match ended.filter(|session| session.ended_at.is_some()) {
            Some(session) => {
                let patient = destination.uri.is_none();
                apps::told(self.app, session.id, patient).await?
            }
            None => Reached::default(),
        };
        let mut response = pages::leave(self, destination, &reached, None).await?;
        if let Some(cookie) = session::left(self.app, &self.browser) {
            // Without it apps' pages hear of it at the next visit
            let _ = response.add_cookie(&cookie);
        }
        Ok(response)
    }

    async fn tell(&self, ended: Option<Farewell>) -> Result<HttpResponse, PageError> {
        let Some(farewell) = ended else {
            let (destination, reached) = Default::default();
            return pages::leave(self, &destination, &reached, None).await;
        };
        if !farewell.there {
            return self.depart(&Destination::default(), farewell).await;
        }
        let destination = self.resumed(&farewell).await?;
        let reached = match destination.uri {
            // Their frames were loaded on the way there
            Some(_) => Reached::default(),
            None => apps::told(self.app, farewell.session, true).await?,
        };
        pages::leave(self, &destination, &reached, None).await
    }

    /// To the provider where the person had signed in, if they are signed out there too, and then to the app.
    async fn depart(
        &self,
        destination: &Destination,
        farewell: Farewell,
    ) -> Result<HttpResponse, PageError> {
        let session = farewell.session;
        let there = upstream::way(self.app, farewell).await?;
        let patient = destination.uri.is_none() && there.is_none();
        let reached = apps::told(self.app, session, patient).await?;
        pages::leave(self, destination, &reached, there).await
    }

    /// The destination of a sign-out that led elsewhere, as far as the app still has it.
    async fn resumed(&self, farewell: &Farewell) -> Result<Destination, StoreError> {
        let client = match &farewell.client_id {
            Some(id) => self.app.client(id).await?,
            None => None,
        };
        let registered = client.as_deref().map(|client| &client.metadata.post_logout_redirect_uris);
        let uri = registered.zip(farewell.uri.as_deref());
        let uri = uri.and_then(|(registered, uri)| RedirectUri::of(uri, registered));
        Ok(Destination { client, uri, state: farewell.state.clone(), problem: None })
    }

    async fn sign_out(
        &self,
        destination: &Destination,
        signed_in: &SignedIn,
    ) -> Result<HttpResponse, PageError> {
        let id = signed_in.session.id;
        let cookies = session::sign_out(self.app, id, EndReason::SignedOut).await?;
        let mut farewell = Farewell::new(id, self.app.now());
        farewell.client_id = destination.client.as_deref().map(|client| client.id.clone());
        farewell.uri = destination.uri.as_ref().map(ToString::to_string);
        farewell.state.clone_from(&destination.state);
        let mut response = self.depart(destination, farewell).await?;
        for cookie in &cookies {
            // A cookie that stays stands for a session that has ended
            let _ = response.add_cookie(cookie);
        }
        Ok(response)
    }
}

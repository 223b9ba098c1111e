//! The way into every page of the account: a session, not too old for what is wanted, and genuine forms only
//! (RFC 9700 section 4.7; ASVS 7.5.1 for freshness).

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::{
    App, Browser, ErrorPage, Frame, PageError, ParamError, Params, Refusal, csrf, see_other,
};
use crate::model::{Authentication, EndReason, Purpose, Session, Timestamp, User};
use crate::session::{self, NewSignIn, SignedIn};
use crate::store::{self, Db, StoreError};

/// A page of the account, and what it asks of the sign-in.
#[derive(Clone, Copy)]
pub struct Place {
    /// Its path under the issuer's, from `/account` on; also the name of its form.
    pub path: &'static str,
    /// The page to come back to after signing in.
    pub back: &'static str,
    /// Whether it wants a sign-in not older than `sessions.fresh`.
    pub fresh: bool,
}

/// Somebody who is signed in, at a page of theirs.
#[derive(Clone)]
pub struct Visit {
    /// The product.
    pub app: App,
    /// The browser.
    pub browser: Browser,
    /// The session.
    pub session: Session,
    /// The person.
    pub user: User,
    /// The moment of the request.
    pub now: Timestamp,
}

/// What becomes of a person's other sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They go on.
    Keep,
    /// They end, with the grants that hang from them.
    End,
}

/// What a page comes to.
pub type Outcome = Result<HttpResponse, PageError>;

impl Place {
    /// A page for whoever is signed in.
    pub const fn open(path: &'static str) -> Self {
        Self { path, back: path, fresh: false }
    }

    /// A page for whoever has signed in a moment ago.
    pub const fn fresh(path: &'static str) -> Self {
        Self { path, back: path, fresh: true }
    }

    /// The address of a form only, which leads back to another page.
    pub const fn form(path: &'static str, back: &'static str, fresh: bool) -> Self {
        Self { path, back, fresh }
    }
}

/// Shows a page.
pub async fn show<F>(
    request: &HttpRequest,
    app: &App,
    place: Place,
    work: impl FnOnce(Visit, Params) -> F,
) -> HttpResponse
where
    F: Future<Output = Outcome>,
{
    let browser = Browser::of(request, app);
    let outcome = async {
        let query = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
        match enter(app, &browser, place).await? {
            Entry::In(visit) => work(*visit, query).await,
            Entry::SignIn(answer) => Ok(answer),
        }
    };
    outcome.await.unwrap_or_else(|error: PageError| error.respond(app, &browser))
}

/// Takes a form. It is nothing unless a page of ours gave it to this browser in this session; that is asked first.
pub async fn submit<F>(
    request: &HttpRequest,
    app: &App,
    place: Place,
    body: &[u8],
    work: impl FnOnce(Visit, Params) -> F,
) -> HttpResponse
where
    F: Future<Output = Outcome>,
{
    let browser = Browser::of(request, app);
    let outcome = async {
        let form = Params::parse(body).map_err(|error| unreadable(&error))?;
        if !csrf::is_genuine(app, &browser, place.path, form.optional("csrf")) {
            return Err(ErrorPage::forged(place.path).into());
        }
        match enter(app, &browser, place).await? {
            Entry::In(visit) => work(*visit, form).await,
            Entry::SignIn(answer) => Ok(answer),
        }
    };
    outcome.await.unwrap_or_else(|error: PageError| error.respond(app, &browser))
}

impl Visit {
    /// The frame of the page.
    pub fn frame(&self) -> Frame {
        Frame::new(&self.app, &self.browser, None)
    }

    /// The token of a form of this session.
    pub fn csrf(&self, place: Place) -> String {
        csrf::token(&self.app, &self.browser, place.path)
    }

    /// Changes what the person signs in with: `also` does it, this session goes on under a new cookie, and the others
    /// end if they should, in one transaction. `None`: `also` said no, or the session ended meanwhile.
    pub async fn renew(
        &self,
        authentication: Authentication,
        others: Others,
        also: impl Fn(&mut Db) -> Result<bool, StoreError> + Send + 'static,
    ) -> Result<Option<Vec<Cookie<'static>>>, StoreError> {
        let (user_id, now) = (self.user.id, self.now);
        let Session { id, persistent, .. } = self.session;
        let new = NewSignIn { user_id, authentication, persistent, only_for: None, upstream: None };
        let renewed = session::sign_in(&self.app, &self.browser, new, move |db| {
            let stands = store::sessions::find(db, id)?.is_some_and(|now| now.ended_at.is_none());
            if !stands || !also(db)? {
                return Ok(false);
            }
            if others == Others::End {
                let reason = EndReason::CredentialsChanged;
                store::sessions::end_of_user(db, user_id, Some(id), reason, now)?;
            }
            Ok(true)
        });
        Ok(renewed.await?.map(|(_, cookies)| cookies))
    }

    /// On to another page of the account, with a word about what was done.
    pub fn go_to(
        &self,
        place: Place,
        done: Option<&str>,
        cookies: Vec<Cookie<'static>>,
    ) -> HttpResponse {
        let query = done.map(|done| format!("?done={done}")).unwrap_or_default();
        let path = self.app.settings().issuer.path();
        see_other(format!("{path}{}{query}", place.path), cookies)
    }
}

/// The page for a form's address that was opened as a link, and the other way round.
pub fn not_allowed() -> PageError {
    PageError::from(ErrorPage {
        status: StatusCode::METHOD_NOT_ALLOWED,
        text: "method",
        value: String::new(),
        refusal: Refusal {
            error: "invalid_request".to_owned(),
            received: "a method that this address does not take".to_owned(),
            rule: "pages are read by GET and forms are sent by POST (RFC 9110 section 15.5.6)"
                .to_owned(),
            mend: "open the page and send its form".to_owned(),
        },
        way_out: None,
        retry_after: None,
    })
}

enum Entry {
    In(Box<Visit>),
    SignIn(HttpResponse),
}

async fn enter(app: &App, browser: &Browser, place: Place) -> Result<Entry, PageError> {
    let now = app.now();
    let signed_in = session::current(app, browser).await?;
    if let Some(SignedIn { session, user }) = signed_in {
        let age = now.since(session.authentication.time);
        // Without its cookie no form of the page could be genuine
        let ours = browser.cookie.is_some() && session.opens(None);
        if ours && (!place.fresh || age <= app.settings().sessions.fresh) {
            let visit = Visit { app: app.clone(), browser: browser.clone(), session, user, now };
            return Ok(Entry::In(Box::new(visit)));
        }
    }
    let page = place.back.strip_prefix("/account").unwrap_or_default().to_owned();
    let purpose = Purpose::Account { page, fresh: place.fresh };
    let (interaction, cookie) = session::begin(app, browser, purpose);
    let url = session::sealed_url(app, "/login", &interaction);
    Ok(Entry::SignIn(see_other(&url, cookie)))
}

fn unreadable(error: &ParamError) -> ErrorPage {
    let mend = "open the page anew and send its form";
    ErrorPage::unreadable(error, "a form of an account page", mend)
}

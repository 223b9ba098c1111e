//! What every step begins with: the interaction of RFC 6749 section 4.1.1's request, in its browser, and what it lacks.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use super::elsewhere;
use super::form::{Form, form_name, without_session};
use super::machine::Step;
use super::refusals::{forged, params, refused};
use crate::federation::Connectors;
use crate::http::{App, Browser, Frame, PageError, Params, csrf, see_other};
use crate::model::{Client, Interaction, Purpose, Timestamp};
use crate::session::{self, InteractionError, Missing, SignedIn};
use crate::store::StoreError;

/// A sign-in under way, opened in its browser.
pub struct Flow {
    /// The facts of the request.
    pub browser: Browser,
    /// The interaction as it came.
    pub sealed: String,
    /// The interaction.
    pub interaction: Interaction,
    /// The app behind it.
    pub client: Option<Arc<Client>>,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// What is missing next.
    pub missing: Option<Missing>,
    /// The providers elsewhere.
    pub connectors: Arc<Connectors>,
    /// When the request came.
    pub now: Timestamp,
}

/// What ends a request before its step is reached.
pub enum Stop {
    /// An error.
    Page(PageError),
    /// Another page, or the way to it.
    Answer(Box<HttpResponse>),
}

impl Stop {
    /// Stops with an answer.
    pub fn answer(answer: HttpResponse) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Page(PageError::Store(error))
    }
}

impl From<PageError> for Stop {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

/// The one place where the end of a request becomes its answer.
pub fn finish(
    request: &HttpRequest,
    app: &App,
    result: Result<HttpResponse, Stop>,
) -> HttpResponse {
    match result {
        Ok(answer) => answer,
        Err(Stop::Answer(answer)) => *answer,
        Err(Stop::Page(error)) => {
            let ui_locales = session::ui_locales(app, request.query_string());
            error.respond_in(app, &Browser::of(request, app), ui_locales.as_deref())
        }
    }
}

impl Flow {
    /// Opens the interaction of a request and finds out what it lacks.
    pub async fn enter(request: &HttpRequest, app: &App) -> Result<Self, Stop> {
        let browser = Browser::of(request, app);
        let query = params(request.query_string().as_bytes())?;
        let Some(sealed) = query.optional("interaction") else {
            return Err(Stop::answer(begin(app, &browser).await?));
        };
        let interaction = match session::open(app, &browser, sealed) {
            Ok(interaction) => interaction,
            Err(InteractionError::OtherBrowser | InteractionError::NoCookies) => {
                // A form of another browser's page is refused; so is one that another site sent (RFC 9700 section 4.7)
                let posted = request.method() == Method::POST;
                let status = if posted { StatusCode::FORBIDDEN } else { StatusCode::OK };
                return Err(elsewhere::ask(app, &browser, sealed, status).await);
            }
            Err(error) => return Err(Stop::Page(refused(error))),
        };
        Ok(Self::load(app, browser, interaction, sealed.to_owned()).await?)
    }

    /// Goes on with a sign-in whose way has led elsewhere, in the same browser.
    pub async fn resume(
        app: &App,
        browser: Browser,
        interaction: Interaction,
    ) -> Result<Self, StoreError> {
        let sealed = session::seal(app, &interaction);
        Self::load(app, browser, interaction, sealed).await
    }

    async fn load(
        app: &App,
        browser: Browser,
        interaction: Interaction,
        sealed: String,
    ) -> Result<Self, StoreError> {
        let signed_in = session::current(app, &browser).await?;
        let client = client_of(app, &interaction).await?;
        let consent = match (&signed_in, &client) {
            (Some(signed_in), Some(client)) => {
                session::consent(app, signed_in.user.id, client).await?
            }
            (_, None) | (None, _) => None,
        };
        let now = app.now();
        let missing = session::missing(
            &interaction,
            signed_in.as_ref(),
            client.as_deref(),
            consent.as_ref(),
            now,
        );
        let connectors = app.connectors().await?;
        Ok(Self { browser, sealed, interaction, client, signed_in, missing, connectors, now })
    }

    /// The step that is next.
    pub fn step(&self) -> Step {
        // An app that is gone gets nothing: what can be said of it is said at `/authorize/resume`
        if self.interaction.request().is_some() && self.client.is_none() {
            return Step::Done;
        }
        Step::of(&self.interaction, self.missing.as_ref(), self.now)
    }

    /// Leads to the step that is next, unless it is this one.
    pub fn expect(&self, app: &App, step: Step) -> Result<(), Stop> {
        let next = self.step();
        if next == step {
            return Ok(());
        }
        Err(Stop::answer(see_other(next.url(app, &self.interaction, &self.sealed), None)))
    }

    /// Goes on with what has been done now: to the step that is missing after it. `cookies`: those of a new session.
    pub async fn go_on(
        self,
        app: &App,
        interaction: Interaction,
        cookies: Vec<Cookie<'static>>,
    ) -> Result<HttpResponse, StoreError> {
        let sealed = session::seal(app, &interaction);
        let mut browser = self.browser;
        if let Some(session) = cookies.first() {
            browser.session = Some(session.value().to_owned());
        }
        let next = Self::load(app, browser, interaction, sealed).await?;
        Ok(see_other(next.step().url(app, &next.interaction, &next.sealed), cookies))
    }

    /// Who is signed in and only lacks the second factor.
    pub fn steps_up(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref().filter(|_| self.missing == Some(Missing::SecondFactor))
    }

    /// What surrounds the pages of this sign-in.
    pub fn frame(&self, app: &App) -> Frame {
        Frame::new(app, &self.browser, self.ui_locales())
    }

    /// The languages that the app wants.
    pub fn ui_locales(&self) -> Option<&str> {
        self.interaction.request().and_then(|request| request.ui_locales.as_deref())
    }

    /// Where the forms of its pages may lead in the end: to the app.
    pub fn form_targets(&self) -> Vec<String> {
        self.interaction
            .request()
            .map(|request| request.redirect_uri.csp_source())
            .into_iter()
            .collect()
    }

    /// The address and the token of a form that nobody has to be signed in for: it stays good when somebody signs in
    /// in another tab meanwhile.
    pub fn form(&self, app: &App, path: &'static str) -> Form {
        Form::new(app, &without_session(&self.browser), path, &self.sealed)
    }

    /// The address and the token of a form of the person who is signed in.
    pub fn form_of_session(&self, app: &App, path: &'static str) -> Form {
        Form::new(app, &self.browser_of_session(), path, &self.sealed)
    }

    /// The parameters of a form that [`Flow::form`] was for.
    pub fn read_form(&self, app: &App, path: &str, body: &[u8]) -> Result<Params, PageError> {
        self.read(app, &without_session(&self.browser), path, body)
    }

    /// The parameters of a form that [`Flow::form_of_session`] was for.
    pub fn read_form_of_session(
        &self,
        app: &App,
        path: &str,
        body: &[u8],
    ) -> Result<Params, PageError> {
        self.read(app, &self.browser_of_session(), path, body)
    }

    /// The browser with its session by name: a page stays good when the same person signs in again in another tab,
    /// which brings a new cookie to the same session.
    fn browser_of_session(&self) -> Browser {
        let session = self.signed_in.as_ref().map(|signed_in| signed_in.session.id.to_string());
        Browser { session, ..self.browser.clone() }
    }

    fn read(
        &self,
        app: &App,
        browser: &Browser,
        path: &str,
        body: &[u8],
    ) -> Result<Params, PageError> {
        let params = params(body)?;
        if csrf::is_genuine(app, browser, &form_name(path, &self.sealed), params.optional("csrf")) {
            return Ok(params);
        }
        // Back to the step that is next now: the request of the app is not lost
        let way_out = session::url_of_sealed(app, "/login", &self.sealed);
        Err(forged(path, Some(way_out)))
    }
}

/// The app behind an interaction, if it still is registered.
pub async fn client_of(
    app: &App,
    interaction: &Interaction,
) -> Result<Option<Arc<Client>>, StoreError> {
    match interaction.request() {
        Some(request) => app.client(&request.client_id).await,
        None => Ok(None),
    }
}

/// Somebody came by themselves: to their account, or to sign in for it.
async fn begin(app: &App, browser: &Browser) -> Result<HttpResponse, StoreError> {
    if session::current(app, browser).await?.is_some() {
        let account = format!("{}/account", app.settings().issuer.path());
        return Ok(see_other(account, None));
    }
    let purpose = Purpose::Account { page: String::new(), fresh: false };
    let (interaction, cookie) = session::begin(app, browser, purpose);
    let url = session::sealed_url(app, "/login", &interaction);
    Ok(see_other(url, cookie))
}

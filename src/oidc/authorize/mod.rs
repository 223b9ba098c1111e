//! The authorization endpoint: OpenID Connect Core section 3.1.2, RFC 6749 section 4.1.1, RFC 9207.
//!
//! What came in is judged rule by rule ([`rules`]); what it still lacks of the person decides between a code, an
//! error and the sign-in pages (`outcome`). An error goes to the app only when client and redirect URI are proved;
//! before that it is a page ([`Untrusted`]).

pub(in crate::oidc) mod answer;
mod form_post;
mod issue;
mod outcome;
mod refusal;
mod resume;
pub mod rules;
mod untrusted;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

pub use issue::direct;
pub use refusal::Refusal;
pub use resume::handle as resume;
pub use rules::Incoming;
pub use untrusted::Untrusted;

use super::request_object::{self, Unpacked};
use super::subject;
use crate::http::{App, Browser, PageError, Params};
use crate::model::{AuthorizationRequest, Client, RedirectUri};
use crate::session::BrowserState;
use answer::Target;

/// Answers a request that an app sent the browser with, by GET or by a form (Core section 3.1.2.1).
pub async fn handle(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let posted = request.method() == Method::POST;
    let received = if posted { body.as_ref() } else { request.query_string().as_bytes() };
    let without_cookies = posted && browser.cross_site && browser.cookie.is_none();
    if without_cookies && let Some(again) = answer::by_get(&app, "/authorize", received) {
        return again;
    }
    match begin(received, &browser, &app).await {
        Ok(response) => response,
        Err(error) => {
            let params = Params::parse_noting_doubled(received).unwrap_or_default().0;
            error.respond_in(&app, &browser, params.optional("ui_locales"))
        }
    }
}

async fn begin(received: &[u8], browser: &Browser, app: &App) -> Result<HttpResponse, PageError> {
    let outer = Incoming::parse(received).map_err(PageError::from)?;
    let id = rules::client::id(&outer)?;
    let Some(client) = app.client(&id).await? else {
        return Err(Untrusted::ClientUnknown(id).into());
    };
    let Asked { target, judged, received } = asked(outer, &client, app).await?;
    let answered = match judged {
        Ok(request) => outcome::of_request(*request, &client, browser, app).await,
        Err(refusal) => Err(refusal),
    };
    let refusal = match answered {
        Ok(answer) => return Ok(answer),
        Err(refusal) => refusal,
    };
    let state = if refusal.is_of_silence() {
        outcome::state_of_silence(&client, &target.redirect_uri, browser, app).await
    } else {
        BrowserState::default()
    };
    let answer = target.telling(&state).refuse(&refusal, &received, browser, app);
    Ok(answer::with_state(answer, state))
}

/// A request whose place for answers is proved.
struct Asked {
    target: Target,
    judged: Result<Box<AuthorizationRequest>, Refusal>,
    /// What came in, for `explain`.
    received: String,
}

/// What is asked for, in whichever way it came.
async fn asked(outer: Incoming, client: &Client, app: &App) -> Result<Asked, Untrusted> {
    match request_object::unpack(outer, client, app).await {
        Ok(Unpacked::Parameters { incoming, way, once }) => {
            let redirect_uri = rules::redirect_uri::judge(&incoming, client)?;
            let target = Target::of_incoming(&incoming, redirect_uri);
            let judged = match rules::objects::judge_way(way, client, app.settings().requests) {
                Ok(()) => request(&incoming, client, &target.redirect_uri, app).await,
                Err(refusal) => Err(refusal),
            };
            let judged = judged.map(|request| Box::new(AuthorizationRequest { once, ..request }));
            Ok(Asked { target, judged, received: incoming.shown() })
        }
        Ok(Unpacked::Pushed(request, verdict)) => {
            resume::still_registered(&request, client)?;
            let received = format!("client_id={}, with a pushed request", client.id);
            Ok(Asked { target: Target::of(&request), judged: verdict.map(|()| request), received })
        }
        Err((outer, refusal)) => {
            // What is inside is not to be believed, so only what stands outside tells where to go
            let Ok(redirect_uri) = rules::redirect_uri::judge(&outer, client) else {
                return Err(Untrusted::of_object(&refusal));
            };
            let target = Target::of_incoming(&outer, redirect_uri);
            Ok(Asked { target, judged: Err(refusal), received: outer.shown() })
        }
    }
}

/// The request, when no rule speaks against it.
pub(in crate::oidc) async fn request(
    incoming: &Incoming,
    client: &Client,
    redirect_uri: &RedirectUri,
    app: &App,
) -> Result<AuthorizationRequest, Refusal> {
    let hint = match incoming.params.optional("id_token_hint") {
        None => rules::id_token_hint::Hint::Absent,
        Some(token) => {
            let verified = subject::of_hint(token, app).await?;
            rules::id_token_hint::read(verified.as_ref(), app.settings().issuer.as_str())
        }
    };
    let people = rules::People { hint, sealer: app.sealer() };
    rules::judge(incoming, client, redirect_uri, people, app.settings())
}

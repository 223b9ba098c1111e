//! The way of a browser on an app's host: to the sign-in, back from it, and out. The proxy passes `/.hatcheck/…` here as
//! `/forward-auth/…`, with the app's host in `X-Forwarded-Host`.

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::cookie::{self, Kind};
use super::original::is_plain;
use super::{PREFIX, Site, is_from_proxy};
use crate::http::{App, OauthError, Params, see_other};
use crate::keys::Purpose;
use crate::model::{Acr, Digest, EndReason, Event, EventKind};
use crate::oidc::grants::authorization_code;
use crate::store;

/// What travels in `state`.
#[derive(Deserialize, Serialize)]
struct State {
    host: String,
    to: String,
}

/// `GET /forward-auth/sign-in`
pub async fn sign_in(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    begin(&request, &app).unwrap_or_else(|error| refuse(error, &request, &app))
}

/// `GET /forward-auth/callback`
pub async fn callback(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let done = finish(&request, &app).await;
    done.unwrap_or_else(|error| refuse(error, &request, &app))
}

/// `GET` and `POST /forward-auth/sign-out`: out of this app, and on to the issuer's page.
pub async fn sign_out(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let done = leave(&request, &app).await;
    done.unwrap_or_else(|error| refuse(error, &request, &app))
}

fn begin(request: &HttpRequest, app: &App) -> Result<HttpResponse, OauthError> {
    let (site, query) = (site(request, app)?, query(request)?);
    let client =
        site.settings.client.as_ref().ok_or_else(|| invalid("no client stands for this app"))?;
    let to = query.optional("to").filter(|to| is_own(to)).unwrap_or("/").to_owned();
    let verifier = URL_SAFE_NO_PAD.encode(app.random::<32>());
    let rule = site.settings.rule(to.split('?').next().unwrap_or("/"));
    let state = State { host: site.host.to_owned(), to };
    let sealed = app.sealer().seal(Purpose::Forward, &state, &app.random());
    let challenge = Digest::of(&verifier);
    let mut url = url::form_urlencoded::Serializer::new(String::new());
    url.append_pair("client_id", client.as_str())
        .append_pair("redirect_uri", &redirect_uri(&site))
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("state", &sealed)
        .append_pair("code_challenge", challenge.as_str())
        .append_pair("code_challenge_method", "S256");
    if let Some(acr) = rule.and_then(|rule| rule.acr) {
        url.append_pair("acr_values", Acr::as_str(acr));
    }
    let url = format!("{}?{}", app.settings().issuer.url_of("/authorize"), url.finish());
    Ok(see_other(url, [cookie::set(&site, Kind::UnderWay, verifier)]))
}

/// The code is redeemed with the browser's own cookie as the verifier, so that one of somebody else's sign-in does not
/// fit (RFC 9700 section 2.1.1).
async fn finish(request: &HttpRequest, app: &App) -> Result<HttpResponse, OauthError> {
    let (site, query) = (site(request, app)?, query(request)?);
    let state: Option<State> =
        query.optional("state").and_then(|sealed| app.sealer().open(Purpose::Forward, sealed));
    let state = state.filter(|state| state.host == site.host);
    let state = state.ok_or_else(|| invalid("state is none of this server's for this app"))?;
    if let Some(error) = query.optional("error") {
        return Err(OauthError::new(
            "access_denied",
            format!("the sign-in ended with {}", cut(error)),
        )
        .with_mend("open the app anew"));
    }
    let verifier = cookie::value(request, Kind::UnderWay, site.settings.https);
    let verifier = verifier.ok_or_else(|| invalid("no sign-in was under way in this browser"))?;
    let id =
        site.settings.client.as_ref().ok_or_else(|| invalid("no client stands for this app"))?;
    let client =
        app.client(id).await?.ok_or_else(|| invalid("the client of this app is not registered"))?;
    let code = query.required("code")?;
    let grant =
        authorization_code::redeem(app, client, code, &redirect_uri(&site), &verifier).await?;
    let cookies = [cookie::signed_in(&site, grant.id, app), cookie::remove(&site, Kind::UnderWay)];
    Ok(see_other(format!("{}{}", site.settings.origin(site.host), state.to), cookies))
}

async fn leave(request: &HttpRequest, app: &App) -> Result<HttpResponse, OauthError> {
    let site = site(request, app)?;
    if let Some(id) = cookie::read(request, site.host, app) {
        let now = app.now();
        let event = app.event(
            EventKind::SignedOut,
            None,
            site.settings.client.as_ref(),
            "behind the proxy",
        );
        app.write(move |db| {
            let user_id = store::grants::find(db, id)?.map(|grant| grant.user_id);
            if store::grants::end(db, id, EndReason::SignedOut, now)? {
                store::events::append(db, &Event { user_id, ..event.clone() })?;
            }
            Ok(())
        })
        .await?;
    }
    let gone = cookie::remove(&site, Kind::SignedIn);
    Ok(see_other(app.settings().issuer.url_of("/end-session"), [gone]))
}

/// The app on whose host the browser is, as a trusted proxy says.
fn site<'a>(request: &HttpRequest, app: &'a App) -> Result<Site<'a>, OauthError> {
    let host = request.headers().get_all("x-forwarded-host").map(|value| value.to_str().ok());
    let mut hosts = host.collect::<Vec<_>>().into_iter();
    let found = match (hosts.next(), hosts.next()) {
        (Some(Some(host)), None) if is_from_proxy(request, app) => {
            Site::of(&host.to_ascii_lowercase(), &app.settings().forward_auth)
        }
        _ => None,
    };
    found.ok_or_else(|| {
        invalid(
            "this is for browsers that come through a trusted proxy from an app of [forward_auth]",
        )
    })
}

fn query(request: &HttpRequest) -> Result<Params, OauthError> {
    Ok(Params::parse(request.query_string().as_bytes())?)
}

fn redirect_uri(site: &Site<'_>) -> String {
    format!("{}{PREFIX}/callback", site.settings.origin(site.host))
}

/// A path of the app itself, and nowhere else.
fn is_own(to: &str) -> bool {
    let path = to.split(['?', '#']).next().unwrap_or_default();
    is_plain(path) && !path.starts_with(PREFIX) && to.bytes().all(|b| b.is_ascii_graphic())
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect()
}

fn invalid(rule: &str) -> OauthError {
    OauthError::new("invalid_request", rule)
        .with_mend("open the app anew; docs/forward-auth.md says what the proxy has to send")
}

fn refuse(error: OauthError, request: &HttpRequest, app: &App) -> HttpResponse {
    error.with_received(format!("{} {}", request.method(), request.path())).respond(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_the_app_alone() {
        for (to, own) in [
            ("/", true),
            ("/a?b=//eve.example", true),
            ("//eve.example", false),
            ("/\\eve.example", false),
            ("https://eve.example/", false),
            ("/.hatcheck/sign-out", false),
            ("/a b", false),
            ("", false),
        ] {
            assert_eq!(is_own(to), own, "{to}");
        }
    }
}

//! Apps that can't be changed: a proxy asks here about each request to them. To the person it is a sign-in like any other:
//! the app is a client, the redirect goes to `/.hatcheck/callback` on the app's host, which the proxy passes here, and a
//! cookie of that host alone stands for the grant.

mod cookie;
mod original;
mod pages;
mod verdict;

use actix_web::http::header::HeaderValue;
use actix_web::http::{StatusCode, header};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, web};

use self::original::Original;
use self::verdict::{Found, Verdict};
use super::access;
use crate::config::{ForwardAuth, ProtectedHost};
use crate::http::{App, handler};
use crate::model::{EntitlementName, User};
use crate::session;
use crate::store::grants::Standing;
use crate::store::{self, StoreError};

/// Where the paths of this room lie on the hosts of apps.
const PREFIX: &str = "/.hatcheck";

/// The routes of this folder.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/forward-auth").route(web::get().to(handler(check))))
        .service(
            web::resource("/forward-auth/sign-in").route(web::get().to(handler(pages::sign_in))),
        )
        .service(
            web::resource("/forward-auth/callback").route(web::get().to(handler(pages::callback))),
        )
        .service(
            web::resource("/forward-auth/sign-out")
                .route(web::get().to(handler(pages::sign_out)))
                .route(web::post().to(handler(pages::sign_out))),
        );
}

/// `GET /forward-auth`: 2xx lets the request through, with who asks in `Remote-…` headers; all of them are always there, so
/// that a proxy which copies them overwrites what a client has sent.
async fn check(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    match judge(&request, &app).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "the database could not answer");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

async fn judge(request: &HttpRequest, app: &App) -> Result<HttpResponse, StoreError> {
    let Some(asked) = Asked::of(request, app) else { return Ok(forbidden()) };
    let standing = match cookie::read(request, asked.site.host, app) {
        Some(grant_id) => match &asked.site.settings.client {
            Some(client) => access::standing(grant_id, client, app).await?,
            None => None,
        },
        None => None,
    };
    let groups = match &standing {
        Some(Standing { user, .. }) => {
            let id = user.id;
            app.read(move |db| store::entitlements::groups_of(db, id)).await?
        }
        None => Vec::new(),
    };
    let found = standing.as_ref().map(|standing| Found {
        user: &standing.user,
        groups: &groups,
        acr: standing.grant.authentication.acr,
    });
    let verdict = verdict::judge(asked.site.settings.rule(&asked.original.path), found);
    Ok(match verdict {
        Verdict::Let => {
            if let Some(Standing { session: Some(session), .. }) = &standing {
                session::used(app, session);
            }
            let_through(standing.as_ref().map(|standing| &standing.user), &groups)
        }
        Verdict::SignIn => asked.sign_in(),
        Verdict::Forbid => forbidden(),
    })
}

/// An app that this server stands before.
struct Site<'a> {
    host: &'a str,
    settings: &'a ProtectedHost,
}

struct Asked<'a> {
    original: Original,
    site: Site<'a>,
}

impl<'a> Asked<'a> {
    /// Only a proxy may say what was asked for, and only for hosts of the settings.
    fn of(request: &HttpRequest, app: &'a App) -> Option<Self> {
        if !is_from_proxy(request, app) {
            return None;
        }
        let original = Original::of(request.headers())?;
        let site = Site::of(&original.host, &app.settings().forward_auth)?;
        Some(Self { original, site })
    }

    /// To the sign-in on the app's own host, which sets the cookie that the way back needs.
    fn sign_in(&self) -> HttpResponse {
        if !self.original.navigation {
            return HttpResponse::Unauthorized()
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .finish();
        }
        let status =
            if self.original.only_401 { StatusCode::UNAUTHORIZED } else { StatusCode::FOUND };
        let to = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", &self.original.target)
            .finish();
        let url = format!("{}{PREFIX}/sign-in?{to}", self.site.settings.origin(self.site.host));
        HttpResponse::build(status)
            .insert_header((header::LOCATION, url))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish()
    }
}

impl<'a> Site<'a> {
    fn of(host: &str, settings: &'a ForwardAuth) -> Option<Self> {
        let (host, settings) = settings.find(host)?;
        Some(Self { host, settings })
    }
}

fn is_from_proxy(request: &HttpRequest, app: &App) -> bool {
    let trusted = &app.settings().server.trusted_proxies;
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(&peer)))
}

fn forbidden() -> HttpResponse {
    HttpResponse::Forbidden().insert_header((header::CACHE_CONTROL, "no-store")).finish()
}

fn let_through(user: Option<&User>, groups: &[EntitlementName]) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    let groups: Vec<_> = groups.iter().map(EntitlementName::as_str).collect();
    for (name, value) in [
        ("remote-user", user.map_or("", |user| user.username.as_str())),
        ("remote-sub", &user.map(|user| user.id.to_string()).unwrap_or_default()),
        ("remote-name", user.map_or("", |user| &user.name)),
        ("remote-email", user.map_or("", |user| &user.email)),
        ("remote-groups", &groups.join(",")),
    ] {
        // A header holds bytes; what is none is left empty rather than out
        let value = HeaderValue::from_bytes(value.as_bytes());
        answer.insert_header((name, value.unwrap_or_else(|_| HeaderValue::from_static(""))));
    }
    answer.finish()
}

//! The table of routes: every room's, under the path of the issuer.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::{health, refuse};
use crate::config::Settings;
use crate::http::{App, static_files};
use crate::{account, login, oidc};

/// Which methods a path takes, for the `Allow` header (RFC 9110 section 15.5.6) where its room has not set one.
const METHODS: &[(&str, &str)] = &[
    ("/.well-known/", "GET, HEAD, OPTIONS"),
    ("/jwks", "GET, HEAD, OPTIONS"),
    ("/authorize/resume", "GET"),
    ("/authenticate/", "POST"),
    ("/authorize-challenge", "POST, OPTIONS"),
    ("/authorize", "GET, POST"),
    ("/token", "POST, OPTIONS"),
    ("/par", "POST, OPTIONS"),
    ("/userinfo", "GET, POST, OPTIONS"),
    ("/forward-auth/sign-out", "GET, POST"),
    ("/forward-auth", "GET"),
    ("/introspect", "POST"),
    ("/register/", "GET, PUT, DELETE, OPTIONS"),
    ("/register", "POST, OPTIONS"),
    ("/revoke", "POST, OPTIONS"),
    ("/links/", "GET, DELETE"),
    (oidc::LINKS, "POST, OPTIONS"),
    (oidc::SESSION_DATA, "GET, PUT, DELETE, OPTIONS"),
    ("/session", "GET, DELETE, OPTIONS"),
    ("/end-session/done", "GET"),
    ("/end-session", "GET, POST"),
    ("/check-session", "GET"),
    ("/device-authorization", "POST, OPTIONS"),
    ("/device", "GET, POST"),
    ("/health", "GET, HEAD"),
    ("/login/backchannel/", "POST"),
    ("/login/frontchannel/", "GET"),
    ("/login/callback/", "GET, POST"),
    ("/login/with", "GET"),
    ("/static", "GET"),
    ("", "GET, POST"),
];

/// All routes under the issuer's path; health at the root as well, where probes look for it.
pub(super) fn all(config: &mut ServiceConfig, settings: &Settings) {
    let (path, development) = (settings.issuer.path(), settings.development.enabled);
    oidc::well_known(config, path);
    if path.is_empty() {
        rooms(config, development);
    } else {
        let scope = web::scope(path).configure(|config| rooms(config, development));
        config.service(scope).configure(health::routes);
    }
}

fn rooms(config: &mut ServiceConfig, development: bool) {
    config
        .configure(oidc::routes)
        .configure(|config| login::routes(config, development))
        .configure(account::routes)
        .configure(static_files::routes)
        .configure(health::routes);
}

/// The answer where there is nothing.
pub(super) async fn not_found(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    refuse::Refused::NotFound.respond(&request, &app)
}

/// The methods of a path, relative to the issuer's.
pub(super) fn methods_of(path: &str) -> &'static str {
    let found = METHODS.iter().find(|(beginning, _)| path.starts_with(beginning));
    found.map_or("GET, POST", |(_, methods)| methods)
}

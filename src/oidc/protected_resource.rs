//! What userinfo is to those who hold tokens: OAuth 2.0 Protected Resource Metadata, RFC 9728 section 3.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::cached::{self, Document};
use super::discovery::MAX_AGE;
use crate::config::{Issuer, Settings};
use crate::http::App;
use crate::model::{Algorithm, Digest};

/// `GET /.well-known/oauth-protected-resource{path of the issuer}/userinfo`
pub async fn handle(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    cached::serve(&request, &render(app.settings()), MAX_AGE, &app)
}

/// Where it stands: at the root, with the issuer's path behind (section 3.1).
pub(super) fn url(issuer: &Issuer) -> String {
    format!("{}{}", issuer.origin(), path(issuer.path()))
}

/// The same without the host.
pub(super) fn path(of_issuer: &str) -> String {
    format!("/.well-known/oauth-protected-resource{of_issuer}/userinfo")
}

fn render(settings: &Settings) -> Document {
    let body = json!({
        "resource": settings.issuer.url_of("/userinfo"),
        "authorization_servers": [settings.issuer.as_str()],
        "jwks_uri": settings.issuer.url_of("/jwks"),
        "scopes_supported": settings.scopes.names().collect::<Vec<_>>(),
        "bearer_methods_supported": ["header", "body"],
        "resource_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::as_str),
    })
    .to_string();
    let etag = format!("\"{}\"", Digest::of(&body).as_str());
    Document { body: body.into(), etag }
}

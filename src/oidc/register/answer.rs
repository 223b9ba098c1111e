//! What a client is told of its registration: RFC 7591 section 3.2.1, RFC 7592 section 3.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::{Map, Value, json};

use crate::http::App;
use crate::model::{Client, Secret};

/// `201 Created`.
pub(super) fn created(
    client: &Client,
    secret: Option<&Secret<String>>,
    token: &Secret<String>,
    app: &App,
) -> HttpResponse {
    let url = url_of(client, app);
    let body = body(client, secret, token, app);
    kept_by_nobody(&mut HttpResponse::Created()).insert_header((header::LOCATION, url)).json(body)
}

/// `200 OK`.
pub(super) fn shown(
    client: &Client,
    secret: Option<&Secret<String>>,
    token: &Secret<String>,
    app: &App,
) -> HttpResponse {
    kept_by_nobody(&mut HttpResponse::Ok()).json(body(client, secret, token, app))
}

fn kept_by_nobody(
    answer: &mut actix_web::HttpResponseBuilder,
) -> &mut actix_web::HttpResponseBuilder {
    answer
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn url_of(client: &Client, app: &App) -> String {
    app.settings().issuer.url_of(&format!("/register/{}", client.id))
}

fn body(
    client: &Client,
    secret: Option<&Secret<String>>,
    token: &Secret<String>,
    app: &App,
) -> Map<String, Value> {
    let mut body = client.to_json(secret);
    body.insert("registration_client_uri".to_owned(), json!(url_of(client, app)));
    body.insert("registration_access_token".to_owned(), json!(token.expose()));
    body
}

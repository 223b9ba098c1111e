//! An app that keeps its state on the client, in a cookie that only the app reads, for actix-web:
//!
//! ```sh
//! COOKIE_SECRET=$(openssl rand -base64 32) cargo run -p hatcheck-guard --example sealed
//! curl -c jar -b jar -d item=apples http://localhost:8084/basket
//! ```

use std::env;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::{Keys, SealedCookie};
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Basket {
    items: Vec<String>,
}

/// The cookie in which it is kept. `secrets`: the newest first, so that old baskets open while they last.
pub fn cookie(secrets: &[String]) -> Result<SealedCookie<Basket>, hatcheck_guard::KeysError> {
    Ok(SealedCookie::new("basket", &Keys::new(secrets)?).plain_http())
}

#[derive(Debug, Deserialize)]
struct Add {
    item: String,
}

async fn add(
    request: HttpRequest,
    form: web::Form<Add>,
    cookie: web::Data<SealedCookie<Basket>>,
) -> HttpResponse {
    let mut basket = cookie.read(request.headers()).unwrap_or_default();
    basket.items.push(form.into_inner().item);
    match cookie.set(&basket) {
        Ok(set) => HttpResponse::Ok().insert_header(("set-cookie", set)).json(&basket),
        Err(error) => HttpResponse::PayloadTooLarge().body(error.to_string()),
    }
}

async fn empty(cookie: web::Data<SealedCookie<Basket>>) -> HttpResponse {
    HttpResponse::NoContent().insert_header(("set-cookie", cookie.clear())).finish()
}

/// The routes of the example.
pub fn routes(app: &mut web::ServiceConfig, cookie: &web::Data<SealedCookie<Basket>>) {
    app.app_data(cookie.clone()).service(
        web::resource("/basket").route(web::post().to(add)).route(web::delete().to(empty)),
    );
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secrets: Vec<_> = env::var("COOKIE_SECRET")?.split(' ').map(str::to_owned).collect();
    let cookie = web::Data::new(cookie(&secrets)?);
    let app = move || App::new().configure(|app| routes(app, &cookie));
    HttpServer::new(app).bind("127.0.0.1:8084")?.run().await?;
    Ok(())
}

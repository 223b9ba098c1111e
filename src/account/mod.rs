//! Room 7: the pages of the signed-in person: name, password, second factor, sessions, apps, tokens.
//!
//! One file for each page; `visit` is the way in for all of them: who is signed in, how long ago, and whether a form
//! is genuine. Forms lead back to a page by 303, so that Reload and Back send nothing twice.

mod apps;
mod enrol;
mod name;
mod new_token;
mod overview;
mod password;
mod pending;
mod proof;
mod providers;
mod second_factor;
mod sessions;
mod sign_out;
mod tokens;
mod user_agent;
mod visit;
mod when;

use actix_web::guard::{Any, Get, Head};
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};

use crate::http::{App, Browser, handler};

/// The routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(read(overview::PLACE.path, web::to(handler(overview::show))))
        .service(read_and_send(
            name::PATH,
            web::to(handler(name::show)),
            web::post().to(handler(name::change)),
        ))
        .service(read_and_send(
            password::PATH,
            web::to(handler(password::show)),
            web::post().to(handler(password::change)),
        ))
        .service(read_and_send(
            second_factor::PATH,
            web::to(handler(second_factor::show)),
            web::post().to(handler(enrol::confirm)),
        ))
        .service(send(enrol::SAVED, web::post().to(handler(enrol::save))))
        .service(send(second_factor::CODES, web::post().to(handler(second_factor::new_codes))))
        .service(send(second_factor::OFF, web::post().to(handler(second_factor::switch_off))))
        .service(read_and_send(
            sessions::PATH,
            web::to(handler(sessions::show)),
            web::post().to(handler(sessions::end)),
        ))
        .service(read_and_send(
            apps::PATH,
            web::to(handler(apps::show)),
            web::post().to(handler(apps::withdraw)),
        ))
        .service(read_and_send(
            providers::PATH,
            web::to(handler(providers::show)),
            web::post().to(handler(providers::change)),
        ))
        .service(read_and_send(
            tokens::PATH,
            web::to(handler(tokens::show)),
            web::post().to(handler(tokens::delete)),
        ))
        .service(read_and_send(
            new_token::PATH,
            web::to(handler(new_token::show)),
            web::post().to(handler(new_token::make)),
        ))
        .service(send(sign_out::PATH, web::post().to(handler(sign_out::leave))));
}

fn read(path: &str, show: Route) -> Resource {
    let readers = Any(Get()).or(Head());
    let refuse = async |request, app| other_method(&request, &app, "GET, HEAD");
    web::resource(path).route(show.guard(readers)).default_service(web::to(handler(refuse)))
}

fn send(path: &str, take: Route) -> Resource {
    let refuse = async |request, app| other_method(&request, &app, "POST");
    web::resource(path).route(take).default_service(web::to(handler(refuse)))
}

fn read_and_send(path: &str, show: Route, take: Route) -> Resource {
    let refuse = async |request, app| other_method(&request, &app, "GET, HEAD, POST");
    read(path, show).route(take).default_service(web::to(handler(refuse)))
}

fn other_method(request: &HttpRequest, app: &web::Data<App>, allow: &'static str) -> HttpResponse {
    let mut answer = visit::not_allowed().respond(app, &Browser::of(request, app));
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    answer
}

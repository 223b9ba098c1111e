//! Room 7: the pages of signing in.
//!
//! Each GET finds out anew what its interaction lacks (`machine`) and leads there; so Back, reload, five tabs and a
//! restarted server all come out right. Each POST does one thing, and goes on to what is missing next.

mod account;
mod autosession;
mod cancel;
mod consent;
mod elsewhere;
mod face;
mod factor;
mod flow;
mod form;
mod link;
mod linking;
mod machine;
mod onward;
mod password;
mod realm;
mod recovery;
mod refusals;
mod second_factor;
mod shown;
#[cfg(test)]
mod tests;
mod totp;
mod with;

use actix_web::web::{self, ServiceConfig};

use crate::http::handler;
use factor::Factor;
use recovery::Recovery;
use totp::Totp;

/// The routes of this room. `development`: with test logins.
pub fn routes(config: &mut ServiceConfig, development: bool) {
    if development {
        let submit = web::post().to(handler(autosession::submit));
        config.service(web::resource(autosession::PATH).route(submit));
    }
    let page = |path: &str| web::resource(path.to_owned());
    config
        .service(
            page("/login")
                .route(web::get().to(handler(password::show)))
                .route(web::post().to(handler(password::submit))),
        )
        .service(
            page(Totp::PATH)
                .route(web::get().to(handler(factor::show::<Totp>)))
                .route(web::post().to(handler(factor::submit::<Totp>))),
        )
        .service(
            page(Recovery::PATH)
                .route(web::get().to(handler(factor::show::<Recovery>)))
                .route(web::post().to(handler(factor::submit::<Recovery>))),
        )
        .service(
            page("/login/account")
                .route(web::get().to(handler(account::show)))
                .route(web::post().to(handler(account::submit))),
        )
        .service(
            page("/login/linking")
                .route(web::get().to(handler(linking::show)))
                .route(web::post().to(handler(linking::submit))),
        )
        .service(
            page("/login/consent")
                .route(web::get().to(handler(consent::show)))
                .route(web::post().to(handler(consent::submit))),
        )
        .service(
            page(crate::session::link::PATH)
                .route(web::get().to(handler(link::show)))
                .route(web::post().to(handler(link::submit))),
        )
        .service(page(with::THERE).route(web::get().to(handler(with::begin))))
        .service(
            page(with::BACK)
                .route(web::get().to(with::callback))
                .route(web::post().to(with::callback_by_form)),
        )
        .service(page(with::FRAMED).route(web::get().to(with::framed)))
        .service(page(with::SIGNED_OUT).route(web::post().to(with::tell)))
        .service(page("/login/cancel").route(web::post().to(handler(cancel::submit))))
        .service(page("/login/here").route(web::post().to(handler(elsewhere::submit))));
}

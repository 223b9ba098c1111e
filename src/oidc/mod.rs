//! Room 7: the endpoints of the protocol, one file for each.
//!
//! Those that speak JSON share `memory::Memory`, which each worker has for itself.

mod access;
mod api_tokens;
mod audience;
mod authenticate;
pub mod authorize;
mod bearer;
mod cached;
mod challenge;
mod check_session;
mod claims;
mod client_auth;
mod device;
mod discovery;
mod end_session;
mod endpoint;
mod entitlements;
#[cfg(test)]
mod flows;
mod forward_auth;
mod grants;
mod hook;
mod introspection;
mod jwks;
mod links;
mod memory;
mod mint;
mod par;
mod peek;
mod protect;
mod protected_resource;
mod refresh;
mod register;
mod request_object;
mod revocation;
mod session_data;
mod session_status;
mod subject;
mod token;
mod tokens;
mod userinfo;

/// The parsers of what strangers send, for the fuzz targets in `fuzz/`.
pub mod parsers {
    pub use super::client_auth::{assertion, credentials};
    pub use super::request_object::object;
}

pub use links::PATH as LINKS;
pub use mint::{TestToken, test_token};
pub use session_data::PATH as SESSION_DATA;

use actix_web::web::{self, ServiceConfig};

use crate::http::{LONGEST_FORM, handler};
use crate::model::SessionData;

/// The routes of this room. Called once for each worker.
pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::Data::new(memory::Memory::default()))
        .configure(forward_auth::routes)
        .service(web::resource("/.well-known/openid-configuration").to(handler(discovery::handle)))
        .service(
            web::resource("/.well-known/oauth-authorization-server").to(handler(discovery::handle)),
        )
        .service(
            web::resource("/authorize")
                .route(web::get().to(handler(authorize::handle)))
                .route(web::post().to(handler(authorize::handle))),
        )
        .service(
            web::resource("/authenticate/{provider}")
                .route(web::post().to(handler(authenticate::handle))),
        )
        .service(web::resource("/authorize-challenge").to(endpoint::handler(challenge::challenge)))
        .service(
            web::resource("/check-session").route(web::get().to(handler(check_session::handle))),
        )
        .service(
            web::resource("/authorize/resume").route(web::get().to(handler(authorize::resume))),
        )
        .service(
            web::resource("/end-session")
                .route(web::get().to(handler(end_session::handle)))
                .route(web::post().to(handler(end_session::handle))),
        )
        .service(
            web::resource("/device")
                .route(web::get().to(handler(device::page::show)))
                .route(web::post().to(handler(device::page::submit))),
        )
        .service(web::resource("/device-authorization").to(endpoint::handler(device::begin)))
        .service(
            web::resource(crate::session::FAREWELL)
                .route(web::get().to(handler(end_session::done))),
        )
        .service(web::resource("/introspect").to(endpoint::handler(introspection::introspect)))
        .service(
            web::resource(LINKS)
                .app_data(web::PayloadConfig::new(LONGEST_FORM))
                .to(endpoint::handler(links::make)),
        )
        .service(web::resource("/links/{id}").to(handler(links::manage)))
        .service(web::resource("/jwks").to(handler(jwks::handle)))
        .service(web::resource("/par").to(endpoint::handler(par::push)))
        .service(web::resource("/register").to(handler(register::handle)))
        .service(web::resource("/register/{client_id}").to(handler(register::manage)))
        .service(web::resource("/session").to(handler(session_status::handle)))
        .service(
            web::resource(SESSION_DATA)
                .app_data(web::PayloadConfig::new(SessionData::LONGEST))
                .to(handler(session_data::handle)),
        )
        .service(web::resource("/revoke").to(endpoint::handler(revocation::revoke)))
        .service(web::resource("/token").to(endpoint::handler(token::exchange)))
        .service(web::resource("/userinfo").to(handler(userinfo::handle)));
}

/// Metadata where RFC 8414 section 3.1 and RFC 9728 section 3.1 put it: at the root, with the issuer's path behind.
pub fn well_known(config: &mut ServiceConfig, path: &str) {
    let resource = protected_resource::path(path);
    config.service(web::resource(resource).to(handler(protected_resource::handle)));
    if path.is_empty() {
        return;
    }
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let resource = web::resource(format!("/.well-known/{name}{path}"));
        let memory = web::Data::new(memory::Memory::default());
        config.service(resource.app_data(memory).to(handler(discovery::handle)));
    }
}

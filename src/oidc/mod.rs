//! Room 7: the endpoints of the protocol, one file for each.
//!
//! Those that speak JSON share [`memory::Memory`], which each worker has for itself.

pub mod authorize;
mod cached;
mod discovery;
mod jwks;
mod memory;

use actix_web::web::{self, ServiceConfig};

/// The routes of this room. Called once for each worker.
pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::Data::new(memory::Memory::default()))
        .service(web::resource("/.well-known/openid-configuration").to(discovery::handle))
        .service(
            web::resource("/authorize")
                .route(web::get().to(authorize::handle))
                .route(web::post().to(authorize::handle)),
        )
        .service(web::resource("/authorize/resume").route(web::get().to(authorize::resume)))
        .service(web::resource("/jwks").to(jwks::handle));
}

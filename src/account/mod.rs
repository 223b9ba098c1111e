//! Room 7: the pages of the signed-in person: name, password, second factor, sessions, apps.

use actix_web::web::ServiceConfig;

/// The routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}

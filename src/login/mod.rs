//! Room 7: the pages of signing in.

use actix_web::web::ServiceConfig;

/// The routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}

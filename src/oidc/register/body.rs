//! The body of a registration: RFC 7591 section 3.1.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::keys::client_keys;
use crate::model::client::{Metadata, MetadataError};

/// The longest registration that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// The members of the JSON object.
pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_json = content_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(Refusal::ContentType);
    }
    if body.len() > LONGEST {
        return Err(Refusal::Long);
    }
    serde_json::from_slice(body).map_err(|_| Refusal::NotAnObject)
}

/// Registered keys have to be good ones.
pub(super) fn check_keys(metadata: &Metadata) -> Result<(), Refusal> {
    client_keys::check_metadata(metadata).map_err(|(member, reason)| {
        Refusal::Metadata(MetadataError::Member { member: member.to_owned(), reason })
    })
}

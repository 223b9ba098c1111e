//! The published key set: OpenID Connect Core section 10, RFC 7517 section 5.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::cached::{self, Document};
use crate::http::{App, OauthError, cors};

/// The longest that apps may keep the key set, in seconds.
const LONGEST: u64 = 3_600;

/// `GET /jwks`
pub async fn handle(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    match app.keys().await {
        Ok(keys) => {
            let jwks = keys.jwks(app.now());
            let document = Document { body: jwks.body.clone(), etag: jwks.etag.clone() };
            cached::serve(&request, &document, max_age(app.settings().keys.publish_ahead), &app)
        }
        Err(error) => cors::any_origin(OauthError::from(error).respond(&app)),
    }
}

/// Well below the time that a key is published before it signs, so that whoever keeps to it knows every key in use.
fn max_age(publish_ahead: Duration) -> u64 {
    LONGEST.min(publish_ahead.as_secs() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{hours, seconds};

    #[test]
    fn key_01_a_kept_key_set_is_asked_for_again_before_a_new_key_signs() {
        for (ahead, age) in
            [(hours(48), 3_600), (hours(1), 1_800), (seconds(10), 5), (seconds(0), 0)]
        {
            assert_eq!(max_age(ahead), age);
        }
    }
}

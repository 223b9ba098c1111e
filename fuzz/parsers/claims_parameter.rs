//! The `claims` parameter (OpenID Connect Core section 5.5): what is read can be written and read again.

use hatcheck::model::ClaimsRequest;

/// Feeds it to the parser.
pub fn read(text: &str) {
    if let Ok(request) = ClaimsRequest::parse(text) {
        let written = serde_json::to_string(&request).expect("it has a JSON form");
        let again: ClaimsRequest = serde_json::from_str(&written).expect("it is read again");
        assert_eq!(again, request);
    }
}

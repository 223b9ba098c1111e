//! `max_age`: OpenID Connect Core section 3.1.2.1.

use crate::http::Params;
use crate::model::client::Metadata;
use crate::oidc::authorize::Refusal;

/// The oldest sign-in that will do, in seconds; the client's `default_max_age` when the request names none.
pub fn judge(params: &Params, metadata: &Metadata) -> Result<Option<u64>, Refusal> {
    let Some(text) = params.optional("max_age") else { return Ok(metadata.default_max_age) };
    // The parser of numbers takes a sign, the specification does not
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(Some).ok_or(Refusal::MaxAge)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::client;
    use super::*;

    #[test]
    fn registration_2_the_default_holds_when_none_is_sent() {
        let client = client(&json!({"default_max_age": 600}));
        let ask = |text: &str| {
            judge(&Params::parse(text.as_bytes()).unwrap(), &client.metadata).ok().flatten()
        };
        assert_eq!((ask(""), ask("max_age=5"), ask("max_age=0")), (Some(600), Some(5), Some(0)));
    }
}

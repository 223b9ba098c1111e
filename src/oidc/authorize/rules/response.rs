//! `response_type` and `response_mode`: RFC 6749 section 3.1.1, OAuth 2.0 Multiple Response Types section 2.1.

use crate::http::Params;
use crate::model::{Response, ResponseType};
use crate::oidc::authorize::Refusal;
use crate::oidc::authorize::answer::Placement;
use crate::oidc::authorize::untrusted::cut;

/// Only the code flow is offered.
pub fn judge_type(params: &Params) -> Result<(), Refusal> {
    match params.optional("response_type") {
        Some("code") => Ok(()),
        Some(other) => Err(Refusal::ResponseType(cut(other))),
        None => Err(Refusal::ResponseTypeMissing),
    }
}

/// How the answer travels.
pub fn judge_mode(params: &Params) -> Result<Response, Refusal> {
    match params.optional("response_mode") {
        None | Some("query") => Ok(Response::by_default(ResponseType::Code)),
        Some(other) => Err(Refusal::ResponseMode(cut(other))),
    }
}

/// Where the app looks for an error: where it would look for the answer (Multiple Response Types section 5).
pub(in crate::oidc::authorize) fn placement(params: &Params) -> Placement {
    let wants_tokens = params
        .optional("response_type")
        .is_some_and(|types| types.split(' ').any(|each| matches!(each, "token" | "id_token")));
    let explicit_query = params.optional("response_mode") == Some("query");
    if wants_tokens && !explicit_query { Placement::Fragment } else { Placement::Query }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aut_03_and_aut_04_errors_go_where_the_answer_would_have_gone() {
        for (text, expected) in [
            ("response_type=code", Placement::Query),
            ("", Placement::Query),
            ("response_type=token", Placement::Fragment),
            ("response_type=code+id_token", Placement::Fragment),
            ("response_type=token&response_mode=query", Placement::Query),
            ("response_type=zzz", Placement::Query),
        ] {
            assert_eq!(placement(&Params::parse(text.as_bytes()).unwrap()), expected, "{text}");
        }
    }
}

//! `response_type` and `response_mode`: RFC 6749 section 3.1.1, OAuth 2.0 Multiple Response Types sections 2 to 5.

use crate::http::Params;
use crate::model::{RedirectUri, Response, ResponseMode, ResponseType};
use crate::oidc::authorize::Refusal;
use crate::oidc::authorize::untrusted::cut;

/// What comes back, and how.
pub fn judge(params: &Params, redirect_uri: &RedirectUri) -> Result<Response, Refusal> {
    let asked = params.optional("response_type").ok_or(Refusal::ResponseTypeMissing)?;
    let unknown = || Refusal::ResponseType(cut(asked));
    let response_type = ResponseType::parse(asked).ok_or_else(unknown)?;
    if response_type != ResponseType::Code {
        return Err(unknown());
    }
    let Some(asked) = params.optional("response_mode") else {
        return Ok(Response::by_default(response_type));
    };
    let mode = ResponseMode::parse(asked).ok_or_else(|| Refusal::ResponseMode(cut(asked)))?;
    if !reaches(mode, redirect_uri) {
        return Err(Refusal::PostToScheme);
    }
    Response::new(response_type, mode).map_err(|_| Refusal::TokensInQuery)
}

/// Where the app looks for an error: where it would look for the answer (Multiple Response Types section 5). A mode
/// that can't be has no place to look at, and so its type's own is taken.
pub(in crate::oidc::authorize) fn mode_of_errors(
    params: &Params,
    redirect_uri: &RedirectUri,
) -> ResponseMode {
    let wants_tokens = params
        .optional("response_type")
        .is_some_and(|types| types.split(' ').any(|each| matches!(each, "token" | "id_token")));
    let by_default = if wants_tokens { ResponseMode::Fragment } else { ResponseMode::Query };
    let fits = |mode: &ResponseMode| {
        reaches(*mode, redirect_uri) && !(wants_tokens && *mode == ResponseMode::Query)
    };
    let asked = params.optional("response_mode").and_then(ResponseMode::parse);
    asked.filter(fits).unwrap_or(by_default)
}

/// A form can be posted to a website alone, not to an app that is opened by a scheme of its own.
fn reaches(mode: ResponseMode, redirect_uri: &RedirectUri) -> bool {
    mode != ResponseMode::FormPost || redirect_uri.is_web()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegisteredUri;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::of(text, &[RegisteredUri::parse(text, true).unwrap()]).unwrap()
    }

    #[test]
    fn aut_03_and_aut_04_errors_go_where_the_answer_would_have_gone() {
        use ResponseMode::{FormPost, Fragment, Query};
        let (web, native) = ("https://rp.example/cb", "com.example.app:/cb");
        for (text, redirect_uri, expected) in [
            ("response_type=code", web, Query),
            ("", web, Query),
            ("response_mode=fragment", web, Fragment),
            ("response_mode=form_post", web, FormPost),
            ("response_type=code&response_mode=form_post", native, Query),
            ("response_type=code&response_mode=web_message", web, Query),
            ("response_type=token", web, Fragment),
            ("response_type=code+id_token", web, Fragment),
            ("response_type=code+id_token&response_mode=form_post", web, FormPost),
            ("response_type=code+id_token&response_mode=zzz", web, Fragment),
            ("response_type=token&response_mode=query", web, Fragment),
            ("response_type=none", web, Query),
            ("response_type=zzz", web, Query),
        ] {
            let params = Params::parse(text.as_bytes()).unwrap();
            assert_eq!(mode_of_errors(&params, &uri(redirect_uri)), expected, "{text}");
        }
    }
}

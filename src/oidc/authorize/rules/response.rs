//! `response_type` and `response_mode`: RFC 6749 section 3.1.1, OAuth 2.0 Multiple Response Types sections 2 to 5.

use crate::config::Security;
use crate::http::Params;
use crate::model::{Client, RedirectUri, Response, ResponseMode, ResponseType, Rules};
use crate::oidc::authorize::Refusal;
use crate::oidc::authorize::untrusted::cut;

/// What comes back, and how; whoever asks may ask for it.
pub fn judge(
    params: &Params,
    client: &Client,
    redirect_uri: &RedirectUri,
    security: &Security,
) -> Result<(Response, Rules), Refusal> {
    let asked = params.optional("response_type").ok_or(Refusal::ResponseTypeMissing)?;
    let response_type = ResponseType::parse(asked)
        .filter(|each| security.offers(*each))
        .ok_or_else(|| Refusal::ResponseType(cut(asked)))?;
    if !client.metadata.response_types.contains(&response_type) {
        return Err(Refusal::TypeNotRegistered(response_type));
    }
    let profile =
        security.profile_of(client.metadata.profile).map_err(Refusal::ProfileNotOffered)?;
    let rules = profile.rules();
    if !rules.response_types.contains(&response_type) {
        return Err(Refusal::TypeForbidden(response_type, profile));
    }
    let Some(asked) = params.optional("response_mode") else {
        return Ok((Response::by_default(response_type), rules));
    };
    let mode = ResponseMode::parse(asked)
        .filter(|mode| rules.response_modes.contains(mode))
        .ok_or_else(|| Refusal::ResponseMode(cut(asked)))?;
    if !reaches(mode, redirect_uri) {
        return Err(Refusal::PostToScheme);
    }
    let response = Response::new(response_type, mode).map_err(|_| Refusal::TokensInQuery)?;
    Ok((response, rules))
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
    use serde_json::json;

    use super::super::tests::client;
    use super::*;
    use crate::model::{Profile, RegisteredUri};

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::of(text, &[RegisteredUri::parse(text, true).unwrap()]).unwrap()
    }

    #[test]
    fn aut_03_and_aut_04_who_may_ask_for_what() {
        let security = |profiles: &[Profile]| Security {
            profiles: profiles.to_vec(),
            default_profile: profiles[0],
        };
        let strict = security(&[Profile::Strict]);
        let both = security(&[Profile::Strict, Profile::Openid]);
        let open = security(&[Profile::Openid]);
        let types = json!(["code", "id_token", "code token", "none"]);
        let grants = json!(["authorization_code", "implicit", "refresh_token"]);
        let plain = client(&json!({}));
        let all = client(&json!({"response_types": types, "grant_types": grants}));
        let asked =
            client(&json!({"response_types": types, "grant_types": grants, "profile": "openid"}));
        for (client, security, text, expected) in [
            (&plain, &strict, "code", ""),
            (&plain, &strict, "id_token", "unsupported_response_type"),
            (&plain, &both, "id_token", "unauthorized_client"),
            (&plain, &both, "token", "unsupported_response_type"),
            (&plain, &open, "code", ""),
            (&plain, &open, "token code", "unauthorized_client"),
            // Registered when the settings were others
            (&all, &strict, "code", ""),
            (&all, &strict, "id_token", "unsupported_response_type"),
            (&all, &both, "id_token", "unauthorized_client"),
            (&all, &open, "id_token", ""),
            (&all, &open, "token code", ""),
            (&all, &open, "code id_token", "unauthorized_client"),
            (&all, &open, "none", ""),
            (&asked, &both, "id_token", ""),
            (&asked, &strict, "code", "unauthorized_client"),
            (&all, &open, "id_token&response_mode=query", "invalid_request"),
            (&all, &open, "id_token&response_mode=form_post", ""),
            (&all, &open, "none&response_mode=query", ""),
        ] {
            let params = Params::parse(format!("response_type={text}").as_bytes()).unwrap();
            let judged = judge(&params, client, &uri("https://rp.example/cb"), security);
            assert_eq!(judged.map_or_else(|refusal| refusal.error(), |_| ""), expected, "{text}");
        }
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

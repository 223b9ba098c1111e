//! `scope`: RFC 6749 section 3.3, OpenID Connect Core sections 3.1.2.1 and 11.

use crate::http::Params;
use crate::model::client::{GrantType, Metadata};
use crate::model::{ResponseType, STANDARD_SCOPES, Scopes};
use crate::oidc::authorize::Refusal;

/// What is asked for and may be asked for. The rest is left out: the token response tells what was granted
/// (RFC 6749 section 3.3).
///
/// Offline access comes with a code alone (Core section 11).
pub fn judge(
    params: &Params,
    metadata: &Metadata,
    response_type: ResponseType,
) -> Result<Scopes, Refusal> {
    let asked = Scopes::parse(params.optional("scope").unwrap_or_default());
    let asked = asked.map_err(Refusal::Scope)?;
    if asked.contains("openid") && !metadata.scope.contains("openid") {
        return Err(Refusal::OpenidNotAllowed);
    }
    let granted = asked.common(&metadata.scope);
    let refreshes = metadata.grant_types.contains(&GrantType::RefreshToken);
    let refreshes = refreshes && response_type.has_code();
    Ok(if refreshes { granted } else { granted.without("offline_access") })
}

/// Whether that leaves anything to answer. Without `openid` the request is plain OAuth 2.0 (Core section 3.1.2.1): it has
/// to reach some API, since the standard scopes are nothing but ID tokens and userinfo, and can't end in an ID token.
pub fn suffice(granted: &Scopes, response_type: ResponseType) -> Result<(), Refusal> {
    let of_api = |scope: &str| !STANDARD_SCOPES.contains(&scope);
    let is_plain = !response_type.has_id_token() && granted.iter().any(of_api);
    if granted.contains("openid") || is_plain { Ok(()) } else { Err(Refusal::OpenidMissing) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::client;
    use super::*;

    fn ask(members: &Value, scope: &str) -> Result<String, &'static str> {
        ask_for(ResponseType::Code, members, scope)
    }

    fn ask_for(
        response_type: ResponseType,
        members: &Value,
        scope: &str,
    ) -> Result<String, &'static str> {
        let params = Params::parse(format!("scope={scope}").as_bytes()).unwrap();
        let judged = judge(&params, &client(members).metadata, response_type);
        let judged = judged.and_then(|scopes| suffice(&scopes, response_type).map(|()| scopes));
        judged.map(|scopes| scopes.to_string()).map_err(|refusal| refusal.error())
    }

    #[test]
    fn aut_07_what_the_client_may_not_have_is_left_out() {
        let some = json!({"scope": "openid email"});
        assert_eq!(ask(&some, "openid+admin+email"), Ok("email openid".into()));
        assert_eq!(ask(&some, "admin"), Err("invalid_scope"));
        assert_eq!(ask(&json!({"scope": "email"}), "openid"), Err("invalid_scope"));
    }

    #[test]
    fn core_3_1_2_1_without_openid_it_is_plain_oauth_and_needs_an_api() {
        let client = json!({"scope": "openid email offline_access notes:read"});
        let refused = Err("invalid_scope");
        for (response_type, asked, expected) in [
            (ResponseType::Code, "notes:read", Ok("notes:read".to_owned())),
            (ResponseType::Code, "notes:read+email", Ok("email notes:read".to_owned())),
            (ResponseType::None, "notes:read", Ok("notes:read".to_owned())),
            (ResponseType::CodeToken, "notes:read", Ok("notes:read".to_owned())),
            (ResponseType::Code, "", refused.clone()),
            (ResponseType::Code, "email", refused.clone()),
            (ResponseType::Code, "email+offline_access+notes:write", refused.clone()),
            (ResponseType::CodeIdToken, "notes:read", refused.clone()),
            (ResponseType::IdToken, "notes:read", refused),
        ] {
            assert_eq!(ask_for(response_type, &client, asked), expected, "{response_type} {asked}");
        }
    }

    #[test]
    fn core_11_offline_access_needs_the_refresh_grant() {
        let both = "offline_access openid";
        assert_eq!(ask(&json!({}), "openid+offline_access"), Ok(both.into()));
        for (response_type, expected) in [
            (ResponseType::CodeIdTokenToken, both),
            (ResponseType::IdTokenToken, "openid"),
            (ResponseType::None, "openid"),
        ] {
            let asked = ask_for(response_type, &json!({}), "openid+offline_access");
            assert_eq!(asked, Ok(expected.into()), "{response_type}");
        }
        let without = json!({"grant_types": ["authorization_code"]});
        assert_eq!(ask(&without, "openid+offline_access"), Ok("openid".into()));
    }
}

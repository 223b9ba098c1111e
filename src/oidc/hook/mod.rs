//! Asking the deployment before tokens are given: its own Rust, and the service that its settings name.

mod https;

use actix_web::http::StatusCode;
use serde_json::{Map, Value};

use super::audience::Audience;
use crate::http::{App, Extra, Issuing, OauthError, Withheld};
use crate::model::client::GrantType;
use crate::model::{Authentication, Client, Grant, Scopes, UserId};
use crate::store;

/// What the protocol says itself: OpenID Connect Core section 2, RFC 9068 section 2.2, RFC 7662 section 2.2, and ours.
pub const OF_THE_PROTOCOL: [&str; 31] = [
    "acr",
    "act",
    "active",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "exp",
    "gid",
    "groups",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "permissions",
    "roles",
    "s_hash",
    "scope",
    "sid",
    "sub",
    "tid",
    "token_introspection",
    "token_type",
    "typ",
    "username",
];
/// The most bytes of added claims, as JSON: tokens travel in headers (pain 19).
const MOST: usize = 4_096;

/// Tokens that are about to be given, as far as a grant knows.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// To whom.
    pub client: &'a Client,
    /// About whom.
    pub user_id: Option<UserId>,
    /// How that person signed in.
    pub authentication: Option<&'a Authentication>,
    /// What they allow.
    pub scopes: &'a Scopes,
    /// Whom the access token is for.
    pub audience: &'a [String],
    /// By which grant.
    pub by: GrantType,
}

impl<'a> About<'a> {
    /// Tokens that hang from a grant.
    pub fn of(client: &'a Client, grant: &'a Grant, audience: &'a Audience, by: GrantType) -> Self {
        Self {
            client,
            user_id: Some(grant.user_id),
            authentication: Some(&grant.authentication),
            scopes: &audience.scopes,
            audience: &audience.names,
            by,
        }
    }
}

/// What is to be added, unless somebody refuses. Nobody to ask, nothing done.
pub async fn ask(about: About<'_>, app: &App) -> Result<Extra, OauthError> {
    let service = app.settings().token_hook.url.as_deref();
    if service.is_none() && !app.extensions().has_token_hooks() {
        return Ok(Extra::default());
    }
    let user = match about.user_id {
        Some(id) => app.read(move |db| store::users::find(db, id)).await?,
        None => None,
    };
    let About { client, authentication, scopes, audience, by, .. } = about;
    let issuing =
        Issuing { client, user: user.as_ref(), authentication, scopes, audience, grant: by };
    let mut all = Extra::default();
    for hook in app.extensions().token_hooks() {
        add(&mut all, hook.before_tokens(app, &issuing).await.map_err(withheld)?);
    }
    if let Some(url) = service {
        add(&mut all, https::ask(url, &issuing, app).await.map_err(withheld)?);
    }
    bounded(all)
}

/// The later one says the last word.
fn add(all: &mut Extra, more: Extra) {
    all.access_token.extend(allowed(more.access_token));
    all.id_token.extend(allowed(more.id_token));
}

fn allowed(claims: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    claims.into_iter().filter(|(name, _)| {
        let own = OF_THE_PROTOCOL.contains(&name.as_str());
        if own {
            tracing::warn!(claim = name, "a token hook wants to say what the protocol says itself");
        }
        !own
    })
}

fn bounded(all: Extra) -> Result<Extra, OauthError> {
    let size = |claims: &Map<String, Value>| {
        serde_json::to_string(claims).map_or(usize::MAX, |json| json.len())
    };
    if size(&all.access_token).max(size(&all.id_token)) <= MOST {
        return Ok(all);
    }
    Err(OauthError::new(
        "server_error",
        "the claims that this deployment adds are longer than 4 kB",
    )
    .with_status(StatusCode::INTERNAL_SERVER_ERROR)
    .with_mend("let the token hook add less: tokens travel in headers and cookies"))
}

fn withheld(reason: Withheld) -> OauthError {
    match reason {
        Withheld::Refused(reason) => OauthError::new("access_denied", reason)
            .with_mend("the deployment's own rule says so: see its token hook"),
        Withheld::Unavailable(reason) => {
            tracing::error!(reason, "a token hook can't decide");
            OauthError {
                retry_after: Some(5),
                ..OauthError::new(
                    "temporarily_unavailable",
                    "the deployment's own rules can't be asked now",
                )
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
                .with_mend("see the log for what the token hook answered")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extra(access_token: &Value) -> Extra {
        let access_token = access_token.as_object().unwrap().clone();
        Extra { access_token, ..Extra::default() }
    }

    #[test]
    fn what_the_protocol_says_nobody_else_says() {
        let mut all = Extra::default();
        let names = OF_THE_PROTOCOL.map(|name| (name.to_owned(), json!("eve")));
        add(
            &mut all,
            Extra { access_token: Map::from_iter(names.clone()), id_token: Map::from_iter(names) },
        );
        assert_eq!(all, Extra::default());
        add(&mut all, extra(&json!({"tenant": "a", "tier": 1})));
        add(&mut all, extra(&json!({"tenant": "b"})));
        assert_eq!(all, extra(&json!({"tenant": "b", "tier": 1})));
    }

    #[test]
    fn pain_19_what_is_added_is_bounded() {
        assert!(bounded(extra(&json!({"x": "x".repeat(4_000)}))).is_ok());
        assert!(bounded(extra(&json!({"x": "x".repeat(4_096)}))).is_err());
    }
}

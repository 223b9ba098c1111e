//! Introspection: RFC 7662, with answers as JWTs from RFC 9701.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value};

use super::access::{self, AccessToken, Holder};
use super::api_tokens;
use super::client_auth;
use super::endpoint::{self, Call};
use super::entitlements;
use super::protect;
use super::refresh::{self, RefreshToken, Verdict};
use crate::config::Resources;
use crate::http::{App, OauthError};
use crate::model::client::Protection;
use crate::model::{
    Acr, Actor, Algorithm, ApiTokenText, Client, ClientId, Entitlements, SessionId, Timestamp,
    UserId,
};
use crate::store::StoreError;
use crate::store::grants::Standing;

/// The media type and the `typ` of answers that are JWTs (RFC 9701 section 5).
const JWT_MEDIA_TYPE: &str = "application/token-introspection+jwt";
const JWT_TYPE: &str = "token-introspection+jwt";

/// What is told about a token (section 2.2). An inactive one says `active: false`, and nothing else.
#[derive(Default, Serialize)]
struct Answer {
    active: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    facts: Option<Facts>,
}

#[derive(Serialize)]
struct Facts {
    iss: String,
    sub: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    client_id: ClientId,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    iat: Timestamp,
    exp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<Acr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    #[serde(flatten)]
    held: Entitlements,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// The claims of an answer that is a JWT (RFC 9701 section 5). No `sub` and no `exp` beside the answer, so that nobody
/// takes it for a token.
#[derive(Serialize)]
struct Told<'a> {
    iss: &'a str,
    aud: &'a ClientId,
    iat: Timestamp,
    token_introspection: Answer,
}

/// `POST /introspect`
pub async fn introspect(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::confidential(call, "introspection (RFC 7662 section 2.1)").await?;
    let token = call.params.required("token")?;
    let facts = match (RefreshToken::parse(token), ApiTokenText::parse(token)) {
        (Some(token), _) => of_refresh_token(&token, &client, call.app).await?,
        (None, Some(token)) => of_api_token(&token, &client, call.app).await?,
        (None, None) => of_access_token(token, &client, call).await?,
    };
    answer(Answer { active: facts.is_some(), facts }, &client, call).await
}

/// RFC 9701 sections 4 and 5: as a JWT for who asks for one, or has registered how it wants them.
async fn answer(
    answer: Answer,
    asking: &Client,
    call: &Call<'_>,
) -> Result<HttpResponse, OauthError> {
    let (app, protection) = (call.app, asking.metadata.introspection);
    if protection == Protection::default() && !asks_for_jwt(call.request) {
        return Ok(endpoint::json(&answer));
    }
    let signed = Some(protection.signed.unwrap_or(Algorithm::RS256));
    let told = Told {
        iss: app.settings().issuer.as_str(),
        aud: &asking.id,
        iat: app.now(),
        token_introspection: answer,
    };
    let protection = Protection { signed, ..protection };
    let token = protect::seal(&told, JWT_TYPE, protection, asking, app).await?;
    Ok(endpoint::jwt(JWT_MEDIA_TYPE, token))
}

fn asks_for_jwt(request: &HttpRequest) -> bool {
    let accepted =
        request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case(JWT_MEDIA_TYPE)
    })
}

async fn of_access_token(
    token: &str,
    asking: &Client,
    call: &Call<'_>,
) -> Result<Option<Facts>, StoreError> {
    let Some(token) = access::verify(token, call.app, call.memory).await? else { return Ok(None) };
    if !concerns(&token, asking, &call.app.settings().resources) {
        return Ok(None);
    }
    let facts = Facts::of(&token, call.app);
    match token.holder {
        Holder::Person { auth_time, acr, .. } => {
            let standing = access::standing_of(&token, call.app).await?;
            let Some(Standing { user, grant, .. }) = standing else { return Ok(None) };
            let held = held_at(&token, user.id, call.app).await?;
            let (auth_time, acr, sid) = (Some(auth_time), Some(acr), Some(grant.session_id));
            Ok(Some(Facts { auth_time, acr, sid, held, ..facts }))
        }
        Holder::ApiToken(_) => match access::owner_of(&token, call.app).await? {
            Some(user) => {
                Ok(Some(Facts { held: held_at(&token, user.id, call.app).await?, ..facts }))
            }
            None => Ok(None),
        },
        Holder::Client => Ok(access::client_stands(&token, call.app).await?.then_some(facts)),
    }
}

/// A person's own token is opaque: whoever it is for learns here what it allows.
async fn of_api_token(
    token: &ApiTokenText,
    asking: &Client,
    app: &App,
) -> Result<Option<Facts>, StoreError> {
    let Some((token, user)) = api_tokens::presented(token, asking, app).await? else {
        return Ok(None);
    };
    let held = held_at(&token, user.id, app).await?;
    Ok(Some(Facts { held, ..Facts::of(&token, app) }))
}

impl Facts {
    /// What a token says itself.
    fn of(token: &AccessToken, app: &App) -> Self {
        Self {
            iss: app.settings().issuer.as_str().to_owned(),
            sub: token.subject.clone(),
            aud: token.audience.clone(),
            client_id: token.client_id.clone(),
            scope: token.scopes.to_string(),
            token_type: Some("Bearer"),
            iat: token.issued_at,
            exp: token.expires_at,
            jti: Some(token.id.clone()),
            auth_time: None,
            acr: None,
            sid: None,
            act: token.actor.clone(),
            held: Entitlements::default(),
            extra: token.extra.clone(),
        }
    }
}

/// What the person may now where the token is for, which may be more or less than when it was made.
async fn held_at(
    token: &AccessToken,
    user_id: UserId,
    app: &App,
) -> Result<Entitlements, StoreError> {
    match app.client(&token.client_id).await? {
        Some(client) => {
            let asked = (token.audience.as_slice(), &token.scopes);
            entitlements::within(user_id, &client, asked, app).await
        }
        None => Ok(Entitlements::default()),
    }
}

/// Section 4: nobody learns about tokens that are neither theirs nor meant for them. A resource's servers ask as clients
/// that the settings name.
fn concerns(token: &AccessToken, asking: &Client, resources: &Resources) -> bool {
    let is_for = |aud: &String| aud == asking.id.as_str() || resources.is_server(aud, &asking.id);
    token.client_id == asking.id || token.audience.iter().any(is_for)
}

async fn of_refresh_token(
    token: &RefreshToken,
    asking: &Client,
    app: &App,
) -> Result<Option<Facts>, StoreError> {
    let standing = access::standing(token.grant_id(), &asking.id, app).await?;
    let Some(Standing { grant, user, .. }) = standing else { return Ok(None) };
    let Some(state) = grant.refresh.as_ref().filter(|_| grant.client_id == asking.id) else {
        return Ok(None);
    };
    let derive = |token: &RefreshToken| token.successor(app.sealer());
    let verdict = refresh::judge(token, state, app.settings().tokens.late_tab, app.now(), derive);
    let active = match verdict {
        Verdict::First(..) | Verdict::Repeat(_) => true,
        Verdict::Late | Verdict::Reused | Verdict::Forged => false,
    };
    Ok(active.then(|| Facts {
        iss: app.settings().issuer.as_str().to_owned(),
        sub: app.sealer().subject(asking, user.id),
        aud: Vec::new(),
        client_id: grant.client_id,
        scope: grant.scopes.to_string(),
        token_type: None,
        iat: grant.created_at,
        exp: grant.expires_at,
        jti: None,
        auth_time: Some(grant.authentication.time),
        acr: Some(grant.authentication.acr),
        sid: Some(grant.session_id),
        act: None,
        held: Entitlements::default(),
        extra: Map::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_06_an_inactive_answer_says_nothing_else() {
        let answer = serde_json::to_string(&Answer::default()).unwrap();
        assert_eq!(answer, r#"{"active":false}"#);
    }
}

//! Userinfo: OpenID Connect Core section 5.3, with bearer tokens of RFC 6750.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};

use super::access::Holder;
use super::claims::Person;
use super::memory::Memory;
use super::{access, bearer, endpoint, entitlements, protect, protected_resource};
use crate::http::{App, OauthError, Params, cors};
use crate::model::client::Protection;
use crate::model::{Client, ClientId};
use crate::store::grants::Standing;

const REALM: &str = "Bearer realm=\"hatcheck\"";
const INVALID: &str =
    "Bearer realm=\"hatcheck\", error=\"{error}\", error_description=\"{description}\"";
const SCOPE: &str = "Bearer realm=\"hatcheck\", error=\"{error}\", error_description=\"{description}\", scope=\"openid\"";

/// Why there is nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither GET nor POST.
    #[error("userinfo is asked for with GET or POST (OpenID Connect Core section 5.3.1)")]
    Method,
    /// No token at all.
    #[error("userinfo wants an access token in the Authorization header (RFC 6750 section 2.1)")]
    NoToken,
    /// A token in the URL.
    #[error(
        "an access token must not stand in the URL, where logs keep it (RFC 9700 section 4.3.2)"
    )]
    InQuery,
    /// More than one token, or a header that is no bearer's.
    #[error(
        "one access token is sent, in one way: Authorization: Bearer, or a form (RFC 6750 section 2)"
    )]
    Unclear,
    /// Not ours, expired, or ended.
    #[error(
        "the access token is not valid: it expired, was ended, or is no access token of this server (RFC 6750 section 3.1)"
    )]
    Invalid,
    /// For an API, and not for us.
    #[error(
        "the access token is for another audience, and userinfo does not take it (RFC 9068 section 4, RFC 8707 section 2)"
    )]
    Audience,
    /// Not for userinfo.
    #[error("the access token was not granted the scope openid (OpenID Connect Core section 5.3)")]
    Scope,
}

/// No `typ`: it must not be taken for an ID token (RFC 8725 section 3.11).
const UNTYPED: &str = "";

#[derive(Serialize)]
struct UserInfo {
    /// In a signed answer, like the next (section 5.3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<ClientId>,
    sub: String,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

/// `GET /userinfo` and `POST /userinfo`
pub async fn handle(
    request: HttpRequest,
    app: web::Data<App>,
    memory: web::Data<Memory>,
    body: web::Bytes,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight(&request, "GET, POST");
    }
    let token = token(&request, &body);
    let told = match &token {
        Ok(token) => tell(token, &app, &memory).await,
        Err(refusal) => Err(refuse(*refusal)),
    };
    let answer = told.unwrap_or_else(|error| {
        let received = format!("{} {}", request.method(), request.path());
        with_metadata(error.with_received(received).respond(&app), &app)
    });
    let Some(origin) = cors::origin(&request) else { return cors::for_client(answer, None, None) };
    // Whose pages may read even that a token expired: of whom it says it is
    let id = token.ok().and_then(|token| access::claimed_client(&token, &app));
    let client = match id {
        Some(id) => app.client(&id).await.ok().flatten(),
        None => None,
    };
    cors::for_client(answer, Some(origin), client.as_deref())
}

/// Adds to a challenge where it is told which server gives tokens for userinfo (RFC 9728 section 5.1).
fn with_metadata(mut answer: HttpResponse, app: &App) -> HttpResponse {
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    if let Some(challenge) = challenge.and_then(|value| value.to_str().ok()) {
        let url = protected_resource::url(&app.settings().issuer);
        let challenge = format!("{challenge}, resource_metadata=\"{url}\"");
        if let Ok(value) = header::HeaderValue::try_from(challenge) {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
    }
    answer
}

async fn tell(token: &str, app: &App, memory: &Memory) -> Result<HttpResponse, OauthError> {
    let Some(token) = access::verify(token, app, memory).await? else {
        return Err(refuse(Refusal::Invalid));
    };
    if !token.audience.iter().any(|aud| aud == app.settings().issuer.as_str()) {
        return Err(refuse(Refusal::Audience));
    }
    if token.holder == Holder::Client {
        return Err(refuse(Refusal::Scope));
    }
    let Some(standing) = access::standing_of(&token, app).await? else {
        return Err(refuse(Refusal::Invalid));
    };
    if !token.scopes.contains("openid") {
        return Err(refuse(Refusal::Scope));
    }
    let Some(client) = app.client(&token.client_id).await? else {
        return Err(refuse(Refusal::Invalid));
    };
    let Standing { user, grant, .. } = &standing;
    let offered = &app.settings().scopes;
    let (scopes, details) = (&token.scopes, &grant.details);
    let held = &entitlements::for_client(user.id, &client, (scopes, details), app).await?;
    let person = Person { user, scopes, details, held, offered };
    let sub = app.sealer().subject(&client, user.id);
    let told = UserInfo { iss: None, aud: None, sub, claims: person.userinfo() };
    answer(told, &client, app).await
}

/// Section 5.3.2: as JSON, or in the way that the client registered.
async fn answer(told: UserInfo, client: &Client, app: &App) -> Result<HttpResponse, OauthError> {
    let protection = client.metadata.userinfo;
    if protection == Protection::default() {
        return Ok(endpoint::json(&told));
    }
    let iss = Some(app.settings().issuer.as_str().to_owned());
    let told = UserInfo { iss, aud: Some(client.id.clone()), ..told };
    let token = protect::seal(&told, UNTYPED, protection, client, app).await?;
    Ok(endpoint::jwt("application/jwt", token))
}

/// The one place where the token stands (RFC 6750 section 2).
fn token(request: &HttpRequest, body: &[u8]) -> Result<String, Refusal> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Refusal::Method);
    }
    let mut query = url::form_urlencoded::parse(request.query_string().as_bytes());
    if query.any(|(name, _)| name == "access_token") {
        return Err(Refusal::InQuery);
    }
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let header = headers.next();
    let is_form = *request.method() == Method::POST && endpoint::is_form(request);
    let form = if is_form {
        Params::parse(body).map_err(|_| Refusal::Unclear)?
    } else {
        Params::default()
    };
    match (header, headers.next(), form.optional("access_token")) {
        (Some(header), None, None) => bearer::of(header.as_bytes()).ok_or(Refusal::Unclear),
        (None, None, Some(token)) => Ok(token.to_owned()),
        (None, None, None) => Err(Refusal::NoToken),
        _ => Err(Refusal::Unclear),
    }
}

fn refuse(refusal: Refusal) -> OauthError {
    let rule = refusal.to_string();
    match refusal {
        Refusal::Method => OauthError::new("invalid_request", rule)
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .with_mend("send GET with Authorization: Bearer"),
        // Section 3.1: who sent no token learns no error code in the header
        Refusal::NoToken => OauthError::new("invalid_token", rule)
            .with_challenge(REALM)
            .with_mend("send Authorization: Bearer and the access token of the token endpoint"),
        Refusal::InQuery => OauthError::new("invalid_request", rule)
            .with_mend("send it in the Authorization header, and count it as leaked"),
        Refusal::Unclear => OauthError::new("invalid_request", rule)
            .with_mend("send Authorization: Bearer, once, and no access_token beside it"),
        Refusal::Invalid => OauthError::new("invalid_token", rule)
            .with_challenge(INVALID)
            .with_mend("refresh the token, or let the person sign in again; an ID token does not serve here"),
        Refusal::Audience => OauthError::new("invalid_token", rule)
            .with_challenge(INVALID)
            .with_mend("ask the token endpoint for a token without resource, or with the issuer as resource"),
        Refusal::Scope => OauthError::new("insufficient_scope", rule)
            .with_challenge(SCOPE)
            .with_status(StatusCode::FORBIDDEN)
            .with_mend("ask for the scope openid in the authorization request"),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

    fn read(request: TestRequest, body: &[u8]) -> Result<String, Refusal> {
        token(&request.to_http_request(), body)
    }

    #[test]
    fn tok_05_a_token_stands_in_one_place_and_never_in_the_url() {
        let get = || TestRequest::get().uri("/userinfo");
        let post = || TestRequest::post().uri("/userinfo").insert_header(FORM);
        let header = ("Authorization", "Bearer abc");
        let found = Ok("abc".to_owned());
        assert_eq!(read(get().insert_header(header), b""), found);
        assert_eq!(read(get().insert_header(("Authorization", "bearer  abc")), b""), found);
        assert_eq!(read(post(), b"access_token=abc"), found);
        assert_eq!(read(post().insert_header(header), b""), found);
        assert_eq!(read(post().insert_header(header), b"access_token=abc"), Err(Refusal::Unclear));
        assert_eq!(
            read(get().append_header(header).append_header(header), b""),
            Err(Refusal::Unclear)
        );
        assert_eq!(
            read(get().insert_header(("Authorization", "Basic abc")), b""),
            Err(Refusal::Unclear)
        );
        assert_eq!(read(get(), b""), Err(Refusal::NoToken));
        assert_eq!(read(get(), b"access_token=abc"), Err(Refusal::NoToken));
        let query = TestRequest::get().uri("/userinfo?access_token=abc");
        assert_eq!(read(query.insert_header(header), b""), Err(Refusal::InQuery));
        assert_eq!(read(TestRequest::put().uri("/userinfo"), b""), Err(Refusal::Method));
    }

    #[test]
    fn rfc_6750_3_1_how_each_refusal_is_answered() {
        for (refusal, status, error) in [
            (Refusal::NoToken, 401, "invalid_token"),
            (Refusal::InQuery, 400, "invalid_request"),
            (Refusal::Unclear, 400, "invalid_request"),
            (Refusal::Invalid, 401, "invalid_token"),
            (Refusal::Audience, 401, "invalid_token"),
            (Refusal::Scope, 403, "insufficient_scope"),
            (Refusal::Method, 405, "invalid_request"),
        ] {
            let answer = refuse(refusal);
            assert_eq!((answer.status.as_u16(), answer.error), (status, error), "{refusal:?}");
            assert_eq!(answer.challenge.is_some(), matches!(status, 401 | 403), "{refusal:?}");
        }
    }
}

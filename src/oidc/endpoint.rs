//! The shell of the endpoints that clients call with a form: RFC 6749 section 3.2, RFC 7009 and RFC 7662 section 2.1.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::client_auth::claimed_client;
use super::memory::Memory;
use crate::http::{self, App, OauthError, Params, Pointed, cors};

/// What must never stand in a URL, where logs and proxies keep it.
const SECRET: [&str; 13] = [
    "auth_session",
    "password",
    "recovery_code",
    "totp",
    "device_code",
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "token",
    "id_token",
];
/// What `explain` may show.
const SHOWN: [&str; 6] = [
    "grant_type",
    "client_id",
    "redirect_uri",
    "scope",
    "token_type_hint",
    "client_assertion_type",
];
/// The most of a value that `explain` shows, in characters.
const MOST_SHOWN: usize = 200;

/// A client's call.
pub struct Call<'a> {
    /// The product.
    pub app: &'a App,
    /// What this worker remembers.
    pub memory: &'a Memory,
    /// The request's head.
    pub request: &'a HttpRequest,
    /// The form.
    pub params: Params,
}

/// What the handlers take.
type Parts = (HttpRequest, web::Data<App>, web::Data<Memory>, web::Bytes);

/// The handler of an endpoint that does this work.
pub fn handler<Work>(work: Work) -> Pointed<Parts>
where
    Work: AsyncFn(&Call<'_>) -> Result<HttpResponse, OauthError> + Copy + 'static,
{
    http::handler(
        move |request, app: web::Data<App>, memory: web::Data<Memory>, body: web::Bytes| async move {
            answer(&request, &app, &memory, &body, work).await
        },
    )
}

/// Reads the form, has the work done, and says what came of it; pages of the client's own origins may read the answer,
/// errors too.
async fn answer(
    request: &HttpRequest,
    app: &App,
    memory: &Memory,
    body: &[u8],
    work: impl AsyncFn(&Call<'_>) -> Result<HttpResponse, OauthError>,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight(request, "POST");
    }
    let params = match form(request, body) {
        Ok(params) => params,
        Err(error) => return cors::for_client(refused(error, app), None, None),
    };
    let call = Call { app, memory, request, params };
    let answer = match work(&call).await {
        Ok(answer) => answer,
        Err(error) if error.received.is_empty() => {
            error.with_received(received(&call)).respond(app)
        }
        Err(error) => error.respond(app),
    };
    let Some(origin) = cors::origin(request) else {
        return cors::for_client(answer, None, None);
    };
    let client = match claimed_client(&call) {
        Some(id) => app.client(&id).await.ok().flatten(),
        None => None,
    };
    cors::for_client(answer, Some(origin), client.as_deref())
}

/// JSON that nobody keeps (RFC 6749 section 5.1).
pub fn json(value: &impl Serialize) -> HttpResponse {
    json_with(StatusCode::OK, value)
}

/// [`json`] with another status.
pub fn json_with(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .json(value)
}

/// A JWT that nobody keeps.
pub fn jwt(media_type: &'static str, token: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(media_type)
        .body(token)
}

/// A form in the body of a POST, and no secrets in the query.
fn form(request: &HttpRequest, body: &[u8]) -> Result<Params, OauthError> {
    if *request.method() != Method::POST {
        let rule = "this endpoint takes POST only (RFC 6749 section 3.2)";
        return Err(OauthError::new("invalid_request", rule)
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .with_received(format!("{} {}", request.method(), request.path()))
            .with_mend("send the parameters as the form-encoded body of a POST"));
    }
    if !is_form(request) {
        let rule = "the body has to be application/x-www-form-urlencoded (RFC 6749 section 4.1.3)";
        return Err(OauthError::new("invalid_request", rule)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .with_received(format!("POST {} with another Content-Type", request.path()))
            .with_mend("send Content-Type: application/x-www-form-urlencoded"));
    }
    refuse_secrets_in_query(request)?;
    Ok(Params::parse(body)?)
}

/// Whether the body is a form; the charset does not matter, since forms are UTF-8.
pub fn is_form(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    content_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// RFC 6749 section 2.3.1: credentials never stand in the URL.
pub fn refuse_secrets_in_query(request: &HttpRequest) -> Result<(), OauthError> {
    let mut names = url::form_urlencoded::parse(request.query_string().as_bytes());
    let Some((name, _)) = names.find(|(name, _)| SECRET.contains(&name.as_ref())) else {
        return Ok(());
    };
    let rule = format!(
        "{name} must not stand in the URL, where logs keep it (RFC 6749 section 2.3.1, RFC 9700 section 4.3.2)"
    );
    Err(OauthError::new("invalid_request", rule)
        .with_received(format!("{} {} with {name} in the query", request.method(), request.path()))
        .with_mend("send it in the body or the Authorization header, and count it as leaked"))
}

fn refused(error: OauthError, app: &App) -> HttpResponse {
    let not_allowed = error.status == StatusCode::METHOD_NOT_ALLOWED;
    let mut answer = error.respond(app);
    if not_allowed {
        answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    }
    answer
}

/// What came in, for `explain`: of what may be secret only its length.
fn received(call: &Call<'_>) -> String {
    let mut parts = vec![format!("POST {}", call.request.path())];
    if call.request.headers().contains_key(header::AUTHORIZATION) {
        parts.push("an Authorization header".to_owned());
    }
    for (name, value) in call.params.iter() {
        let name: String = name.chars().take(40).collect();
        if SHOWN.contains(&name.as_str()) {
            let value: String = value.chars().take(MOST_SHOWN).collect();
            parts.push(format!("{name}={value}"));
        } else {
            parts.push(format!("{name} ({} bytes)", value.len()));
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refusal(request: TestRequest) -> Option<u16> {
        form(&request.to_http_request(), b"a=b").err().map(|error| error.status.as_u16())
    }

    #[test]
    fn rfc_6749_3_2_a_form_in_a_post_and_nothing_else() {
        let post = || TestRequest::post().uri("/token");
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(refusal(post().insert_header(form)), None);
        let charset = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
        assert_eq!(refusal(post().insert_header(charset)), None);
        assert_eq!(refusal(TestRequest::get().uri("/token")), Some(405));
        assert_eq!(refusal(post()), Some(415));
        let json = ("Content-Type", "application/json");
        assert_eq!(refusal(post().insert_header(json)), Some(415));
    }

    #[test]
    fn rfc_6749_2_3_1_no_secrets_in_the_url() {
        for (query, status) in
            [("x=1", None), ("client_secret=s", Some(400)), ("a=1&co%64e=2", Some(400))]
        {
            let request = TestRequest::post()
                .uri(&format!("/token?{query}"))
                .insert_header(("Content-Type", "application/x-www-form-urlencoded"));
            assert_eq!(refusal(request), status, "{query}");
        }
    }

    #[test]
    fn key_06_explain_shows_no_secret() {
        for name in SECRET.iter().chain(&["password"]) {
            assert!(!SHOWN.contains(name), "{name}");
        }
    }
}

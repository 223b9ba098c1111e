//! `GET /login/frontchannel/NAME`: a provider's page loads this in a frame when somebody signs out there (OpenID Connect Front-Channel
//! Logout section 2). Our cookies do not come into such a frame; the session is found by `sid`, which nobody else knows.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::signed_out::end_sessions;
use crate::http::{App, OauthError, Params};

/// Ends the session that is named. Nothing tells whether there was one.
pub async fn framed(
    request: HttpRequest,
    connector: web::Path<String>,
    app: web::Data<App>,
) -> HttpResponse {
    let mut answer = match end(&connector, request.query_string().as_bytes(), &app).await {
        Ok(()) => HttpResponse::build(StatusCode::OK).content_type("text/html").finish(),
        Err(error) => error.respond(&app),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn end(name: &str, query: &[u8], app: &App) -> Result<(), OauthError> {
    let query = Params::parse(query)?;
    let (iss, sid) = (query.required("iss")?, query.required("sid")?);
    let connectors = app.connectors().await?;
    let known = connectors.get(name).filter(|connector| connector.settings.issuer == iss);
    let connector = known.ok_or_else(|| {
        OauthError::new("invalid_request", "iss is not the issuer of a connector of this name")
            .with_mend("register the address that `hatcheck connector list` leads to, of this very connector")
    })?;
    Ok(end_sessions(connector, None, Some(sid.to_owned()), app).await?)
}

//! `POST /login/callback/NAME`: the way back from a provider that answers by a form (OAuth 2.0 Form Post Response Mode). The form
//! comes from another site, so this browser's cookies did not come with it; they come with the request that it leads to.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, web};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::NAME;
use crate::http::{App, Params, see_other};

/// What is passed on of a form.
const PASSED: [&str; 5] = ["code", "state", "iss", "error", "error_description"];
/// The longest address that it may become.
const LONGEST: usize = 8_000;

/// Leads to the same by GET.
pub async fn callback(
    connector: web::Path<String>,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    let form = Params::parse(&body).unwrap_or_default();
    let mut query = Serializer::new(String::new());
    for name in PASSED {
        if let Some(value) = form.optional(name) {
            query.append_pair(name, value);
        }
    }
    if let Some(name) = form.optional("user").and_then(name_of) {
        query.append_pair(NAME, &name);
    }
    // The path is one of a route: whatever stands in it has no place in a header
    let name: String =
        connector.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let path = app.settings().issuer.path();
    let url = format!("{path}/login/callback/{name}?{}", query.finish());
    let mut answer = if url.len() > LONGEST {
        HttpResponse::new(StatusCode::URI_TOO_LONG)
    } else {
        see_other(url, None)
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The name in Apple's `user`, which comes with somebody's first answer alone.
fn name_of(user: &str) -> Option<String> {
    let user: Value = serde_json::from_str(user).ok()?;
    let part = |name: &str| user.get("name")?.get(name)?.as_str().map(str::trim);
    let parts = [part("firstName"), part("lastName")];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let name: String = parts.join(" ").chars().filter(|c| !c.is_control()).take(100).collect();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_name_is_read_where_there_is_one() {
        for (user, name) in [
            (
                r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"a@b.example"}"#,
                Some("Ada Lovelace"),
            ),
            (r#"{"name":{"firstName":"Ada"}}"#, Some("Ada")),
            (r#"{"name":{"firstName":" ","lastName":""}}"#, None),
            (r#"{"name":"Ada"}"#, None),
            (r#"{"name":{"firstName":["Ada"]}}"#, None),
            ("[", None),
            ("", None),
        ] {
            assert_eq!(name_of(user).as_deref(), name, "{user}");
        }
    }
}

//! The one page of the app.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::SampleApp;
use super::draft::Draft;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ name }}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
button, .button { font: inherit; padding: .6rem 1rem; border-radius: .5rem; border: 1px solid #767676; cursor: pointer;
  background: #14532d; color: #fff; text-decoration: none; display: inline-block; }
form { display: inline-block; margin: 0 .25rem .5rem 0; } form.wide { display: block; }
textarea { font: inherit; width: 100%; box-sizing: border-box; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; padding-right: 1rem; vertical-align: top; }
td { overflow-wrap: anywhere; } pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid #767676; }
ol { padding-left: 1.5rem; overflow-wrap: anywhere; }
</style></head><body>
<header><h1>{{ name }}</h1><p>A sample app that leaves signing in to your HAT.</p></header>
<main>
{% if let Some(notice) = notice %}<pre id="notice" role="status">{{ notice }}</pre>{% endif %}
{% if let Some(claims) = claims %}
<p>You are signed in as <strong id="who">{{ who }}</strong>.</p>
<form method="post" action="/call"><button>Call the API</button></form>
<form method="post" action="/tasks"><button>Call the second service</button></form>
<form method="post" action="/refresh"><button>Refresh the tokens</button></form>
<form method="post" action="/link"><button>Link for another device</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>
<h2>Your draft</h2>
<form class="wide" method="post" action="/draft">
<input type="hidden" name="etag" value="{{ draft.etag }}">
<p><label for="draft">Kept with your session, and gone with it</label>
<textarea id="draft" name="text" rows="3">{{ draft.text }}</textarea></p>
<button>Keep it</button>
</form>
<h2>Live</h2>
<p><button type="button" id="connect">Connect</button>
<button type="button" id="hello">Say hello</button>
<button type="button" id="fresh">Bring a fresh token</button>
<button type="button" id="list">Show the connections</button></p>
<ol id="log" aria-live="polite"></ol>
<script>{{ script|safe }}</script>
<h2>Your verified claims</h2>
<table id="claims">{% for (name, value) in claims %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
{% else %}
<p><a class="button" id="sign-in" href="/login">Sign in with your HAT</a></p>
{% endif %}
</main></body></html>"#
)]
struct HomePage<'a> {
    name: &'a str,
    notice: Option<String>,
    who: String,
    claims: Option<Vec<(String, String)>>,
    draft: Draft,
    script: &'static str,
}

/// GET /
pub(super) async fn show(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let ((notice, signed_in), cookie) = app.with_session(&request, |session| {
        let shown =
            session.signed_in.as_ref().map(|signed_in| (signed_in.who(), signed_in.claims()));
        (session.notice.take(), shown)
    });
    let (who, claims) =
        signed_in.map_or((String::new(), None), |(who, claims)| (who, Some(claims)));
    let draft = match app.access_token(&request) {
        Ok(token) => app.load_draft(&token).await.unwrap_or_default(),
        Err(_) => Draft::default(),
    };
    let script = include_str!("live.js");
    match (HomePage { name: &app.config.name, notice, who, claims, draft, script }).render() {
        Ok(page) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .cookie(cookie)
            .body(page),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

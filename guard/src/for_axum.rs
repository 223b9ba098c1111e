//! A tower layer and an extractor for axum.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{self, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_layer::Layer;
use tower_service::Service;

use crate::admitted::{self, Admitted};
use crate::answer::Answer;
use crate::sign_in::{self, Brought};
use crate::source::{CleanQuery, Headers, Request};
use crate::{Guard, Identity, Rule, streams};

impl Headers for HeaderMap {
    fn all(&self, name: &'static str) -> Vec<&[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes).collect()
    }
}

impl<S> Layer<S> for Rule {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, rule: self.clone() }
    }
}

/// A service behind a [`Rule`].
#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    rule: Rule,
}

impl<S> Service<http::Request<Body>> for Guarded<S>
where
    S: Service<http::Request<Body>, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let uri = request.extensions().get().map_or(request.uri(), |OriginalUri(whole)| whole);
        let reading = self.rule.read(&read(request.method(), uri, request.headers()));
        if let Some(clean) = &reading.clean_query {
            hide(&mut request, clean);
        }
        let before = request.extensions().get::<Admitted>().cloned();
        // The one that said it is ready is the one to be called
        let next = self.inner.clone();
        let (mut inner, rule) = (std::mem::replace(&mut self.inner, next), self.rule.clone());
        Box::pin(async move {
            let mut response = match rule.admit(&reading, before).await {
                Ok(admitted) => {
                    request.extensions_mut().insert(admitted);
                    inner.call(request).await?
                }
                Err(answer) => answer.into_response(),
            };
            if reading.clean_query.is_some() {
                let headers = response.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            }
            Ok(response)
        })
    }
}

/// Takes the token out of all that the app sees of the URL.
fn hide(request: &mut http::Request<Body>, clean: &CleanQuery) {
    *request.uri_mut() = without_token(request.uri(), clean);
    if let Some(OriginalUri(uri)) = request.extensions_mut().get_mut::<OriginalUri>() {
        *uri = without_token(uri, clean);
    }
}

fn without_token(uri: &Uri, clean: &CleanQuery) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(clean.with_path(uri.path())).ok();
    Uri::from_parts(parts).unwrap_or_default()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        with_headers(status, self.headers, Body::from(self.body))
    }
}

impl IntoResponse for streams::Body {
    fn into_response(self) -> Response {
        let headers = self.headers().map(|(name, value)| (name, value.to_owned()));
        with_headers(StatusCode::OK, headers, Body::from_stream(self))
    }
}

fn with_headers(
    status: StatusCode,
    headers: impl IntoIterator<Item = (&'static str, String)>,
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}

impl admitted::Guarded for http::Extensions {
    fn admitted(&self) -> Option<Admitted> {
        self.get::<Admitted>().cloned()
    }
}

/// `POST /ticket`, on a route behind a [`Rule`]: a connection ticket for the caller ([`Admitted::ticket`]).
pub async fn ticket(extensions: http::Extensions) -> Answer {
    match admitted::Guarded::admitted(&extensions) {
        Some(admitted) => admitted.ticket_answer().await,
        None => Answer::unguarded(),
    }
}

/// The pages of signing in, for a guard that was built with [`crate::Builder::sign_in`]: `/auth/login`, `/auth/callback`,
/// `POST /auth/logout` and `POST /auth/backchannel-logout`. Without that there are none.
pub fn sign_in<S: Clone + Send + Sync + 'static>(guard: &Guard) -> Router<S> {
    let mut router = Router::new();
    let Some(client) = guard.client() else { return router };
    for (page, method, path) in sign_in::Page::ALL {
        let (guard, client) = (guard.clone(), client.clone());
        let answer = move |method: Method,
                           OriginalUri(uri): OriginalUri,
                           headers: HeaderMap,
                           body: Bytes| {
            let brought = Brought::read(&client, &read(&method, &uri, &headers), &body);
            let (guard, client) = (guard.clone(), client.clone());
            async move { sign_in::answer(&guard, &client, page, &brought).await }
        };
        let route = if method == "POST" { post(answer) } else { get(answer) };
        router = router.route(&format!("{}{path}", sign_in::AT), route);
    }
    router
}

fn read<'r>(method: &'r Method, uri: &'r Uri, headers: &'r HeaderMap) -> Request<'r, HeaderMap> {
    Request { method: method.as_str(), path: uri.path(), query: uri.query(), headers }
}

/// Who calls. A route without a [`Rule`] before it answers 500, so that a forgotten one is seen and harmless.
impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Answer> {
        let admitted = admitted::Guarded::admitted(&parts.extensions);
        admitted.map(|held| held.identity).ok_or_else(Answer::unguarded)
    }
}

//! A tower layer and an extractor for axum.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{self, StatusCode, Uri};
use axum::response::Response;
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::Answer;
use crate::guard::Admitted;
use crate::source::{CleanQuery, Headers, Request};
use crate::{Identity, Rule};

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
        let reading = self.rule.read(&Request {
            method: request.method().as_str(),
            query: request.uri().query(),
            headers: request.headers(),
        });
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
                Err(answer) => refused(answer),
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

fn refused(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Who calls. A route without a [`Rule`] before it answers 500, so that a forgotten one is seen and harmless.
impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let admitted = parts.extensions.get::<Admitted>().map(|held| held.identity.clone());
        admitted.ok_or_else(|| {
            tracing::error!(
                path = parts.uri.path(),
                "this route takes an Identity and has no guard"
            );
            (StatusCode::INTERNAL_SERVER_ERROR, "this route has no guard")
        })
    }
}

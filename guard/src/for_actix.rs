//! Middleware and extractor for actix-web.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{
    Payload, RequestHead, Service, ServiceRequest, ServiceResponse, Transform, forward_ready,
};
use actix_web::error::InternalError;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, REFERRER_POLICY};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{StatusCode, Uri};
use actix_web::web::Bytes;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError, Scope,
    web,
};

use crate::admitted::{self, Admitted};
use crate::answer::Answer;
use crate::sign_in::{self, Brought};
use crate::source::{CleanQuery, Headers, Request};
use crate::streams::Body;
use crate::{Guard, Identity, Rule};

impl Headers for HeaderMap {
    fn all(&self, name: &'static str) -> Vec<&[u8]> {
        self.get_all(name).map(HeaderValue::as_bytes).collect()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Rule
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { service: Rc::new(service), rule: self.clone() }))
    }
}

/// A service behind a [`Rule`].
pub struct Guarded<S> {
    service: Rc<S>,
    rule: Rule,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let reading = self.rule.read(&read(request.head()));
        if let Some(clean) = &reading.clean_query {
            hide(&mut request, clean);
        }
        let before = request.extensions().get::<Admitted>().cloned();
        let (service, rule) = (self.service.clone(), self.rule.clone());
        Box::pin(async move {
            let answered = match rule.admit(&reading, before).await {
                Ok(admitted) => {
                    request.extensions_mut().insert(admitted);
                    service.call(request).await.map(ServiceResponse::map_into_left_body)
                }
                Err(answer) => {
                    Ok(request.into_response(answer.error_response()).map_into_right_body())
                }
            };
            if reading.clean_query.is_none() { answered } else { unseen(answered) }
        })
    }
}

/// Takes the token out of all that the app sees of the URL.
fn hide(request: &mut ServiceRequest, clean: &CleanQuery) {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(clean.with_path(request.uri().path())).ok();
    let uri = Uri::from_parts(parts).unwrap_or_default();
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// Keeps the URL out of caches and of the `Referer` of what the answer loads, also when it is an error.
fn unseen<B>(answered: Result<ServiceResponse<B>, Error>) -> Result<ServiceResponse<B>, Error> {
    let mark = |headers: &mut HeaderMap| {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    };
    match answered {
        Ok(mut response) => {
            mark(response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            mark(response.headers_mut());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

impl ResponseError for Answer {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.body(self.body.clone())
    }
}

impl admitted::Guarded for HttpRequest {
    fn admitted(&self) -> Option<Admitted> {
        self.extensions().get::<Admitted>().cloned()
    }
}

/// `POST /ticket`, on a route behind a [`Rule`]: a connection ticket for the caller ([`Admitted::ticket`]).
pub async fn ticket(request: HttpRequest) -> HttpResponse {
    match admitted::Guarded::admitted(&request) {
        Some(admitted) => admitted.ticket_answer().await.error_response(),
        None => Answer::unguarded().error_response(),
    }
}

/// The pages of signing in, for a guard that was built with [`crate::Builder::sign_in`]: `/auth/login`, `/auth/callback`,
/// `POST /auth/logout` and `POST /auth/backchannel-logout`. Without that there are none.
pub fn sign_in(guard: &Guard) -> Scope {
    let mut scope = web::scope(sign_in::AT);
    let Some(client) = guard.client() else { return scope };
    for (page, method, path) in sign_in::Page::ALL {
        let (guard, client) = (guard.clone(), client.clone());
        let answer = move |request: HttpRequest, body: Bytes| {
            let brought = Brought::read(&client, &read(request.head()), &body);
            let (guard, client) = (guard.clone(), client.clone());
            async move { sign_in::answer(&guard, &client, page, &brought).await.error_response() }
        };
        let route = if method == "POST" { web::post() } else { web::get() };
        scope = scope.route(path, route.to(answer));
    }
    scope
}

fn read(head: &RequestHead) -> Request<'_, HeaderMap> {
    Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
    }
}

/// Who calls. A route without a [`Rule`] before it answers 500, so that a forgotten one is seen and harmless.
impl FromRequest for Identity {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = admitted::Guarded::admitted(request);
        ready(admitted.map(|held| held.identity).ok_or_else(|| Answer::unguarded().into()))
    }
}

impl Responder for Body {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for header in self.headers() {
            response.insert_header(header);
        }
        response.streaming(self)
    }
}

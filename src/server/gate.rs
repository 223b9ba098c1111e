//! What every request passes before its handler, and every answer after it. As slim as can be: discovery passes too.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{Error, web};

use super::kept::Connection;
use super::refuse::Refused;
use super::request_id::{Counter, RequestId, named};
use super::{limits, routes};
use crate::http::App;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Two years: browsers speak https only to this name from then on (RFC 6797 section 6.1).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// The layer around all routes.
pub(super) struct Gate {
    app: web::Data<App>,
    counter: std::sync::Arc<Counter>,
}

impl Gate {
    pub(super) fn new(app: web::Data<App>, counter: std::sync::Arc<Counter>) -> Self {
        Self { app, counter }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = Gated<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let hsts = self.app.settings().issuer.is_https();
        let base = self.app.settings().issuer.path().to_owned();
        ready(Ok(Gated {
            service: Rc::new(service),
            shared: Rc::new(Shared {
                app: self.app.clone(),
                counter: self.counter.clone(),
                hsts,
                base,
            }),
        }))
    }
}

pub(super) struct Gated<S> {
    service: Rc<S>,
    shared: Rc<Shared>,
}

struct Shared {
    app: web::Data<App>,
    counter: std::sync::Arc<Counter>,
    hsts: bool,
    base: String,
}

type Answer<B> = ServiceResponse<EitherBody<B, BoxBody>>;

impl<S, B> Service<ServiceRequest> for Gated<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = Answer<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let id = self.shared.counter.next();
        let (service, shared) = (self.service.clone(), self.shared.clone());
        if let Some(connection) = request.conn_data::<Rc<Connection>>() {
            connection.asks();
        }
        Box::pin(named(id, async move {
            let mut answer = pass(&*service, request, &shared).await?;
            shared.mark(&mut answer, id);
            if let Some(connection) = answer.request().conn_data::<Rc<Connection>>() {
                connection.is_answered();
            }
            tracing::debug!(
                status = answer.status().as_u16(),
                path = answer.request().path(),
                "answered"
            );
            Ok(answer)
        }))
    }
}

/// Limits, the handler, and its answer made whole.
async fn pass<S, B>(
    service: &S,
    mut request: ServiceRequest,
    shared: &Shared,
) -> Result<Answer<B>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    if let Err(refused) = limits::judge(request.uri(), request.headers(), &shared.base) {
        return Ok(refuse(request, refused, shared));
    }
    if limits::has_body(request.headers()) {
        let longest = limits::longest_body(request.uri(), &shared.base);
        match read_body(&mut request, longest).await {
            Ok(body) => request.set_payload(Payload::from(body)),
            Err(refused) => return Ok(refuse(request, refused, shared)),
        }
    }
    let answer = service.call(request).await?;
    // A room's own refusal says what it is; the router's is blank, with or without the methods
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED
        && !answer.headers().contains_key(header::CONTENT_TYPE)
    {
        let path = answer.request().path();
        let allowed = routes::methods_of(path.strip_prefix(&*shared.base).unwrap_or(path));
        let mut refusal = Refused::Method(allowed).respond(answer.request(), &shared.app);
        if let Some(allowed) = answer.headers().get(header::ALLOW) {
            refusal.headers_mut().insert(header::ALLOW, allowed.clone());
        }
        return Ok(answer.into_response(refusal).map_into_right_body());
    }
    Ok(answer.map_into_left_body())
}

/// The whole body, however it is cut into chunks and packets.
async fn read_body(request: &mut ServiceRequest, longest: usize) -> Result<web::Bytes, Refused> {
    let reading = async {
        let payload = request.extract::<web::Payload>().await.map_err(|_| Refused::SlowBody)?;
        match payload.to_bytes_limited(longest).await {
            Ok(body) => body.map_err(|_| Refused::SlowBody),
            Err(_) => Err(Refused::LongBody),
        }
    };
    tokio::time::timeout(BODY_TIMEOUT, reading).await.unwrap_or(Err(Refused::SlowBody))
}

fn refuse<B>(request: ServiceRequest, refused: Refused, shared: &Shared) -> Answer<B> {
    let mut answer = refused.respond(request.request(), &shared.app);
    // What follows on this connection may be the rest of what was refused
    answer.head_mut().set_connection_type(ConnectionType::Close);
    request.into_response(answer).map_into_right_body()
}

impl Shared {
    /// What every answer carries.
    fn mark<B>(&self, answer: &mut ServiceResponse<B>, id: RequestId) {
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::try_from(id.to_string()) {
            headers.insert(REQUEST_ID, id);
        }
        if self.hsts {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
        }
    }
}

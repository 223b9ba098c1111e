//! `POST /login/backchannel/NAME`: a provider tells that a session has ended, and those that began by it end as well (OpenID
//! Connect Back-Channel Logout section 2.5). Our own apps are told as of any other end.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, web};

use crate::federation::Connector;
use crate::http::{App, OauthError, Params};
use crate::model::EndReason;
use crate::session;
use crate::store::{self, StoreError};

/// Takes a logout token.
pub async fn tell(
    connector: web::Path<String>,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    let told = match app.connectors().await {
        Ok(connectors) => match connectors.get(&connector) {
            Some(connector) => end(connector, &body, &app).await,
            None => Err(OauthError::new("invalid_request", "there is no such connector here")),
        },
        Err(error) => Err(error.into()),
    };
    let mut answer = match told {
        Ok(()) => HttpResponse::new(StatusCode::OK),
        Err(error) => error.respond(&app),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn end(connector: &Connector, body: &[u8], app: &App) -> Result<(), OauthError> {
    let form = Params::parse(body)?;
    let token = form.required("logout_token")?;
    let signed_out = connector.signed_out(token, app.outgoing(), app.now()).await;
    let signed_out = signed_out.map_err(|failure| {
        let error =
            OauthError::new("invalid_request", failure.to_string()).with_mend(failure.mend());
        if failure.is_of_the_moment() {
            return error.with_status(StatusCode::SERVICE_UNAVAILABLE);
        }
        error
    })?;
    Ok(end_sessions(connector, signed_out.subject, signed_out.sid, app).await?)
}

/// Ends the sessions here that began by this one there, or by any of the person's when none is named.
pub(super) async fn end_sessions(
    connector: &Connector,
    subject: Option<String>,
    sid: Option<String>,
    app: &App,
) -> Result<(), StoreError> {
    let name = connector.name.clone();
    let open = app.read(move |db| {
        store::upstream_sessions::open(db, &name, subject.as_deref(), sid.as_deref())
    });
    for id in open.await? {
        session::sign_out(app, id, EndReason::SignedOut).await?;
    }
    Ok(())
}

//! A second service, and calls to it in the person's name: token exchange, RFC 8693.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::web::{Data, Json};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::{Guard, Identity};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failure, SampleApp, back_home};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The second service, which takes tokens that were made for it alone.
pub fn serve_tasks(guard: Guard, listener: TcpListener) -> std::io::Result<Server> {
    let routes = move || App::new().service(web::resource("/tasks").wrap(guard.rule()).get(tasks));
    Ok(HttpServer::new(routes).workers(1).disable_signals().listen(listener)?.run())
}

/// Whose tasks, and who asks for them.
async fn tasks(identity: Identity) -> Json<Value> {
    let called_by = identity.claims.get("act").and_then(|act| act.get("sub"));
    Json(
        json!({ "tasks": ["Write to Charles"], "owner": identity.subject, "called_by": called_by }),
    )
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Exchanged {
    access_token: String,
}

impl SampleApp {
    /// Gets a token for another service with the person's own.
    async fn exchange(&self, access_token: &str, resource: &str) -> Result<String, Failure> {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", access_token),
            ("subject_token_type", ACCESS_TOKEN),
            ("resource", resource),
        ];
        let url = format!("{}/token", self.config.issuer);
        let answer = self.as_client(self.http.post(url)).form(&form).send().await?;
        let exchanged: Exchanged = answer.error_for_status()?.json().await?;
        Ok(exchanged.access_token)
    }

    async fn ask_for_tasks(&self, request: &HttpRequest) -> Result<Option<String>, Failure> {
        let resource = self.config.tasks_url.as_deref().ok_or("no second service is configured")?;
        let token = self.exchange(&self.access_token(request)?, resource).await?;
        let answer = self.http.get(format!("{resource}/tasks")).bearer_auth(token).send().await?;
        Ok(Some(format!("{}\n{}", answer.status(), answer.text().await?)))
    }
}

/// POST /tasks
pub(super) async fn call(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let outcome = app.ask_for_tasks(&request).await;
    back_home(&request, &app, outcome)
}

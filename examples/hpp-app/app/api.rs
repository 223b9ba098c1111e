//! An API that accepts access tokens: the guard checks them, and says who calls.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use hatcheck_guard::Identity;
use serde_json::{Value, json};

use super::{Failure, SampleApp, back_home};

/// GET /api/notes, behind the guard
pub(super) async fn notes(identity: Identity) -> Json<Value> {
    Json(json!({
        "notes": ["Feed the cat", "Water the plants"],
        "owner": identity.subject,
        "scope": identity.scopes.join(" "),
    }))
}

impl SampleApp {
    /// Calls the API over HTTP, as a part of the app on another machine would.
    async fn ask_for_notes(&self, request: &HttpRequest) -> Result<Option<String>, Failure> {
        let url = format!("{}/api/notes", self.config.base_url);
        let answer = self.http.get(url).bearer_auth(self.access_token(request)?).send().await?;
        Ok(Some(format!("{}\n{}", answer.status(), answer.text().await?)))
    }
}

/// POST /call
pub(super) async fn call(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let outcome = app.ask_for_notes(&request).await;
    back_home(&request, &app, outcome)
}

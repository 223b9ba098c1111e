//! A draft that is kept with the person's session at the provider: it is gone when they sign out, wherever they do so.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Failure, SampleApp, back_home};

/// What the app keeps with a session.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Draft {
    pub(super) text: String,
    /// The version that was read; empty when there was none.
    #[serde(default)]
    pub(super) etag: String,
}

impl SampleApp {
    /// Reads the draft, with its version.
    pub(super) async fn load_draft(&self, access_token: &str) -> Result<Draft, Failure> {
        let url = format!("{}/session/data", self.config.issuer);
        let answer = self.http.get(url).bearer_auth(access_token).send().await?;
        if answer.status() == StatusCode::NOT_FOUND.as_u16() {
            return Ok(Draft::default());
        }
        let answer = answer.error_for_status()?;
        let etag = answer.headers().get("etag").map(|tag| tag.to_str()).transpose()?;
        let etag = etag.unwrap_or_default().to_owned();
        let kept: Draft = answer.json().await?;
        Ok(Draft { etag, ..kept })
    }

    /// Writes the draft over the version that was read; false when somebody else has written meanwhile.
    pub(super) async fn save_draft(
        &self,
        access_token: &str,
        draft: &Draft,
    ) -> Result<bool, Failure> {
        let url = format!("{}/session/data", self.config.issuer);
        let condition = match draft.etag.as_str() {
            "" => ("if-none-match", "*"),
            etag => ("if-match", etag),
        };
        let put = self.http.put(url).bearer_auth(access_token).header(condition.0, condition.1);
        let answer = put.json(&serde_json::json!({ "text": draft.text })).send().await?;
        if answer.status() == StatusCode::PRECONDITION_FAILED.as_u16() {
            return Ok(false);
        }
        answer.error_for_status()?;
        Ok(true)
    }
}

/// POST /draft
pub(super) async fn save(
    request: HttpRequest,
    app: Data<SampleApp>,
    draft: Form<Draft>,
) -> HttpResponse {
    let outcome = async {
        let saved = app.save_draft(&app.access_token(&request)?, &draft).await?;
        let told =
            if saved { "The draft was kept." } else { "It was changed elsewhere meanwhile." };
        Ok(Some(told.to_owned()))
    };
    let outcome = outcome.await;
    back_home(&request, &app, outcome)
}

//! A link with which the person signs in on another device, once, and finds the draft there.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{Failure, SampleApp, back_home};

/// What the provider answers.
#[derive(Deserialize)]
struct Made {
    url: String,
}

impl SampleApp {
    /// Makes a link for a person, by their `sub`, that leads to this app's sign-in.
    async fn make_link(&self, sub: &str, data: &str) -> Result<String, Failure> {
        let target = format!("{}/login", self.config.base_url);
        let form = [
            ("user", sub),
            ("purpose", "Go on with your notes on this device"),
            ("target", &target),
            ("lifetime", "600"),
            ("data", data),
        ];
        let url = format!("{}/links", self.config.issuer);
        let answer = self.as_client(self.http.post(url)).form(&form).send().await?;
        let made: Made = answer.error_for_status()?.json().await?;
        Ok(made.url)
    }
}

/// POST /link
pub(super) async fn make(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let outcome = async {
        let draft = app.load_draft(&app.access_token(&request)?).await?;
        let sub = app.subject(&request)?;
        let data = serde_json::json!({ "text": draft.text }).to_string();
        let url = app.make_link(&sub, &data).await?;
        Ok(Some(format!("Open this on another device within ten minutes:\n{url}")))
    };
    let outcome = outcome.await;
    back_home(&request, &app, outcome)
}

//! What the pages of several steps show.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use super::face::Face;
use super::flow::Flow;
use super::form::Form;
use crate::http::{App, Frame, Refusal, Texts};

/// What the page of a step shows besides its own fields.
pub struct Shown {
    /// The app behind the sign-in.
    pub app: Option<Face>,
    /// Where the step's form goes.
    pub form: Form,
    /// Where the form goes that gives up.
    pub cancel: Form,
    /// What went wrong.
    pub alert: Option<Alert>,
}

/// What went wrong, for the person.
pub struct Alert {
    /// A sentence.
    pub text: String,
    /// Under which `hatcheck explain` tells more.
    pub reference: Option<String>,
    /// The status of the answer.
    pub status: StatusCode,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

impl Shown {
    /// For the page of a step.
    pub fn new(app: &App, flow: &Flow, frame: &Frame, form: Form, alert: Option<Alert>) -> Self {
        let client = flow.client.as_deref();
        Self {
            app: client.map(|client| Face::of(client, frame, flow.ui_locales())),
            form,
            cancel: flow.form(app, "/login/cancel"),
            alert,
        }
    }

    /// The status that its alert wants.
    pub fn status(&self) -> StatusCode {
        self.alert.as_ref().map_or(StatusCode::OK, |alert| alert.status)
    }

    /// For how many seconds to wait, when it says so.
    pub fn wait(&self) -> Option<u64> {
        self.alert.as_ref().and_then(|alert| alert.retry_after)
    }
}

impl Alert {
    /// The form is shown again with 200: no browser or password manager takes it for a broken page.
    pub const fn wrong(text: String) -> Self {
        Self { text, reference: None, status: StatusCode::OK, retry_after: None }
    }

    /// Too many failures: wait. `message`: a text with `$wait`.
    pub fn throttled(app: &App, texts: &Texts, message: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs().max(1);
        let reference = app.refuse(Refusal {
            error: "throttled".to_owned(),
            received: "a sign-in after too many failures".to_owned(),
            rule: "failures for an account, an address or a second factor make the next try wait \
                   (NIST SP 800-63B section 5.2.2)"
                .to_owned(),
            mend: format!("wait {seconds} seconds; the limits stand in [throttle] of the settings"),
        });
        Self {
            text: texts.with(message, &[("wait", &in_words(texts, seconds))]),
            reference: Some(reference.to_string()),
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(seconds),
        }
    }

    /// More sign-ins at once than passwords can be checked.
    pub fn busy(app: &App, texts: &Texts) -> Self {
        let reference = app.refuse(Refusal {
            error: "busy".to_owned(),
            received: "a sign-in while the queue of passwords to check was full".to_owned(),
            rule: "at most passwords.workers and passwords.queue sign-ins are worked on at once"
                .to_owned(),
            mend: "try again in a few seconds; if it is no flood, raise passwords.workers"
                .to_owned(),
        });
        Self {
            text: texts.get("login-busy"),
            reference: Some(reference.to_string()),
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: Some(5),
        }
    }
}

/// An answer with `Retry-After`, when there is something to wait for.
pub fn retry_after(mut answer: HttpResponse, wait: Option<u64>) -> HttpResponse {
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn in_words(texts: &Texts, seconds: u64) -> String {
    if seconds < 90 {
        texts.counted("common-seconds", seconds)
    } else {
        texts.counted("common-minutes", seconds.div_ceil(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_told_in_words() {
        for (seconds, language, expected) in [
            (1, "en", "1 second"),
            (89, "en", "89 seconds"),
            (90, "en", "2 minutes"),
            (896, "de", "15 Minuten"),
            (1, "de", "1 Sekunde"),
        ] {
            assert_eq!(in_words(&Texts::choose(Some(language), ""), seconds), expected);
        }
    }
}

//! What the person is shown when signing in did not work.

use form_urlencoded::byte_serialize;

use super::AT;
use crate::Refusal;
use crate::answer::Answer;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Something is missing, doubled or from somebody else.
    #[error("the request is not as it should be: {0}")]
    Request(&'static str),
    /// There is no cookie with this state.
    #[error("no sign-in with this state was begun in this browser, or it was more than a day ago")]
    Forgotten,
    /// RFC 6749 section 4.1.2.1.
    #[error("the person did not sign in, or did not allow it")]
    Denied,
    /// Another error of the issuer's.
    #[error("the issuer answers {0}")]
    Issuer(String),
    /// What the issuer answers can't be trusted.
    #[error("the issuer's answer can't be trusted: {0}")]
    Refused(#[from] Refusal),
    /// RFC 9470: the issuer did what it could.
    #[error("the issuer did not recognise the person in one of the ways that were asked for")]
    Acr,
}

/// What the person is shown, and may try again.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    to: Option<String>,
    cookie: Option<String>,
}

impl<C: Into<Cause>> From<C> for Failure {
    fn from(cause: C) -> Self {
        Self { cause: cause.into(), to: None, cookie: None }
    }
}

impl Failure {
    /// A failure of an attempt that is over: `cookie` takes it away.
    pub fn of(cause: Cause, to: &str, cookie: String) -> Self {
        Self { cause, to: Some(to.to_owned()), cookie: Some(cookie) }
    }

    /// The page.
    pub fn answer(self) -> Answer {
        let (status, text) = match &self.cause {
            Cause::Request(_) => (400, "The link that brought you here does not work."),
            Cause::Forgotten => {
                (400, "This sign-in was begun in another browser, or it was too long ago.")
            }
            Cause::Denied => (403, "You are not signed in."),
            Cause::Acr => (403, "This needs a safer way of signing in than the one you used."),
            Cause::Refused(Refusal::Unavailable) => {
                (503, "Signing in does not work at the moment. Please try again soon.")
            }
            Cause::Issuer(_) | Cause::Refused(_) => (502, "Signing in did not work."),
        };
        tracing::warn!(cause = %self.cause, "nobody was signed in");
        let to: String = byte_serialize(self.to.as_deref().unwrap_or("/").as_bytes()).collect();
        let mut headers = vec![
            ("content-type", "text/html; charset=utf-8".to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'".to_owned()),
        ];
        headers.extend(self.cookie.map(|cookie| ("set-cookie", cookie)));
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>Signing in</title><p>{text}</p><p><a href=\"{AT}/login?to={to}\">Sign in</a></p></html>"
        );
        Answer { status, headers, body }
    }
}

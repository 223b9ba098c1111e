//! Why a sign-in can't be gone on with, as error pages: RFC 9700 section 4.7.

use actix_web::http::StatusCode;

use crate::http::{ErrorPage, PageError, Params, Refusal};
use crate::session::InteractionError;

/// The error page for a form that did not come from our own.
pub fn forged(path: &str, way_out: Option<String>) -> PageError {
    ErrorPage { way_out, ..ErrorPage::forged(path) }.into()
}

/// The parameters of a query or a body.
pub fn params(text: &[u8]) -> Result<Params, PageError> {
    let mend = "open the sign-in from the app again";
    let unreadable =
        |error| ErrorPage::unreadable(&error, "a request for a page of a sign-in", mend);
    Params::parse(text).map_err(|error| unreadable(error).into())
}

/// The error page for an interaction that can't be gone on with.
pub fn refused(error: InteractionError) -> PageError {
    let (text, mend) = match error {
        InteractionError::Unreadable => {
            ("damaged", "follow the whole link; a new sign-in from the app makes a new one")
        }
        InteractionError::Expired => ("expired", "begin a new sign-in from the app"),
        InteractionError::OtherBrowser => {
            ("other-browser", "go on in the browser in which the sign-in was begun")
        }
        InteractionError::NoCookies => ("cookies", "allow cookies for this site"),
    };
    PageError::from(ErrorPage {
        status: StatusCode::BAD_REQUEST,
        text,
        value: String::new(),
        refusal: Refusal {
            error: "invalid_request".to_owned(),
            received: error.to_string(),
            rule: "a sign-in is gone on with within seven days, in its own browser (RFC 9700 section 4.7)"
                .to_owned(),
            mend: mend.to_owned(),
        },
        way_out: None,
        retry_after: None,
    })
}

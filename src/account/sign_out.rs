//! `/account/sign-out`: ends the session of this browser, with all that hangs from it. The page afterwards is that of
//! every sign-out: it tells the apps.

use actix_web::{HttpRequest, HttpResponse, web};

use super::visit::{self, Outcome, Place, Visit};
use crate::http::{App, Params, see_other};
use crate::model::EndReason;
use crate::session;

/// The address of the button.
pub const PATH: &str = "/account/sign-out";
/// The form of the button.
pub const LEAVE: Place = Place::form(PATH, "/account", false);

/// POST
pub async fn leave(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, LEAVE, &body, end).await
}

async fn end(visit: Visit, _form: Params) -> Outcome {
    let cookies = session::sign_out(&visit.app, visit.session.id, EndReason::SignedOut).await?;
    Ok(see_other(session::farewell_url(&visit.app, visit.session.id), cookies))
}

//! `/account/second-factor`: switch it on (see `enrol`), off, or get new recovery codes. Each wants a fresh sign-in
//! (ASVS 7.5.1), and switching off a code besides: a short visit to an unlocked computer is not enough.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::enrol;
use super::pending::Pending;
use super::proof::{self, Proof};
use super::visit::{self, Others, Outcome, Place, Visit};
use crate::http::{App, Frame, PageError, Params, html_apart};
use crate::model::EventKind;
use crate::store;

/// The address.
pub const PATH: &str = "/account/second-factor";
/// The address of the button for new recovery codes.
pub const CODES: &str = "/account/second-factor/recovery-codes";
/// The address of the form to switch it off.
pub const OFF: &str = "/account/second-factor/off";
/// This page.
pub const PLACE: Place = Place::fresh(PATH);
const NEW_CODES: Place = Place::form(CODES, PATH, true);
const SWITCH_OFF: Place = Place::form(OFF, PATH, true);

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    codes_left: u64,
    done: Option<String>,
    wrong: Option<String>,
    csrf_codes: String,
    csrf_off: String,
}

/// Why it stays on.
#[derive(Clone, Copy)]
enum Refusal {
    Code,
    Wait(Duration),
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, |visit, query| async move {
        if visit.user.totp.is_none() {
            return Ok(enrol::begin(&visit));
        }
        let texts = visit.frame().texts;
        match query.optional("done") {
            Some("on") => page(&visit, Some(texts.get("account-factor-done-on")), None).await,
            Some("codes") => page(&visit, Some(texts.get("account-factor-done-codes")), None).await,
            Some(_) | None => page(&visit, None, None).await,
        }
    })
    .await
}

/// POST for new recovery codes.
pub async fn new_codes(
    request: HttpRequest,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    visit::submit(&request, &app, NEW_CODES, &body, |visit, _| async move {
        if visit.user.totp.is_none() {
            return Ok(visit.go_to(PLACE, None, Vec::new()));
        }
        Ok(enrol::show_codes(&visit, &Pending::codes(&visit, None), false))
    })
    .await
}

/// POST to switch it off.
pub async fn switch_off(
    request: HttpRequest,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    visit::submit(&request, &app, SWITCH_OFF, &body, remove).await
}

async fn remove(visit: Visit, form: Params) -> Outcome {
    if visit.user.totp.is_none() {
        return Ok(visit.go_to(PLACE, None, Vec::new()));
    }
    let (id, now) = (visit.user.id, visit.now);
    let proof = Proof::new(&visit, form.optional("totp").unwrap_or_default())?;
    let event = visit.app.event(EventKind::SecondFactorRemoved, Some(id), None, "by the person");
    let authentication = visit.session.authentication.clone();
    let renewed = visit.renew(authentication, Others::End, move |db| {
        if !proof.redeem(db)? {
            return Ok(false);
        }
        store::users::set_totp(db, id, None, now)?;
        store::recovery_codes::replace(db, id, &[], now)?;
        store::events::append(db, &event)?;
        Ok(true)
    });
    if let Some(cookies) = renewed.await? {
        return Ok(visit.go_to(super::overview::PLACE, Some("factor-off"), cookies));
    }
    let refusal = proof::wait_for(&visit).await?.map_or(Refusal::Code, Refusal::Wait);
    page(&visit, None, Some(refusal)).await
}

async fn page(visit: &Visit, done: Option<String>, refusal: Option<Refusal>) -> Outcome {
    let id = visit.user.id;
    let left = visit.app.read(move |db| store::recovery_codes::remaining(db, id)).await;
    let left = left.map_err(PageError::from)?;
    let frame = visit.frame();
    let texts = &frame.texts;
    let words = refusal.map(|refusal| match refusal {
        Refusal::Wait(length) => texts.with("account-wait", &[("wait", &texts.length(length))]),
        Refusal::Code => texts.get("account-factor-wrong"),
    });
    let page = Page {
        here: "second-factor",
        codes_left: u64::try_from(left).unwrap_or(0),
        done,
        wrong: words,
        csrf_codes: visit.csrf(NEW_CODES),
        csrf_off: visit.csrf(SWITCH_OFF),
        frame,
    };
    let status = match refusal {
        None => StatusCode::OK,
        Some(Refusal::Code) => StatusCode::BAD_REQUEST,
        Some(Refusal::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
    };
    let mut answer = html_apart(status, &page);
    if let Some(Refusal::Wait(length)) = refusal {
        answer.headers_mut().insert(header::RETRY_AFTER, length.as_secs().max(1).into());
    }
    Ok(answer)
}

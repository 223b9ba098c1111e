//! Switching the second factor on: a secret as QR code and text, a first code that confirms it (RFC 6238), and
//! recovery codes. It is on only when the person says that they have the codes: nobody is locked out by a lost phone.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::pending::Pending;
use super::second_factor::{PATH, PLACE};
use super::visit::{self, Others, Outcome, Place, Visit};
use crate::http::{App, Frame, PageError, Params, html_apart, seal_totp};
use crate::identity::totp::{TotpSecret, qr_svg};
use crate::model::{Acr, Amr, Authentication, EventKind};
use crate::store;

/// The address of the last step.
pub const SAVED: &str = "/account/second-factor/saved";
const SAVE: Place = Place::form(SAVED, PATH, true);

#[derive(Template)]
#[template(path = "account/enrol.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    qr: String,
    url: String,
    secret: String,
    wrong: bool,
    pending: String,
    csrf: String,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    here: &'static str,
    codes: Vec<String>,
    enrolling: bool,
    not_saved: bool,
    pending: String,
    csrf: String,
}

/// The page with a new secret.
pub fn begin(visit: &Visit) -> HttpResponse {
    page(visit, &TotpSecret::new(visit.app.random()), false)
}

/// POST of the first code.
pub async fn confirm(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, |visit, form| async move {
        Ok(judge_first_code(&visit, &form))
    })
    .await
}

/// POST of "I have saved them".
pub async fn save(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, SAVE, &body, finish).await
}

fn judge_first_code(visit: &Visit, form: &Params) -> HttpResponse {
    let pending = Pending::open(visit, form.optional("pending"));
    let secret = pending.and_then(|pending| pending.to_confirm());
    let (Some(secret), None) = (secret, &visit.user.totp) else {
        return visit.go_to(PLACE, None, Vec::new());
    };
    let code = form.optional("totp").unwrap_or_default();
    match secret.step_of(code, visit.now, None) {
        Some(step) => show_codes(visit, &Pending::codes(visit, Some((&secret, step))), false),
        None => page(visit, &secret, true),
    }
}

fn page(visit: &Visit, secret: &TotpSecret, wrong: bool) -> HttpResponse {
    let frame = visit.frame();
    let url = secret.url(&frame.look.name, &visit.user.email);
    let page = Page {
        here: "second-factor",
        qr: qr_svg(&url),
        url,
        secret: in_fours(&secret.to_base32()),
        wrong,
        pending: Pending::secret(visit, secret).seal(visit),
        csrf: visit.csrf(PLACE),
        frame,
    };
    html_apart(if wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &page)
}

/// The page with recovery codes, which are stored when the person says that they have them.
pub fn show_codes(visit: &Visit, pending: &Pending, not_saved: bool) -> HttpResponse {
    let page = CodesPage {
        frame: visit.frame(),
        here: "second-factor",
        codes: pending.to_save().to_vec(),
        enrolling: pending.confirmed().is_some(),
        not_saved,
        pending: pending.seal(visit),
        csrf: visit.csrf(SAVE),
    };
    html_apart(if not_saved { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &page)
}

async fn finish(visit: Visit, form: Params) -> Outcome {
    let pending = Pending::open(&visit, form.optional("pending"));
    let Some(pending) = pending.filter(|pending| !pending.to_save().is_empty()) else {
        return Ok(visit.go_to(PLACE, None, Vec::new()));
    };
    if form.optional("saved").is_none() {
        return Ok(show_codes(&visit, &pending, true));
    }
    let (done, cookies) = match pending.confirmed() {
        Some((secret, step)) => ("on", switch_on(&visit, &pending, &secret, step).await?),
        None => ("codes", replace_codes(&visit, &pending).await?),
    };
    let done = cookies.is_some().then_some(done);
    Ok(visit.go_to(PLACE, done, cookies.unwrap_or_default()))
}

async fn switch_on(
    visit: &Visit,
    pending: &Pending,
    secret: &TotpSecret,
    step: i64,
) -> Result<Option<Vec<Cookie<'static>>>, PageError> {
    let (id, now) = (visit.user.id, visit.now);
    let record = seal_totp(&visit.app, secret, Some(step))?;
    let digests = pending.digests(visit);
    let event = visit.app.event(EventKind::SecondFactorAdded, Some(id), None, "by the person");
    let authentication = Authentication {
        acr: Acr::TwoFactor,
        amr: with_second_factor(&visit.session.authentication.amr),
        time: visit.session.authentication.time,
    };
    let renewed = visit.renew(authentication, Others::End, move |db| {
        // Another tab may have been quicker: its secret is in the person's app then, not this one
        if store::users::find(db, id)?.is_none_or(|user| user.totp.is_some()) {
            return Ok(false);
        }
        store::users::set_totp(db, id, Some(&record), now)?;
        store::recovery_codes::replace(db, id, &digests, now)?;
        store::events::append(db, &event)?;
        Ok(true)
    });
    Ok(renewed.await?)
}

async fn replace_codes(
    visit: &Visit,
    pending: &Pending,
) -> Result<Option<Vec<Cookie<'static>>>, PageError> {
    let (id, now) = (visit.user.id, visit.now);
    let digests = pending.digests(visit);
    let event = visit.app.event(EventKind::UserChanged, Some(id), None, "recovery codes");
    let authentication = visit.session.authentication.clone();
    let renewed = visit.renew(authentication, Others::Keep, move |db| {
        if store::users::find(db, id)?.is_none_or(|user| user.totp.is_none()) {
            return Ok(false);
        }
        store::recovery_codes::replace(db, id, &digests, now)?;
        store::events::append(db, &event)?;
        Ok(true)
    });
    Ok(renewed.await?)
}

/// RFC 8176: the methods so far, a one-time code, and that these are several factors.
fn with_second_factor(amr: &[Amr]) -> Vec<Amr> {
    let mut all = amr.to_vec();
    for method in [Amr::Otp, Amr::Mfa] {
        if !all.contains(&method) {
            all.push(method);
        }
    }
    all
}

/// In groups of four letters, as people read and type them.
fn in_fours(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_shown_in_groups_of_four() {
        assert_eq!(in_fours("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!(in_fours(""), "");
    }

    #[test]
    fn rfc_8176_methods_are_named_once() {
        assert_eq!(with_second_factor(&[Amr::Pwd]), [Amr::Pwd, Amr::Otp, Amr::Mfa]);
        let all = [Amr::Pwd, Amr::Otp, Amr::Mfa];
        assert_eq!(with_second_factor(&all), all);
    }
}

//! `/account/password`: a new password for the old one (NIST SP 800-63B section 5.1.1.2). Whoever else is signed in
//! as this person is signed out by it, and all apps lose what they were given.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::overview;
use super::visit::{self, Others, Outcome, Place, Visit};
use crate::http::{App, Frame, Params, Texts, html_apart};
use crate::identity::passwords::{HashingError, Password, PasswordError};
use crate::model::{EndReason, EventKind};
use crate::session::guesses::{self, Right};
use crate::store::{self, StoreError};

/// The address.
pub const PATH: &str = "/account/password";
const PLACE: Place = Place::fresh(PATH);

#[derive(Template)]
#[template(path = "account/password.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    username: String,
    old_wrong: Option<String>,
    new_wrong: Option<String>,
    csrf: String,
}

#[derive(Template)]
#[template(path = "account/password_elsewhere.html")]
struct ElsewherePage {
    frame: Frame,
    here: &'static str,
}

/// Why the password stays as it is.
#[derive(Debug, PartialEq)]
enum Refusal {
    Current,
    Wait(Duration),
    New(PasswordError),
    Different,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, |visit, _| async move {
        if is_kept_elsewhere(&visit).await? {
            Ok(elsewhere(&visit))
        } else {
            Ok(page(&visit, None))
        }
    })
    .await
}

/// POST
pub async fn change(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, save).await
}

/// Whether another place decides about the person's password: one here would be a second way in.
async fn is_kept_elsewhere(visit: &Visit) -> Result<bool, StoreError> {
    if !visit.app.settings().passwords.accepted {
        return Ok(true);
    }
    let id = visit.user.id;
    let hash = visit.app.read(move |db| store::users::password_hash(db, id)).await?;
    Ok(hash.is_some_and(|hash| hash == store::users::NO_PASSWORD))
}

fn elsewhere(visit: &Visit) -> HttpResponse {
    let page = ElsewherePage { frame: visit.frame(), here: "password" };
    html_apart(StatusCode::OK, &page)
}

async fn save(visit: Visit, form: Params) -> Outcome {
    if is_kept_elsewhere(&visit).await? {
        return Ok(visit.go_to(PLACE, None, Vec::new()));
    }
    let about = [visit.user.name.as_str(), visit.user.username.as_str(), &visit.user.email];
    let new = match chosen(&form, &about) {
        Ok(new) => new,
        Err(refusal) => return Ok(page(&visit, Some(&refusal))),
    };
    let current = form.optional("password").unwrap_or_default();
    let checked = guesses::check(&visit.app, &visit.browser, &visit.user.username, current).await?;
    let right = match checked {
        guesses::Outcome::Right(right) => right,
        guesses::Outcome::Wrong => return Ok(page(&visit, Some(&Refusal::Current))),
        guesses::Outcome::Wait(length) => return Ok(page(&visit, Some(&Refusal::Wait(length)))),
        guesses::Outcome::Busy => return Err(HashingError::Busy.into()),
    };
    let hash = visit.app.hasher().hash(new, visit.app.random()).await?;
    match write(&visit, *right, hash).await? {
        Some(cookies) => Ok(visit.go_to(overview::PLACE, Some("password"), cookies)),
        None => Ok(visit.go_to(PLACE, None, Vec::new())),
    }
}

async fn write(
    visit: &Visit,
    right: Right,
    hash: String,
) -> Result<Option<Vec<actix_web::cookie::Cookie<'static>>>, StoreError> {
    let (id, now) = (visit.user.id, visit.now);
    let event = visit.app.event(EventKind::PasswordChanged, Some(id), None, "by the person");
    let authentication = visit.session.authentication.clone();
    visit
        .renew(authentication, Others::End, move |db| {
            right.write(db)?;
            store::users::set_password(db, id, &hash, now)?;
            store::grants::end_of_user(db, id, None, EndReason::CredentialsChanged, now)?;
            // Known browsers survive attacks on the account: after this, only where the new password was used
            store::devices::forget(db, id)?;
            store::events::append(db, &event)?;
            Ok(true)
        })
        .await
}

/// The new password, when it may be one and was typed the same twice.
fn chosen(form: &Params, about: &[&str]) -> Result<Password, Refusal> {
    let new = form.optional("new_password").unwrap_or_default();
    let password = Password::chosen(new, about).map_err(Refusal::New)?;
    match form.optional("new_password_again") {
        Some(again) if again != new => Err(Refusal::Different),
        Some(_) | None => Ok(password),
    }
}

fn page(visit: &Visit, refusal: Option<&Refusal>) -> HttpResponse {
    let frame = visit.frame();
    let words = refusal.map(|refusal| refusal.words(&frame.texts));
    let about_old = matches!(refusal, Some(Refusal::Current | Refusal::Wait(_)));
    let (old_wrong, new_wrong) = if about_old { (words, None) } else { (None, words) };
    let page = Page {
        frame,
        here: "password",
        username: visit.user.username.to_string(),
        old_wrong,
        new_wrong,
        csrf: visit.csrf(PLACE),
    };
    let status = match refusal {
        None => StatusCode::OK,
        Some(Refusal::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(Refusal::Current | Refusal::New(_) | Refusal::Different) => StatusCode::BAD_REQUEST,
    };
    let mut answer = html_apart(status, &page);
    if let Some(Refusal::Wait(length)) = refusal {
        answer.headers_mut().insert(header::RETRY_AFTER, length.as_secs().max(1).into());
    }
    answer
}

impl Refusal {
    fn words(&self, texts: &Texts) -> String {
        match self {
            Self::Current => texts.get("account-password-wrong"),
            Self::Wait(length) => texts.with("account-wait", &[("wait", &texts.length(*length))]),
            Self::New(PasswordError::TooShort) => texts.get("account-password-short"),
            Self::New(PasswordError::TooLong) => texts.get("account-password-long"),
            Self::New(PasswordError::Common) => texts.get("account-password-common"),
            Self::Different => texts.get("account-password-different"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_one_and_the_same_twice() {
        let judge = |form: &str| {
            let params = Params::parse(form.as_bytes()).unwrap();
            chosen(&params, &["Ada Lovelace", "ada@example.org"]).map(|_| ())
        };
        let good = "new_password=horse-wagon-72-moss";
        assert_eq!(judge(good), Ok(()));
        assert_eq!(judge(&format!("{good}&new_password_again=horse-wagon-72-moss")), Ok(()));
        assert_eq!(judge(&format!("{good}&new_password_again=horse")), Err(Refusal::Different));
        assert_eq!(judge("new_password=short"), Err(Refusal::New(PasswordError::TooShort)));
        assert_eq!(judge("new_password=password1"), Err(Refusal::New(PasswordError::Common)));
        assert_eq!(judge(""), Err(Refusal::New(PasswordError::TooShort)));
    }
}

//! `/account/sessions`: where the person is signed in, and signing out there.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visit::{self, Outcome, Place, Visit};
use super::{user_agent, when};
use crate::config;
use crate::http::{App, Frame, Params, Texts, html_apart, see_other};
use crate::model::{EndReason, EventKind, Session, SessionId, Timestamp};
use crate::session;
use crate::store;

/// The address.
pub const PATH: &str = "/account/sessions";
const PLACE: Place = Place::open(PATH);

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    rows: Vec<Row>,
    others: bool,
    done: bool,
    csrf: String,
}

struct Row {
    id: String,
    browser: String,
    began: String,
    seen: String,
    this: bool,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, page).await
}

/// POST
pub async fn end(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, |visit, form| async move {
        match form.optional("session") {
            Some("others") => end_others(&visit).await,
            Some(id) => end_one(&visit, id.parse().ok()).await,
            None => Ok(visit.go_to(PLACE, None, Vec::new())),
        }
    })
    .await
}

async fn page(visit: Visit, query: Params) -> Outcome {
    let id = visit.user.id;
    let mut sessions = visit.app.read(move |db| store::sessions::list_of_user(db, id)).await?;
    for session in &mut sessions {
        session.seen_at = session.seen_at.max(visit.app.seen().of(session.id).unwrap_or_default());
    }
    let limits = &visit.app.settings().sessions;
    sessions.retain(|each| each.id == visit.session.id || stands(each, limits, visit.now));
    sessions.sort_by_key(|each| (each.id != visit.session.id, std::cmp::Reverse(each.seen_at)));
    let frame = visit.frame();
    let page = Page {
        rows: sessions.iter().map(|each| Row::new(each, &visit, &frame.texts)).collect(),
        frame,
        here: "sessions",
        others: sessions.len() > 1,
        done: query.optional("done") == Some("ended"),
        csrf: visit.csrf(PLACE),
    };
    Ok(html_apart(StatusCode::OK, &page))
}

async fn end_one(visit: &Visit, id: Option<SessionId>) -> Outcome {
    let Some(id) = id else { return Ok(visit.go_to(PLACE, None, Vec::new())) };
    let found = visit.app.read(move |db| store::sessions::find(db, id)).await?;
    if found.is_none_or(|found| found.user_id != visit.user.id) {
        return Ok(visit.go_to(PLACE, None, Vec::new()));
    }
    let cookies = session::sign_out(&visit.app, id, EndReason::SignedOut).await?;
    if id == visit.session.id {
        return Ok(see_other(session::farewell_url(&visit.app, id), cookies));
    }
    Ok(visit.go_to(PLACE, Some("ended"), Vec::new()))
}

async fn end_others(visit: &Visit) -> Outcome {
    let (user_id, this, now) = (visit.user.id, visit.session.id, visit.now);
    let event = visit.app.event(EventKind::SignedOut, Some(user_id), None, "all other sessions");
    visit
        .app
        .write(move |db| {
            let reason = EndReason::SignedOut;
            if store::sessions::end_of_user(db, user_id, Some(this), reason, now)? > 0 {
                store::events::append(db, &event)?;
            }
            Ok(())
        })
        .await?;
    Ok(visit.go_to(PLACE, Some("ended"), Vec::new()))
}

/// Whether a session that has not ended can still be gone on with.
fn stands(session: &Session, limits: &config::Sessions, now: Timestamp) -> bool {
    let idle = if session.persistent { limits.persistent } else { limits.idle };
    now <= session.seen_at + idle && now <= session::expires_at(session, limits)
}

impl Row {
    fn new(session: &Session, visit: &Visit, texts: &Texts) -> Self {
        Self {
            id: session.id.to_string(),
            browser: browser(&session.user_agent, texts),
            began: when::ago(texts, session.created_at, visit.now),
            seen: when::ago(texts, session.seen_at, visit.now),
            this: session.id == visit.session.id,
        }
    }
}

fn browser(user_agent: &str, texts: &Texts) -> String {
    match user_agent::read(user_agent) {
        (Some(browser), Some(system)) => {
            texts.with("account-browser-on", &[("browser", browser), ("system", system)])
        }
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => texts.get("account-browser-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acr, Authentication, Digest, UserId, days, hours, minutes};

    #[test]
    fn ses_04_what_has_run_out_is_not_listed() {
        let limits = config::Sessions {
            idle: hours(8),
            absolute: hours(12),
            persistent: days(30),
            fresh: minutes(10),
        };
        let at = Timestamp::from_seconds;
        for (persistent, seen, now, listed) in [
            (false, 0, 8, true),
            (false, 0, 9, false),
            (false, 11, 12, true),
            (false, 11, 13, false),
            (true, 11, 13, true),
            (true, 0, 721, false),
        ] {
            let session = Session {
                id: SessionId::new(at(0), &[1; 10]),
                cookie: Digest::of("cookie"),
                user_id: UserId::new(at(0), &[1; 10]),
                authentication: Authentication { time: at(0), acr: Acr::OneFactor, amr: vec![] },
                persistent,
                user_agent: String::new(),
                created_at: at(0),
                seen_at: at(seen * 3_600),
                ended_at: None,
                only_for: None,
            };
            assert_eq!(stands(&session, &limits, at(now * 3_600)), listed, "{seen} {now}");
        }
    }
}

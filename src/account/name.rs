//! `/account/name`: the display name, which apps get as the `name` claim (OpenID Connect Core section 5.1).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::overview;
use super::visit::{self, Outcome, Place, Visit};
use crate::http::{App, Frame, Params, html_apart};
use crate::model::EventKind;
use crate::store;

/// The address.
pub const PATH: &str = "/account/name";
const PLACE: Place = Place::open(PATH);
/// The longest name, in characters.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "account/name.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    name: String,
    wrong: bool,
    csrf: String,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, |visit, _| async move {
        let name = visit.user.name.clone();
        Ok(page(&visit, name, false))
    })
    .await
}

/// POST
pub async fn change(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, save).await
}

async fn save(visit: Visit, form: Params) -> Outcome {
    let typed = form.optional("name").unwrap_or_default();
    let Some(name) = tidy(typed) else { return Ok(page(&visit, typed.to_owned(), true)) };
    let (id, now) = (visit.user.id, visit.now);
    let event = visit.app.event(EventKind::UserChanged, Some(id), None, "name");
    visit
        .app
        .write(move |db| {
            let Some(mut user) = store::users::find(db, id)? else { return Ok(()) };
            if user.name != name {
                user.name.clone_from(&name);
                user.updated_at = now;
                store::users::update(db, &user)?;
                store::events::append(db, &event)?;
            }
            Ok(())
        })
        .await?;
    Ok(visit.go_to(overview::PLACE, Some("name"), Vec::new()))
}

fn page(visit: &Visit, name: String, wrong: bool) -> HttpResponse {
    let status = if wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page =
        Page { frame: visit.frame(), here: "overview", name, wrong, csrf: visit.csrf(PLACE) };
    html_apart(status, &page)
}

/// The name without blanks around it; `None` when it is empty, too long, or holds what can't be seen.
fn tidy(typed: &str) -> Option<String> {
    let name = typed.trim();
    let fits = (1..=LONGEST).contains(&name.chars().count());
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    (fits && !name.chars().any(hidden)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_taken_as_they_are() {
        for (typed, name) in [
            (" Ada Lovelace ", Some("Ada Lovelace")),
            ("Jean-Luc 王", Some("Jean-Luc 王")),
            ("<b>{{7*7}}", Some("<b>{{7*7}}")),
            ("", None),
            (" \t ", None),
            ("a\nb", None),
            ("a\u{202e}b", None),
        ] {
            assert_eq!(tidy(typed).as_deref(), name, "{typed:?}");
        }
        assert!(tidy(&"é".repeat(200)).is_some());
        assert!(tidy(&"é".repeat(201)).is_none());
    }
}

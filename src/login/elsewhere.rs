//! A sign-in that was begun in another browser: RFC 9700 section 4.7. It goes on here only when the person says so.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::face::Face;
use super::flow::{Stop, client_of, finish};
use super::form::{Form, form_name, without_session};
use super::refusals::{forged, params, refused};
use crate::http::{App, Browser, Frame, csrf, html, see_other};
use crate::model::{Digest, Interaction, Progress};
use crate::session::{self, InteractionError};

const PATH: &str = "/login/here";

/// Asks whether to go on in this browser. One that sent no cookie is given one, and told that it is needed.
pub async fn ask(app: &App, browser: &Browser, sealed: &str, status: StatusCode) -> Stop {
    match page(app, browser, sealed, status).await {
        Ok(answer) => Stop::answer(answer),
        Err(stop) => stop,
    }
}

/// `POST /login/here`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, go_on(&request, &app, &body))
}

async fn page(
    app: &App,
    browser: &Browser,
    sealed: &str,
    status: StatusCode,
) -> Result<HttpResponse, Stop> {
    let interaction = session::open_anywhere(app, sealed).map_err(refused)?;
    let client = client_of(app, &interaction).await?;
    let ui_locales = interaction.request().and_then(|request| request.ui_locales.as_deref());
    let frame = Frame::new(app, browser, ui_locales);
    let (_, cookie) = session::browser_cookie(app, browser);
    let mut known = without_session(browser);
    if let Some(cookie) = &cookie {
        known.cookie = Some(cookie.value().to_owned());
    }
    let page = Page {
        face: client.map(|client| Face::of(&client, &frame, ui_locales)),
        form: Form::new(app, &known, PATH, sealed),
        without_cookies: cookie.is_some(),
        frame,
    };
    let mut answer = html(status, &page, &[]);
    if let Some(cookie) = cookie {
        // A cookie that can't be written is one that the browser will miss: the next page says so
        let _ = answer.add_cookie(&cookie);
    }
    Ok(answer)
}

fn go_on(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let browser = Browser::of(request, app);
    let query = params(request.query_string().as_bytes())?;
    let sealed = query.optional("interaction").unwrap_or_default();
    let interaction = session::open_anywhere(app, sealed).map_err(refused)?;
    let Some(digest) = browser.digest() else {
        return Err(Stop::Page(refused(InteractionError::NoCookies)));
    };
    let form = params(body)?;
    let name = form_name(PATH, sealed);
    if !csrf::is_genuine(app, &without_session(&browser), &name, form.optional("csrf")) {
        let way_out = session::url_of_sealed(app, "/login", sealed);
        return Err(Stop::Page(forged(PATH, Some(way_out))));
    }
    let url = session::sealed_url(
        app,
        "/login",
        &rebound(interaction, digest, browser.session.as_deref().map(Digest::of)),
    );
    Ok(see_other(&url, None))
}

/// The same request in this browser, from its beginning: nothing that was done elsewhere counts here.
fn rebound(interaction: Interaction, browser: Digest, session: Option<Digest>) -> Interaction {
    Interaction { browser, session, progress: Progress::default(), ..interaction }
}

#[derive(Template)]
#[template(path = "login/elsewhere.html")]
struct Page {
    frame: Frame,
    face: Option<Face>,
    form: Form,
    without_cookies: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, Timestamp, UserId};

    #[test]
    fn log_08_what_was_done_elsewhere_does_not_count_here() {
        let at = Timestamp::from_seconds;
        let progress = Progress {
            password: Some((UserId::new(at(1), &[1; 10]), at(5))),
            denied: true,
            ..Progress::default()
        };
        let elsewhere = Interaction {
            purpose: Purpose::Account { page: "/password".to_owned(), fresh: true },
            started_at: at(1),
            browser: Digest::of("attacker"),
            session: None,
            progress,
        };
        let here = rebound(elsewhere.clone(), Digest::of("here"), Some(Digest::of("session")));
        let expected = Interaction {
            browser: Digest::of("here"),
            session: Some(Digest::of("session")),
            progress: Progress::default(),
            ..elsewhere
        };
        assert_eq!(here, expected);
    }
}

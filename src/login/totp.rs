//! A code of the authenticator app: RFC 6238.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Stop, finish};
use super::second_factor::{Asked, Proof, Submitted};
use super::shown::{Alert, Shown};
use crate::http::{App, Frame, html, open_totp};
use crate::session;
use crate::store::StoreError;

const PATH: &str = "/login/totp";

/// `GET /login/totp`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let page = async { Ok(render(&app, &Asked::enter(&request, &app).await?, None)) };
    finish(&request, &app, page.await)
}

/// `POST /login/totp`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, check(&request, &app, &body).await)
}

async fn check(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let asked = Asked::enter(request, app).await?;
    let form = asked.flow.read_form(app, PATH, body)?;
    let proof = Proof::Totp {
        sealed: asked.totp.sealed_secret.clone(),
        secret: open_totp(app, &asked.totp)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        code: form.optional("totp").unwrap_or_default().split_whitespace().collect(),
    };
    Ok(match asked.submit(app, proof).await? {
        Submitted::Done(answer) => answer,
        Submitted::Refused(asked, verdict) => {
            let texts = asked.flow.frame(app).texts;
            render(app, &asked, Some(verdict.alert(app, &texts, "login-totp-wrong")))
        }
    })
}

#[derive(Template)]
#[template(path = "login/totp.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    username: String,
    recovery: String,
}

fn render(app: &App, asked: &Asked, alert: Option<Alert>) -> HttpResponse {
    let flow = &asked.flow;
    let frame = flow.frame(app);
    let page = Page {
        shown: Shown::new(app, flow, &frame, flow.form(app, PATH), alert),
        frame,
        username: asked.user.username.to_string(),
        recovery: session::url_of_sealed(app, "/login/recovery", &flow.sealed),
    };
    let answer = html(page.shown.status(), &page, &flow.form_targets());
    page.shown.retry_after(answer)
}

//! A one-time recovery code, when the phone is lost: NIST SP 800-63B section 5.1.2 (look-up secrets).

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Stop, finish};
use super::second_factor::{Asked, Proof, Submitted};
use super::shown::{Alert, Shown};
use crate::http::{App, Frame, html};
use crate::identity::recovery;
use crate::session;

const PATH: &str = "/login/recovery";

/// `GET /login/recovery`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let page = async { Ok(render(&app, &Asked::enter(&request, &app).await?, None)) };
    finish(&request, &app, page.await)
}

/// `POST /login/recovery`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, check(&request, &app, &body).await)
}

async fn check(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let asked = Asked::enter(request, app).await?;
    let form = asked.flow.read_form(app, PATH, body)?;
    let typed = form.optional("recovery_code").unwrap_or_default();
    let proof = Proof::Recovery(recovery::digest(asked.user.id, typed));
    Ok(match asked.submit(app, proof).await? {
        Submitted::Done(answer) => answer,
        Submitted::Refused(asked, verdict) => {
            let texts = asked.flow.frame(app).texts;
            render(app, &asked, Some(verdict.alert(app, &texts, "login-recovery-wrong")))
        }
    })
}

#[derive(Template)]
#[template(path = "login/recovery.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    username: String,
    totp: String,
}

fn render(app: &App, asked: &Asked, alert: Option<Alert>) -> HttpResponse {
    let flow = &asked.flow;
    let frame = flow.frame(app);
    let page = Page {
        shown: Shown::new(app, flow, &frame, flow.form(app, PATH), alert),
        frame,
        username: asked.user.username.to_string(),
        totp: session::url_of_sealed(app, "/login/totp", &flow.sealed),
    };
    let answer = html(page.shown.status(), &page, &flow.form_targets());
    page.shown.retry_after(answer)
}

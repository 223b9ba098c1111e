//! The pages that ask for a second factor, which differ in what is typed: RFC 6238, NIST SP 800-63B section 5.1.2.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Stop, finish};
use super::second_factor::{Asked, Submitted, alert};
use super::shown::{Alert, Shown, retry_after};
use crate::http::{App, Frame, Params, html};
use crate::session;
use crate::session::second_factor::Proof;

/// A kind of second factor.
pub trait Factor {
    /// Where its form is.
    const PATH: &'static str;
    /// Where the form of the other kind is.
    const OTHER: &'static str;
    /// The text for a wrong proof.
    const WRONG: &'static str;
    /// Its page.
    type Page: Template + From<Parts>;

    /// What was typed into its form.
    fn proof(asked: &Asked, form: &Params, app: &App) -> Result<Proof, Stop>;
}

/// What the pages have in common.
pub struct Parts {
    /// The frame of all pages.
    pub frame: Frame,
    /// What all pages of a sign-in show.
    pub shown: Shown,
    /// Whose factor is asked for.
    pub username: String,
    /// The address of the page for the other kind.
    pub other: String,
}

/// `GET` of its path.
pub async fn show<F: Factor>(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let page = async { Ok(render::<F>(&app, &Asked::enter(&request, &app).await?, None)) };
    finish(&request, &app, page.await)
}

/// `POST` of its path.
pub async fn submit<F: Factor>(
    request: HttpRequest,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    finish(&request, &app, check::<F>(&request, &app, &body).await)
}

async fn check<F: Factor>(
    request: &HttpRequest,
    app: &App,
    body: &[u8],
) -> Result<HttpResponse, Stop> {
    let asked = Asked::enter(request, app).await?;
    let form = asked.flow.read_form(app, F::PATH, body)?;
    let proof = F::proof(&asked, &form, app)?;
    Ok(match asked.submit(app, proof).await? {
        Submitted::Done(answer) => answer,
        Submitted::Refused(asked, verdict) => {
            let texts = asked.flow.frame(app).texts;
            render::<F>(app, &asked, Some(alert(verdict, app, &texts, F::WRONG)))
        }
    })
}

fn render<F: Factor>(app: &App, asked: &Asked, alert: Option<Alert>) -> HttpResponse {
    let flow = &asked.flow;
    let frame = flow.frame(app);
    let shown = Shown::new(app, flow, &frame, flow.form(app, F::PATH), alert);
    let (status, wait) = (shown.status(), shown.wait());
    let username = asked.user.username.to_string();
    let other = session::url_of_sealed(app, F::OTHER, &flow.sealed);
    let page = F::Page::from(Parts { frame, shown, username, other });
    retry_after(html(status, &page, &flow.form_targets()), wait)
}

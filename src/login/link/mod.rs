//! A link that signs a person in. Opening it shows a page with a button, and nothing but a person's press spends it; links
//! that were made for callers without hands are spent by GET.

mod press;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use self::press::Press;
use super::face::Face;
use super::form::Form;
use crate::http::{
    App, Browser, ErrorPage, Frame, PageError, Params, Refusal, csrf, html, see_other,
};
use crate::model::{Client, Digest, Link, RedirectUri, User};
use crate::session::link::PATH;
use crate::session::{self, SignedIn};
use crate::store;

/// `GET /link`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let query = request.query_string().as_bytes();
    let shown = open(query, request.headers(), &browser, &app).await;
    shown.unwrap_or_else(|error| error.respond(&app, &browser))
}

/// `POST /link`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let done = press(&body, request.headers(), &browser, &app).await;
    done.unwrap_or_else(|error| error.respond(&app, &browser))
}

async fn open(
    query: &[u8],
    headers: &HeaderMap,
    browser: &Browser,
    app: &App,
) -> Result<HttpResponse, PageError> {
    let params = Params::parse(query).map_err(|_| over())?;
    let visit = Visit::enter(params.optional("t"), browser, app).await?;
    if visit.link.on_get && !press::is_ahead(headers) {
        return visit.redeem().await;
    }
    Ok(visit.page(None))
}

async fn press(
    body: &[u8],
    headers: &HeaderMap,
    browser: &Browser,
    app: &App,
) -> Result<HttpResponse, PageError> {
    let form = Params::parse(body).map_err(|_| over())?;
    if !csrf::is_genuine(app, browser, PATH, form.optional("csrf")) {
        return Err(ErrorPage::forged(PATH).into());
    }
    let visit = Visit::enter(form.optional("t"), browser, app).await?;
    let press = Press::of(headers);
    if press.will_do(form.optional("sure") == Some("yes")) {
        return visit.redeem().await;
    }
    tracing::info!(link = %visit.link.id, ?press, "a link was not pressed by a person");
    Ok(visit.page(Some(press)))
}

/// Somebody who has opened a link that works.
struct Visit<'a> {
    app: &'a App,
    browser: &'a Browser,
    token: String,
    link: Link,
    user: User,
    client: Arc<Client>,
    target: RedirectUri,
    present: Option<SignedIn>,
}

#[derive(Template)]
#[template(path = "login/link.html")]
struct Page {
    frame: Frame,
    face: Face,
    form: Form,
    token: String,
    purpose: String,
    name: String,
    username: String,
    /// Who is signed in instead.
    other: Option<String>,
    /// Whether a box has to be ticked.
    unsaid: bool,
    /// Whether a script has posted the form.
    script: bool,
}

impl<'a> Visit<'a> {
    /// Finds the link. One that is unknown, used, withdrawn or over is told to be none that works.
    async fn enter(
        token: Option<&str>,
        browser: &'a Browser,
        app: &'a App,
    ) -> Result<Self, PageError> {
        let token = token.ok_or_else(over)?.to_owned();
        let digest = Digest::of(&token);
        let found = app
            .read(move |db| {
                let Some(link) = store::links::find_by_token(db, &digest)? else { return Ok(None) };
                let user = store::users::find(db, link.user_id)?;
                Ok(user.map(|user| (link, user)))
            })
            .await?;
        let (link, user) = found.ok_or_else(over)?;
        let client = app.client(&link.client_id).await?.ok_or_else(over)?;
        let target = RedirectUri::of(&link.target, &client.metadata.link_uris).ok_or_else(over)?;
        if !link.is_open(app.now()) || user.disabled_at.is_some() {
            return Err(over().into());
        }
        let present = session::current(app, browser).await?;
        Ok(Self { app, browser, token, link, user, client, target, present })
    }

    fn page(self, press: Option<Press>) -> HttpResponse {
        let (app, client) = (self.app, self.client);
        let (_, cookie) = session::browser_cookie(app, self.browser);
        let value = cookie.as_ref().map(|cookie| cookie.value().to_owned());
        let browser = Browser {
            cookie: value.or_else(|| self.browser.cookie.clone()),
            ..self.browser.clone()
        };
        let frame = Frame::new(app, &browser, None);
        let present = self.present.map(|present| present.user);
        let page = Page {
            face: Face::of(&client, &frame, None),
            form: Form { action: frame.url(PATH), csrf: csrf::token(app, &browser, PATH) },
            frame,
            token: self.token,
            purpose: self.link.purpose,
            name: self.user.name,
            username: self.user.username.to_string(),
            other: present
                .filter(|present| present.id != self.user.id)
                .map(|present| present.username.to_string()),
            unsaid: press == Some(Press::Unsaid),
            script: press == Some(Press::Script),
        };
        let mut answer = html(StatusCode::OK, &page, &[self.target.csp_source()]);
        if let Some(cookie) = cookie
            && let Err(error) = answer.add_cookie(&cookie)
        {
            tracing::error!(%error, "a cookie can't be set");
        }
        answer
    }

    async fn redeem(self) -> Result<HttpResponse, PageError> {
        let present = self.present.as_ref();
        let done = session::link::redeem(self.app, self.browser, &self.link, present).await?;
        let cookies = done.ok_or_else(over)?;
        Ok(see_other(self.target.as_str(), cookies))
    }
}

/// Whichever of the reasons it is: who found the link somewhere learns nothing of it.
fn over() -> ErrorPage {
    ErrorPage {
        status: StatusCode::GONE,
        text: "link",
        value: String::new(),
        refusal: Refusal {
            error: "link_over".to_owned(),
            received: "a link that signs somebody in".to_owned(),
            rule: "a link works once, within its time, until it is withdrawn, and for people who may sign in"
                .to_owned(),
            mend: "let the app make a new one; `hatcheck link list` shows what became of the old".to_owned(),
        },
        way_out: None,
        retry_after: None,
    }
}

//! The pages of a sign-out, and the way back to the app.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::apps::{self, Reached};
use super::upstream::There;
use super::verdict::Meant;
use super::{Destination, PATH, Visit};
use crate::http::{Browser, Frame, PageError, Policy, csrf, html, html_under, see_other};
use crate::model::{Client, ClientId, RedirectUri};
use crate::oidc::authorize::answer::{Placement, extended};
use crate::session::{self, SignedIn};
use crate::store::StoreError;

/// Asks before anybody is signed out, and tells what was wrong with the request.
#[derive(Template)]
#[template(path = "oidc/sign_out.html")]
struct Ask {
    frame: Frame,
    action: String,
    csrf: String,
    /// Who is signed in; empty when nobody is.
    username: String,
    apps: Vec<String>,
    other_person: bool,
    problem: Option<Told>,
    fields: Vec<(&'static str, String)>,
}

/// A problem in words, and the reference under which it can be looked up.
struct Told {
    text: String,
    reference: String,
}

/// After the sign-out.
#[derive(Template)]
#[template(path = "oidc/signed_out.html")]
struct Done {
    frame: Frame,
    told: Vec<String>,
    pending: Vec<String>,
    /// The names of apps that are told by frames alone, each with the number of its frame.
    framed: Vec<(usize, String)>,
    untold: Vec<String>,
    /// The addresses of the frames.
    frames: Vec<String>,
    /// Where it goes on by itself: what is said about it, and its address.
    next: Option<(String, String)>,
    /// After how many seconds, at the latest.
    patience: u32,
    /// The app's name and home page.
    back: Option<(String, String)>,
    script: &'static str,
}

/// It stands before the frames, so that it misses none of them.
const SCRIPT: &str = include_str!("../../../templates/oidc/signed_out.js");
/// How long the page waits for frames where no script runs, in seconds.
const PATIENCE: u32 = 4;

/// Sends the browser to the provider where the person is signed out `there`, or back to the app's registered address, with
/// `state` and nothing else (section 3), or shows that it is done: first, when other apps have to be told by frames.
pub(super) async fn leave(
    visit: &Visit<'_>,
    destination: &Destination,
    reached: &Reached,
    there: Option<There>,
) -> Result<HttpResponse, PageError> {
    let frame = visit.frame();
    let next = next(destination, there, &frame);
    if let Some((_, url)) = &next
        && reached.frames.is_empty()
    {
        return Ok(see_other(url, None));
    }
    let back = destination.client.as_deref().and_then(|client| {
        let home = client.metadata.client_uri.best([frame.texts.tag()])?;
        Some((name(client, &frame), home.to_owned()))
    });
    let page = Done {
        told: visit.names(&reached.told, &frame).await?,
        pending: visit.names(&reached.pending, &frame).await?,
        framed: numbered(reached, visit.names(&reached.framed, &frame).await?),
        untold: visit.names(&reached.untold, &frame).await?,
        frames: reached.frames.iter().map(|each| each.src.clone()).collect(),
        next,
        patience: PATIENCE,
        back,
        script: SCRIPT,
        frame,
    };
    if page.frames.is_empty() {
        return Ok(html(StatusCode::OK, &page, &[]));
    }
    let origins: Vec<_> = reached.frames.iter().map(|each| each.origin.clone()).collect();
    let policy = Policy { script: Some(SCRIPT), frames: &origins, ..Policy::default() };
    Ok(html_under(&policy, &page))
}

/// Where it goes on, and what is said about it.
fn next(
    destination: &Destination,
    there: Option<There>,
    frame: &Frame,
) -> Option<(String, String)> {
    if let Some(There { title, url }) = there {
        return Some((frame.texts.with("logout-next-there", &[("provider", title.as_str())]), url));
    }
    let state = destination.state.as_deref().map(|state| ("state", state));
    let url = extended(destination.uri.as_ref()?, Placement::Query, state);
    let client = destination.client.as_deref();
    let app = client.map(|client| name(client, frame)).unwrap_or_default();
    Some((frame.texts.with("logout-next", &[("app", app.as_str())]), url))
}

/// The apps that are told by frames alone, each with the place of its frame.
fn numbered(reached: &Reached, names: Vec<String>) -> Vec<(usize, String)> {
    let place = |app: &ClientId| {
        reached.frames.iter().position(|each| each.app == *app).unwrap_or_default()
    };
    reached.framed.iter().map(place).zip(names).collect()
}

/// Shows the confirmation page, with what is wrong if anything is.
pub(super) async fn ask(
    visit: &Visit<'_>,
    destination: &Destination,
    signed_in: Option<&SignedIn>,
) -> Result<HttpResponse, PageError> {
    let frame = visit.frame();
    let reached = match signed_in {
        Some(signed_in) => apps::reached(visit.app, signed_in.session.id).await?,
        None => Vec::new(),
    };
    let (browser, cookie) = with_cookie(visit);
    let page = Ask {
        action: frame.url(PATH),
        csrf: csrf::token(visit.app, &browser, PATH),
        username: signed_in
            .map(|signed_in| signed_in.user.username.to_string())
            .unwrap_or_default(),
        apps: visit.names(&reached, &frame).await?,
        other_person: visit.meant(destination, signed_in) == Meant::AnotherPerson,
        problem: visit.told(destination, &frame),
        fields: fields(visit, destination),
        frame,
    };
    let status = if page.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let targets: Vec<_> = destination.uri.iter().map(RedirectUri::csp_source).collect();
    let mut response = html(status, &page, &targets);
    if let Some(cookie) = cookie {
        // Without it the form is refused, which says so
        let _ = response.add_cookie(&cookie);
    }
    Ok(response)
}

/// The browser with the cookie that its form needs.
fn with_cookie(visit: &Visit<'_>) -> (Browser, Option<actix_web::cookie::Cookie<'static>>) {
    let (_, cookie) = session::browser_cookie(visit.app, &visit.browser);
    let mut browser = visit.browser.clone();
    if let Some(cookie) = &cookie {
        browser.cookie = Some(cookie.value().to_owned());
    }
    (browser, cookie)
}

/// What the confirmation brings back of the request; it is judged again then.
fn fields(visit: &Visit<'_>, destination: &Destination) -> Vec<(&'static str, String)> {
    let client = destination.client.as_ref().filter(|_| destination.problem.is_none());
    let uri = destination.uri.as_ref();
    let all = [
        ("client_id", client.map(|client| client.id.to_string())),
        ("post_logout_redirect_uri", uri.map(ToString::to_string)),
        ("state", destination.state.clone().filter(|_| uri.is_some())),
        ("ui_locales", visit.request.ui_locales.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

impl Visit<'_> {
    fn frame(&self) -> Frame {
        Frame::new(self.app, &self.browser, self.request.ui_locales.as_deref())
    }

    /// The names of apps; of one that is gone, its id.
    async fn names(&self, ids: &[ClientId], frame: &Frame) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::with_capacity(ids.len());
        for id in ids {
            let client = self.app.client(id).await?;
            names.push(client.map_or_else(|| id.to_string(), |client| name(&client, frame)));
        }
        Ok(names)
    }

    /// Notes what is wrong, and puts it into words.
    fn told(&self, destination: &Destination, frame: &Frame) -> Option<Told> {
        let problem = destination.problem.as_ref()?;
        let client = destination.client.as_ref().map_or("unknown", |client| client.id.as_str());
        let refusal = problem.refusal(client);
        let (rule, mend) = (refusal.rule.clone(), refusal.mend.clone());
        let reference = self.app.refuse(refusal);
        tracing::info!(%reference, %rule, %mend, "refused");
        Some(Told {
            text: frame.texts.with(problem.text(), &[("value", problem.value())]),
            reference: reference.to_string(),
        })
    }
}

fn name(client: &Client, frame: &Frame) -> String {
    let name = client.metadata.client_name.best([frame.texts.tag()]);
    name.unwrap_or(client.id.as_str()).to_owned()
}

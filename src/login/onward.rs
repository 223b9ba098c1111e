//! To a provider elsewhere, without a question.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::flow::Flow;
use super::with;
use crate::http::{App, Frame, html, see_other};
use crate::model::{Progress, Purpose};
use crate::session;

/// The longest address, in bytes (RFC 5321 section 4.5.3.1): what is longer is not kept.
const LONGEST_ADDRESS: usize = 254;

/// It goes on to a provider by itself.
#[derive(Template)]
#[template(path = "login/onward.html")]
struct Onward {
    frame: Frame,
    title: String,
    url: String,
}

/// Leads there: from a page of an app by a redirect.
pub fn straight(app: &App, flow: &Flow, name: &str, username: &str) -> HttpResponse {
    let begins = flow.interaction.progress == Progress::default();
    if begins && matches!(flow.interaction.purpose, Purpose::Authorize(_)) {
        return see_other(way(app, flow, name, username), None);
    }
    onward(app, flow, name, username)
}

/// Leads there by a page that goes on by itself, where a form of ours came before: the policy of that form's page holds for all
/// that it redirects to (CSP3, form-action), and knows no provider.
pub fn onward(app: &App, flow: &Flow, name: &str, username: &str) -> HttpResponse {
    let url = way(app, flow, name, username);
    let title = flow.connectors.get(name).map(|one| one.settings.title.clone());
    let page = Onward { frame: flow.frame(app), title: title.unwrap_or_default(), url };
    html(StatusCode::OK, &page, &[])
}

/// Noted in it is for which address, so that nobody is sent there twice for it.
fn way(app: &App, flow: &Flow, name: &str, username: &str) -> String {
    let mut interaction = flow.interaction.clone();
    interaction.progress.username = Some(kept(username));
    let sealed = session::seal(app, &interaction);
    format!("{}&with={name}", session::url_of_sealed(app, with::THERE, &sealed))
}

/// A name as it travels with the interaction: what is no address is typed again.
pub fn kept(username: &str) -> String {
    let fits = username.len() <= LONGEST_ADDRESS
        && !username.contains(|c: char| c.is_control() || c == '"' || c == '\\');
    if fits { username.to_owned() } else { String::new() }
}

//! `/account/tokens`: the tokens that the person made for command lines and scripts, and deleting them. Where the settings offer
//! none there are none, and the page says so.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visit::{self, Outcome, Place, Visit};
use super::when;
use crate::http::{App, Frame, Params, Texts, access, html_apart};
use crate::model::{Access, ApiToken, ApiTokenId, ClientId, EventKind, Scopes};
use crate::store::{self, StoreError};

/// The address.
pub const PATH: &str = "/account/tokens";
/// This page.
pub const PLACE: Place = Place::open(PATH);

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    rows: Vec<Row>,
    done: bool,
    csrf: String,
}

struct Row {
    id: String,
    name: String,
    target: String,
    wishes: Vec<String>,
    made: String,
    used: Option<String>,
    until: String,
    over: bool,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, page).await
}

/// POST
pub async fn delete(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, |visit, form| async move {
        match form.optional("token").and_then(|id| id.parse().ok()) {
            Some(id) => remove(&visit, id).await,
            None => Ok(visit.go_to(PLACE, None, Vec::new())),
        }
    })
    .await
}

async fn page(visit: Visit, query: Params) -> Outcome {
    let id = visit.user.id;
    let tokens = visit.app.read(move |db| store::api_tokens::of_user(db, id)).await?;
    let frame = visit.frame();
    let mut rows = Vec::new();
    for token in &tokens {
        let target = name_of(&token.target, &visit, &frame.texts).await?;
        rows.push(Row::new(token, target, &visit, &frame.texts));
    }
    let page = Page {
        frame,
        here: "tokens",
        rows,
        done: query.optional("done") == Some("deleted"),
        csrf: visit.csrf(PLACE),
    };
    Ok(html_apart(StatusCode::OK, &page))
}

async fn remove(visit: &Visit, id: ApiTokenId) -> Outcome {
    let user_id = visit.user.id;
    let event = visit.app.event(EventKind::ApiTokenDeleted, Some(user_id), None, "by the person");
    visit
        .app
        .write(move |db| {
            if store::api_tokens::delete(db, user_id, id)? {
                store::events::append(db, &event)?;
            }
            Ok(())
        })
        .await?;
    Ok(visit.go_to(PLACE, Some("deleted"), Vec::new()))
}

/// What an app or API is called: an app by the name that it registered, an API by its identifier.
pub async fn name_of(target: &str, visit: &Visit, texts: &Texts) -> Result<String, StoreError> {
    let client = match ClientId::parse(target) {
        Some(id) => visit.app.client(&id).await?,
        None => None,
    };
    let name = client.as_ref().and_then(|client| client.metadata.client_name.best([texts.tag()]));
    Ok(name.unwrap_or(target).to_owned())
}

/// What a token lets its holder do, in words.
pub fn in_words(scopes: &Scopes, visit: &Visit, texts: &Texts) -> Vec<String> {
    let access = Access { scopes: scopes.clone(), claims: BTreeSet::new() };
    access::in_words(&access, &visit.app.settings().scopes, texts)
}

impl Row {
    fn new(token: &ApiToken, target: String, visit: &Visit, texts: &Texts) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            target,
            wishes: in_words(&token.scopes, visit, texts),
            made: when::ago(texts, token.created_at, visit.now),
            used: token.used_at.map(|at| when::ago(texts, at, visit.now)),
            until: when::date(texts, token.expires_at),
            over: token.expires_at <= visit.now,
        }
    }
}

//! `/account/apps`: what apps have been allowed, and taking it back (OpenID Connect Core section 3.1.2.4 asks for
//! consent; withdrawing it ends what it gave).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visit::{self, Outcome, Place, Visit};
use super::when;
use crate::http::{App, Frame, Params, Texts, access, html_apart};
use crate::model::{Access, Client, ClientId, Consent, EndReason, EventKind};
use crate::store;

/// The address.
pub const PATH: &str = "/account/apps";
const PLACE: Place = Place::open(PATH);

#[derive(Template)]
#[template(path = "account/apps.html")]
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
    letter: String,
    logo: Option<String>,
    home: Option<String>,
    wishes: Vec<String>,
    since: String,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, page).await
}

/// POST
pub async fn withdraw(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, |visit, form| async move {
        match form.optional("client_id").and_then(ClientId::parse) {
            Some(client) => take_back(&visit, client).await,
            None => Ok(visit.go_to(PLACE, None, Vec::new())),
        }
    })
    .await
}

async fn page(visit: Visit, query: Params) -> Outcome {
    let id = visit.user.id;
    let consents = visit.app.read(move |db| store::consents::list_of_user(db, id)).await?;
    let frame = visit.frame();
    let mut rows = Vec::new();
    for consent in &consents {
        let client = visit.app.client(&consent.client_id).await?;
        rows.push(Row::new(consent, client.as_deref(), &visit, &frame.texts));
    }
    let page = Page {
        frame,
        here: "apps",
        rows,
        done: query.optional("done") == Some("withdrawn"),
        csrf: visit.csrf(PLACE),
    };
    Ok(html_apart(StatusCode::OK, &page))
}

async fn take_back(visit: &Visit, client: ClientId) -> Outcome {
    let (id, now) = (visit.user.id, visit.now);
    let event = visit.app.event(EventKind::ConsentWithdrawn, Some(id), Some(&client), "");
    visit
        .app
        .write(move |db| {
            // Grants end also where no consent is written down: an app may have skipped it
            let ended =
                store::grants::end_of_user(db, id, Some(&client), EndReason::Withdrawn, now)?;
            if store::consents::withdraw(db, id, &client)? || ended > 0 {
                store::events::append(db, &event)?;
            }
            Ok(())
        })
        .await?;
    Ok(visit.go_to(PLACE, Some("withdrawn"), Vec::new()))
}

impl Row {
    fn new(consent: &Consent, client: Option<&Client>, visit: &Visit, texts: &Texts) -> Self {
        let metadata = client.map(|client| &client.metadata);
        let name = metadata.and_then(|all| all.client_name.best([texts.tag()]));
        let name = name.unwrap_or(consent.client_id.as_str());
        let allowed = Access { scopes: consent.scopes.clone(), claims: consent.claims.clone() };
        let web = |link: Option<&str>| {
            link.filter(|link| link.starts_with("https://")).map(str::to_owned)
        };
        Self {
            id: consent.client_id.to_string(),
            name: name.to_owned(),
            letter: name.chars().next().unwrap_or('?').to_uppercase().collect(),
            logo: web(metadata.and_then(|all| all.logo_uri.best([texts.tag()]))),
            home: web(metadata.and_then(|all| all.client_uri.best([texts.tag()]))),
            wishes: access::in_words(&allowed, &visit.app.settings().scopes, texts),
            since: when::ago(texts, consent.created_at, visit.now),
        }
    }
}

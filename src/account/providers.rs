//! `/account/providers`: by which providers elsewhere the person signs in; linking one more, and taking one away. It wants a fresh
//! sign-in (ASVS 7.5.1), and never takes the last way in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visit::{self, Outcome, Place, Visit};
use crate::http::{App, Frame, Params, html_apart};
use crate::model::{EventKind, Identity, Purpose, UserId};
use crate::session;
use crate::session::linking::{self, Pending};
use crate::store::{self, Db, StoreError};

/// The address.
pub const PATH: &str = linking::PATH;
const PLACE: Place = Place::fresh(PATH);

#[derive(Template)]
#[template(path = "account/providers.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    rows: Vec<Row>,
    /// Those that are not linked, each with the way there.
    others: Vec<(String, String)>,
    /// Who was recognised, and where, and waits for a yes.
    asked: Option<Asked>,
    done: Option<String>,
    wrong: Option<String>,
    csrf: String,
}

struct Row {
    provider: String,
    subject: String,
    title: String,
}

struct Asked {
    title: String,
    shown: String,
    pending: String,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, |visit, query| async move {
        let done = match query.optional("done") {
            Some("linked") => Some("account-providers-linked"),
            Some("gone") => Some("account-providers-gone"),
            Some(_) | None => None,
        };
        page(&visit, query.optional("pending"), done, None).await
    })
    .await
}

/// POST
pub async fn change(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, |visit, form| async move {
        if form.optional("pending").is_some() {
            return link(&visit, &form).await;
        }
        match (form.optional("provider"), form.optional("subject")) {
            (Some(provider), Some(subject)) => {
                let (provider, subject) = (provider.to_owned(), subject.to_owned());
                unlink(&visit, Identity { provider, subject }).await
            }
            (Some(_), None) | (None, _) => Ok(visit.go_to(PLACE, None, Vec::new())),
        }
    })
    .await
}

async fn link(visit: &Visit, form: &Params) -> Outcome {
    let pending = Pending::open(&visit.app, form.optional("pending"), visit.session.id);
    let Some(pending) = pending else { return Ok(visit.go_to(PLACE, None, Vec::new())) };
    if linking::link(&visit.app, visit.user.id, pending.identity()).await? {
        return Ok(visit.go_to(PLACE, Some("linked"), Vec::new()));
    }
    page(visit, None, None, Some("account-providers-taken")).await
}

async fn unlink(visit: &Visit, identity: Identity) -> Outcome {
    let id = visit.user.id;
    let detail = format!("no longer linked to {}", identity.provider);
    let event = visit.app.event(EventKind::UserChanged, Some(id), None, detail);
    let passwords = visit.app.settings().passwords.accepted;
    let gone = visit.app.write(move |db| {
        if is_last_way_in(db, &identity, id, passwords)? {
            return Ok(false);
        }
        if store::identities::unlink(db, &identity, id)? {
            store::events::append(db, &event)?;
        }
        Ok(true)
    });
    if gone.await? {
        return Ok(visit.go_to(PLACE, Some("gone"), Vec::new()));
    }
    page(visit, None, None, Some("account-providers-last")).await
}

/// Whether nobody could sign in to the account any more without it. `passwords`: whether they are accepted here.
fn is_last_way_in(
    db: &mut Db,
    identity: &Identity,
    id: UserId,
    passwords: bool,
) -> Result<bool, StoreError> {
    let hash = store::users::password_hash(db, id)?;
    let all = store::identities::of_user(db, id)?;
    let has_password = passwords && hash.is_some_and(|hash| hash != store::users::NO_PASSWORD);
    Ok(!has_password && all == [identity.clone()])
}

async fn page(
    visit: &Visit,
    pending: Option<&str>,
    done: Option<&str>,
    wrong: Option<&str>,
) -> Outcome {
    let id = visit.user.id;
    let all = visit.app.read(move |db| store::identities::of_user(db, id)).await?;
    let frame = visit.frame();
    let connectors = visit.app.connectors().await?;
    let title = |name: &str| {
        let known = connectors.get(name).map(|connector| connector.settings.title.clone());
        known.unwrap_or_else(|| name.to_owned())
    };
    let rows: Vec<_> = all
        .into_iter()
        .map(|Identity { provider, subject }| Row { title: title(&provider), provider, subject })
        .collect();
    let asked = Pending::open(&visit.app, pending, visit.session.id).map(|found| Asked {
        title: title(&found.identity().provider),
        shown: found.shown,
        pending: pending.unwrap_or_default().to_owned(),
    });
    let others = connectors
        .iter()
        .filter(|connector| !rows.iter().any(|row| row.provider == connector.name))
        .map(|connector| (connector.settings.title.clone(), way_to(visit, &connector.name)))
        .collect();
    let page = Page {
        here: "providers",
        rows,
        others,
        asked,
        done: done.map(|done| frame.texts.get(done)),
        wrong: wrong.map(|wrong| frame.texts.get(wrong)),
        csrf: visit.csrf(PLACE),
        frame,
    };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(html_apart(status, &page))
}

/// A link that changes nothing: coming back from there asks first.
fn way_to(visit: &Visit, connector: &str) -> String {
    let page = PATH.strip_prefix("/account").unwrap_or_default().to_owned();
    let purpose = Purpose::Account { page, fresh: false };
    let (interaction, _) = session::begin(&visit.app, &visit.browser, purpose);
    let url = session::sealed_url(&visit.app, "/login/with", &interaction);
    format!("{url}&with={connector}&link=on")
}

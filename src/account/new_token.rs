//! `/account/tokens/new`: making a token. It wants a fresh sign-in (ASVS 7.5.1), since the token goes on when the session does not.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use super::tokens::{in_words, name_of};
use super::visit::{self, Outcome, Place, Visit};
use crate::http::{App, Frame, Params, html_apart};
use crate::keys;
use crate::model::{
    ApiToken, ApiTokenId, ApiTokenText, ClientId, ENTITLEMENT_SCOPES, EventKind, STANDARD_SCOPES,
    Scopes, SessionId, days,
};
use crate::store::{self, StoreError};

/// The address.
pub const PATH: &str = "/account/tokens/new";
const PLACE: Place = Place::fresh(PATH);
/// The most tokens of one person.
const MOST: usize = 100;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// For how many days tokens are offered, as far as the settings let.
const LIVES: [u16; 4] = [7, 30, 90, 365];
/// What is chosen when nobody chooses, or the longest below it.
const USUAL: u16 = 30;

#[derive(Template)]
#[template(path = "account/new_token.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    /// What one can be for; empty when that is settled.
    targets: Vec<(String, String)>,
    target: String,
    target_name: String,
    name: String,
    scopes: Vec<Choice>,
    lives: Vec<Life>,
    wrong: Option<String>,
    pending: String,
    csrf: String,
}

struct Choice {
    scope: String,
    words: String,
    chosen: bool,
}

struct Life {
    days: u16,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "account/token_made.html")]
struct MadePage {
    frame: Frame,
    here: &'static str,
    name: String,
    text: String,
    until: String,
}

/// A token that is about to be made. It travels sealed in the form, so that a form that is sent twice makes one.
#[derive(Serialize, Deserialize)]
struct Pending {
    token_of: SessionId,
    random: [u8; 32],
}

/// What somebody filled in.
struct Filled {
    name: String,
    scopes: Scopes,
    days: u16,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, |visit, query| async move {
        let asked = query.optional("for").map(str::to_owned);
        let targets = &visit.app.settings().api_tokens.targets;
        let only = targets.first().filter(|_| targets.len() == 1).cloned();
        let target = asked.filter(|target| targets.contains(target)).or(only);
        let random = visit.app.random();
        page(&visit, target, Filled::nothing(&visit), random, None).await
    })
    .await
}

/// POST
pub async fn make(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, PLACE, &body, judge).await
}

async fn judge(visit: Visit, form: Params) -> Outcome {
    let target = form.optional("for").filter(|one| visit.app.settings().api_tokens.are_for(one));
    let pending = form.optional("pending");
    let pending =
        pending.and_then(|sealed| visit.app.sealer().open(keys::Purpose::Interaction, sealed));
    let pending: Option<Pending> = pending.filter(|own: &Pending| own.token_of == visit.session.id);
    let (Some(target), Some(pending)) = (target, pending) else {
        return Ok(visit.go_to(PLACE, None, Vec::new()));
    };
    let filled = Filled::read(&form, &offered(target, &visit).await?, &visit);
    if filled.name.is_empty() {
        let wrong = Some("account-token-nameless");
        return page(&visit, Some(target.to_owned()), filled, pending.random, wrong).await;
    }
    let text = ApiTokenText::new(&pending.random);
    let now = visit.now;
    let token = ApiToken {
        id: visit.app.id(ApiTokenId::new),
        digest: text.digest(),
        user_id: visit.user.id,
        name: filled.name.clone(),
        target: target.to_owned(),
        scopes: filled.scopes.clone(),
        created_at: now,
        expires_at: now + days(u64::from(filled.days)),
        used_at: None,
    };
    if !keep(&visit, token.clone()).await? {
        let wrong = Some("account-token-too-many");
        return page(&visit, Some(target.to_owned()), filled, pending.random, wrong).await;
    }
    let frame = visit.frame();
    let until = super::when::date(&frame.texts, token.expires_at);
    let text = text.expose().to_owned();
    let page = MadePage { frame, here: "tokens", name: token.name, text, until };
    Ok(html_apart(StatusCode::OK, &page))
}

/// False when the person has too many. One that is there already, since its form was sent twice, is kept as it is.
async fn keep(visit: &Visit, token: ApiToken) -> Result<bool, StoreError> {
    let detail = format!("{:?} for {}", token.name, token.target);
    let event = visit.app.event(EventKind::ApiTokenAdded, Some(visit.user.id), None, detail);
    visit
        .app
        .write(move |db| {
            let all = store::api_tokens::of_user(db, token.user_id)?;
            if all.iter().any(|known| known.digest == token.digest) {
                return Ok(true);
            }
            if all.len() >= MOST {
                return Ok(false);
            }
            if store::api_tokens::insert(db, &token)? {
                store::events::append(db, &event)?;
            }
            Ok(true)
        })
        .await
}

/// The scopes that mean something there: an API's own, or those of an app that belong to no other API.
async fn offered(target: &str, visit: &Visit) -> Result<Scopes, StoreError> {
    let settings = visit.app.settings();
    if let Some(resource) = settings.resources.get(target) {
        return Ok(resource.scopes.clone());
    }
    let client = match ClientId::parse(target) {
        Some(id) => visit.app.client(&id).await?,
        None => None,
    };
    let own = |scope: &&str| {
        let about_the_person =
            STANDARD_SCOPES.contains(scope) && !ENTITLEMENT_SCOPES.contains(scope);
        !about_the_person && settings.resources.of_scope(scope).is_none()
    };
    Ok(client.map(|client| client.metadata.scope.only(own)).unwrap_or_default())
}

async fn page(
    visit: &Visit,
    target: Option<String>,
    filled: Filled,
    random: [u8; 32],
    wrong: Option<&'static str>,
) -> Outcome {
    let frame = visit.frame();
    let texts = &frame.texts;
    let settings = &visit.app.settings().api_tokens;
    let mut targets = Vec::new();
    if target.is_none() {
        for one in &settings.targets {
            targets.push((one.clone(), name_of(one, visit, texts).await?));
        }
    }
    let target = target.unwrap_or_default();
    let mut scopes = Vec::new();
    for scope in offered(&target, visit).await?.iter() {
        let words =
            Scopes::parse(scope).map(|one| in_words(&one, visit, texts)).unwrap_or_default();
        let chosen = filled.scopes.contains(scope);
        scopes.push(Choice { scope: scope.to_owned(), words: words.join(", "), chosen });
    }
    let lives = lives(visit).into_iter().map(|days| Life {
        days,
        words: texts.counted("account-token-days", u64::from(days)),
        chosen: days == filled.days,
    });
    let pending = Pending { token_of: visit.session.id, random };
    let page = Page {
        here: "tokens",
        targets,
        target_name: name_of(&target, visit, texts).await?,
        target,
        name: filled.name,
        scopes,
        lives: lives.collect(),
        wrong: wrong.map(|wrong| texts.get(wrong)),
        pending: visit.app.sealer().seal(keys::Purpose::Interaction, &pending, &visit.app.random()),
        csrf: visit.csrf(PLACE),
        frame,
    };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(html_apart(status, &page))
}

/// Those that the settings let, or the one that they do when it is shorter than all.
fn lives(visit: &Visit) -> Vec<u16> {
    let longest = visit.app.settings().api_tokens.longest;
    let lives: Vec<u16> =
        LIVES.into_iter().filter(|life| days(u64::from(*life)) <= longest).collect();
    let shortest = || u16::try_from(longest.as_secs() / days(1).as_secs()).unwrap_or(u16::MAX);
    if lives.is_empty() { vec![shortest()] } else { lives }
}

impl Filled {
    fn nothing(visit: &Visit) -> Self {
        let days = lives(visit).into_iter().filter(|life| *life <= USUAL).max().unwrap_or(1);
        Self { name: String::new(), scopes: Scopes::default(), days }
    }

    /// What is not offered is not chosen.
    fn read(form: &Params, offered: &Scopes, visit: &Visit) -> Self {
        let name = form.optional("name").unwrap_or_default().trim();
        let name = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let days = form.optional("days").and_then(|days| days.parse().ok());
        let days = days.filter(|days| lives(visit).contains(days));
        Self {
            name,
            scopes: offered.only(|scope| form.optional(&format!("may.{scope}")).is_some()),
            days: days.unwrap_or_else(|| Self::nothing(visit).days),
        }
    }
}

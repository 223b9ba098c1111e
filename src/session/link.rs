//! Links that sign a person in: making one, and using it.

use std::time::Duration;

use actix_web::cookie::Cookie;

use super::interaction::fresh_value;
use super::record::{NewSignIn, SignedIn, sign_in_and};
use crate::http::{App, Browser};
use crate::model::{
    Acr, Amr, Authentication, Client, Digest, Link, LinkId, Precondition, RedirectUri, Secret,
    SessionData, SessionId, Timestamp, User, minutes, seconds,
};
use crate::store::{self, Db, StoreError};

/// Where links are opened. What opens one stands in the query, which no log holds.
pub const PATH: &str = "/link";
/// How long one is good, when nobody says.
const USUAL_MINUTES: u64 = 15;
/// The longest purpose, in characters.
const LONGEST_PURPOSE: usize = 200;

/// A link as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What for, in words for the person.
    pub purpose: &'a str,
    /// Where it leads.
    pub target: &'a str,
    /// For how long it is good, in seconds.
    pub lifetime: Option<&'a str>,
    /// JSON for the app.
    pub data: Option<&'a str>,
    /// Whether opening it is enough.
    pub on_get: bool,
}

/// Why there is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No admin has allowed it.
    #[error("this app makes no links: an admin registers link_uris for it")]
    NotAllowed,
    /// Another target.
    #[error("target has to be one of the app's registered link_uris, letter for letter")]
    Target,
    /// No purpose that a person could read.
    #[error("purpose has to be a text of 1 to 200 characters, all of them visible")]
    Purpose,
    /// Too long, or no number.
    #[error("lifetime has to be a number of seconds, from 1 to {0} (tokens.link)")]
    Lifetime(u64),
    /// No JSON, or too much.
    #[error("data has to be one JSON value of at most 256 KiB")]
    Data,
    /// Not allowed for this app.
    #[error("on_get is for apps that an admin has registered with link_on_get")]
    OnGet,
    /// Nobody, or somebody who may not sign in.
    #[error("user has to be the user name or the sub of somebody who may sign in")]
    User,
}

/// What a link will be.
#[derive(Debug, PartialEq, Eq)]
struct Terms {
    target: String,
    lifetime: Duration,
}

/// A new link and what opens it. `user`: whom it signs in.
pub async fn make(
    app: &App,
    client: &Client,
    user: &User,
    wanted: Wanted<'_>,
) -> Result<Result<(Link, Secret<String>), Refusal>, StoreError> {
    let (link, token) = match prepare(app, client, user, wanted) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let row = link.clone();
    app.write(move |db| store::links::insert(db, &row)).await?;
    Ok(Ok((link, token)))
}

/// The same before it is stored.
pub fn prepare(
    app: &App,
    client: &Client,
    user: &User,
    wanted: Wanted<'_>,
) -> Result<(Link, Secret<String>), Refusal> {
    let terms = judge(client, wanted, app.settings().tokens.link)?;
    if user.disabled_at.is_some() {
        return Err(Refusal::User);
    }
    let (now, token) = (app.now(), fresh_value(app));
    let link = Link {
        id: app.id(LinkId::new),
        token: Digest::of(&token),
        client_id: client.id.clone(),
        user_id: user.id,
        purpose: wanted.purpose.to_owned(),
        target: terms.target,
        data: wanted.data.map(str::to_owned),
        on_get: wanted.on_get,
        created_at: now,
        expires_at: now + terms.lifetime,
        ended: None,
    };
    Ok((link, Secret::new(token)))
}

/// What the person opens.
pub fn url(app: &App, token: &Secret<String>) -> String {
    format!("{}{PATH}?t={}", app.settings().issuer.as_str(), token.expose())
}

fn judge(client: &Client, wanted: Wanted<'_>, longest: Duration) -> Result<Terms, Refusal> {
    let metadata = &client.metadata;
    if metadata.link_uris.is_empty() {
        return Err(Refusal::NotAllowed);
    }
    let target = RedirectUri::of(wanted.target, &metadata.link_uris).ok_or(Refusal::Target)?;
    let readable = !wanted.purpose.trim().is_empty()
        && wanted.purpose.chars().count() <= LONGEST_PURPOSE
        && !wanted.purpose.chars().any(char::is_control);
    if !readable {
        return Err(Refusal::Purpose);
    }
    let lifetime = match wanted.lifetime {
        None => minutes(USUAL_MINUTES).min(longest),
        Some(text) => text.parse().map(seconds).unwrap_or_default(),
    };
    if lifetime.is_zero() || lifetime > longest {
        return Err(Refusal::Lifetime(longest.as_secs()));
    }
    if wanted.data.is_some_and(|data| SessionData::json(data.as_bytes()).is_none()) {
        return Err(Refusal::Data);
    }
    if wanted.on_get && !metadata.link_on_get {
        return Err(Refusal::OnGet);
    }
    Ok(Terms { target: target.as_str().to_owned(), lifetime })
}

/// Uses a link: the browser has a session of its person afterwards, which is good for the app of the link alone unless
/// the same person was signed in before. All in one transaction; the cookies to set, or `None` when it was used,
/// withdrawn or over meanwhile.
pub async fn redeem(
    app: &App,
    browser: &Browser,
    link: &Link,
    present: Option<&SignedIn>,
) -> Result<Option<Vec<Cookie<'static>>>, StoreError> {
    let now = app.now();
    let version = fresh_value(app);
    let (id, used) = (link.id, link.clone());
    let keep = move |db: &mut Db, session: SessionId| keep(db, &used, session, &version);
    let stays = present.filter(|SignedIn { session, .. }| {
        session.user_id == link.user_id && session.opens(Some(&link.client_id))
    });
    if let Some(SignedIn { session, .. }) = stays {
        let session = session.id;
        let done = app
            .write(move |db| {
                let spent = store::links::end(db, id, now)?;
                if spent {
                    keep(db, session)?;
                }
                Ok(spent)
            })
            .await?;
        return Ok(done.then(Vec::new));
    }
    let new = NewSignIn {
        user_id: link.user_id,
        authentication: authentication(now),
        persistent: false,
        only_for: Some(link.client_id.clone()),
        upstream: None,
    };
    let spend = move |db: &mut Db| store::links::end(db, id, now);
    let done = sign_in_and(app, browser, new, spend, keep).await?;
    Ok(done.map(|(_, cookies)| cookies))
}

/// Whoever has the link proves no more than that.
fn authentication(time: Timestamp) -> Authentication {
    Authentication { time, acr: Acr::OneFactor, amr: vec![Amr::Link] }
}

/// What comes with the link goes to the session; what an app keeps there already is left alone.
fn keep(db: &mut Db, link: &Link, session: SessionId, version: &str) -> Result<(), StoreError> {
    store::links::used_for(db, link.id, session)?;
    if let Some(json) = &link.data {
        let data = SessionData { version: version.to_owned(), json: json.clone() };
        let first = Precondition::Absent;
        store::session_data::put(db, session, &link.client_id, &data, &first)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::client::Metadata;
    use crate::model::{ClientId, days};

    fn client(more: &serde_json::Value) -> Client {
        let mut members = json!({
            "redirect_uris": ["https://rp.example/cb"], "link_uris": ["https://rp.example/a", "http://127.0.0.1/b"],
        });
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Client {
            id: ClientId::parse("rp").unwrap(),
            metadata: Metadata::from_json(members.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    const GOOD: Wanted<'_> = Wanted {
        purpose: "Confirm your address",
        target: "https://rp.example/a",
        lifetime: None,
        data: None,
        on_get: false,
    };

    fn judged(wanted: Wanted<'_>) -> Result<u64, Refusal> {
        judge(&client(&json!({})), wanted, days(7)).map(|terms| terms.lifetime.as_secs())
    }

    #[test]
    fn what_a_link_may_be() {
        let (long, huge) = ("x".repeat(201), format!("\"{}\"", "x".repeat(256 * 1024)));
        let week = days(7).as_secs();
        for (wanted, expected) in [
            (GOOD, Ok(900)),
            (Wanted { lifetime: Some("1"), ..GOOD }, Ok(1)),
            (Wanted { lifetime: Some("604800"), ..GOOD }, Ok(604_800)),
            (Wanted { lifetime: Some("604801"), ..GOOD }, Err(Refusal::Lifetime(week))),
            (Wanted { lifetime: Some("0"), ..GOOD }, Err(Refusal::Lifetime(week))),
            (Wanted { lifetime: Some("-1"), ..GOOD }, Err(Refusal::Lifetime(week))),
            (Wanted { lifetime: Some("soon"), ..GOOD }, Err(Refusal::Lifetime(week))),
            (Wanted { target: "http://127.0.0.1:4000/b", ..GOOD }, Ok(900)),
            (Wanted { target: "https://rp.example/a?x", ..GOOD }, Err(Refusal::Target)),
            (Wanted { target: "https://rp.example/cb", ..GOOD }, Err(Refusal::Target)),
            (Wanted { target: "", ..GOOD }, Err(Refusal::Target)),
            (Wanted { purpose: " ", ..GOOD }, Err(Refusal::Purpose)),
            (Wanted { purpose: "a\nb", ..GOOD }, Err(Refusal::Purpose)),
            (Wanted { purpose: &long, ..GOOD }, Err(Refusal::Purpose)),
            (Wanted { data: Some("{}"), ..GOOD }, Ok(900)),
            (Wanted { data: Some("{"), ..GOOD }, Err(Refusal::Data)),
            (Wanted { data: Some(&huge), ..GOOD }, Err(Refusal::Data)),
            (Wanted { on_get: true, ..GOOD }, Err(Refusal::OnGet)),
        ] {
            assert_eq!(judged(wanted), expected, "{:.80}", format!("{wanted:?}"));
        }
        let machine = client(&json!({"link_on_get": true}));
        assert!(judge(&machine, Wanted { on_get: true, ..GOOD }, days(7)).is_ok());
        let none = client(&json!({"link_uris": []}));
        assert_eq!(judge(&none, GOOD, days(7)), Err(Refusal::NotAllowed));
        assert_eq!(judge(&machine, GOOD, minutes(1)).unwrap().lifetime, minutes(1));
    }
}

//! Test logins: a session for a test person, where `[development]` lets it. Without it there is nothing here.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;

use crate::http::{App, Browser, OauthError, Params};
use crate::identity::passwords::Password;
use crate::model::{Acr, Amr, Authentication, Claims, User, UserId, Username};
use crate::session::{self, NewSignIn};
use crate::store::{self, StoreError};

/// Where it is.
pub const PATH: &str = "/autosession";

/// `POST /autosession`: `user` is one of the test people, the first without it.
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    let answer = sign_in(&browser, &app, &body).await;
    answer.unwrap_or_else(|error| error.with_received(format!("POST {PATH}")).respond(&app))
}

async fn sign_in(browser: &Browser, app: &App, body: &[u8]) -> Result<HttpResponse, OauthError> {
    if browser.cross_site || browser.framed {
        let rule = "a page of another site asks for a test login";
        return Err(OauthError::new("access_denied", rule)
            .with_status(StatusCode::FORBIDDEN)
            .with_mend("ask from a program, or from a page of this server"));
    }
    let form = Params::parse(body)?;
    let people = &app.settings().development.people;
    let named = form.optional("user").or_else(|| people.first().map(String::as_str));
    let Some(name) = people.iter().find(|name| Some(name.as_str()) == named) else {
        let rule = format!("user has to be one of the test people: {}", people.join(", "));
        return Err(OauthError::new("invalid_request", rule)
            .with_mend("name the person in development.people of the settings"));
    };
    let user = person(name, app).await?;
    let new = NewSignIn {
        user_id: user.id,
        authentication: Authentication {
            time: app.now(),
            acr: Acr::OneFactor,
            amr: vec![Amr::Pwd],
        },
        persistent: false,
        only_for: None,
        upstream: None,
    };
    let done = session::sign_in(app, browser, new, |_| Ok(true)).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    let sid = done.as_ref().map(|(id, _)| *id);
    for cookie in done.into_iter().flat_map(|(_, cookies)| cookies) {
        answer.cookie(cookie);
    }
    Ok(answer.json(json!({ "sub": user.id, "username": user.username.as_str(), "sid": sid })))
}

/// The test person, who is made when they are not there. Nobody knows their password.
async fn person(name: &str, app: &App) -> Result<User, OauthError> {
    let username = Username::canonical(name);
    let found = match find(&username, app).await? {
        Some(user) => user,
        None => add(username, name, app).await?,
    };
    if found.disabled_at.is_some() {
        let rule = "this test person is disabled";
        return Err(OauthError::new("access_denied", rule)
            .with_status(StatusCode::FORBIDDEN)
            .with_mend("enable them with `hatcheck user enable`"));
    }
    Ok(found)
}

async fn find(username: &Username, app: &App) -> Result<Option<User>, StoreError> {
    let username = username.clone();
    let found = app.read(move |db| store::users::find_to_sign_in(db, &username)).await?;
    Ok(found.map(|(user, _)| user))
}

async fn add(username: Username, name: &str, app: &App) -> Result<User, OauthError> {
    let secret = STANDARD_NO_PAD.encode(app.random::<32>());
    let password = Password::typed(&secret).ok_or_else(|| busy("it can't be hashed"))?;
    let hash = app.hasher().hash(password, app.random()).await;
    let hash = hash.map_err(|error| busy(&error.to_string()))?;
    let now = app.now();
    let new = User {
        id: app.id(UserId::new),
        email: username.as_str().to_owned(),
        email_verified: true,
        name: name.split('@').next().unwrap_or(name).to_owned(),
        username: username.clone(),
        claims: Claims::default(),
        admin: false,
        disabled_at: None,
        totp: None,
        created_at: now,
        updated_at: now,
    };
    app.write(move |db| store::users::insert(db, &new, &hash)).await?;
    // Another request may have been faster
    find(&username, app).await?.ok_or_else(|| busy("the person is gone again"))
}

fn busy(reason: &str) -> OauthError {
    OauthError::new("temporarily_unavailable", format!("the test person can't be made: {reason}"))
        .with_status(StatusCode::SERVICE_UNAVAILABLE)
        .with_mend("try again")
}

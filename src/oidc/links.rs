//! Links that sign a person in, for the apps that make them: `POST /links`, `GET` and `DELETE /links/{id}`.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;

use super::client_auth;
use super::endpoint::{self, Call};
use super::memory::Memory;
use crate::http::{App, OauthError, Params};
use crate::model::client::SubjectType;
use crate::model::{Client, Link, LinkId, Secret, SessionId, Timestamp, User, UserId, Username};
use crate::session::link::{self, Refusal, Wanted};
use crate::store::{self, StoreError};

/// Where they are made.
pub const PATH: &str = "/links";

/// A new link.
#[derive(Serialize)]
pub struct Made {
    id: String,
    /// What the person opens: the only time that it is told.
    url: String,
    expires_at: Timestamp,
}

impl Made {
    /// Of a link and what opens it.
    pub fn of((link, token): &(Link, Secret<String>), app: &App) -> Self {
        Self { id: link.id.to_string(), url: link::url(app, token), expires_at: link.expires_at }
    }
}

/// A link later on.
#[derive(Serialize)]
struct Told<'a> {
    id: String,
    state: &'static str,
    purpose: &'a str,
    target: &'a str,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// The session that it was used for, by which the app finds its tokens and data.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// What was given with it, once it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// `POST /links`
pub async fn make(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::confidential(call, "making links").await?;
    let form = &call.params;
    let wanted = Wanted {
        purpose: form.required("purpose")?,
        target: form.required("target")?,
        lifetime: form.optional("lifetime"),
        data: form.optional("data"),
        on_get: form.optional("on_get") == Some("true"),
    };
    let named = form.required("user")?;
    let user = find_user(named, &client, call.app).await?.ok_or_else(|| refuse(Refusal::User))?;
    let made = link::make(call.app, &client, &user, wanted).await?.map_err(refuse)?;
    Ok(endpoint::json_with(StatusCode::CREATED, &Made::of(&made, call.app)))
}

/// By the name that they sign in with, or by what the app calls them (`sub`).
async fn find_user(named: &str, client: &Client, app: &App) -> Result<Option<User>, StoreError> {
    let id: Option<UserId> = match client.metadata.subject_type {
        SubjectType::Public => named.parse().ok(),
        SubjectType::Pairwise => app.sealer().user_of(client, named),
    };
    let username = Username::canonical(named);
    app.read(move |db| match id {
        Some(id) => store::users::find(db, id),
        None => Ok(store::users::find_to_sign_in(db, &username)?.map(|(user, _)| user)),
    })
    .await
}

/// `GET /links/{id}` and `DELETE /links/{id}`, with the app's credentials in a Basic header
pub async fn manage(
    request: HttpRequest,
    id: web::Path<String>,
    app: web::Data<App>,
    memory: web::Data<Memory>,
) -> HttpResponse {
    let call = Call { app: &app, memory: &memory, request: &request, params: Params::default() };
    let answer = match *request.method() {
        Method::GET => tell(&id, &call).await,
        Method::DELETE => withdraw(&id, &call).await,
        _ => Err(OauthError::new(
            "invalid_request",
            "a link is read with GET and withdrawn with DELETE",
        )
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_mend("send GET or DELETE")),
    };
    answer.unwrap_or_else(|error| {
        error.with_received(format!("{} {}", request.method(), request.path())).respond(&app)
    })
}

async fn tell(id: &str, call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let link = own(id, call).await?;
    let sid = link.ended.and_then(|ended| ended.session_id);
    let data = link.data.as_deref().filter(|_| sid.is_some());
    Ok(endpoint::json(&Told {
        id: link.id.to_string(),
        state: link.state(call.app.now()),
        purpose: &link.purpose,
        target: &link.target,
        created_at: link.created_at,
        expires_at: link.expires_at,
        ended_at: link.ended.map(|ended| ended.at),
        sid,
        // It was checked when it came
        data: data.and_then(|data| serde_json::from_str(data).ok()),
    }))
}

/// One that is used or over already stays so, and is as good as withdrawn.
async fn withdraw(id: &str, call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let link = own(id, call).await?;
    let now = call.app.now();
    call.app.write(move |db| store::links::end(db, link.id, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The app's own link; another's is as good as none.
async fn own(id: &str, call: &Call<'_>) -> Result<Link, OauthError> {
    let client = client_auth::confidential(call, "looking after links").await?;
    let id: Option<LinkId> = id.parse().ok();
    let found = match id {
        Some(id) => {
            let client = client.id.clone();
            call.app.read(move |db| store::links::find(db, &client, id)).await?
        }
        None => None,
    };
    found.ok_or_else(|| {
        OauthError::new("not_found", "this app has no such link")
            .with_status(StatusCode::NOT_FOUND)
            .with_mend("take the id from the answer that made the link")
    })
}

/// What an app is told that gets no link.
pub fn refuse(refusal: Refusal) -> OauthError {
    let rule = refusal.to_string();
    match refusal {
        Refusal::NotAllowed | Refusal::OnGet => OauthError::new("unauthorized_client", rule)
            .with_mend(
                "let an admin register link_uris, and link_on_get where it is needed, for this app",
            ),
        Refusal::Target
        | Refusal::Purpose
        | Refusal::Lifetime(_)
        | Refusal::Data
        | Refusal::User => OauthError::new("invalid_request", rule).with_mend("send another value"),
    }
}

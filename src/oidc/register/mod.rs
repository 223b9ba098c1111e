//! Dynamic client registration: RFC 7591, OpenID Connect Dynamic Client Registration 1.0; its management: RFC 7592.

mod answer;
mod body;
mod manage;
mod refusal;
mod sector;

use std::time::Duration;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use self::manage::handle as manage;
use self::refusal::Refusal;
use super::bearer;
use crate::config::RegistrationMode;
use crate::http::{App, ClientAddress, OauthError, client_secrets_after, cors};
use crate::identity::throttle;
use crate::model::client::{Metadata, Registrar};
use crate::model::throttle::Bucket;
use crate::model::{Client, ClientId, Digest, EventKind, Secret};
use crate::store::{self, StoreError};

/// `POST /register`
pub async fn handle(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight(&request, "POST");
    }
    let answer = register(&request, &app, &body).await.unwrap_or_else(|error| {
        let received = format!("{} {}, {} bytes", request.method(), request.path(), body.len());
        error.with_received(received).respond(&app)
    });
    cors::any_origin(answer)
}

async fn register(
    request: &HttpRequest,
    app: &App,
    body: &[u8],
) -> Result<HttpResponse, OauthError> {
    if *request.method() != Method::POST {
        return Err(Refusal::Method("POST").into());
    }
    let invitation = invitation(request, app).await?;
    let registrar = if invitation.is_some() { Registrar::Invited } else { Registrar::Anyone };
    let members = body::read(request, body)?;
    if let Some(chosen) =
        ["client_id", "client_secret"].into_iter().find(|name| members.contains_key(*name))
    {
        return Err(Refusal::Chosen(chosen).into());
    }
    let scopes = &app.settings().registration.scopes;
    let metadata = Metadata::from_outside(members, registrar, scopes).map_err(Refusal::Metadata)?;
    app.settings().security.admit(&metadata).map_err(Refusal::Metadata)?;
    body::check_keys(&metadata)?;
    if invitation.is_none() {
        count(request, app).await?;
    }
    sector::check(&metadata, app).await.map_err(Refusal::Sector)?;
    ensure_keys(&metadata, app).await?;
    let metadata = Metadata { unverified: invitation.is_none(), ..metadata };
    let registered = new_client(metadata, app)?;
    store(&registered, invitation, app).await?;
    Ok(answer::created(&registered.client, registered.secret.as_ref(), &registered.token, app))
}

/// A client with what it is told once.
struct Registered {
    client: Client,
    secret: Option<Secret<String>>,
    token: Secret<String>,
}

fn new_client(metadata: Metadata, app: &App) -> Result<Registered, OauthError> {
    let id = format!("{:032x}", u128::from_be_bytes(app.random()));
    let (secrets, secret) = client_secrets_after(app, &[], &metadata)?;
    let now = app.now();
    let client = Client {
        id: ClientId::parse(&id).ok_or(Refusal::Again)?,
        metadata,
        secrets,
        created_at: now,
        updated_at: now,
    };
    let token = Secret::new(URL_SAFE_NO_PAD.encode(app.random::<32>()));
    Ok(Registered { client, secret, token })
}

/// The initial access token that the caller brings, as far as it is good before it is used.
async fn invitation(
    request: &HttpRequest,
    app: &App,
) -> Result<Option<(Digest, String)>, OauthError> {
    let mode = app.settings().registration.mode;
    if mode == RegistrationMode::Closed {
        return Err(Refusal::Closed.into());
    }
    let token = match (bearer::token(request), mode) {
        (Some(token), _) => token,
        (None, RegistrationMode::Open) => return Ok(None),
        (None, RegistrationMode::Token | RegistrationMode::Closed) => {
            return Err(Refusal::NoToken.into());
        }
    };
    let digest = Digest::of(token);
    let wanted = digest.clone();
    let found = app.read(move |db| store::initial_tokens::find(db, &wanted)).await?;
    match found.filter(|token| token.is_good(app.now())) {
        Some(token) => Ok(Some((digest, token.name))),
        None => Err(Refusal::BadToken.into()),
    }
}

/// Counts a registration that nobody answers for, unless there were too many.
async fn count(request: &HttpRequest, app: &App) -> Result<(), OauthError> {
    let network = ClientAddress::of(request, &app.settings().server.trusted_proxies).network();
    let buckets = [Bucket::registration(&network), Bucket::all_registrations()];
    let (now, limits) = (app.now(), app.settings().throttle);
    let wait = app
        .write(move |db| {
            let mut longest: Option<Duration> = None;
            for bucket in &buckets {
                let so_far = store::throttle::find(db, bucket)?;
                longest = longest.max(throttle::wait(bucket.kind, so_far, &limits, now));
            }
            if longest.is_none() {
                for bucket in &buckets {
                    let window = throttle::window(bucket.kind, &limits);
                    store::throttle::count(db, bucket, window, now)?;
                }
            }
            Ok(longest)
        })
        .await?;
    wait.map_or(Ok(()), |wait| Err(Refusal::TooMany(wait).into()))
}

/// A key for each algorithm that the client wants its answers signed with.
async fn ensure_keys(metadata: &Metadata, app: &App) -> Result<(), OauthError> {
    for algorithm in metadata.algorithms() {
        app.keys_for(algorithm).await?;
    }
    Ok(())
}

async fn store(
    registered: &Registered,
    invitation: Option<(Digest, String)>,
    app: &App,
) -> Result<(), OauthError> {
    let detail = match &invitation {
        Some((_, name)) => format!("by registration with the token {name}"),
        None => "by open registration".to_owned(),
    };
    let (client, now) = (registered.client.clone(), app.now());
    let token = Digest::of(registered.token.expose());
    let event = app.event(EventKind::ClientAdded, None, Some(&client.id), detail);
    let stored: Result<(), Refusal> = app
        .write(move |db| {
            if let Some((digest, _)) = &invitation
                && !store::initial_tokens::spend(db, digest, now)?
            {
                return Ok(Err(Refusal::BadToken));
            }
            if !store::registrations::insert(db, &client, &token)? {
                return Ok(Err(Refusal::Again));
            }
            store::events::append(db, &event)?;
            Ok::<_, StoreError>(Ok(()))
        })
        .await?;
    Ok(stored?)
}

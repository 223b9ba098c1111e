//! Signing in without a browser, for the owner's own apps: OAuth 2.0 for First-Party Applications
//! (draft-ietf-oauth-first-party-apps section 5). The app asks for the password itself, and ends with a code.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::authorize::{self, Incoming, Refusal, rules};
use super::client_auth;
use super::endpoint::{self, Call};
use crate::http::{App, Browser, OauthError, open_totp};
use crate::identity::recovery;
use crate::keys::Purpose as Seal;
use crate::model::client::GrantType;
use crate::model::{
    Acr, Amr, Authentication, AuthorizationRequest, Client, ClientId, Digest, Interaction,
    Progress, Purpose, SessionId, Timestamp, User, UserId, Username, minutes,
};
use crate::session::guesses::{self, Outcome, Right};
use crate::session::second_factor::{self, Attempt, Proof, Verdict};
use crate::session::{self, NewSignIn, SignedIn};
use crate::store::{self, StoreError};

/// For how many minutes a right password waits for its second factor.
const WAIT_MINUTES: u64 = 10;

/// What is no part of the authorization request.
const OF_THE_CHALLENGE: [&str; 8] = [
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "username",
    "password",
    "auth_session",
    "totp",
    "recovery_code",
];

/// Section 5.2.1.
#[derive(Serialize)]
struct Done {
    authorization_code: String,
}

/// Section 5.2.2: what is still wanted, and what to send with it.
#[derive(Serialize)]
struct Wanted {
    error: &'static str,
    error_description: &'static str,
    auth_session: String,
    second_factor: [&'static str; 2],
}

/// A right password that waits for its second factor, sealed in `auth_session` (section 5.3).
#[derive(Debug, Deserialize, Serialize)]
struct Half {
    client_id: ClientId,
    user_id: UserId,
    request: AuthorizationRequest,
    at: Timestamp,
}

/// `POST /authorize-challenge`
pub async fn challenge(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::authenticate(call).await?;
    let metadata = &client.metadata;
    if !metadata.first_party || !metadata.may_use(GrantType::AuthorizationCode) {
        let rule = "only the owner's own apps ask people for passwords (section 1.1)";
        return Err(OauthError::new("unauthorized_client", rule).with_mend(
            "send the person to /authorize; or register first_party and the grant authorization_code, with `hatcheck client update`",
        ));
    }
    match call.params.optional("auth_session") {
        Some(sealed) => go_on(sealed, &client, call).await,
        None => begin(&client, call).await,
    }
}

async fn begin(client: &Client, call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let app = call.app;
    let request = request(client, call).await?;
    let username = Username::canonical(call.params.required("username")?);
    let password = call.params.required("password")?;
    let browser = caller(call);
    let right = match guesses::check(app, &browser, &username, password).await? {
        Outcome::Right(right) => *right,
        Outcome::Wrong => return Err(denied("the user name or the password is wrong")),
        Outcome::Wait(wait) => return Err(throttled(wait.as_secs())),
        Outcome::Busy => return Err(throttled(5)),
    };
    if right.user.has_second_factor() {
        return wait_for_factor(client, request, right, app).await;
    }
    let (user, now) = (right.user.clone(), app.now());
    let authentication = Authentication { time: now, acr: Acr::OneFactor, amr: vec![Amr::Pwd] };
    let new = new_sign_in(user.id, authentication);
    let write = move |db: &mut store::Db| right.write(db).map(|()| true);
    let done = session::sign_in(app, &browser, new, write).await?;
    let (id, _) = done.ok_or_else(|| denied("the sign-in was not recorded"))?;
    finish(request, client, (user, id), app).await
}

async fn wait_for_factor(
    client: &Client,
    request: AuthorizationRequest,
    right: Right,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    let half =
        Half { client_id: client.id.clone(), user_id: right.user.id, request, at: app.now() };
    if right.has_to_write() {
        app.write(move |db| right.write(db)).await?;
    }
    let wanted = Wanted {
        error: "insufficient_authorization",
        error_description: "the person has a second factor: send totp or recovery_code, with auth_session",
        auth_session: app.sealer().seal(Seal::Challenge, &half, &app.random()),
        second_factor: ["totp", "recovery_code"],
    };
    Ok(endpoint::json_with(StatusCode::BAD_REQUEST, &wanted))
}

async fn go_on(sealed: &str, client: &Client, call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let app = call.app;
    let half: Half = app.sealer().open(Seal::Challenge, sealed).ok_or_else(no_session)?;
    let over = half.at + minutes(WAIT_MINUTES);
    if half.client_id != client.id || over <= app.now() {
        return Err(no_session());
    }
    let id = half.user_id;
    let user = app.read(move |db| store::users::find(db, id)).await?;
    let user = user.filter(|user| user.disabled_at.is_none()).ok_or_else(no_session)?;
    let proof = proof(&user, call)?;
    let authentication = second_factor::authentication(None, proof.method(), app.now());
    let new = new_sign_in(user.id, authentication);
    let attempt = Attempt::new(app, user.id, proof);
    match second_factor::sign_in(app, &caller(call), new, attempt).await? {
        Ok((id, _)) => finish(half.request, client, (user, id), app).await,
        Err(Verdict::Wait(wait)) => Err(throttled(wait.as_secs())),
        Err(Verdict::Right | Verdict::Wrong) => {
            Err(denied("the code is wrong, or was used before"))
        }
    }
}

fn proof(user: &User, call: &Call<'_>) -> Result<Proof, OauthError> {
    if let Some(code) = call.params.optional("recovery_code") {
        return Ok(Proof::Recovery(recovery::digest(user.id, code)));
    }
    let code = call.params.required("totp")?;
    let totp = user.totp.as_ref().ok_or_else(no_session)?;
    Ok(Proof::Totp {
        sealed: totp.sealed_secret.clone(),
        secret: open_totp(call.app, totp)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        code: code.split_whitespace().collect(),
    })
}

/// Section 5.1: the parameters of an authorization request, by the same rules as at the authorization endpoint. The
/// client's first redirect URI stands for the place where the web would go on.
async fn request(client: &Client, call: &Call<'_>) -> Result<AuthorizationRequest, OauthError> {
    let own = |(name, _): &(&str, &str)| !OF_THE_CHALLENGE.contains(name);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut pairs: Vec<_> = call.params.iter().filter(own).map(owned).collect();
    let registered = client.metadata.redirect_uris.first().map(|uri| uri.as_str().to_owned());
    let named =
        |pairs: &[(String, String)], name: &str| pairs.iter().any(|(known, _)| known == name);
    if !named(&pairs, "redirect_uri") {
        pairs.extend(registered.map(|uri| ("redirect_uri".to_owned(), uri)));
    }
    if !named(&pairs, "response_type") {
        pairs.push(("response_type".to_owned(), "code".to_owned()));
    }
    let invalid = |text: String| OauthError::new("invalid_request", text);
    let incoming = Incoming::of_pairs(pairs).map_err(|error| invalid(error.to_string()))?;
    let uri = rules::redirect_uri::judge(&incoming, client);
    let uri = uri.map_err(|error| invalid(error.to_string()))?;
    let request = authorize::request(&incoming, client, &uri, call.app).await.map_err(refused)?;
    if request.response.response_type() != crate::model::ResponseType::Code {
        return Err(invalid("response_type has to be code here (section 5.1)".to_owned()));
    }
    Ok(request)
}

/// What is still missing can be done in a browser alone (section 5.2.2.1).
async fn finish(
    request: AuthorizationRequest,
    client: &Client,
    (user, id): (User, SessionId),
    app: &App,
) -> Result<HttpResponse, OauthError> {
    let found = app.read(move |db| store::sessions::find(db, id)).await?;
    let session = found.ok_or_else(|| denied("the session has ended meanwhile"))?;
    let signed_in = SignedIn { session, user };
    let consent = session::consent(app, signed_in.user.id, client).await?;
    let interaction = Interaction {
        started_at: signed_in.session.authentication.time,
        purpose: Purpose::Authorize(Box::new(request)),
        browser: Digest::of(""),
        session: None,
        progress: Progress { chosen: Some(id), ..Progress::default() },
    };
    let missing =
        session::missing(&interaction, Some(&signed_in), Some(client), consent.as_ref(), app.now());
    let request = interaction.request().filter(|_| missing.is_none());
    let Some(request) = request else {
        let rule =
            "the person has to do something in a browser, such as to allow the app (section 5.2.2)";
        return Err(OauthError::new("redirect_to_web", rule)
            .with_mend("send the person to /authorize; skip_consent in the registration spares them the question"));
    };
    let code = authorize::direct(request, client, &signed_in, app).map_err(refused)?;
    Ok(endpoint::json(&Done { authorization_code: code }))
}

/// Who calls, as the throttles count: by address. Cookies mean nothing here.
fn caller(call: &Call<'_>) -> Browser {
    let browser = Browser::of(call.request, call.app);
    Browser { cookie: None, session: None, device: None, state: None, ..browser }
}

const fn new_sign_in(user_id: UserId, authentication: Authentication) -> NewSignIn {
    NewSignIn { user_id, authentication, persistent: false, only_for: None, upstream: None }
}

fn refused(refusal: Refusal) -> OauthError {
    if let Refusal::Store(error) = refusal {
        return error.into();
    }
    OauthError::new(refusal.error(), refusal.to_string()).with_mend(refusal.mend())
}

fn denied(rule: &str) -> OauthError {
    OauthError::new("access_denied", rule).with_mend("let the person try again")
}

fn no_session() -> OauthError {
    OauthError::new(
        "invalid_session",
        "auth_session is damaged, too old, or another client's (section 5.3)",
    )
    .with_mend("begin again with username and password")
}

/// RFC 6585 section 4.
fn throttled(seconds: u64) -> OauthError {
    let wait = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
    OauthError {
        retry_after: Some(wait),
        ..OauthError::new("slow_down", format!("too many failures: wait {wait} seconds"))
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with_mend("the limits stand in [throttle] of the settings")
    }
}

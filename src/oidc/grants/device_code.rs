//! `grant_type=urn:ietf:params:oauth:grant-type:device_code`: RFC 8628 sections 3.4 and 3.5.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::json;

use crate::config::{Sessions, Tokens};
use crate::http::OauthError;
use crate::identity::may_issue::{Barred, may_issue};
use crate::model::client::GrantType;
use crate::model::{
    Client, Details, DeviceRequest, Digest, Grant, GrantId, RefreshState, Session, Timestamp, User,
};
use crate::oidc::audience::{self, Audience};
use crate::oidc::device::pace;
use crate::oidc::endpoint::{self, Call};
use crate::oidc::hook::{self, About};
use crate::oidc::protect;
use crate::oidc::refresh::RefreshToken;
use crate::oidc::tokens::{Issue, issue};
use crate::session;
use crate::store::{self, Db, StoreError};

/// Why a device gets no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No request has this code, or it is long over.
    #[error("the device code is none of this server's (RFC 6749 section 5.2)")]
    Unknown,
    /// It was given to another client.
    #[error("the device code was given to another client (RFC 8628 section 3.4)")]
    OtherClient,
    /// Nobody has decided yet.
    #[error("nobody has allowed it yet: poll again after the interval (RFC 8628 section 3.5)")]
    Pending,
    /// Nobody has decided yet, and the device asks too often.
    #[error(
        "nobody has allowed it yet: poll five seconds slower from now on (RFC 8628 section 3.5)"
    )]
    TooFast,
    /// Somebody denied it.
    #[error("the person did not allow it (RFC 8628 section 3.5)")]
    Denied,
    /// Nobody decided in time.
    #[error("the device code is past its time (RFC 8628 section 3.5)")]
    Expired,
    /// It was redeemed before.
    #[error("the device code was redeemed before (RFC 8628 section 3.5)")]
    Spent,
    /// The gate says no.
    #[error("the device code is out of date: {0} (RFC 6749 section 5.2)")]
    Barred(#[from] Barred),
    /// The person is gone, was changed, or withdrew it.
    #[error(
        "the device code is out of date: the account was changed or deleted, or its consent withdrawn, since it was \
         allowed (RFC 6749 section 5.2)"
    )]
    Outdated,
}

/// Gives a device its tokens when somebody has allowed it.
pub async fn exchange(call: &Call<'_>, client: Arc<Client>) -> Result<HttpResponse, OauthError> {
    let code = Digest::of(call.params.required("device_code")?);
    let (app, now) = (call.app, call.app.now());
    let sought = code.clone();
    let found = app.read(move |db| store::device_requests::find(db, &sought)).await?;
    match judge(found.as_ref(), &client, now) {
        Ok(request) => redeem(request.clone(), client, call).await,
        Err(Refusal::Pending) => {
            let over_at = found.map_or(now, |request| request.expires_at);
            let too_fast = pace::is_too_fast(&code, over_at, now);
            Ok(wait(if too_fast { Refusal::TooFast } else { Refusal::Pending }))
        }
        Err(refusal) => Err(refuse(refusal)),
    }
}

/// The rules, in this order: whose it is, whether it was used, what was decided, whether there is time left. What was
/// allowed in time is given a moment later as well.
fn judge<'a>(
    request: Option<&'a DeviceRequest>,
    client: &Client,
    now: Timestamp,
) -> Result<&'a DeviceRequest, Refusal> {
    let request = request.ok_or(Refusal::Unknown)?;
    if request.client_id != client.id {
        return Err(Refusal::OtherClient);
    }
    if request.spent {
        return Err(Refusal::Spent);
    }
    match request.decision {
        Some(decision) if !decision.allowed => Err(Refusal::Denied),
        Some(_) if now < request.expires_at => Ok(request),
        None if now < request.expires_at => Err(Refusal::Pending),
        Some(_) | None => Err(Refusal::Expired),
    }
}

/// What the transaction needs.
struct Redemption {
    client: Arc<Client>,
    request: DeviceRequest,
    grant_id: GrantId,
    refresh: Option<RefreshState>,
    lifetimes: Tokens,
    limits: Sessions,
    now: Timestamp,
}

async fn redeem(
    request: DeviceRequest,
    client: Arc<Client>,
    call: &Call<'_>,
) -> Result<HttpResponse, OauthError> {
    let (app, now) = (call.app, call.app.now());
    let asked = audience::asked(&call.params, &client, app.settings())?;
    let resources = &audience::narrowed(&asked, &request.resources, &client, app.settings())?;
    // Before the code is spent
    let keys = protect::ready(&client, app).await?;
    let about = About {
        client: &client,
        user_id: request.decision.map(|decision| decision.user_id),
        authentication: None,
        scopes: &request.scopes,
        audience: &Audience::of(resources, &request.scopes, &client, app.settings()).names,
        by: GrantType::DeviceCode,
    };
    let extra = &hook::ask(about, app).await?;
    let grant_id = app.id(GrantId::new);
    let refreshes = client.metadata.may_use(GrantType::RefreshToken);
    let refresh = refreshes.then(|| RefreshToken::first(grant_id, app.random()));
    let redemption = Redemption {
        client: client.clone(),
        request,
        grant_id,
        refresh: refresh.as_ref().map(RefreshToken::state),
        lifetimes: app.settings().tokens,
        limits: app.settings().sessions,
        now,
    };
    let (user, grant) = app.write(move |db| redemption.settle(db)).await?.map_err(refuse)?;
    let scopes = &grant.scopes;
    let audience = &Audience::of(resources, scopes, &client, app.settings());
    let (client, user, grant) = (&client, &user, &grant);
    let facts = Issue { client, user, grant, scopes, audience, nonce: None, extra };
    Ok(endpoint::json(&issue(facts, refresh.map(|token| token.text()), &keys, app).await?))
}

impl Redemption {
    /// A refusal is an `Ok`: nothing is written then.
    fn settle(&self, db: &mut Db) -> Result<Result<(User, Grant), Refusal>, StoreError> {
        let Some(decision) = self.request.decision else { return Ok(Err(Refusal::Pending)) };
        let user = store::users::find(db, decision.user_id)?;
        let consented = self.client.metadata.skip_consent
            || store::consents::find(db, decision.user_id, &self.client.id)?.is_some();
        // What the person was when they allowed it is what they allowed it as
        let user = match user {
            Some(user) if consented && user.updated_at <= decision.at => user,
            Some(_) | None => return Ok(Err(Refusal::Outdated)),
        };
        let session = store::sessions::find(db, decision.session_id)?;
        if let Err(barred) = may_issue(&user, &self.client, session.as_ref(), None, self.now) {
            return Ok(Err(barred.into()));
        }
        let Some(session) = session else { return Ok(Err(Barred::SessionEnded.into())) };
        let grant = self.grant(&user, &session);
        let given = store::device_requests::spend(db, &self.request.device_code, self.now)?
            && store::grants::insert(db, &grant, None)?;
        Ok(if given { Ok((user, grant)) } else { Err(Refusal::Spent) })
    }

    /// It hangs from the session in which it was allowed, or outlives it with `offline_access`, as that of a code does.
    fn grant(&self, user: &User, session: &Session) -> Grant {
        let offline = self.request.scopes.contains("offline_access");
        Grant {
            id: self.grant_id,
            code: self.request.device_code.clone(),
            user_id: user.id,
            client_id: self.client.id.clone(),
            session_id: session.id,
            scopes: self.request.scopes.clone(),
            details: Details { resources: self.request.resources.clone(), ..Details::default() },
            authentication: session.authentication.clone(),
            offline,
            refresh: self.refresh.clone(),
            created_at: self.now,
            expires_at: if offline {
                self.now + self.lifetimes.refresh_token
            } else {
                session::expires_at(session, &self.limits)
            },
            ended_at: None,
        }
    }
}

/// To wait is no mistake: it is not noted, and holds nothing to explain.
fn wait(refusal: Refusal) -> HttpResponse {
    HttpResponse::build(StatusCode::BAD_REQUEST)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(json!({ "error": error(refusal), "error_description": refusal.to_string() }))
}

const fn error(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Pending => "authorization_pending",
        Refusal::TooFast => "slow_down",
        Refusal::Denied => "access_denied",
        Refusal::Expired => "expired_token",
        Refusal::Unknown
        | Refusal::OtherClient
        | Refusal::Spent
        | Refusal::Barred(_)
        | Refusal::Outdated => "invalid_grant",
    }
}

fn refuse(refusal: Refusal) -> OauthError {
    let mend = match refusal {
        Refusal::Unknown => {
            "send the device_code of the answer as it came, to the server that gave it"
        }
        Refusal::OtherClient => "poll as the client that asked for the device code",
        Refusal::Pending | Refusal::TooFast => "nothing is wrong: poll again after the interval",
        Refusal::Denied => "nothing is wrong: the person decided",
        Refusal::Expired => "ask for a new device code; each lasts for tokens.device_code",
        Refusal::Spent => "stop polling after the tokens came; after a lost answer begin anew",
        Refusal::Barred(_) | Refusal::Outdated => "let the person allow it again, with a new code",
    };
    OauthError::new(error(refusal), refusal.to_string()).with_mend(mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Decision, Scopes, minutes, seconds};
    use crate::oidc::authorize::rules::tests::client;
    use crate::store::testing::{self, NOW};

    #[test]
    fn dev_03_each_state_has_its_error() {
        let notes = client(&serde_json::json!({}));
        let decision = |allowed| Decision {
            allowed,
            user_id: testing::user(1).id,
            session_id: testing::session(1).id,
            at: NOW,
        };
        let request = |decision: Option<Decision>, spent: bool| DeviceRequest {
            device_code: Digest::of("device"),
            user_code: Digest::of("user"),
            client_id: notes.id.clone(),
            scopes: Scopes::default(),
            resources: Vec::new(),
            network: Digest::of("network"),
            created_at: NOW,
            expires_at: NOW + minutes(10),
            decision,
            spent,
        };
        let judged = |found: Option<DeviceRequest>, by: &Client, later| {
            judge(found.as_ref(), by, NOW + seconds(later)).map(|_| ()).map_err(error)
        };
        let (yes, no) = (Some(decision(true)), Some(decision(false)));
        assert_eq!(judged(Some(request(None, false)), &notes, 599), Err("authorization_pending"));
        assert_eq!(judged(Some(request(None, false)), &notes, 600), Err("expired_token"));
        assert_eq!(judged(Some(request(no, false)), &notes, 5), Err("access_denied"));
        assert_eq!(judged(Some(request(yes, false)), &notes, 599), Ok(()));
        assert_eq!(judged(Some(request(yes, false)), &notes, 600), Err("expired_token"));
        assert_eq!(judged(Some(request(yes, true)), &notes, 5), Err("invalid_grant"));
        assert_eq!(judged(None, &notes, 5), Err("invalid_grant"));
        let other = Client { id: crate::model::ClientId::parse("other").unwrap(), ..notes.clone() };
        assert_eq!(judged(Some(request(yes, false)), &other, 5), Err("invalid_grant"));
    }
}

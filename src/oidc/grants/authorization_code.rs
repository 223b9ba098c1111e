//! `grant_type=authorization_code`: RFC 6749 section 4.1.3, with PKCE from RFC 7636.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Tokens as Lifetimes;
use crate::http::{App, OauthError, ParamError, Params};
use crate::identity::may_issue::{Barred, may_issue};
use crate::keys::Purpose;
use crate::model::client::GrantType;
use crate::model::{
    Client, Code, Digest, EndReason, Event, EventKind, Grant, RefreshState, Timestamp, User,
};
use crate::oidc::audience::{self, Audience, TargetError};
use crate::oidc::endpoint::Call;
use crate::oidc::protect;
use crate::oidc::refresh::RefreshToken;
use crate::oidc::tokens::{Issue, Tokens, issue};
use crate::store::{self, Db, StoreError};

/// Why a code gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing that this server sealed.
    #[error("the code is none of this server's (RFC 6749 section 5.2)")]
    Unknown,
    /// It was made for another client.
    #[error("the code was made for another client (RFC 6749 section 4.1.3)")]
    OtherClient,
    /// It is past its time.
    #[error("the code is past its time (RFC 6749 section 4.1.2)")]
    Expired,
    /// It was sent to another redirect URI.
    #[error("redirect_uri is not that of the authorization request (RFC 6749 section 4.1.3)")]
    RedirectUri,
    /// The request had a challenge.
    #[error(
        "code_verifier is missing, and the authorization request had a code_challenge (RFC 7636 section 4.5)"
    )]
    VerifierMissing,
    /// The request had no challenge.
    #[error(
        "code_verifier came, and the authorization request had no code_challenge (RFC 9700 section 2.1.1)"
    )]
    VerifierUnexpected,
    /// The verifier does not fit the challenge.
    #[error(
        "code_verifier does not fit the code_challenge; the code is spent by this (RFC 7636 section 4.6)"
    )]
    VerifierWrong,
    /// It was redeemed before.
    #[error("the code was redeemed before, and what it gave has ended (RFC 6749 section 4.1.2)")]
    Replayed,
    /// What it was made for has changed since.
    #[error("the code is out of date: {0} (RFC 6749 section 5.2)")]
    Barred(#[from] Barred),
    /// The person is gone, or was changed since.
    #[error(
        "the code is out of date: the account was changed or deleted, or its consent withdrawn, since it was made (RFC 6749 section 5.2)"
    )]
    Outdated,
}

/// What the client sends.
struct Request<'a> {
    params: &'a Params,
    code: &'a str,
    redirect_uri: &'a str,
    verifier: Option<&'a str>,
}

/// What the transaction needs.
struct Redemption {
    client: Arc<Client>,
    grant: Grant,
    granted: bool,
    issued_at: Timestamp,
    replay: Event,
}

/// Trades a code for the grant behind it.
pub async fn exchange(call: &Call<'_>, client: Arc<Client>) -> Result<Tokens, OauthError> {
    let request = Request::parse(&call.params)?;
    let (app, now) = (call.app, call.app.now());
    let code: Code = app
        .sealer()
        .open(Purpose::Code, request.code)
        .ok_or_else(|| refuse(Refusal::Unknown, &client))?;
    // Before the code is spent
    let keys = protect::ready(&client, app).await?;
    let verdict = judge(&request, &client, &code, app.settings().tokens.code, now);
    let resources =
        if verdict.is_ok() { request.resources(&client, &code, app)? } else { Vec::new() };
    let refresh = client
        .metadata
        .grant_types
        .contains(&GrantType::RefreshToken)
        .then(|| RefreshToken::first(code.grant_id, app.random()));
    let redemption = Arc::new(redemption(&request, client, &code, refresh.as_ref(), app));
    let Redemption { client, grant, .. } = &*redemption;
    let user =
        settle(&redemption, verdict, now, app).await?.map_err(|refusal| refuse(refusal, client))?;
    let (scopes, nonce) = (&grant.scopes, code.nonce.as_deref());
    let audience = &Audience::of(&resources, scopes, client, app.settings());
    let facts = Issue { client, user: &user, grant, scopes, audience, nonce };
    issue(facts, refresh.map(|token| token.text()), &keys, app).await
}

impl<'a> Request<'a> {
    fn parse(params: &'a Params) -> Result<Self, ParamError> {
        Ok(Self {
            params,
            code: params.required("code")?,
            redirect_uri: params.required("redirect_uri")?,
            verifier: params.optional("code_verifier"),
        })
    }

    /// The resources of the token: those of the authorization, or some of them (RFC 8707 section 2.2).
    fn resources(
        &self,
        client: &Client,
        code: &Code,
        app: &App,
    ) -> Result<Vec<String>, TargetError> {
        let settings = app.settings();
        let asked = audience::asked(self.params, client, settings)?;
        audience::narrowed(&asked, &code.details.resources, client, settings)
    }
}

fn redemption(
    request: &Request<'_>,
    client: Arc<Client>,
    code: &Code,
    refresh: Option<&RefreshToken>,
    app: &App,
) -> Redemption {
    let detail = format!("grant {}", code.grant_id);
    let replay = app.event(EventKind::CodeReplay, Some(code.user_id), Some(&client.id), detail);
    let state = refresh.map(RefreshToken::state);
    let digest = Digest::of(request.code);
    let grant = grant(code, digest, state, &app.settings().tokens, app.now());
    Redemption { client, grant, granted: code.granted, issued_at: code.issued_at, replay }
}

/// What redeeming gives: with `offline_access` it outlives the session (OpenID Connect Core section 11).
fn grant(
    code: &Code,
    digest: Digest,
    refresh: Option<RefreshState>,
    lifetimes: &Lifetimes,
    now: Timestamp,
) -> Grant {
    let offline = code.scopes.contains("offline_access");
    Grant {
        code: digest,
        offline,
        refresh,
        expires_at: if offline { now + lifetimes.refresh_token } else { code.session_expires_at },
        ..code.grant(now)
    }
}

/// Makes the verdict true in the database, in one transaction.
async fn settle(
    redemption: &Arc<Redemption>,
    verdict: Result<(), Refusal>,
    now: Timestamp,
    app: &App,
) -> Result<Result<User, Refusal>, StoreError> {
    let work = redemption.clone();
    match verdict {
        Ok(()) => match app.write(move |db| redeem(&work, now, db)).await {
            // The client was there a moment ago, in memory
            Err(StoreError::Other(_)) if is_gone(&redemption.client, app).await? => {
                Ok(Err(Refusal::Outdated))
            }
            settled => settled,
        },
        Err(refusal) => {
            if matches!(refusal, Refusal::VerifierWrong | Refusal::Expired) {
                let burn = refusal == Refusal::VerifierWrong;
                app.write(move |db| harm(&work, burn, now, db)).await?;
            }
            Ok(Err(refusal))
        }
    }
}

async fn is_gone(client: &Client, app: &App) -> Result<bool, StoreError> {
    let id = client.id.clone();
    Ok(app.read(move |db| store::clients::find(db, &id)).await?.is_none())
}

/// A refusal is an `Ok`, so that the transaction commits what a replay must end.
fn redeem(
    redemption: &Redemption,
    now: Timestamp,
    db: &mut Db,
) -> Result<Result<User, Refusal>, StoreError> {
    let Redemption { client, grant, granted, issued_at, .. } = redemption;
    let user = store::users::find(db, grant.user_id)?;
    let session = store::sessions::find(db, grant.session_id)?;
    let consented = client.metadata.skip_consent
        || store::consents::find(db, grant.user_id, &grant.client_id)?.is_some();
    let user = match user {
        // What the person was when the code was made is what it was made for
        Some(user) if consented && user.updated_at <= *issued_at => user,
        _ => return harm(redemption, false, now, db).map(|()| Err(Refusal::Outdated)),
    };
    let there = if *granted { store::grants::find(db, grant.id)? } else { None };
    if let Err(barred) = may_issue(&user, client, session.as_ref(), there.as_ref(), now) {
        return harm(redemption, false, now, db).map(|()| Err(barred.into()));
    }
    let redeemed = if *granted {
        store::grants::redeem(db, grant)?
    } else {
        store::grants::insert(db, grant, None)?
    };
    if redeemed {
        return Ok(Ok(user));
    }
    harm(redemption, false, now, db).map(|()| Err(Refusal::Replayed))
}

/// Ends what the code gave already, if it did. `burn`: otherwise spends the code without giving anything.
fn harm(
    redemption: &Redemption,
    burn: bool,
    now: Timestamp,
    db: &mut Db,
) -> Result<(), StoreError> {
    let Redemption { grant, granted, replay, .. } = redemption;
    let reason = EndReason::CodeReplayed;
    let happened = match store::grants::find_by_code(db, &grant.code)? {
        Some(given) => store::grants::end(db, given.id, reason, now)?,
        None if burn && *granted => store::grants::end(db, grant.id, reason, now)?,
        None if burn && store::users::find(db, grant.user_id)?.is_some() => {
            store::grants::insert(db, grant, Some(reason))?
        }
        None => false,
    };
    if happened { store::events::append(db, replay) } else { Ok(()) }
}

/// The rules, and nothing but the rules: no clock, no database, no HTTP.
fn judge(
    request: &Request<'_>,
    client: &Client,
    code: &Code,
    lifetime: Duration,
    now: Timestamp,
) -> Result<(), Refusal> {
    if code.client_id != client.id {
        return Err(Refusal::OtherClient);
    }
    if code.issued_at + lifetime <= now {
        return Err(Refusal::Expired);
    }
    if code.redirect_uri.as_str() != request.redirect_uri {
        return Err(Refusal::RedirectUri);
    }
    match (&code.code_challenge, request.verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Refusal::VerifierUnexpected),
        (Some(_), None) => Err(Refusal::VerifierMissing),
        (Some(challenge), Some(verifier)) if fits(verifier, challenge) => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::VerifierWrong),
    }
}

/// RFC 7636 sections 4.1 and 4.6, method S256.
fn fits(verifier: &str, challenge: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && Digest::from_stored(challenge.to_owned()).fits(verifier)
}

fn refuse(refusal: Refusal, client: &Client) -> OauthError {
    let mend = match refusal {
        Refusal::Unknown => "send the code of the redirect as it came, to the server that gave it",
        Refusal::OtherClient => "redeem the code as the client that asked for it",
        Refusal::Expired => "redeem the code at once, and begin the sign-in anew",
        Refusal::RedirectUri => "send the redirect_uri of the authorization request, unchanged",
        Refusal::VerifierMissing => "send the code_verifier whose S256 was the code_challenge",
        Refusal::VerifierUnexpected => "send a code_challenge in the authorization request",
        Refusal::VerifierWrong => {
            "keep the code_verifier of each sign-in apart (43 to 128 characters), and begin anew"
        }
        Refusal::Replayed => "redeem each code once; after a lost answer begin the sign-in anew",
        Refusal::Barred(_) | Refusal::Outdated => "let the person sign in again",
    };
    OauthError::new("invalid_grant", refusal.to_string())
        .with_received(format!("a code, from client {}", client.id))
        .with_mend(mend)
}

#[cfg(test)]
mod tests;

//! `grant_type=authorization_code`: RFC 6749 section 4.1.3, with PKCE from RFC 7636.

mod redemption;
mod refusal;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::redemption::{Redemption, settle};
use self::refusal::{Refusal, refuse};
use crate::config::Tokens as Lifetimes;
use crate::http::{App, Extra, OauthError, ParamError, Params};
use crate::keys::Purpose;
use crate::model::client::GrantType;
use crate::model::{Client, Code, Digest, EventKind, Grant, RefreshState, Timestamp};
use crate::oidc::audience::{self, Audience, TargetError};
use crate::oidc::endpoint::Call;
use crate::oidc::hook::{self, About};
use crate::oidc::protect;
use crate::oidc::refresh::RefreshToken;
use crate::oidc::tokens::{Issue, Tokens, issue};

/// What the client sends.
struct Request<'a> {
    params: &'a Params,
    code: &'a str,
    redirect_uri: Option<&'a str>,
    verifier: Option<&'a str>,
}

/// Trades a code for the grant behind it.
pub async fn exchange(call: &Call<'_>, client: Arc<Client>) -> Result<Tokens, OauthError> {
    let request = Request::parse(&call.params)?;
    let (app, now) = (call.app, call.app.now());
    let code: Code = app
        .sealer()
        .open(Purpose::Code, request.code)
        .ok_or_else(|| refuse(Refusal::Unknown, &client))?;
    if !code.direct {
        call.params.required("redirect_uri")?;
    }
    // Before the code is spent
    let keys = protect::ready(&client, app).await?;
    let verdict = judge(&request, &client, &code, app.settings().tokens.code, now);
    let resources =
        if verdict.is_ok() { request.resources(&client, &code, app)? } else { Vec::new() };
    let names = &Audience::of(&resources, &code.scopes, &client, app.settings()).names;
    let about = About {
        client: &client,
        user_id: Some(code.user_id),
        authentication: Some(&code.authentication),
        scopes: &code.scopes,
        audience: names,
        by: GrantType::AuthorizationCode,
    };
    // Also before the code is spent
    let extra = &if verdict.is_ok() { hook::ask(about, app).await? } else { Extra::default() };
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
    let facts = Issue { client, user: &user, grant, scopes, audience, nonce, extra };
    issue(facts, refresh.map(|token| token.text()), &keys, app).await
}

/// Redeems a code for ourselves, for a browser that comes through a proxy: the grant, and no tokens.
pub async fn redeem(
    app: &App,
    client: Arc<Client>,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<Grant, OauthError> {
    let params = Params::default();
    let request = Request {
        params: &params,
        code,
        redirect_uri: Some(redirect_uri),
        verifier: Some(verifier),
    };
    let (now, sealed) = (app.now(), app.sealer().open(Purpose::Code, code));
    let code: Code = sealed.ok_or_else(|| refuse(Refusal::Unknown, &client))?;
    let verdict = judge(&request, &client, &code, app.settings().tokens.code, now);
    let redemption = Arc::new(redemption(&request, client, &code, None, app));
    let settled = settle(&redemption, verdict, now, app).await?;
    settled.map_err(|refusal| refuse(refusal, &redemption.client))?;
    Ok(redemption.grant.clone())
}

impl<'a> Request<'a> {
    fn parse(params: &'a Params) -> Result<Self, ParamError> {
        Ok(Self {
            params,
            code: params.required("code")?,
            redirect_uri: params.optional("redirect_uri"),
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
    let named = request.redirect_uri.is_some() || !code.direct;
    if named && request.redirect_uri != Some(code.redirect_uri.as_str()) {
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

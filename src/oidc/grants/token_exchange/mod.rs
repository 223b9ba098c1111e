//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: RFC 8693. A service that was called with a person's token
//! calls another one in that person's name.

mod rules;
mod upstream;

use std::rc::Rc;

use serde::Serialize;

use self::rules::{Asked, Given, Refusal};
use crate::http::OauthError;
use crate::model::client::GrantType;
use crate::model::{Actor, ApiTokenText, Client, Timestamp, User, UserId};
use crate::oidc::access::{self, AccessToken, Holder};
use crate::oidc::api_tokens;
use crate::oidc::endpoint::Call;
use crate::oidc::entitlements;
use crate::oidc::hook::{self, About};
use crate::oidc::mint::{self, Acting, Minted, Root};
use crate::oidc::tokens::TOKEN_TYPE;
use crate::store::grants::Standing;

/// The type of what is exchanged, and of what is given (section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Section 2.2.1. No refresh token: the person's own decides how long it goes on.
#[derive(Serialize)]
pub struct Exchanged {
    access_token: String,
    issued_token_type: &'static str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

/// Gives a token of the same person and grant, for one other service, with who acts in it.
pub async fn exchange(call: &Call<'_>, client: &Client) -> Result<Exchanged, OauthError> {
    let app = call.app;
    let asked = Asked::read(&call.params).map_err(|refusal| refuse(&refusal))?;
    let subject = subject(asked.subject_token, client, call).await?;
    let Subject { token, user_id, root, until } =
        subject.ok_or_else(|| refuse(&Refusal::Subject))?;
    let actor = match asked.actor_token {
        None => client.id.to_string(),
        Some(token) => acting(token, client, call).await?,
    };
    let connectors = app.connectors().await?;
    if let Some(connector) = connectors.iter().find(|one| upstream::is_for(one, &asked, client)) {
        rules::judge_subject(client, &token, &actor, app.settings())
            .map_err(|refusal| refuse(&refusal))?;
        return upstream::exchange(connector, (&token, user_id), app).await;
    }
    let Given { audience, actor } = rules::judge(&asked, client, &token, &actor, app.settings())
        .map_err(|refusal| refuse(&refusal))?;
    let about = About {
        client,
        user_id: Some(user_id),
        authentication: None,
        scopes: &audience.scopes,
        audience: &audience.names,
        by: GrantType::TokenExchange,
    };
    let extra = hook::ask(about, app).await?.access_token;
    let acting = Acting {
        sub: app.sealer().subject(client, user_id),
        client_id: client.id.as_str(),
        root,
        held: entitlements::for_audience(user_id, client, &audience, app).await?,
        actor,
        extra,
        until,
    };
    let keys = app.keys().await?;
    let Minted { text, expires_in } = mint::for_actor(acting, &audience, &keys, app)?;
    Ok(Exchanged {
        access_token: text,
        issued_token_type: ACCESS_TOKEN,
        token_type: TOKEN_TYPE,
        expires_in: Some(expires_in),
        scope: audience.scopes.to_string(),
    })
}

/// A person's token that still stands.
struct Subject {
    token: Rc<AccessToken>,
    user_id: UserId,
    /// What the next one hangs from as well.
    root: Root,
    /// When it is over, or what it hangs from.
    until: Timestamp,
}

async fn subject(
    text: &str,
    client: &Client,
    call: &Call<'_>,
) -> Result<Option<Subject>, OauthError> {
    let app = call.app;
    if let Some(text) = ApiTokenText::parse(text) {
        let presented = api_tokens::presented(&text, client, app).await?;
        return Ok(presented.and_then(|(token, user)| Subject::of_api_token(token.into(), &user)));
    }
    let Some(token) = verified(text, call).await? else { return Ok(None) };
    if let Some(user) = access::owner_of(&token, app).await? {
        return Ok(Subject::of_api_token(token, &user));
    }
    Ok(access::standing_of(&token, app).await?.map(|Standing { user, grant, .. }| Subject {
        until: token.expires_at.min(grant.expires_at),
        root: (&grant).into(),
        user_id: user.id,
        token,
    }))
}

impl Subject {
    fn of_api_token(token: Rc<AccessToken>, user: &User) -> Option<Self> {
        let Holder::ApiToken(tid) = token.holder else { return None };
        let (user_id, until) = (user.id, token.expires_at);
        Some(Self { token, user_id, root: Root::ApiToken { tid }, until })
    }
}

async fn verified(token: &str, call: &Call<'_>) -> Result<Option<Rc<AccessToken>>, OauthError> {
    Ok(access::verify(token, call.app, call.memory).await?)
}

/// Who acts, by a token that the client has of its own: its name when it has the token for itself, or that of the person
/// who gave it.
async fn acting(token: &str, client: &Client, call: &Call<'_>) -> Result<String, OauthError> {
    let token = verified(token, call).await?.filter(|token| token.client_id == client.id);
    let token = token.ok_or_else(|| refuse(&Refusal::Actor))?;
    let stands = match token.holder {
        Holder::Client => access::client_stands(&token, call.app).await?,
        Holder::Person { .. } => access::standing_of(&token, call.app).await?.is_some(),
        Holder::ApiToken(_) => access::owner_of(&token, call.app).await?.is_some(),
    };
    if stands { Ok(token.subject.clone()) } else { Err(refuse(&Refusal::Actor)) }
}

fn refuse(refusal: &Refusal) -> OauthError {
    let rule = refusal.to_string();
    OauthError::new(refusal.error(), rule).with_mend(refusal.mend())
}

/// The claim `act` with one more who acts.
fn chained(sub: &str, before: Option<&Actor>) -> Actor {
    Actor { sub: sub.to_owned(), act: before.cloned().map(Box::new) }
}

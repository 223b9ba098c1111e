//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: RFC 8693. A service that was called with a person's token
//! calls another one in that person's name.

mod rules;

use std::rc::Rc;

use serde::Serialize;

use self::rules::{Asked, Given, Refusal};
use crate::http::OauthError;
use crate::model::{Actor, Client};
use crate::oidc::access::{self, AccessToken};
use crate::oidc::endpoint::Call;
use crate::oidc::entitlements;
use crate::oidc::mint::{self, Acting, Minted};
use crate::oidc::tokens::TOKEN_TYPE;

/// The type of what is exchanged, and of what is given (section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Section 2.2.1. No refresh token: the person's own decides how long it goes on.
#[derive(Serialize)]
pub struct Exchanged {
    access_token: String,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

/// Gives a token of the same person and grant, for one other service, with who acts in it.
pub async fn exchange(call: &Call<'_>, client: &Client) -> Result<Exchanged, OauthError> {
    let app = call.app;
    let asked = Asked::read(&call.params).map_err(|refusal| refuse(&refusal))?;
    let subject = verified(asked.subject_token, call).await?;
    let subject = subject.ok_or_else(|| refuse(&Refusal::Subject))?;
    let standing = access::standing_of(&subject, app).await?;
    let standing = standing.ok_or_else(|| refuse(&Refusal::Subject))?;
    let actor = match asked.actor_token {
        None => client.id.to_string(),
        Some(token) => acting(token, client, call).await?,
    };
    let Given { audience, until, actor } =
        rules::judge(&asked, client, &subject, &actor, app.settings())
            .map_err(|refusal| refuse(&refusal))?;
    let user_id = standing.user.id;
    let acting = Acting {
        sub: app.sealer().subject(client, user_id),
        client_id: client.id.as_str(),
        grant: &standing.grant,
        held: entitlements::for_audience(user_id, client, &audience, app).await?,
        actor,
        until,
    };
    let keys = app.keys().await?;
    let Minted { text, expires_in } = mint::for_actor(acting, &audience, &keys, app)?;
    Ok(Exchanged {
        access_token: text,
        issued_token_type: ACCESS_TOKEN,
        token_type: TOKEN_TYPE,
        expires_in,
        scope: audience.scopes.to_string(),
    })
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
        access::Holder::Client => access::client_stands(&token, call.app).await?,
        access::Holder::Person { .. } => access::standing_of(&token, call.app).await?.is_some(),
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

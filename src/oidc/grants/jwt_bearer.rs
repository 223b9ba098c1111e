//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`: RFC 7523 section 2.1. A service that has keys signs for whom it
//! wants a token: for itself, or for a person who lets it act while they are away.

use serde_json::{Map, Value};

use super::client_credentials;
use crate::http::{App, OauthError};
use crate::keys::gate::Expect;
use crate::model::client::GrantType;
use crate::model::client::SubjectType;
use crate::model::{Client, ScopeError, Scopes, UserId};
use crate::oidc::access;
use crate::oidc::audience::{self, Audience, TargetError};
use crate::oidc::client_auth::assertion::{self, Assertion, AssertionError, Expected};
use crate::oidc::endpoint::Call;
use crate::oidc::hook::{self, About};
use crate::oidc::tokens::{self, Issue, Tokens};
use crate::store::grants::Standing;
use crate::store::{self, StoreError};

/// Why an assertion brings no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    /// The assertion itself.
    #[error("{0}")]
    Assertion(#[from] AssertionError),
    /// Nobody of that name lets the client act.
    #[error(
        "sub is nobody who lets this client act while they are away: they sign in once and allow offline_access, which holds until \
         they take it back (RFC 7523 section 3)"
    )]
    Subject,
    /// `scope` can't be read.
    #[error("{0} (RFC 6749 section 3.3)")]
    Scope(#[from] ScopeError),
    /// More than the person allowed.
    #[error("the person has not allowed the scope {0} (RFC 7521 section 4.1)")]
    ScopeGrowth(String),
    /// A resource that was not allowed.
    #[error("{0}")]
    Target(#[from] TargetError),
}

/// Gives an access token, and nothing beside it: a new assertion is as good as a refresh token.
pub async fn exchange(call: &Call<'_>, client: &Client) -> Result<Tokens, OauthError> {
    let claims = read(call, client).await?;
    let sub = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if sub == client.id.as_str() {
        return client_credentials::exchange(call, client).await;
    }
    let standing = standing(sub, client, call.app).await?;
    let Standing { user, grant, .. } = &standing.ok_or_else(|| refuse(&Refusal::Subject))?;
    let scopes = scopes(call, &grant.scopes).map_err(|refusal| refuse(&refusal))?;
    let settings = call.app.settings();
    let asked = audience::asked(&call.params, client, settings)?;
    let resources = audience::narrowed(&asked, &grant.details.resources, client, settings)?;
    let audience = &Audience::of(&resources, &scopes, client, settings);
    let keys = call.app.keys().await?;
    let about = About::of(client, grant, audience, GrantType::JwtBearer);
    let extra = &hook::ask(about, call.app).await?;
    let issue = Issue { client, user, grant, scopes: &scopes, audience, nonce: None, extra };
    tokens::access_alone(issue, &keys, call.app).await
}

/// The claims of the assertion, which is good once, whatever races.
async fn read(call: &Call<'_>, client: &Client) -> Result<Map<String, Value>, OauthError> {
    let (app, now) = (call.app, call.app.now());
    let jwt = call.params.required("assertion")?;
    let claims = app
        .signed_by(client, jwt, Expect::ClientAssertion)
        .await
        .map_err(|reason| refuse(&AssertionError::Signature(reason.to_string()).into()))?;
    let issuer = &app.settings().issuer;
    let endpoints = [issuer.url_of("/token")];
    let expected =
        Expected { client_id: &client.id, issuer: issuer.as_str(), endpoints: &endpoints };
    let judged = assertion::judge_about_anybody(&claims, expected, now);
    let Assertion { id, remember_until } = judged.map_err(|error| refuse(&error.into()))?;
    let client_id = client.id.clone();
    let spent = app.write(move |db| store::assertions::spend(db, &client_id, &id, remember_until));
    if spent.await? { Ok(claims) } else { Err(refuse(&AssertionError::Replayed.into())) }
}

/// What a person whom the client calls so has given it to act with, if that stands.
async fn standing(sub: &str, client: &Client, app: &App) -> Result<Option<Standing>, StoreError> {
    let user: Option<UserId> = match client.metadata.subject_type {
        SubjectType::Public => sub.parse().ok(),
        SubjectType::Pairwise => app.sealer().user_of(client, sub),
    };
    let Some(user) = user else { return Ok(None) };
    let (id, now) = (client.id.clone(), app.now());
    let found = app.read(move |db| store::grants::find_offline(db, user, &id, now)).await?;
    match found {
        Some(grant_id) => access::standing(grant_id, &client.id, app).await,
        None => Ok(None),
    }
}

/// As much of what the person allowed as is asked for.
fn scopes(call: &Call<'_>, granted: &Scopes) -> Result<Scopes, Refusal> {
    let asked = call.params.optional("scope").map(Scopes::parse).transpose()?;
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(granted.without("offline_access"));
    };
    match asked.iter().find(|scope| !granted.contains(scope)) {
        Some(other) => Err(Refusal::ScopeGrowth(other.to_owned())),
        None => Ok(asked.without("offline_access")),
    }
}

/// RFC 7523 section 3.1, RFC 6749 section 5.2.
fn refuse(refusal: &Refusal) -> OauthError {
    let rule = refusal.to_string();
    match refusal {
        Refusal::Assertion(_) => OauthError::new("invalid_grant", rule).with_mend(
            "sign a new assertion for each request, with a key of the registered jwks: iss the client_id, aud the issuer, exp five \
             minutes from now, a random jti",
        ),
        Refusal::Subject => OauthError::new("invalid_grant", rule).with_mend(
            "let the person sign in at the app with the scope offline_access, and use the sub of that ID token",
        ),
        Refusal::Scope(_) | Refusal::ScopeGrowth(_) => OauthError::new("invalid_scope", rule)
            .with_mend("leave scope out, or name scopes that the person allowed"),
        Refusal::Target(error) => error.clone().into(),
    }
}

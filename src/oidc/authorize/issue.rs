//! What a request is answered with: OpenID Connect Core sections 3.1.2.5, 3.2.2.5 and 3.3.2.5, OAuth 2.0 Multiple
//! Response Types section 4.

use super::Refusal;
use super::answer::Member;
use crate::http::App;
use crate::identity::may_issue::{Barred, may_issue};
use crate::keys;
use crate::model::client::GrantType;
use crate::model::{
    Authentication, AuthorizationRequest, Client, Code, Grant, GrantId, ResponseType, Timestamp,
};
use crate::oidc::audience::Audience;
use crate::oidc::hook::{self, About};
use crate::oidc::tokens::{self, Beside, Issue, TOKEN_TYPE};
use crate::session::{self, SignedIn};
use crate::store::{self, Db, StoreError};

/// What the response type asks for, unless the gate before all issuing says no. A code alone writes nothing; tokens hang
/// from a grant, which is durable before they leave.
pub(super) async fn given(
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    app: &App,
) -> Result<Vec<Member>, Refusal> {
    let SignedIn { session, user } = signed_in;
    may_issue(user, client, Some(session), None, app.now()).map_err(Refusal::Barred)?;
    let response_type = request.response.response_type();
    let facts = facts(request, client, signed_in, app);
    let seal = || app.sealer().seal(keys::Purpose::Code, &facts, &app.random());
    let code = response_type.has_code().then(seal);
    let mut members: Vec<_> = code.iter().map(|code| ("code", code.clone())).collect();
    if response_type.has_tokens() {
        let grant = facts.grant(app.now());
        let nonce = request.nonce.as_deref();
        let (scopes, resources) = (&grant.scopes, &grant.details.resources);
        let audience = &Audience::of(resources, scopes, client, app.settings());
        let about = About {
            client,
            user_id: Some(user.id),
            authentication: Some(&grant.authentication),
            scopes,
            audience: &audience.names,
            by: GrantType::Implicit,
        };
        let extra = &hook::ask(about, app).await?;
        let issue = Issue { client, user, grant: &grant, scopes, audience, nonce, extra };
        members.extend(signed(issue, response_type, code.as_deref(), app).await?);
        let client = client.clone();
        let now = app.now();
        let recorded = app.write(move |db| record(&grant, &client, now, db)).await?;
        recorded.map_err(Refusal::Barred)?;
    }
    Ok(members)
}

/// A code for the client itself, without a redirect, unless the gate before all issuing says no.
pub fn direct(
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    app: &App,
) -> Result<String, Refusal> {
    let SignedIn { session, user } = signed_in;
    may_issue(user, client, Some(session), None, app.now()).map_err(Refusal::Barred)?;
    let facts = Code { direct: true, ..facts(request, client, signed_in, app) };
    Ok(app.sealer().seal(keys::Purpose::Code, &facts, &app.random()))
}

/// The facts that a code carries, and that a grant is made of.
fn facts(request: &AuthorizationRequest, client: &Client, signed_in: &SignedIn, app: &App) -> Code {
    let SignedIn { session, user } = signed_in;
    Code {
        grant_id: app.id(GrantId::new),
        granted: request.response.response_type().has_tokens(),
        client_id: client.id.clone(),
        user_id: user.id,
        session_id: session.id,
        redirect_uri: request.redirect_uri.clone(),
        direct: false,
        scopes: request.scopes.clone(),
        details: request.details.clone(),
        nonce: request.nonce.clone(),
        code_challenge: request.code_challenge.clone(),
        authentication: Authentication {
            acr: request.told_acr(session.authentication.acr),
            ..session.authentication.clone()
        },
        session_expires_at: session::expires_at(session, &app.settings().sessions),
        issued_at: app.now(),
    }
}

/// The tokens of the response type.
async fn signed(
    issue: Issue<'_>,
    response_type: ResponseType,
    code: Option<&str>,
    app: &App,
) -> Result<Vec<Member>, Refusal> {
    let keys = app.keys_for(issue.client.metadata.id_token_signed_response_alg).await?;
    let mut members = Vec::new();
    let mut beside =
        Beside { code, alone: response_type == ResponseType::IdToken, ..Beside::default() };
    let access_token = if response_type.has_access_token() {
        Some(tokens::access_token(issue, &keys, app).await?)
    } else {
        None
    };
    if let Some(token) = &access_token {
        beside.access_token = Some(&token.text);
        members.push(("access_token", token.text.clone()));
        members.push(("token_type", TOKEN_TYPE.to_owned()));
        members.push(("expires_in", token.expires_in.to_string()));
        members.push(("scope", issue.audience.scopes.to_string()));
    }
    if response_type.has_id_token() {
        members.push(("id_token", tokens::id_token(issue, beside, &keys, app).await?));
    }
    Ok(members)
}

/// Records the grant, when what it stands on still is there.
fn record(
    grant: &Grant,
    client: &Client,
    now: Timestamp,
    db: &mut Db,
) -> Result<Result<(), Barred>, StoreError> {
    let Some(user) = store::users::find(db, grant.user_id)? else {
        return Ok(Err(Barred::SessionEnded));
    };
    let session = store::sessions::find(db, grant.session_id)?;
    if let Err(barred) = may_issue(&user, client, session.as_ref(), None, now) {
        return Ok(Err(barred));
    }
    let inserted = store::grants::insert(db, grant, None)?;
    Ok(if inserted { Ok(()) } else { Err(Barred::SessionEnded) })
}

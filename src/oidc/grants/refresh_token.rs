//! `grant_type=refresh_token`: RFC 6749 section 6, OpenID Connect Core section 12, RFC 9700 section 4.14.

use crate::config::Settings;
use crate::http::{App, OauthError};
use crate::identity::may_issue::{Barred, may_issue};
use crate::model::client::GrantType;
use crate::model::{Client, EndReason, EventKind, Grant, RefreshState, Scopes, Timestamp};
use crate::oidc::audience::{self, Audience, TargetError};
use crate::oidc::endpoint::Call;
use crate::oidc::hook::{self, About};
use crate::oidc::protect;
use crate::oidc::refresh::{self, RefreshToken, Verdict};
use crate::oidc::tokens::{Issue, Tokens, issue};
use crate::session;
use crate::store::{self, StoreError, grants::Standing};

/// How often a lost race is run again: each loss means that somebody else's refresh went through.
const MOST_TRIES: usize = 8;

/// Why a refresh token gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not authentic, or its grant is long gone.
    #[error(
        "the refresh token is none of this server's, or is long past its time (RFC 6749 section 5.2)"
    )]
    Unknown,
    /// It was given to another client.
    #[error("the refresh token was given to another client (RFC 6749 section 6)")]
    OtherClient,
    /// Its successor was used a moment ago.
    #[error("a newer refresh token is in use already; nothing has ended (RFC 9700 section 4.14.2)")]
    Late,
    /// Its successor was used long ago.
    #[error(
        "an old refresh token was used again, and all tokens of its family have ended (RFC 9700 section 4.14.2)"
    )]
    Reused,
    /// The gate says no.
    #[error("{0} (RFC 6749 section 5.2)")]
    Barred(#[from] Barred),
    /// More scope than was granted.
    #[error("scope names more than was granted (RFC 6749 section 6)")]
    ScopeGrowth,
    /// A resource that was not granted, or is gone.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// Nothing of what was granted is left.
    #[error("none of the scopes asked for is the client's any more (RFC 6749 section 6)")]
    ScopeGone,
}

/// Gives new tokens for a refresh token, and its successor.
pub async fn exchange(call: &Call<'_>, client: &Client) -> Result<Tokens, OauthError> {
    let app = call.app;
    let text = call.params.required("refresh_token")?;
    let scopes = call.params.optional("scope").map(Scopes::parse).transpose().map_err(|error| {
        OauthError::new("invalid_scope", format!("{error} (RFC 6749 section 3.3)"))
            .with_mend("leave scope out, or name scopes that were granted")
    })?;
    let settings = app.settings();
    let resources = audience::asked(&call.params, client, settings)?;
    let asked = Asked { scopes, resources, settings };
    let presented = RefreshToken::parse(text).ok_or_else(|| refuse(&Refusal::Unknown))?;
    // Before the token is spent
    let keys = protect::ready(client, app).await?;
    let (standing, given, successor) = advance(&presented, client, &asked, app).await?;
    if let Some(session) = standing.session.as_ref().filter(|_| !standing.grant.offline) {
        session::used(app, session);
    }
    let (user, grant, scopes) = (&standing.user, &standing.grant, &given.scopes);
    let audience = &Audience::of(&given.resources, scopes, client, settings);
    let about = About::of(client, grant, audience, GrantType::RefreshToken);
    let extra = &hook::ask(about, app).await?;
    let facts = Issue { client, user, grant, scopes, audience, nonce: None, extra };
    issue(facts, Some(successor.text()), &keys, app).await
}

/// What the tokens are wanted for: as much as was granted, or less.
struct Asked<'a> {
    scopes: Option<Scopes>,
    resources: Vec<String>,
    settings: &'a Settings,
}

/// What they are given for.
struct Given {
    scopes: Scopes,
    resources: Vec<String>,
}

/// Reads, judges, and moves the family on; who loses the race to do so reads and judges again. Judging derives up to
/// thousands of keyed hashes, so it stays out of the transaction: its one statement holds the condition.
async fn advance(
    presented: &RefreshToken,
    client: &Client,
    asked: &Asked<'_>,
    app: &App,
) -> Result<(Standing, Given, RefreshToken), OauthError> {
    let id = presented.grant_id();
    for _ in 0..MOST_TRIES {
        let found = app.read(move |db| store::grants::standing(db, id)).await?;
        let standing = found.ok_or_else(|| refuse(&Refusal::Unknown))?;
        let late_tab = app.settings().tokens.late_tab;
        let derive = |token: &RefreshToken| token.successor(app.sealer());
        let state =
            standing.grant.refresh.as_ref().filter(|_| standing.grant.client_id == client.id);
        let verdict = state.map(|state| {
            (state.generation, refresh::judge(presented, state, late_tab, app.now(), derive))
        });
        match rule(verdict, &standing, client, asked, app.now()) {
            Ok((given, Step::Repeat(successor))) => return Ok((standing, given, successor)),
            Ok((given, Step::First(from, successor, state))) => {
                let moved =
                    app.write(move |db| store::grants::advance(db, id, from, &state)).await?;
                if moved {
                    return Ok((standing, given, successor));
                }
            }
            Err(Refusal::Reused) => {
                end(&standing.grant, client, app).await?;
                return Err(refuse(&Refusal::Reused));
            }
            Err(refusal) => return Err(refuse(&refusal)),
        }
    }
    Err(StoreError::Unavailable("a refresh lost every race for its grant".to_owned()).into())
}

/// What is left to do.
enum Step {
    First(i64, RefreshToken, RefreshState),
    Repeat(RefreshToken),
}

/// The order of the rules: whose it is, what it is, whether anything may be issued, for which scopes. Whatever refuses
/// leaves the token as it was, except for re-use.
fn rule(
    verdict: Option<(i64, Verdict)>,
    standing: &Standing,
    client: &Client,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<(Given, Step), Refusal> {
    if standing.grant.client_id != client.id {
        return Err(Refusal::OtherClient);
    }
    let step = match verdict {
        None | Some((_, Verdict::Forged)) => return Err(Refusal::Unknown),
        Some((_, Verdict::Late)) => return Err(Refusal::Late),
        Some((_, Verdict::Reused)) => return Err(Refusal::Reused),
        Some((_, Verdict::Repeat(successor))) => Step::Repeat(successor),
        Some((from, Verdict::First(successor, state))) => Step::First(from, successor, state),
    };
    may_issue(&standing.user, client, standing.session.as_ref(), Some(&standing.grant), now)?;
    let Grant { scopes: granted, details, .. } = &standing.grant;
    let scopes = scopes(granted, &client.metadata.scope, asked.scopes.as_ref())?;
    let resources =
        audience::narrowed(&asked.resources, &details.resources, client, asked.settings)?;
    Ok((Given { scopes, resources }, step))
}

/// RFC 6749 section 6: what was granted or less; and what the client may no longer have is dropped.
fn scopes(
    granted: &Scopes,
    registered: &Scopes,
    asked: Option<&Scopes>,
) -> Result<Scopes, Refusal> {
    let wanted = asked.filter(|asked| !asked.is_empty()).unwrap_or(granted);
    if !granted.covers(wanted) {
        return Err(Refusal::ScopeGrowth);
    }
    let left = wanted.common(registered);
    if left.is_empty() && !wanted.is_empty() { Err(Refusal::ScopeGone) } else { Ok(left) }
}

async fn end(grant: &Grant, client: &Client, app: &App) -> Result<(), StoreError> {
    let (id, now) = (grant.id, app.now());
    let detail = format!("grant {id}");
    let event = app.event(EventKind::RefreshReuse, Some(grant.user_id), Some(&client.id), detail);
    app.write(move |db| {
        if store::grants::end(db, id, EndReason::RefreshReused, now)? {
            store::events::append(db, &event)?;
        }
        Ok(())
    })
    .await
}

fn refuse(refusal: &Refusal) -> OauthError {
    let (error, mend) = match refusal {
        Refusal::Unknown | Refusal::Barred(_) => ("invalid_grant", "let the person sign in again"),
        Refusal::OtherClient => {
            ("invalid_grant", "use the refresh token as the client that got it")
        }
        Refusal::Late => ("invalid_grant", "use the refresh token of the latest answer"),
        Refusal::Reused => (
            "invalid_grant",
            "keep the refresh token of each answer and forget the one before; let the person sign in again",
        ),
        Refusal::ScopeGrowth => {
            ("invalid_scope", "leave scope out, or ask for more in a new authorization request")
        }
        Refusal::Target(error) => ("invalid_target", error.mend()),
        Refusal::ScopeGone => (
            "invalid_scope",
            "add the scope to the client's registration with `hatcheck client update`",
        ),
    };
    OauthError::new(error, refusal.to_string()).with_mend(mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn ref_05_and_ref_08_scopes_shrink_and_never_grow() {
        let all = "openid email api:read offline_access";
        for (granted, registered, asked, expected) in [
            ("openid email", all, None, Ok("email openid")),
            ("openid email", all, Some("openid email"), Ok("email openid")),
            ("openid email", all, Some("openid"), Ok("openid")),
            ("openid email", all, Some(""), Ok("email openid")),
            ("openid", all, Some("openid email offline_access"), Err(Refusal::ScopeGrowth)),
            ("openid api:read", "openid email", None, Ok("openid")),
            ("openid api:read", "openid email", Some("api:read"), Err(Refusal::ScopeGone)),
            ("api:read", "openid", None, Err(Refusal::ScopeGone)),
            ("", "openid", None, Ok("")),
        ] {
            let asked = asked.map(of);
            let given = scopes(&of(granted), &of(registered), asked.as_ref());
            assert_eq!(given.map(|scopes| scopes.to_string()), expected.map(str::to_owned));
        }
    }
}

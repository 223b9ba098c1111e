//! `grant_type=client_credentials`: RFC 6749 section 4.4, for a client that acts for itself.

use crate::config::Settings;
use crate::http::{App, OauthError, Params};
use crate::identity::may_issue::{Barred, may_issue_to_client};
use crate::model::client::GrantType;
use crate::model::{Client, STANDARD_SCOPES, ScopeError, Scopes};
use crate::oidc::audience::{self, Audience, TargetError};
use crate::oidc::endpoint::Call;
use crate::oidc::hook::{self, About};
use crate::oidc::tokens::{self, Tokens};

/// Why a client gets no token for itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The gate says no.
    #[error("{0} (RFC 6749 section 4.4)")]
    Barred(#[from] Barred),
    /// `scope` can't be read.
    #[error("{0} (RFC 6749 section 3.3)")]
    Scope(#[from] ScopeError),
    /// A scope that is about a person.
    #[error(
        "the scope {0} is about a person, and a client acts for itself here (OpenID Connect Core section 3.1.2.1)"
    )]
    Personal(String),
    /// A scope that the client did not register.
    #[error("the client has not registered the scope {0} (RFC 6749 section 3.3)")]
    Unregistered(String),
    /// A resource that it may not have tokens for.
    #[error("{0}")]
    Target(#[from] TargetError),
}

/// Gives an access token, and nothing else (section 4.4.3).
pub async fn exchange(call: &Call<'_>, client: &Client) -> Result<Tokens, OauthError> {
    let app: &App = call.app;
    let audience =
        judge(&call.params, client, app.settings()).map_err(|refusal| refuse(&refusal))?;
    let keys = app.keys().await?;
    let about = About {
        client,
        user_id: None,
        authentication: None,
        scopes: &audience.scopes,
        audience: &audience.names,
        by: GrantType::ClientCredentials,
    };
    let extra = hook::ask(about, app).await?;
    Ok(tokens::for_client(client, &audience, extra, &keys, app)?)
}

/// Whom the token is for, and for which scopes: those asked for, or all that the client registered. A scope of a resource
/// says by itself for which resource the token is, when none is named.
fn judge(params: &Params, client: &Client, settings: &Settings) -> Result<Audience, Refusal> {
    may_issue_to_client(client)?;
    let asked = params.optional("scope").map(Scopes::parse).transpose()?;
    let scopes = scopes(asked, client)?;
    let mut resources = audience::asked(params, client, settings)?;
    if resources.is_empty() {
        resources = implied(&scopes, client, settings)?;
    }
    Ok(Audience::of(&resources, &scopes, client, settings))
}

fn scopes(asked: Option<Scopes>, client: &Client) -> Result<Scopes, Refusal> {
    let registered = &client.metadata.scope;
    let personal = |scope: &&str| STANDARD_SCOPES.contains(scope);
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(registered.only(|scope| !personal(scope)));
    };
    if let Some(scope) = asked.iter().find(personal) {
        return Err(Refusal::Personal(scope.to_owned()));
    }
    if let Some(scope) = asked.iter().find(|scope| !registered.contains(scope)) {
        return Err(Refusal::Unregistered(scope.to_owned()));
    }
    Ok(asked)
}

fn implied(
    scopes: &Scopes,
    client: &Client,
    settings: &Settings,
) -> Result<Vec<String>, TargetError> {
    let mut resources: Vec<String> = Vec::new();
    for scope in scopes.iter() {
        let of_scope = settings.resources.of_scope(scope);
        let name = of_scope.unwrap_or(settings.issuer.as_str());
        if resources.iter().any(|known| known == name) {
            continue;
        }
        let open = settings.resources.get(name).is_none_or(|own| own.is_open_to(&client.id));
        if !open {
            return Err(TargetError::Refused(name.to_owned()));
        }
        resources.push(name.to_owned());
    }
    Ok(resources)
}

fn refuse(refusal: &Refusal) -> OauthError {
    let (error, mend) = match refusal {
        Refusal::Barred(_) => (
            "unauthorized_client",
            "register client_credentials in grant_types, and a secret or a key to prove who the client is",
        ),
        Refusal::Scope(_) => {
            ("invalid_scope", "name scopes that the client registered, or leave scope out")
        }
        Refusal::Personal(_) => {
            ("invalid_scope", "leave the scope out: what it gives belongs to a person who signs in")
        }
        Refusal::Unregistered(_) => (
            "invalid_scope",
            "add the scope to the client's registration with `hatcheck client update`",
        ),
        Refusal::Target(error) => ("invalid_target", error.mend()),
    };
    OauthError::new(error, refusal.to_string()).with_mend(mend)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::oidc::audience::tests::settings;
    use crate::oidc::authorize::rules::tests::client;

    fn robot(scope: &str) -> Client {
        client(&json!({
            "grant_types": ["client_credentials"], "response_types": [], "redirect_uris": [], "scope": scope
        }))
    }

    fn ask(client: &Client, form: &str) -> Result<(String, String), &'static str> {
        let params = Params::parse(form.as_bytes()).unwrap();
        judge(&params, client, &settings())
            .map(|audience| (audience.names.join(" "), audience.scopes.to_string()))
            .map_err(|refusal| refuse(&refusal).error)
    }

    #[test]
    fn rfc_6749_4_4_scopes_are_the_clients_own_and_never_a_persons() {
        let both = robot("hat notes:read openid");
        let given = |names: &str, scopes: &str| Ok((names.to_owned(), scopes.to_owned()));
        let all = "https://id.example notes https://notes.example";
        for (form, expected) in [
            ("", given(all, "hat notes:read")),
            ("scope=hat", given("https://id.example notes", "hat")),
            ("scope=notes:read", given("https://notes.example", "notes:read")),
            ("resource=https://other.example", given("https://other.example", "")),
            ("scope=hat&resource=https://notes.example", given("https://notes.example", "")),
            ("scope=openid", Err("invalid_scope")),
            ("scope=offline_access", Err("invalid_scope")),
            ("scope=other", Err("invalid_scope")),
            ("scope=a%22b", Err("invalid_scope")),
            ("resource=https://closed.example", Err("invalid_target")),
        ] {
            assert_eq!(ask(&both, form), expected, "{form}");
        }
        assert_eq!(ask(&robot("openid"), ""), given("https://id.example notes", ""));
    }

    #[test]
    fn rfc_6749_4_4_only_who_registered_the_grant_and_can_prove_itself() {
        let other: Value = json!({});
        assert_eq!(ask(&client(&other), ""), Err("unauthorized_client"));
        let mut public = robot("hat");
        public.metadata.token_endpoint_auth_method = Some(crate::model::client::AuthMethod::None);
        assert_eq!(ask(&public, ""), Err("unauthorized_client"));
    }
}

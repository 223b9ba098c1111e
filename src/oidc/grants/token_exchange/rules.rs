//! What may be exchanged for what, purely: RFC 8693 sections 2.1, 4.1 and 4.4.

use super::{ACCESS_TOKEN, chained};
use crate::config::Settings;
use crate::http::{ParamError, Params};
use crate::model::{Actor, Client, ENTITLEMENT_SCOPES, STANDARD_SCOPES, Scopes};
use crate::oidc::access::{AccessToken, Holder};
use crate::oidc::audience::Audience;

/// The most who may act one for the other.
const DEEPEST: usize = 4;

/// What is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// `subject_token`.
    pub subject_token: &'a str,
    /// `actor_token`.
    pub actor_token: Option<&'a str>,
    /// `resource`, or `audience`.
    pub target: &'a str,
    scopes: Option<Scopes>,
}

/// What is given.
#[derive(Debug)]
pub struct Given {
    /// For whom it is.
    pub audience: Audience,
    /// Who acts.
    pub actor: Actor,
}

/// Why nothing is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A parameter.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// Another type of token.
    #[error("{0} has to be urn:ietf:params:oauth:token-type:access_token (RFC 8693 section 3)")]
    Type(&'static str),
    /// An `actor_token_type` alone.
    #[error("actor_token and actor_token_type come together (RFC 8693 section 2.1)")]
    LoneType,
    /// No target, or more than one.
    #[error("one service is named, by resource or audience (RFC 8693 section 2.1)")]
    OneTarget,
    /// `scope` can't be read.
    #[error("scope can't be read (RFC 6749 section 3.3)")]
    Unreadable,
    /// Public clients prove nothing.
    #[error("token exchange is for clients that can prove who they are (RFC 8693 section 5)")]
    Public,
    /// Not ours, expired, ended, or of nobody.
    #[error(
        "subject_token is no access token that a person has given and that still stands (RFC 8693 section 2.2.2)"
    )]
    Subject,
    /// The same of the actor.
    #[error(
        "actor_token is no access token of this client that still stands (RFC 8693 section 2.2.2)"
    )]
    Actor,
    /// Meant for somebody else: who has it has no business with it.
    #[error(
        "subject_token was not meant for this client: its aud does not name it (RFC 8693 section 5)"
    )]
    NotTheirs,
    /// Somebody else may act.
    #[error(
        "subject_token may be exchanged by another only: its may_act says so (RFC 8693 section 4.4)"
    )]
    MayNotAct,
    /// Too many act already.
    #[error("too many act for this person already (RFC 8693 section 4.1)")]
    TooDeep,
    /// No policy lets it.
    #[error(
        "the service {0} is not known here, or this client may not call it for others (RFC 8693 section 2.2.2)"
    )]
    Target(String),
    /// More scope than the token has.
    #[error("the scope {0} is not one of subject_token (RFC 8693 section 2.1)")]
    ScopeGrowth(String),
}

impl<'a> Asked<'a> {
    /// Reads the form.
    pub fn read(form: &'a Params) -> Result<Self, Refusal> {
        let subject_token = form.required("subject_token")?;
        form.required("subject_token_type")?;
        for name in ["subject_token_type", "actor_token_type", "requested_token_type"] {
            if form.optional(name).is_some_and(|kind| kind != ACCESS_TOKEN) {
                return Err(Refusal::Type(name));
            }
        }
        let actor_token = form.optional("actor_token");
        if actor_token.is_some() != form.optional("actor_token_type").is_some() {
            return Err(Refusal::LoneType);
        }
        let mut targets = form.all("resource").chain(form.optional("audience"));
        let (Some(target), None) = (targets.next(), targets.next()) else {
            return Err(Refusal::OneTarget);
        };
        let scopes = form.optional("scope").map(Scopes::parse).transpose();
        let scopes = scopes.map_err(|_| Refusal::Unreadable)?;
        Ok(Self { subject_token, actor_token, target, scopes })
    }
}

/// Decides. `actor`: who acts now.
pub fn judge(
    asked: &Asked<'_>,
    client: &Client,
    subject: &AccessToken,
    actor: &str,
    settings: &Settings,
) -> Result<Given, Refusal> {
    let actor = judge_subject(client, subject, actor, settings)?;
    if !is_open(asked.target, client, subject, settings) {
        return Err(Refusal::Target(asked.target.chars().take(200).collect()));
    }
    let scopes = scopes(asked, subject)?;
    let audience = if asked.target == client.id.as_str() {
        Audience::of_client(scopes, client, settings)
    } else {
        let resources = [asked.target.to_owned()];
        Audience { scopes, ..Audience::of(&resources, &Scopes::default(), client, settings) }
    };
    Ok(Given { audience, actor })
}

/// Whether this client may exchange this token at all; who acts then.
pub fn judge_subject(
    client: &Client,
    subject: &AccessToken,
    actor: &str,
    settings: &Settings,
) -> Result<Actor, Refusal> {
    if client.is_public() {
        return Err(Refusal::Public);
    }
    if subject.holder == Holder::Client {
        return Err(Refusal::Subject);
    }
    let own =
        |aud: &String| aud == client.id.as_str() || settings.resources.is_server(aud, &client.id);
    if !subject.audience.iter().any(own) {
        return Err(Refusal::NotTheirs);
    }
    if subject.may_act.as_deref().is_some_and(|only| only != actor) {
        return Err(Refusal::MayNotAct);
    }
    let actor = chained(actor, subject.actor.as_ref());
    if actor.depth() > DEEPEST {
        return Err(Refusal::TooDeep);
    }
    Ok(actor)
}

/// Whether the settings let the client call this service for others. Besides, a person's own token, which can't be verified
/// alone, is exchanged by whom it is for for one that can.
fn is_open(target: &str, client: &Client, subject: &AccessToken, settings: &Settings) -> bool {
    let own = matches!(subject.holder, Holder::ApiToken(_));
    let resource = settings.resources.get(target);
    resource.is_some_and(|resource| resource.is_exchanged_by(&client.id))
        || (own && subject.audience.iter().any(|aud| aud == target))
}

/// As much of what the person allowed as is asked for. What is about the person's own data here means nothing elsewhere,
/// but what they may is asked for there.
fn scopes(asked: &Asked<'_>, subject: &AccessToken) -> Result<Scopes, Refusal> {
    let elsewhere =
        |scope: &&str| !STANDARD_SCOPES.contains(scope) || ENTITLEMENT_SCOPES.contains(scope);
    let held = subject.scopes.only(elsewhere);
    let Some(asked) = &asked.scopes else { return Ok(held) };
    match asked.iter().find(|scope| !held.contains(scope)) {
        Some(other) => Err(Refusal::ScopeGrowth(other.to_owned())),
        None => Ok(asked.clone()),
    }
}

impl Refusal {
    /// The error code (RFC 8693 section 2.2.2).
    pub const fn error(&self) -> &'static str {
        match self {
            Self::Public => "unauthorized_client",
            Self::Target(_) => "invalid_target",
            Self::Unreadable | Self::ScopeGrowth(_) => "invalid_scope",
            Self::Param(_)
            | Self::Type(_)
            | Self::LoneType
            | Self::OneTarget
            | Self::Subject
            | Self::Actor
            | Self::NotTheirs
            | Self::MayNotAct
            | Self::TooDeep => "invalid_request",
        }
    }

    /// What mends it, for `hatcheck explain`.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Target(_) => {
                "name the client in exchanged_by of the resource, in [resources] of the settings"
            }
            Self::NotTheirs => "exchange the token that your own service was called with",
            Self::MayNotAct => "let the app that got the token register this client as may_act",
            Self::ScopeGrowth(_) => {
                "leave scope out, or let the app ask for that scope when the person signs in"
            }
            Self::Subject | Self::Actor => {
                "send an access token that has not expired, and whose session stands"
            }
            Self::Param(_)
            | Self::Type(_)
            | Self::LoneType
            | Self::OneTarget
            | Self::Unreadable
            | Self::Public
            | Self::TooDeep => "read RFC 8693 section 2.1 for what the request has to hold",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Acr, ClientId, GrantId, Timestamp};
    use crate::oidc::authorize::rules::tests::client;

    fn settings() -> Settings {
        let text = r#"
            issuer = "https://id.example"
            [scopes."notes:read"]
            description = "Read your notes"
            [resources."https://tasks.example"]
            exchanged_by = ["notes"]
            token_lifetime = "5m"
            [resources."https://closed.example"]
            [resources."https://api.example"]
            introspected_by = ["notes"]
        "#;
        Settings::parse(text, std::path::Path::new("")).unwrap()
    }

    fn subject(more: &Value) -> AccessToken {
        let text = |name: &str| more[name].as_str();
        let at = Timestamp::from_seconds;
        AccessToken {
            holder: Holder::Person {
                grant_id: GrantId::from_bytes([1; 16]),
                auth_time: at(1),
                acr: Acr::OneFactor,
            },
            subject: "ada".to_owned(),
            client_id: ClientId::parse("app").unwrap(),
            audience: vec![text("aud").unwrap_or("notes").to_owned()],
            scopes: Scopes::parse("openid notes:read profile").unwrap(),
            issued_at: at(1),
            expires_at: at(900),
            id: "j".to_owned(),
            actor: more.get("act").map(|act| serde_json::from_value(act.clone()).unwrap()),
            may_act: text("may_act").map(str::to_owned),
            extra: serde_json::Map::new(),
        }
    }

    const FORM: &str =
        "subject_token=t&subject_token_type=urn:ietf:params:oauth:token-type:access_token";

    fn exchange(form: &str, token: &Value) -> Result<(String, String, Actor), &'static str> {
        let text = format!("{FORM}&{form}");
        let params = Params::parse(text.as_bytes()).unwrap();
        let asked = Asked::read(&params).map_err(|refusal| refusal.error())?;
        let given = judge(&asked, &client(&json!({})), &subject(token), "notes", &settings())
            .map_err(|refusal| refusal.error())?;
        assert_eq!(given.audience.lifetime.as_secs(), 300);
        Ok((given.audience.names.join(" "), given.audience.scopes.to_string(), given.actor))
    }

    #[test]
    fn rfc_8693_2_1_one_service_that_the_settings_open_and_no_more_scope() {
        let notes = chained("notes", None);
        let given = |scope: &str| Ok(("https://tasks.example".into(), scope.into(), notes.clone()));
        let token = "urn:ietf:params:oauth:token-type";
        for (form, expected) in [
            ("resource=https://tasks.example", given("notes:read")),
            ("audience=https://tasks.example", given("notes:read")),
            ("audience=https://tasks.example&scope=notes:read", given("notes:read")),
            (
                &format!(
                    "audience=https://tasks.example&requested_token_type={token}:access_token"
                ),
                given("notes:read"),
            ),
            (
                &format!("audience=https://tasks.example&requested_token_type={token}:id_token"),
                Err("invalid_request"),
            ),
            ("audience=https://tasks.example&scope=profile", Err("invalid_scope")),
            ("audience=https://tasks.example&scope=notes:write", Err("invalid_scope")),
            ("audience=https://tasks.example&scope=a%22b", Err("invalid_scope")),
            ("resource=https://closed.example", Err("invalid_target")),
            ("resource=https://other.example", Err("invalid_target")),
            ("resource=https://id.example", Err("invalid_target")),
            ("audience=photos", Err("invalid_target")),
            ("", Err("invalid_request")),
            (
                "resource=https://tasks.example&audience=https://tasks.example",
                Err("invalid_request"),
            ),
            ("resource=https://tasks.example&actor_token=x", Err("invalid_request")),
            ("resource=https://tasks.example&actor_token_type=x", Err("invalid_request")),
        ] {
            assert_eq!(exchange(form, &json!({})), expected, "{form}");
        }
    }

    #[test]
    fn rfc_8693_4_1_and_4_4_who_may_act_and_who_acted_before() {
        let ask = |token: &Value| {
            exchange("resource=https://tasks.example", token).map(|(.., actor)| actor)
        };
        assert_eq!(ask(&json!({"aud": "other"})), Err("invalid_request"));
        assert_eq!(ask(&json!({"aud": "https://tasks.example"})), Err("invalid_request"));
        assert!(ask(&json!({"aud": "https://api.example"})).is_ok(), "it is that API's server");
        assert!(ask(&json!({"may_act": "notes"})).is_ok());
        assert_eq!(ask(&json!({"may_act": "other"})), Err("invalid_request"));
        let chain = ask(&json!({"act": {"sub": "a", "act": {"sub": "b"}}})).unwrap();
        let expected = json!({"sub": "notes", "act": {"sub": "a", "act": {"sub": "b"}}});
        assert_eq!(serde_json::to_value(&chain).unwrap(), expected);
        let deep = json!({"act": {"sub": "a", "act": {"sub": "b", "act": {"sub": "c", "act": {"sub": "d"}}}}});
        assert_eq!(ask(&deep), Err("invalid_request"));
    }

    #[test]
    fn rfc_8693_5_no_public_client_and_no_token_of_nobody() {
        let params =
            Params::parse(format!("{FORM}&audience=https://tasks.example").as_bytes()).unwrap();
        let asked = Asked::read(&params).unwrap();
        let mut public = client(&json!({}));
        public.metadata.token_endpoint_auth_method = Some(crate::model::client::AuthMethod::None);
        let verdict = judge(&asked, &public, &subject(&json!({})), "notes", &settings());
        assert_eq!(verdict.unwrap_err(), Refusal::Public);
        let nobodys = AccessToken { holder: Holder::Client, ..subject(&json!({})) };
        let verdict = judge(&asked, &client(&json!({})), &nobodys, "notes", &settings());
        assert_eq!(verdict.unwrap_err(), Refusal::Subject);
    }
}

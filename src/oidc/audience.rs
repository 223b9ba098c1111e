//! Whom an access token is for: RFC 8707, and RFC 9068 section 3.

use std::time::Duration;

use crate::config::Settings;
use crate::http::{OauthError, Params};
use crate::model::client::TokenFormat;
use crate::model::{Client, ENTITLEMENT_SCOPES, Scopes};

/// The most resources that one request may name.
const MOST: usize = 10;

/// For whom a token is, and what follows from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// `aud`.
    pub names: Vec<String>,
    /// Those of the granted scopes that mean something there.
    pub scopes: Scopes,
    /// How long the token lives.
    pub lifetime: Duration,
    /// What it looks like.
    pub format: TokenFormat,
}

/// Why a resource is refused: `invalid_target`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not in the settings, or not open to the client: nobody learns which.
    #[error(
        "the resource {0} is not known here, or this client may not ask for it (RFC 8707 section 2)"
    )]
    Refused(String),
    /// Not among those of the authorization.
    #[error("the resource {0} is not one that the authorization was for (RFC 8707 section 2.2)")]
    NotGranted(String),
    /// More than 10.
    #[error("more than {MOST} resources are named at once (RFC 8707 section 2)")]
    TooMany,
}

impl TargetError {
    /// What mends it, for `hatcheck explain`.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Refused(_) => {
                "write the identifier as it stands in [resources] of the settings, and name the client in its clients"
            }
            Self::NotGranted(_) => {
                "name the resource in the authorization request too, and let the person sign in again"
            }
            Self::TooMany => "ask for a token of its own for each resource",
        }
    }
}

/// The resources that a request names, each once: known, and open to the client. The issuer is one, as it has userinfo.
pub fn asked(
    params: &Params,
    client: &Client,
    settings: &Settings,
) -> Result<Vec<String>, TargetError> {
    let mut names: Vec<String> = Vec::new();
    for name in params.all("resource") {
        if !is_open(name, client, settings) {
            return Err(TargetError::Refused(name.chars().take(200).collect()));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    if names.len() > MOST { Err(TargetError::TooMany) } else { Ok(names) }
}

/// The scopes without those of resources that are not named: a token for them was not asked for (RFC 6749 section 3.3
/// lets us leave them out, and the answer tells).
pub fn grantable(scopes: &Scopes, resources: &[String], settings: &Settings) -> Scopes {
    let named = |scope: &&str| {
        settings.resources.of_scope(scope).is_none_or(|url| resources.iter().any(|one| one == url))
    };
    scopes.only(named)
}

/// What a token request may narrow the granted resources to (RFC 8707 section 2.2): all of them unless it names some. A
/// resource may have gone from the settings since it was granted.
pub fn narrowed(
    asked: &[String],
    granted: &[String],
    client: &Client,
    settings: &Settings,
) -> Result<Vec<String>, TargetError> {
    let fits = |name: &&String| granted.contains(name) || *name == settings.issuer.as_str();
    if let Some(other) = asked.iter().find(|name| !fits(name)) {
        return Err(TargetError::NotGranted(other.clone()));
    }
    let wanted = if asked.is_empty() { granted } else { asked };
    match wanted.iter().find(|name| !is_open(name, client, settings)) {
        Some(gone) => Err(TargetError::Refused(gone.clone())),
        None => Ok(wanted.to_vec()),
    }
}

fn is_open(name: &str, client: &Client, settings: &Settings) -> bool {
    name == settings.issuer.as_str()
        || settings.resources.get(name).is_some_and(|resource| resource.is_open_to(&client.id))
}

impl From<TargetError> for OauthError {
    fn from(error: TargetError) -> Self {
        Self::new("invalid_target", error.to_string()).with_mend(error.mend())
    }
}

impl Audience {
    /// For a client's own API and nobody else.
    pub fn of_client(scopes: Scopes, client: &Client, settings: &Settings) -> Self {
        Self {
            names: vec![client.id.to_string()],
            scopes,
            lifetime: settings.tokens.access_token,
            format: client.metadata.access_token_format,
        }
    }

    /// For these resources; none: for the issuer and the client, so that userinfo answers, and an app's own API can check
    /// that a token was meant for it. Of several lifetimes the shortest holds, and of two formats the one that says less.
    pub fn of(resources: &[String], scopes: &Scopes, client: &Client, settings: &Settings) -> Self {
        let issuer = settings.issuer.as_str();
        let for_us = resources.is_empty() || resources.iter().any(|name| name == issuer);
        let ours = for_us.then(|| [issuer, client.id.as_str()]);
        let others = resources.iter().map(String::as_str).filter(|name| *name != issuer);
        let names = ours.into_iter().flatten().chain(others).map(str::to_owned).collect();
        let belongs = |scope: &&str| match settings.resources.of_scope(scope) {
            Some(url) => resources.iter().any(|name| name == url),
            None => for_us || ENTITLEMENT_SCOPES.contains(scope),
        };
        let format = client.metadata.access_token_format;
        let mut audience = Self {
            names,
            scopes: scopes.only(belongs),
            lifetime: Duration::MAX,
            format: if for_us { format } else { TokenFormat::Jwt },
        };
        if for_us {
            audience.lifetime = settings.tokens.access_token;
        }
        for resource in resources.iter().filter_map(|name| settings.resources.get(name)) {
            audience.lifetime = audience.lifetime.min(resource.token_lifetime);
            if resource.token_format.unwrap_or(format) == TokenFormat::Opaque {
                audience.format = TokenFormat::Opaque;
            }
        }
        audience
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::authorize::rules::tests::client;

    const NOTES: &str = "https://notes.example";
    const OTHER: &str = "https://other.example";
    const CLOSED: &str = "https://closed.example";

    pub(in crate::oidc) fn settings() -> Settings {
        let text = r#"
            issuer = "https://id.example"
            [scopes."notes:read"]
            description = "Read your notes"
            [scopes.hat]
            description = "Know your HAT"
            [resources."https://notes.example"]
            scopes = ["notes:read"]
            token_format = "opaque"
            token_lifetime = "5m"
            [resources."https://other.example"]
            [resources."https://closed.example"]
            clients = ["somebody"]
        "#;
        Settings::parse(text, std::path::Path::new("")).unwrap()
    }

    fn ask(resources: &[&str]) -> Result<Vec<String>, TargetError> {
        let pairs = resources.iter().map(|url| ("resource", *url));
        let text =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        asked(&Params::parse(text.as_bytes()).unwrap(), &client(&json!({})), &settings())
    }

    #[test]
    fn rfc_8707_2_only_known_and_open_resources_may_be_asked_for() {
        assert_eq!(ask(&[]).unwrap(), Vec::<String>::new());
        assert_eq!(ask(&[NOTES, OTHER, NOTES]).unwrap(), [NOTES, OTHER]);
        assert_eq!(ask(&["https://id.example"]).unwrap(), ["https://id.example"]);
        for refused in [CLOSED, "https://notes.example/", "HTTPS://notes.example", "notes"] {
            assert_eq!(ask(&[NOTES, refused]), Err(TargetError::Refused(refused.into())));
        }
    }

    #[test]
    fn rfc_8707_2_2_a_token_request_may_narrow_and_never_widen() {
        let settings = settings();
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let granted = list(&[NOTES, OTHER]);
        let client = client(&json!({}));
        let narrow = |names: &[&str], granted: &[String]| {
            narrowed(&list(names), granted, &client, &settings)
        };
        assert_eq!(narrow(&[], &granted).unwrap(), granted);
        assert_eq!(narrow(&[OTHER], &granted).unwrap(), [OTHER]);
        assert_eq!(narrow(&["https://id.example"], &granted).unwrap(), ["https://id.example"]);
        assert_eq!(narrow(&[NOTES], &[]), Err(TargetError::NotGranted(NOTES.into())));
        assert_eq!(narrow(&[CLOSED], &granted), Err(TargetError::NotGranted(CLOSED.into())));
        assert_eq!(narrow(&[], &list(&[CLOSED])), Err(TargetError::Refused(CLOSED.into())));
    }

    #[test]
    fn rfc_8707_2_each_token_is_for_its_resources_alone() {
        let settings = settings();
        let scopes = Scopes::parse("openid email hat notes:read").unwrap();
        let given = |resources: &[&str], members| {
            let resources: Vec<_> = resources.iter().map(|&name| name.to_owned()).collect();
            let scopes = grantable(&scopes, &resources, &settings);
            let Audience { names, scopes, lifetime, format } =
                Audience::of(&resources, &scopes, &client(&members), &settings);
            (names.join(" "), scopes.to_string(), lifetime.as_secs() / 60, format)
        };
        let (jwt, opaque) = (TokenFormat::Jwt, TokenFormat::Opaque);
        let ours = "https://id.example notes";
        let plain = json!({});
        let closed = json!({"access_token_format": "opaque"});
        for (resources, members, expected) in [
            (vec![], &plain, (ours.into(), "email hat openid".into(), 15, jwt)),
            (vec![], &closed, (ours.into(), "email hat openid".into(), 15, opaque)),
            (vec![NOTES], &plain, (NOTES.into(), "notes:read".into(), 5, opaque)),
            (vec![OTHER], &plain, (OTHER.into(), String::new(), 15, jwt)),
            (vec![OTHER], &closed, (OTHER.into(), String::new(), 15, opaque)),
            (
                vec![NOTES, OTHER, "https://id.example"],
                &plain,
                (
                    format!("{ours} {NOTES} {OTHER}"),
                    "email hat notes:read openid".into(),
                    5,
                    opaque,
                ),
            ),
        ] {
            assert_eq!(given(&resources, members.clone()), expected, "{resources:?}");
        }
    }
}

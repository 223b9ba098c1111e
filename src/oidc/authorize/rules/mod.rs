//! The rules about an authorization request, one file each: pure functions of what came in and of the client.
//!
//! [`judge`] is the table. Who else takes such requests (pushed ones, those of devices) calls it with a client and a
//! redirect URI that it proved in its own way.

pub mod acr;
pub mod claims;
pub mod client;
pub mod id_token_hint;
pub mod max_age;
pub mod nonce;
pub mod objects;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod resource;
pub mod response;
pub mod scope;
pub mod size;

use super::untrusted::cut;
use super::{Refusal, Untrusted};
use crate::config::Settings;
use crate::http::Params;
use crate::keys::Sealer;
use crate::model::{AuthorizationRequest, Client, Details, RedirectUri};
use id_token_hint::Hint;

/// What came in, decoded, before any rule about its meaning.
pub struct Incoming {
    /// The first value of each parameter.
    pub params: Params,
    /// Those that came more than once.
    pub doubled: Vec<String>,
}

/// The parameters whose values `explain` shows: they hold no secret, and nothing about a person.
const SHOWN: [&str; 10] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "acr_values",
    "code_challenge_method",
    "resource",
];

impl Incoming {
    /// Decodes a query or a form, and measures it.
    pub fn parse(text: &[u8]) -> Result<Self, Untrusted> {
        let (params, doubled) = Params::parse_noting_doubled(text)?;
        size::judge(&params)?;
        Ok(Self { params, doubled })
    }

    /// The same of parameters that stood elsewhere.
    pub fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Untrusted> {
        let (params, doubled) = Params::of_pairs_noting_doubled(pairs)?;
        size::judge(&params)?;
        Ok(Self { params, doubled })
    }

    /// Whether this parameter came more than once.
    pub fn is_doubled(&self, name: &str) -> bool {
        self.doubled.iter().any(|each| each == name)
    }

    /// What came in, for `explain`: some values, and the names of the rest.
    pub fn shown(&self) -> String {
        let shown = self.params.iter().map(|(name, value)| {
            let value = if SHOWN.contains(&name) { cut(value) } else { "…".to_owned() };
            format!("{}={value}", cut(name))
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

/// Who the person has to be, and who knows what clients call people.
#[derive(Clone, Copy)]
pub struct People<'a> {
    /// The `id_token_hint`.
    pub hint: Hint,
    /// For the names of people.
    pub sealer: &'a Sealer,
}

/// The table of rules, in the order in which they speak.
pub fn judge(
    incoming: &Incoming,
    client: &Client,
    redirect_uri: &RedirectUri,
    people: People<'_>,
    settings: &Settings,
) -> Result<AuthorizationRequest, Refusal> {
    let params = &incoming.params;
    if let Some(name) = incoming.doubled.first() {
        return Err(Refusal::Doubled(name.clone()));
    }
    objects::judge(params)?;
    let (response, rules) = response::judge(params, client, redirect_uri, &settings.security)?;
    let response_type = response.response_type();
    let scopes = scope::judge(params, &client.metadata, response_type)?;
    let (resources, scopes) = resource::judge(params, client, &scopes, settings)?;
    scope::suffice(&scopes, response_type)?;
    let nonce = nonce::judge(params, response_type)?;
    let code_challenge = if response_type.has_code() {
        // A nonce binds nothing where no ID token says it again
        let is_bound = nonce.is_some() && scopes.contains("openid");
        pkce::judge(params, client, rules.code_binding, is_bound)?
    } else {
        None
    };
    let prompts = prompt::judge(params)?;
    let claimed = claims::judge(params, &client.metadata, &scopes, &settings.scopes)?;
    let class = acr::judge(params, claimed.acr.as_ref(), &client.metadata)?;
    let hinted = id_token_hint::judge(people.hint, &prompts)?;
    let wanted = claimed
        .subject
        .map(|subject| people.sealer.user_of(client, &subject).ok_or(Refusal::SubjectUnknown));
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.clone(),
        response,
        scopes,
        state: params.optional("state").map(str::to_owned),
        nonce,
        code_challenge,
        max_age: max_age::judge(params, &client.metadata)?,
        login_hint: params.optional("login_hint").map(str::to_owned),
        hinted_user: id_token_hint::joined(hinted, wanted.transpose()?)?,
        acr: class.weakest,
        essential_acr: class.essential,
        details: Details { resources, ..claimed.details },
        ui_locales: params.optional("ui_locales").map(str::to_owned),
        prompts,
        once: None,
    })
}

#[cfg(test)]
pub(in crate::oidc) mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::client::Metadata;
    use crate::model::{Acr, ClientId, Prompt, Secret, Timestamp};

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// The app "notes", with these members added or, by null, removed.
    pub(in crate::oidc) fn client(members: &Value) -> Client {
        let mut all = json!({"redirect_uris": ["https://rp.example/cb"], "grant_types": ["authorization_code", "refresh_token"]});
        for (name, value) in members.as_object().unwrap() {
            all[name] = value.clone();
        }
        Client {
            id: ClientId::parse("notes").unwrap(),
            metadata: Metadata::from_json(all.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: Timestamp::from_seconds(0),
            updated_at: Timestamp::from_seconds(0),
        }
    }

    fn settings() -> Settings {
        Settings::parse("issuer = \"https://id.example\"", std::path::Path::new("")).unwrap()
    }

    /// A good request, with these parameters replaced or, when empty, left out.
    fn query(changes: &[(&str, &str)]) -> String {
        let mut params = vec![
            ("client_id", "notes"),
            ("redirect_uri", "https://rp.example/cb"),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "s1"),
            ("nonce", "n1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            params.retain(|(known, _)| known != name);
            params.push((name, value));
        }
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
    }

    fn ask(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refusal> {
        let incoming = Incoming::parse(query(changes).as_bytes()).unwrap();
        let redirect_uri = redirect_uri::judge(&incoming, client).unwrap();
        let sealer = Sealer::new(&Secret::new([7; 32]));
        let people = People { hint: Hint::Absent, sealer: &sealer };
        judge(&incoming, client, &redirect_uri, people, &settings())
    }

    fn error(client: &Client, changes: &[(&str, &str)]) -> &'static str {
        ask(client, changes).map_or_else(|refusal| refusal.error(), |_| "")
    }

    #[test]
    fn core_3_1_2_1_a_good_request_is_taken_whole() {
        let changes = [
            ("prompt", "login consent"),
            ("max_age", "60"),
            ("login_hint", "ada"),
            ("ui_locales", "se"),
            ("display", "popup"),
            ("claims_locales", "se"),
            ("extra", "foobar"),
        ];
        let request = ask(&client(&json!({})), &changes).unwrap();
        assert_eq!(request.scopes.to_string(), "email openid");
        assert_eq!(request.prompts, [Prompt::Login, Prompt::Consent]);
        assert_eq!((request.max_age, request.login_hint.as_deref()), (Some(60), Some("ada")));
        assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE));
        assert_eq!((request.state.as_deref(), request.nonce.as_deref()), (Some("s1"), Some("n1")));
    }

    #[test]
    fn core_3_1_2_2_each_rule_has_its_error() {
        let client = client(&json!({}));
        for (changes, expected) in [
            (vec![("response_type", "")], "invalid_request"),
            (vec![("response_type", "token")], "unsupported_response_type"),
            (vec![("response_type", "code id_token")], "unsupported_response_type"),
            (vec![("response_mode", "web_message")], "invalid_request"),
            (vec![("response_mode", "query")], ""),
            (vec![("response_mode", "fragment")], ""),
            (vec![("response_mode", "form_post")], ""),
            (vec![("request", "e30.e30.")], "request_not_supported"),
            (vec![("request_uri", "https://rp.example/r")], "request_uri_not_supported"),
            (vec![("registration", "{}")], "registration_not_supported"),
            (vec![("scope", "")], "invalid_scope"),
            (vec![("scope", "email")], "invalid_scope"),
            (vec![("scope", "openid \"")], "invalid_scope"),
            (vec![("prompt", "none")], ""),
            (vec![("prompt", "none login")], "invalid_request"),
            (vec![("prompt", "create")], "invalid_request"),
            (vec![("max_age", "-1")], "invalid_request"),
            (vec![("max_age", "1.5")], "invalid_request"),
            (vec![("max_age", "+1")], "invalid_request"),
            (vec![("max_age", "0")], ""),
            (vec![("nonce", &"n".repeat(1_025))], "invalid_request"),
        ] {
            assert_eq!(error(&client, &changes), expected, "{changes:?}");
        }
    }

    #[test]
    fn dos_04_a_doubled_parameter_is_refused() {
        let client = client(&json!({}));
        let text = format!("{}&state=s2", query(&[]));
        let incoming = Incoming::parse(text.as_bytes()).unwrap();
        let redirect_uri = redirect_uri::judge(&incoming, &client).unwrap();
        let sealer = Sealer::new(&Secret::new([7; 32]));
        let people = People { hint: Hint::Absent, sealer: &sealer };
        let refusal = judge(&incoming, &client, &redirect_uri, people, &settings()).unwrap_err();
        assert_eq!(refusal.error(), "invalid_request");
        assert!(refusal.to_string().contains("state"));
    }

    #[test]
    fn core_5_5_1_1_the_weakest_known_class_is_wanted() {
        let client = client(&json!({"default_acr_values": ["urn:hatcheck:acr:2fa"]}));
        let two = "urn:hatcheck:acr:2fa";
        let all = "urn:hatcheck:acr:2fa other urn:hatcheck:acr:1fa";
        for (values, wanted) in [
            (two, Some(Acr::TwoFactor)),
            (all, Some(Acr::OneFactor)),
            ("unknown", Some(Acr::TwoFactor)),
            ("", Some(Acr::TwoFactor)),
        ] {
            assert_eq!(ask(&client, &[("acr_values", values)]).unwrap().acr, wanted, "{values}");
        }
    }

    #[test]
    fn what_explain_shows_holds_no_state_and_no_hints() {
        let text =
            query(&[("id_token_hint", "secret"), ("login_hint", "ada@hat.example"), ("x", "y")]);
        let shown = Incoming::parse(text.as_bytes()).unwrap().shown();
        assert!(
            shown.contains("redirect_uri=https://rp.example/cb scope")
                || shown.contains("scope=openid email")
        );
        for hidden in ["s1", "n1", "secret", "ada@", "=y"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

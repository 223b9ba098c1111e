//! What this server is and can do: OpenID Connect Discovery section 3, RFC 8414 section 2.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::cached::{self, Document};
use super::memory::Memory;
use crate::config::{RegistrationMode, Security, Settings};
use crate::http::{App, texts};
use crate::model::client::{AuthMethod, GrantType, SubjectType};
use crate::model::{
    Acr, Algorithm, AssertionAlgorithm, ContentEncryption, Digest, KeyEncryption, Prompt,
    SUPPORTED_CLAIMS,
};

/// How long the document may be kept, in seconds.
pub(super) const MAX_AGE: u64 = 3_600;

/// `GET /.well-known/openid-configuration`
pub async fn handle(
    request: HttpRequest,
    app: web::Data<App>,
    memory: web::Data<Memory>,
) -> HttpResponse {
    let document = memory.discovery.get_or_init(|| render(app.settings()));
    cached::serve(&request, document, MAX_AGE, &app)
}

/// Every URL comes from the issuer alone, whatever the request's headers say.
fn render(settings: &Settings) -> Document {
    let body = document(settings).to_string();
    let etag = format!("\"{}\"", Digest::of(&body).as_str());
    Document { body: body.into(), etag }
}

fn document(settings: &Settings) -> Value {
    let mut members = members(settings);
    if let (Some(object), Value::Object(people)) = (members.as_object_mut(), people(settings)) {
        object.extend(people);
        for (name, value) in ways_in_and_out(settings) {
            object.insert(name.to_owned(), value);
        }
        object.extend(of_answers());
        object.extend(of_requests(settings));
        if settings.registration.mode != RegistrationMode::Closed {
            object.insert(
                "registration_endpoint".to_owned(),
                json!(settings.issuer.url_of("/register")),
            );
        }
        let brand = &settings.brand;
        for (name, url) in [("op_policy_uri", &brand.privacy_url), ("op_tos_uri", &brand.terms_url)]
        {
            if let Some(url) = url {
                object.insert(name.to_owned(), json!(url));
            }
        }
    }
    members
}

fn members(settings: &Settings) -> Value {
    let url = |path: &str| settings.issuer.url_of(path);
    let security = &settings.security;
    let methods = AuthMethod::ALL.map(AuthMethod::as_str);
    let of_assertions: Vec<_> =
        AssertionAlgorithm::all().into_iter().map(AssertionAlgorithm::as_str).collect();
    // Introspection is for those who can prove who they are
    let proving: Vec<_> = methods.into_iter().filter(|method| *method != "none").collect();
    json!({
        "issuer": settings.issuer.as_str(),
        "authorization_endpoint": url("/authorize"),
        "token_endpoint": url("/token"),
        "jwks_uri": url("/jwks"),
        "userinfo_endpoint": url("/userinfo"),
        "introspection_endpoint": url("/introspect"),
        "revocation_endpoint": url("/revoke"),
        "response_types_supported": security.response_types(),
        "response_modes_supported": security.response_modes(),
        "grant_types_supported": grant_types(security),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": of_assertions,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": of_assertions,
        "introspection_endpoint_auth_methods_supported": proving,
        "introspection_endpoint_auth_signing_alg_values_supported": of_assertions,
        "subject_types_supported": SubjectType::ALL.map(SubjectType::as_str),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

/// What people meet, and what is told about them.
fn people(settings: &Settings) -> Value {
    json!({
        "scopes_supported": settings.scopes.names().collect::<Vec<_>>(),
        "claim_types_supported": ["normal"],
        "claims_supported": claims(settings),
        "claims_locales_supported": settings.claims.locales,
        "acr_values_supported": Acr::ALL.map(Acr::as_str),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": Prompt::ALL.map(Prompt::as_str),
        "ui_locales_supported": texts::TAGS,
        "claims_parameter_supported": true,
    })
}

/// The grants that work; `implicit` where a profile lets tokens through the browser.
fn grant_types(security: &Security) -> Vec<&'static str> {
    let implicit = security.response_types().iter().any(|each| each.has_tokens());
    let works = |grant: &GrantType| implicit || *grant != GrantType::Implicit;
    GrantType::ALL.into_iter().filter(works).map(GrantType::as_str).collect()
}

/// How answers are signed and encrypted.
fn of_answers() -> Map<String, Value> {
    let mut members = Map::new();
    for answer in ["id_token", "userinfo", "introspection"] {
        let mut put = |what: &str, values: &[&str]| {
            members.insert(format!("{answer}_{what}_values_supported"), json!(values));
        };
        put("signing_alg", &Algorithm::ALL.map(Algorithm::as_str));
        put("encryption_alg", &KeyEncryption::ALL.map(KeyEncryption::as_str));
        put("encryption_enc", &ContentEncryption::ALL.map(ContentEncryption::as_str));
    }
    members
}

/// In which ways authorization requests may come.
fn of_requests(settings: &Settings) -> Map<String, Value> {
    let offered = settings.requests;
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    put("pushed_authorization_request_endpoint", json!(settings.issuer.url_of("/par")));
    put("require_pushed_authorization_requests", json!(offered.require_pushed));
    put("request_parameter_supported", json!(offered.request));
    put("request_uri_parameter_supported", json!(offered.request_uri));
    if offered.request_uri {
        put("require_request_uri_registration", json!(true));
    }
    if offered.request || offered.request_uri {
        let stem = "request_object";
        let mut list = |what: &str, values: &[&str]| {
            put(&format!("{stem}_{what}_values_supported"), json!(values));
        };
        list("signing_alg", &Algorithm::ALL.map(Algorithm::as_str));
        list("encryption_alg", &KeyEncryption::TO_US.map(KeyEncryption::as_str));
        list("encryption_enc", &ContentEncryption::ALL.map(ContentEncryption::as_str));
    }
    members
}

/// The ways to sign out (Session Management section 3.3, RP-Initiated Logout section 2.1, Front-Channel Logout section 3,
/// Back-Channel Logout section 2.1), and the way in for devices (RFC 8628 section 4).
fn ways_in_and_out(settings: &Settings) -> [(&'static str, Value); 8] {
    let url = |path: &str| json!(settings.issuer.url_of(path));
    [
        ("authorization_challenge_endpoint", url("/authorize-challenge")),
        ("device_authorization_endpoint", url("/device-authorization")),
        ("end_session_endpoint", url("/end-session")),
        ("check_session_iframe", url("/check-session")),
        ("frontchannel_logout_supported", json!(true)),
        ("frontchannel_logout_session_supported", json!(true)),
        ("backchannel_logout_supported", json!(true)),
        ("backchannel_logout_session_supported", json!(true)),
    ]
}

/// What is known about people, and what ID tokens tell about the sign-in.
fn claims(settings: &Settings) -> Vec<&str> {
    let of_tokens = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];
    SUPPORTED_CLAIMS.into_iter().chain(of_tokens).chain(settings.scopes.claims()).collect()
}

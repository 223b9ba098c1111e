//! What the certification suite checks of the discovery document, and nothing that is not known to it: OpenID Connect
//! Discovery section 3, RFC 8414 section 2.

use serde_json::{Value, json};

use crate::support::*;

/// Every member that the suite knows; with any other it warns.
const KNOWN: &str = "issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported \
    response_types_supported response_modes_supported grant_types_supported token_endpoint_auth_methods_supported \
    token_endpoint_auth_signing_alg_values_supported service_documentation ui_locales_supported op_policy_uri op_tos_uri \
    revocation_endpoint revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported \
    introspection_endpoint introspection_endpoint_auth_methods_supported \
    introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported userinfo_endpoint \
    end_session_endpoint check_session_iframe subject_types_supported id_token_signing_alg_values_supported \
    id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported \
    userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported \
    request_object_signing_alg_values_supported request_object_encryption_alg_values_supported \
    request_object_encryption_enc_values_supported display_values_supported claim_types_supported claims_supported \
    claims_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported \
    require_request_uri_registration acr_values_supported frontchannel_logout_supported frontchannel_logout_session_supported \
    backchannel_logout_supported backchannel_logout_session_supported pushed_authorization_request_endpoint \
    require_pushed_authorization_requests authorization_response_iss_parameter_supported authorization_challenge_endpoint device_authorization_endpoint \
    require_signed_request_object introspection_signing_alg_values_supported introspection_encryption_alg_values_supported \
    introspection_encryption_enc_values_supported prompt_values_supported client_id_metadata_document_supported \
    protected_resources logo_uri";

/// With all that the certification needs.
const ALL: [(&str, &str); 2] = [
    ("HATCHECK_SECURITY__PROFILES", "openid, strict"),
    ("HATCHECK_SECURITY__DEFAULT_PROFILE", "openid"),
];

fn list(found: &Value, member: &str) -> Vec<String> {
    let values = found[member].as_array().unwrap_or_else(|| panic!("{member} is no list"));
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn oidcc_discovery_endpoint_verification_every_member_is_known_and_true() {
    let app = TestApp::start_with(Backend::Sqlite, &ALL).await;
    let page = app.get("/.well-known/openid-configuration").await;
    assert_eq!((page.status, page.header("content-type")), (200, "application/json"));
    let found = page.json();
    assert_eq!(found["issuer"], app.issuer.as_str());
    for (member, value) in found.as_object().unwrap() {
        assert!(
            KNOWN.split_whitespace().any(|known| known == member),
            "{member} is unknown to the suite"
        );
        if member.ends_with("_endpoint")
            || ["jwks_uri", "check_session_iframe"].contains(&member.as_str())
        {
            let url = url::Url::parse(value.as_str().unwrap()).unwrap();
            assert!(url.as_str().starts_with(&app.issuer) && url.query().is_none(), "{member}");
        }
        if member.ends_with("_supported") && !value.is_boolean() {
            let values = list(&found, member);
            let may_say_none = member.contains("auth_methods")
                || ["prompt_values_supported", "response_types_supported"]
                    .contains(&member.as_str());
            assert!(!values.is_empty(), "{member}");
            assert!(may_say_none || !values.contains(&"none".to_owned()), "{member}");
            let mut once = values.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), values.len(), "{member} names a value twice");
        }
    }
    for (member, wanted) in [
        (
            "response_types_supported",
            "code|id_token|id_token token|code id_token|code token|code id_token token",
        ),
        ("response_modes_supported", "query|fragment|form_post"),
        ("grant_types_supported", "authorization_code|implicit|refresh_token|client_credentials"),
        ("id_token_signing_alg_values_supported", "RS256|PS256|ES256|EdDSA"),
        ("userinfo_signing_alg_values_supported", "RS256"),
        (
            "token_endpoint_auth_methods_supported",
            "client_secret_basic|client_secret_post|private_key_jwt",
        ),
        ("scopes_supported", "openid|profile|email|address|phone|offline_access"),
        ("code_challenge_methods_supported", "S256"),
        ("subject_types_supported", "public"),
        ("display_values_supported", "page|popup|touch|wap"),
        ("acr_values_supported", "urn:hatcheck:acr:1fa"),
        ("ui_locales_supported", "en|de"),
    ] {
        let values = list(&found, member);
        for value in wanted.split('|') {
            assert!(values.contains(&value.to_owned()), "{member} lacks {value}");
        }
    }
    for member in ["claims_parameter_supported", "authorization_response_iss_parameter_supported"] {
        assert_eq!(found[member], true, "{member}");
    }
    let claims = list(&found, "claims_supported");
    for claim in [
        "sub",
        "name",
        "email",
        "email_verified",
        "phone_number",
        "address",
        "updated_at",
        "acr",
        "auth_time",
    ] {
        assert!(claims.contains(&claim.to_owned()), "{claim}");
    }
    assert_eq!(found["claim_types_supported"], json!(["normal"]));
}

/// The table of docs/conformance.md names tests that are there.
#[test]
fn every_test_that_the_table_of_conformance_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                code.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let page = std::fs::read_to_string(root.join("docs/conformance.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| o"));
    let mut named = 0;
    for row in rows {
        let tests = row.split('|').nth(2).unwrap();
        for name in tests.split('`').skip(1).step_by(2).filter(|name| name.contains('_')) {
            assert!(
                code.contains(&format!("fn {name}(")) || code.contains(&format!("fn {name}<")),
                "{name}: {row}"
            );
            named += 1;
        }
    }
    assert!(named > 40, "{named} tests are named");
}

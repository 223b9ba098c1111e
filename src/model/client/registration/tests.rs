//! Registration, table by table.

use serde_json::{Value, json};

use super::*;
use crate::model::client::GrantType;

fn register(value: Value) -> Result<Metadata, MetadataError> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    Metadata::from_json(members)
}

#[test]
fn rfc_7591_2_defaults_and_round_trip() {
    let metadata = register(json!({"redirect_uris": ["https://rp.example/cb"], "client_name": "Notes", "client_name#de": "Notizen"})).unwrap();
    assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(metadata.token_endpoint_auth_method, None);
    assert!(!metadata.require_pkce);
    assert_eq!(metadata.client_name.best(["de-AT"]), Some("Notizen"));
    assert_eq!(metadata.client_name.best(["fr"]), Some("Notes"));
    assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
}

#[test]
fn what_is_not_honoured_is_refused() {
    let with = |name: &str, value: Value| {
        let mut metadata = json!({"redirect_uris": ["https://rp.example/cb"]});
        metadata[name] = value;
        register(metadata)
    };
    for (name, value) in [
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        (
            "redirect_uris",
            json!((0..21).map(|n| format!("https://rp.example/{n}")).collect::<Vec<_>>()),
        ),
        ("response_types", json!(["token"])),
        ("grant_types", json!(["password"])),
        ("grant_types", json!("authorization_code")),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("id_token_signed_response_alg", json!("none")),
        // Of a secret only the digest is kept, so nothing can be signed with it
        ("id_token_signed_response_alg", json!("HS256")),
        ("userinfo_signed_response_alg", json!("HS256")),
        // No key of ours is for it
        ("request_object_encryption_alg", json!("RSA-OAEP")),
        ("logo_uri", json!("javascript:alert(1)")),
        ("policy_uri", json!("data:text/html,x")),
        ("jwks", json!({"keys": [{"kty": "oct", "k": "AA"}]})),
        ("scope", json!("a\"b")),
        ("dpop_bound_access_tokens", json!(true)),
        ("client_name", json!(7)),
        ("backchannel_logout_uri", json!("http://rp.example/logout")),
        ("backchannel_logout_uri", json!("https://rp.example/logout#x")),
        ("backchannel_logout_session_required", json!(true)),
        ("default_max_age", json!(-1)),
    ] {
        assert!(with(name, value.clone()).is_err(), "{name}: {value}");
    }
}

#[test]
fn back_channel_logout_2_2_is_kept() {
    for uri in ["https://rp.example/logout", "http://localhost:3000/logout"] {
        let metadata = register(json!({
            "redirect_uris": ["https://rp.example/cb"],
            "backchannel_logout_uri": uri,
            "backchannel_logout_session_required": true
        }))
        .unwrap();
        assert_eq!(metadata.backchannel_logout_uri.as_deref(), Some(uri));
        assert!(metadata.backchannel_logout_session_required);
        assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
    }
}

#[test]
fn rfc_9700_2_1_1_a_public_client_cannot_do_without_pkce() {
    let public = json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none", "require_pkce": false});
    assert!(register(public).is_err());
    let public =
        json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none"});
    let metadata = register(public).unwrap();
    assert!(metadata.require_pkce);
    assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
    let strict = json!({"redirect_uris": ["https://rp.example/cb"], "require_pkce": true});
    assert!(register(strict).unwrap().require_pkce);
}

/// What is read and agrees with itself, whether or not it is offered yet.
fn understood(more: &Value) -> Result<Metadata, MetadataError> {
    let mut members = json!({"redirect_uris": ["https://rp.example/cb"]});
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    let mut input = Members::of(members.as_object().unwrap().clone());
    let metadata = Metadata::read(&mut input)?;
    input.nothing_left()?;
    metadata.agrees_with_itself().map(|()| metadata)
}

#[test]
fn rfc_7591_2_1_grants_and_response_types_fit_together() {
    use GrantType::{AuthorizationCode, ClientCredentials, Implicit};
    for (more, grants, responses) in [
        (json!({}), vec![AuthorizationCode], vec!["code"]),
        (json!({"response_types": ["id_token"]}), vec![Implicit], vec!["id_token"]),
        (
            json!({"response_types": ["token code"]}),
            vec![AuthorizationCode, Implicit],
            vec!["code token"],
        ),
        (
            json!({"grant_types": ["authorization_code", "implicit"]}),
            vec![AuthorizationCode, Implicit],
            vec!["code"],
        ),
        (json!({"response_types": ["none"]}), vec![], vec!["none"]),
        (
            json!({"grant_types": ["client_credentials"], "redirect_uris": []}),
            vec![ClientCredentials],
            vec![],
        ),
        (
            json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]}),
            vec![GrantType::DeviceCode],
            vec![],
        ),
    ] {
        let metadata = understood(&more).unwrap();
        assert_eq!(metadata.grant_types, grants, "{more}");
        let types: Vec<_> = metadata.response_types.iter().map(|each| each.as_str()).collect();
        assert_eq!(types, responses, "{more}");
    }
    for (more, member) in [
        (
            json!({"grant_types": ["authorization_code"], "response_types": ["id_token"]}),
            "grant_types",
        ),
        (
            json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["id_token"]}),
            "response_types",
        ),
        (json!({"grant_types": ["implicit"], "response_types": ["code id_token"]}), "grant_types"),
        (json!({"grant_types": ["implicit"]}), "response_types"),
        (json!({"grant_types": ["refresh_token"]}), "grant_types"),
        (json!({"grant_types": []}), "grant_types"),
        (json!({"response_types": ["token"]}), "response_types"),
        (json!({"response_types": ["id_token"], "redirect_uris": []}), "redirect_uris"),
        (
            json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
            "grant_types",
        ),
    ] {
        let error = understood(&more).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{member}: ")), "{more}: {error}");
    }
}

#[test]
fn every_member_of_the_certification_plans_is_read_and_written() {
    let uri = "https://rp.example/x";
    for more in [
        json!({"jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt",
               "token_endpoint_auth_signing_alg": "PS512"}),
        json!({"subject_type": "pairwise"}),
        json!({"subject_type": "pairwise", "sector_identifier_uri": uri,
               "redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}),
        json!({"profile": "openid"}),
        json!({"id_token_encrypted_response_alg": "RSA-OAEP", "id_token_encrypted_response_enc": "A256GCM",
               "userinfo_signed_response_alg": "PS256", "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
               "introspection_signed_response_alg": "ES256",
               "introspection_encrypted_response_alg": "ECDH-ES", "jwks_uri": uri}),
        json!({"request_object_signing_alg": "RS384", "request_object_encryption_alg": "RSA-OAEP-256",
               "request_object_encryption_enc": "A128GCM", "request_uris": [format!("{uri}#hash")],
               "require_signed_request_object": true, "require_pushed_authorization_requests": true}),
        json!({"default_max_age": 0, "require_auth_time": true, "initiate_login_uri": uri,
               "default_acr_values": ["urn:hatcheck:acr:2fa", "urn:hatcheck:acr:1fa"]}),
        json!({"frontchannel_logout_uri": uri, "frontchannel_logout_session_required": true,
               "backchannel_logout_uri": uri, "backchannel_logout_session_required": true}),
        json!({"software_id": "notes", "software_version": "1.2"}),
    ] {
        let metadata = understood(&more).unwrap_or_else(|error| panic!("{more}: {error}"));
        let written = metadata.to_json();
        for (name, value) in more.as_object().unwrap() {
            assert_eq!(written.get(name), Some(value), "{name}");
        }
        assert_eq!(Metadata::read(&mut Members::of(written)).as_ref(), Ok(&metadata));
    }
    let encrypted =
        understood(&json!({"userinfo_encrypted_response_alg": "ECDH-ES", "jwks_uri": uri}));
    assert_eq!(
        encrypted.unwrap().to_json().get("userinfo_encrypted_response_enc"),
        Some(&json!("A128CBC-HS256"))
    );
}

#[test]
fn members_that_contradict_each_other_are_refused() {
    let uri = "https://rp.example/x";
    for (more, member) in [
        (json!({"jwks_uri": uri, "jwks": {"keys": [{"kty": "EC"}]}}), "jwks_uri"),
        (json!({"jwks_uri": "http://rp.example/x"}), "jwks_uri"),
        (json!({"jwks_uri": "https://u:p@rp.example/x"}), "jwks_uri"),
        (json!({"jwks_uri": format!("{uri}#x")}), "jwks_uri"),
        (json!({"sector_identifier_uri": "http://localhost/x"}), "sector_identifier_uri"),
        (
            json!({"subject_type": "pairwise",
                   "redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}),
            "sector_identifier_uri",
        ),
        (
            json!({"subject_type": "pairwise", "application_type": "native",
                   "redirect_uris": ["com.example.app:/cb"]}),
            "sector_identifier_uri",
        ),
        (json!({"id_token_encrypted_response_enc": "A256GCM"}), "id_token_encrypted_response_enc"),
        (json!({"id_token_encrypted_response_alg": "RSA-OAEP"}), "id_token_encrypted_response_alg"),
        (
            json!({"userinfo_encrypted_response_alg": "RSA1_5", "jwks_uri": uri}),
            "userinfo_encrypted_response_alg",
        ),
        (json!({"userinfo_signed_response_alg": "none"}), "userinfo_signed_response_alg"),
        (json!({"request_object_signing_alg": "none"}), "request_object_signing_alg"),
        (json!({"request_uris": ["http://rp.example/r"]}), "request_uris"),
        (json!({"frontchannel_logout_uri": "https://other.example/x"}), "frontchannel_logout_uri"),
    ] {
        let error = understood(&more).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{member}: ")), "{more}: {error}");
    }
}

#[test]
fn rfc_7591_3_2_1_what_was_registered_is_told_where_leaving_it_out_would_mean_something_else() {
    let device = json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "response_types": []});
    let told = register(device).unwrap().to_json();
    assert_eq!(told["response_types"], json!([]), "without it: code");
    assert_eq!(told["subject_type"], "public");
    let none = json!({"redirect_uris": ["https://rp.example/cb"], "response_types": ["none"]});
    let metadata = register(none).unwrap();
    assert_eq!(metadata.to_json()["grant_types"], json!([]), "without it: authorization_code");
    assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
}

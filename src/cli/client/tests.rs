//! The commands on a real database in a folder of their own, without a server.

use serde_json::{Map, Value, json};

use super::registration::Registration;
use super::*;
use crate::cli::test_app;
use crate::model::{Algorithm, hours};

fn parsed(value: Value) -> Registration {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    registration::parse(members).unwrap()
}

fn added(app: &App, value: Value) -> Result<Map<String, Value>, CliError> {
    add::add(app, parsed(value))
}

fn notes() -> Value {
    json!({"client_id": "notes", "redirect_uris": ["https://rp.example/cb"]})
}

#[test]
fn rfc_7591_3_2_1_a_secret_is_made_shown_once_and_stored_as_a_digest() {
    let (_folder, app) = test_app();
    let shown = added(&app, notes()).unwrap();
    let secret = shown["client_secret"].as_str().unwrap();
    assert_eq!(secret.len(), 43);
    let client = find(&app, "notes").unwrap();
    assert!(client.has_secret(secret, app.now()));
    assert!(!client.to_json(None).contains_key("client_secret"));
    let made = added(&app, json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap();
    assert_eq!(made["client_id"].as_str().unwrap().len(), 32);
    let public =
        json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none"});
    assert!(!added(&app, public).unwrap().contains_key("client_secret"));
    let taken = added(&app, notes()).unwrap_err();
    assert_eq!(taken.exit_code(), 2);
    assert!(find(&app, "notes").unwrap().has_secret(secret, app.now()), "the first one stays");
}

#[test]
fn a_client_s_algorithm_has_a_key_from_the_start() {
    let (_folder, app) = test_app();
    let algorithms = || {
        let records = app.store().read_blocking(store::signing_keys::list).unwrap();
        records.into_iter().map(|record| record.algorithm).collect::<Vec<_>>()
    };
    assert!(!algorithms().contains(&Algorithm::EdDSA.into()));
    let mut wants_eddsa = notes();
    wants_eddsa["id_token_signed_response_alg"] = json!("EdDSA");
    added(&app, wants_eddsa).unwrap();
    assert!(algorithms().contains(&Algorithm::EdDSA.into()));
}

#[test]
fn two_secrets_are_good_during_the_overlap_and_the_new_one_after_it() {
    let (_folder, app) = test_app();
    let secret_of =
        |shown: &Map<String, Value>| shown["client_secret"].as_str().unwrap().to_owned();
    let first = secret_of(&added(&app, notes()).unwrap());
    let second =
        secret_of(&secret::rotate(&app, &find(&app, "notes").unwrap(), hours(24)).unwrap());
    let client = find(&app, "notes").unwrap();
    let later = app.now() + hours(25);
    for (secret, now, after) in [(&first, true, false), (&second, true, true)] {
        assert_eq!(client.has_secret(secret, app.now()), now);
        assert_eq!(client.has_secret(secret, later), after);
    }
    secret::rotate(&app, &client, hours(0)).unwrap();
    let client = find(&app, "notes").unwrap();
    assert!(!client.has_secret(&first, app.now()) && !client.has_secret(&second, app.now()));
}

#[test]
fn an_update_replaces_the_registration_and_keeps_the_secret() {
    let (_folder, app) = test_app();
    let shown = added(&app, notes()).unwrap();
    let secret = shown["client_secret"].as_str().unwrap().to_owned();
    let changed = |more: Value| {
        let mut value = notes();
        for (name, member) in more.as_object().unwrap() {
            value[name] = member.clone();
        }
        let client = find(&app, "notes").unwrap();
        update::update(&app, &client, parsed(value))
    };
    let shown = changed(json!({"client_name": "Notes"})).unwrap();
    assert_eq!(shown["client_name"], "Notes");
    assert!(!shown.contains_key("client_secret"));
    assert!(find(&app, "notes").unwrap().has_secret(&secret, app.now()));
    changed(json!({"client_secret": secret})).unwrap();
    for refused in [json!({"client_id": "other"}), json!({"client_secret": "another secret here"})]
    {
        assert_eq!(changed(refused).unwrap_err().exit_code(), 2);
    }
    changed(json!({"token_endpoint_auth_method": "none"})).unwrap();
    assert!(find(&app, "notes").unwrap().secrets.is_empty());
    let back = changed(json!({"token_endpoint_auth_method": "client_secret_post"})).unwrap();
    assert!(back.contains_key("client_secret"), "it needs a new one");
    delete(&app, &find(&app, "notes").unwrap()).unwrap();
    assert_eq!(find(&app, "notes").unwrap_err().exit_code(), 1);
}

#[test]
fn a_change_that_overlaps_with_another_is_refused() {
    let (_folder, app) = test_app();
    added(&app, notes()).unwrap();
    let seen = find(&app, "notes").unwrap();
    secret::rotate(&app, &seen, hours(0)).unwrap();
    let late = update::update(&app, &seen, parsed(notes()));
    assert_eq!(late.unwrap_err().to_string(), Refused::Changed.to_string());
}

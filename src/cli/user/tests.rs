//! The commands on a real database in a folder of their own, without a server.

use super::*;
use crate::cli::test_app;
use crate::identity::totp::TotpSecret;
use crate::model::{
    Acr, Amr, Authentication, Digest, EventKind, Secret, Session, SessionId, UserId,
};

fn add(app: &App, email: &str, admin: bool) -> Result<User, String> {
    let new = add::New::for_test(email, admin).map_err(|error| error.to_string())?;
    add::add(app, new).map_err(|error| error.to_string())
}

fn signed_in(app: &App, user_id: UserId) -> SessionId {
    let id = app.id(SessionId::new);
    let now = app.now();
    let session = Session {
        id,
        cookie: Digest::of(app.random::<32>()),
        user_id,
        authentication: Authentication { time: now, acr: Acr::OneFactor, amr: vec![Amr::Pwd] },
        persistent: false,
        user_agent: String::new(),
        created_at: now,
        seen_at: now,
        ended_at: None,
        only_for: None,
    };
    app.store().write_blocking(move |db| store::sessions::insert(db, &session)).unwrap();
    id
}

fn has_ended(app: &App, id: SessionId) -> bool {
    let found = app.store().read_blocking(move |db| store::sessions::find(db, id)).unwrap();
    found.is_none_or(|session| session.ended_at.is_some())
}

fn events(app: &App) -> Vec<EventKind> {
    let latest = app.store().read_blocking(|db| store::events::latest(db, 20)).unwrap();
    latest.into_iter().map(|event| event.kind).collect()
}

#[test]
fn log_04_an_address_that_is_taken_in_another_spelling_is_refused() {
    let (_folder, app) = test_app();
    let ada = add(&app, "ada@example.org", false).unwrap();
    for same in
        ["ADA@EXAMPLE.ORG", " ada@example.org ", "ada@example.org.", "ada\u{200b}@example.org"]
    {
        assert_eq!(add(&app, same, false).unwrap_err(), Refused::Taken.to_string(), "{same}");
        assert_eq!(find(&app, same).unwrap().id, ada.id);
    }
    assert!(events(&app).contains(&EventKind::UserAdded));
    assert_eq!(find(&app, "bob@example.org").unwrap_err().exit_code(), 1);
}

#[test]
fn adm_03_the_last_usable_admin_can_be_neither_disabled_nor_deleted() {
    let (_folder, app) = test_app();
    let root = add(&app, "root@example.org", true).unwrap();
    add(&app, "ada@example.org", false).unwrap();
    for refused in
        [change::disable(&app, "root@example.org"), change::delete(&app, "root@example.org")]
    {
        assert_eq!(refused.unwrap_err().to_string(), Refused::LastAdmin.to_string());
    }
    assert_eq!(find(&app, "root@example.org").unwrap(), root);
    add(&app, "second@example.org", true).unwrap();
    change::disable(&app, "second@example.org").unwrap();
    assert!(change::delete(&app, "root@example.org").is_err(), "a disabled admin is none");
    change::enable(&app, "second@example.org").unwrap();
    change::delete(&app, "root@example.org").unwrap();
    assert!(find(&app, "root@example.org").is_err());
}

#[test]
fn log_09_disabling_ends_the_sessions_and_enabling_lets_in_again() {
    let (_folder, app) = test_app();
    let ada = add(&app, "ada@example.org", false).unwrap();
    let session = signed_in(&app, ada.id);
    change::disable(&app, "ada@example.org").unwrap();
    assert!(has_ended(&app, session));
    assert!(find(&app, "ada@example.org").unwrap().disabled_at.is_some());
    change::enable(&app, "ada@example.org").unwrap();
    assert_eq!(find(&app, "ada@example.org").unwrap().disabled_at, None);
    assert!(has_ended(&app, session), "what ended stays ended");
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one_and_ends_the_sessions() {
    let (_folder, app) = test_app();
    let ada = add(&app, "ada@example.org", false).unwrap();
    let session = signed_in(&app, ada.id);
    let hash = || {
        let id = ada.id;
        app.store().read_blocking(move |db| store::users::password_hash(db, id)).unwrap().unwrap()
    };
    let before = hash();
    let error = password::set(&app, "ada@example.org", &Secret::new("ada@example.org".to_owned()));
    assert_eq!(error.unwrap_err().exit_code(), 2);
    assert!(hash() == before && !has_ended(&app, session));
    let new = Secret::new("another good pass phrase".to_owned());
    password::set(&app, "ada@example.org", &new).unwrap();
    assert!(hash() != before && has_ended(&app, session));
    assert!(events(&app).contains(&EventKind::PasswordChanged));
}

#[test]
fn an_imported_authenticator_is_sealed_and_a_lost_one_reset() {
    let (_folder, app) = test_app();
    let ada = add(&app, "ada@example.org", false).unwrap();
    let secret = TotpSecret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    factors::set(&app, "ada@example.org", &secret).unwrap();
    let totp = find(&app, "ada@example.org").unwrap().totp.unwrap();
    assert!(!totp.sealed_secret.expose().contains("GEZDGNBV"));
    let opened = crate::http::open_totp(&app, &totp).unwrap();
    assert_eq!(opened.to_base32(), secret.to_base32());
    let session = signed_in(&app, ada.id);
    factors::reset(&app, "ada@example.org").unwrap();
    assert_eq!(find(&app, "ada@example.org").unwrap().totp, None);
    assert!(has_ended(&app, session));
    assert!(events(&app).contains(&EventKind::SecondFactorRemoved));
}

#[test]
fn a_record_tells_all_but_secrets() {
    let (_folder, app) = test_app();
    let ada = add(&app, "ada@example.org", true).unwrap();
    let record = show::record(&app, &ada).unwrap();
    assert_eq!(record["email"], "ada@example.org");
    assert_eq!(record["admin"], true);
    assert_eq!(record["recovery_codes_left"], 0);
    assert!(!record.to_string().contains("argon2"));
}

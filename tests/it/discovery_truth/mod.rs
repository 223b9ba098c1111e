//! Discovery tells the truth: every member of the document and every value in it is used against the running server, and
//! what the document does not list is refused (OpenID Connect Discovery section 3, RFC 8414 section 2).

mod answers;
mod callers;
mod claims;
mod endpoints;
mod grants;
mod logouts;
mod registering;
mod requests;
mod responses;
mod sign_ins;
mod world;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::world::World;
use crate::support::Backend;

/// The table: each member of the document, and the function that proves it.
macro_rules! proofs {
    ($($member:literal => $proof:path,)+) => {
        const PROVED: &[&str] = &[$($member),+];

        async fn prove(member: &str, world: &World) {
            match member {
                $($member => Box::pin($proof(world)).await,)+
                other => panic!("{other} has no proof"),
            }
        }
    };
}

proofs! {
    "issuer" => endpoints::issuer,
    "authorization_endpoint" => endpoints::authorization,
    "token_endpoint" => endpoints::token,
    "jwks_uri" => endpoints::jwks_uri,
    "userinfo_endpoint" => endpoints::userinfo,
    "introspection_endpoint" => endpoints::introspection,
    "revocation_endpoint" => endpoints::revocation,
    "registration_endpoint" => registering::registration_endpoint,
    "authorization_challenge_endpoint" => grants::authorization_challenge_endpoint,
    "device_authorization_endpoint" => grants::device_authorization_endpoint,
    "pushed_authorization_request_endpoint" => requests::pushed_authorization_request_endpoint,
    "require_pushed_authorization_requests" => requests::require_pushed_authorization_requests,
    "end_session_endpoint" => logouts::end_session_endpoint,
    "check_session_iframe" => logouts::check_session_iframe,
    "frontchannel_logout_supported" => logouts::frontchannel,
    "frontchannel_logout_session_supported" => logouts::frontchannel_session,
    "backchannel_logout_supported" => logouts::backchannel,
    "backchannel_logout_session_supported" => logouts::backchannel_session,
    "op_policy_uri" => endpoints::op_policy_uri,
    "op_tos_uri" => endpoints::op_tos_uri,
    "response_types_supported" => responses::response_types,
    "response_modes_supported" => responses::response_modes,
    "authorization_response_iss_parameter_supported" => responses::iss_parameter,
    "code_challenge_methods_supported" => responses::code_challenge_methods,
    "grant_types_supported" => grants::grant_types,
    "scopes_supported" => claims::scopes,
    "claims_supported" => claims::claims,
    "claims_parameter_supported" => claims::claims_parameter,
    "claim_types_supported" => claims::claim_types,
    "claims_locales_supported" => claims::claims_locales,
    "subject_types_supported" => claims::subject_types,
    "acr_values_supported" => sign_ins::acr_values,
    "prompt_values_supported" => sign_ins::prompt_values,
    "display_values_supported" => sign_ins::display_values,
    "ui_locales_supported" => sign_ins::ui_locales,
    "token_endpoint_auth_methods_supported" => callers::token_methods,
    "token_endpoint_auth_signing_alg_values_supported" => callers::token_algorithms,
    "revocation_endpoint_auth_methods_supported" => callers::revocation_methods,
    "revocation_endpoint_auth_signing_alg_values_supported" => callers::revocation_algorithms,
    "introspection_endpoint_auth_methods_supported" => callers::introspection_methods,
    "introspection_endpoint_auth_signing_alg_values_supported" => callers::introspection_algorithms,
    "id_token_signing_alg_values_supported" => answers::id_token_signatures,
    "id_token_encryption_alg_values_supported" => answers::id_token_algs,
    "id_token_encryption_enc_values_supported" => answers::id_token_encs,
    "userinfo_signing_alg_values_supported" => answers::userinfo_signatures,
    "userinfo_encryption_alg_values_supported" => answers::userinfo_algs,
    "userinfo_encryption_enc_values_supported" => answers::userinfo_encs,
    "introspection_signing_alg_values_supported" => answers::introspection_signatures,
    "introspection_encryption_alg_values_supported" => answers::introspection_algs,
    "introspection_encryption_enc_values_supported" => answers::introspection_encs,
    "request_parameter_supported" => requests::request_parameter,
    "request_uri_parameter_supported" => requests::request_uri_parameter,
    "require_request_uri_registration" => requests::require_request_uri_registration,
    "request_object_signing_alg_values_supported" => requests::signatures,
    "request_object_encryption_alg_values_supported" => requests::algs,
    "request_object_encryption_enc_values_supported" => requests::encs,
}

/// A server with everything switched on, and the members that are walked through there.
async fn walk(backend: Backend, walked: impl Fn(&str) -> bool) {
    let world = World::open(backend).await;
    let advertised: BTreeSet<_> =
        world.document.as_object().unwrap().keys().map(String::as_str).collect();
    let proved: BTreeSet<_> = PROVED.iter().copied().collect();
    let without: Vec<_> = advertised.difference(&proved).collect();
    assert!(without.is_empty(), "advertised, and the table has no proof for it: {without:?}");
    let gone: Vec<_> = proved.difference(&advertised).collect();
    assert!(gone.is_empty(), "in the table, and no longer advertised: {gone:?}");
    prove_all(PROVED.iter().copied().filter(|member| walked(member)), world).await;
}

/// Proves each of them, and tells all that lie, not the first alone.
async fn prove_all(members: impl IntoIterator<Item = &'static str>, world: World) {
    let world = Rc::new(world);
    let mut lies = Vec::new();
    for member in members {
        let world = world.clone();
        let proof = actix_web::rt::spawn(async move { prove(member, &world).await });
        if proof.await.is_err() {
            lies.push(member);
        }
    }
    assert!(lies.is_empty(), "not so (see the panics above): {lies:?}");
}

#[actix_web::test]
async fn every_value_of_discovery_works_and_what_it_does_not_list_is_refused_on_sqlite() {
    walk(Backend::Sqlite, |_| true).await;
}

#[actix_web::test]
async fn every_value_of_discovery_works_and_what_it_does_not_list_is_refused_on_postgres() {
    // No algorithm depends on where rows are
    walk(Backend::Postgres, |member| !member.contains("_alg_") && !member.contains("_enc_")).await;
}

/// The lists that depend on settings are as true where less is offered.
#[actix_web::test]
async fn a_strict_server_lists_less_and_refuses_the_rest() {
    let world = World::strict().await;
    assert_eq!(world.values("response_types_supported"), ["code"]);
    assert!(!world.lists("grant_types_supported", "implicit"));
    let of_settings = [
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "authorization_response_iss_parameter_supported",
    ];
    prove_all(of_settings, world).await;
}

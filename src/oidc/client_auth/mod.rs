//! Who calls: client authentication of RFC 6749 section 2.3 and OpenID Connect Core section 9.

pub mod assertion;
pub mod credentials;
mod suspects;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{StatusCode, header};

use self::assertion::{AssertionError, Expected};
use self::credentials::{Credentials, CredentialsError, Proof};
pub use self::suspects::Suspects;
use super::endpoint::Call;
use crate::http::{ClientAddress, OauthError};
use crate::identity::throttle;
use crate::keys::gate::{self, Expect};
use crate::model::client::AuthMethod;
use crate::model::throttle::Bucket;
use crate::model::{Client, ClientId, Digest, Timestamp};
use crate::store;

/// RFC 6749 section 5.2 wants the scheme that a client can use. The error stands in it too, since some clients read nothing but the challenge.
const CHALLENGE: &str = "Basic realm=\"hatcheck\", charset=\"UTF-8\", error=\"{error}\"";

/// Why a client is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What it presents can't be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// No client has this id.
    #[error("the client is unknown, or its secret is wrong (RFC 6749 section 5.2)")]
    Unknown,
    /// The secret is none of its secrets.
    #[error("the client is unknown, or its secret is wrong (RFC 6749 section 5.2)")]
    WrongSecret,
    /// Another method than the registered one.
    #[error(
        "this client registered {registered} as its token_endpoint_auth_method and used {used} (OpenID Connect Registration section 2)"
    )]
    Method {
        /// What it registered.
        registered: &'static str,
        /// What it used.
        used: AuthMethod,
    },
    /// Too many wrong secrets from there.
    #[error(
        "too many wrong secrets for this client came from this address (RFC 6819 section 5.1.4.2.3)"
    )]
    Throttled(Duration),
    /// Its assertion proves nothing.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
}

/// The client that makes this call, proved.
pub async fn authenticate(call: &Call<'_>) -> Result<Arc<Client>, OauthError> {
    let credentials = present(call).map_err(|error| refuse(error.into()))?;
    let client = match &credentials.client_id {
        Some(id) => call.app.client(id).await?,
        None => None,
    };
    match (&client, &credentials.proof) {
        (Some(client), Proof::Assertion(jwt)) => {
            check_assertion(call, client, jwt.expose()).await?;
        }
        (client, proof) => check_secret(call, client.as_deref(), proof).await?,
    }
    let client = client.ok_or_else(|| refuse(Refusal::Unknown))?;
    call.app.used().note(&client.id, call.app.now());
    Ok(client)
}

/// [`authenticate`] for `what` only clients may do that can prove who they are.
pub async fn confidential(call: &Call<'_>, what: &str) -> Result<Arc<Client>, OauthError> {
    let client = authenticate(call).await?;
    if !client.is_public() {
        return Ok(client);
    }
    let rule = format!("{what} is for clients that can prove who they are");
    Err(OauthError::new("invalid_client", rule)
        .with_challenge("Basic realm=\"hatcheck\"")
        .with_mend("register the asking server as a client with a secret or a key of its own"))
}

/// The client whose call this claims to be: enough to decide whose pages may read the answer.
pub fn claimed_client(call: &Call<'_>) -> Option<ClientId> {
    present(call).ok()?.client_id
}

fn present(call: &Call<'_>) -> Result<Credentials, CredentialsError> {
    let headers = call.request.headers().get_all(header::AUTHORIZATION);
    credentials::read(headers.map(header::HeaderValue::as_bytes), &call.params)
}

/// Checks what is not an assertion. Nothing is read or written for guesses at clients that do not exist, and for the
/// others nothing as long as they are right.
async fn check_secret(
    call: &Call<'_>,
    client: Option<&Client>,
    proof: &Proof,
) -> Result<(), OauthError> {
    let (app, now) = (call.app, call.app.now());
    let throttle = &app.settings().throttle;
    let bucket = client.filter(|_| matches!(proof, Proof::Secret(..))).map(|client| {
        let address = ClientAddress::of(call.request, &app.settings().server.trusted_proxies);
        Bucket::client(client.id.as_str(), &address.network())
    });
    if let Some(bucket) = &bucket
        && call.memory.suspects.borrow().contains(&bucket.key)
    {
        let asked = bucket.clone();
        let failures = app.read(move |db| store::throttle::find(db, &asked)).await?;
        if let Some(wait) = throttle::wait(bucket.kind, failures, throttle, now) {
            return Err(refuse(Refusal::Throttled(wait)));
        }
    }
    let Err(refusal) = judge(client, proof, now) else { return Ok(()) };
    if let (Refusal::WrongSecret, Some(bucket)) = (&refusal, bucket) {
        call.memory.suspects.borrow_mut().add(bucket.key.clone());
        let window = throttle::window(bucket.kind, throttle);
        app.write(move |db| store::throttle::count(db, &bucket, window, now)).await?;
    }
    Err(refuse(refusal))
}

/// The rules of secrets and methods.
fn judge(client: Option<&Client>, proof: &Proof, now: Timestamp) -> Result<(), Refusal> {
    let Some(client) = client else {
        // As much work as for a client that exists
        if let Proof::Secret(_, secret) = proof {
            let _ = Digest::of(proof.method().as_str()).fits(secret.expose());
        }
        return Err(Refusal::Unknown);
    };
    let registered = client.metadata.token_endpoint_auth_method;
    let used = proof.method();
    let held_to = |registered: &'static str| Refusal::Method { registered, used };
    match (registered, proof) {
        (Some(registered), _) if registered != used => Err(held_to(registered.as_str())),
        // Without a registered method the secret may come either way
        (None, Proof::None | Proof::Assertion(_)) => {
            Err(held_to("none, which means client_secret_basic or client_secret_post,"))
        }
        (_, Proof::Secret(_, secret)) if !client.has_secret(secret.expose(), now) => {
            Err(Refusal::WrongSecret)
        }
        (_, Proof::None | Proof::Secret(..) | Proof::Assertion(_)) => Ok(()),
    }
}

/// Checks an assertion and spends its `jti`, in the database, so that no restart and no other node forgets it.
async fn check_assertion(call: &Call<'_>, client: &Client, jwt: &str) -> Result<(), OauthError> {
    let (app, now) = (call.app, call.app.now());
    let registered = client.metadata.token_endpoint_auth_method;
    let claims = match registered {
        Some(AuthMethod::PrivateKeyJwt) => {
            app.signed_by(client, jwt, Expect::ClientAssertion).await
        }
        Some(AuthMethod::ClientSecretJwt) => app.signed_with_secret(client, jwt),
        None
        | Some(AuthMethod::None | AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => {
            let registered = registered.map_or("no method", AuthMethod::as_str);
            return Err(refuse(Refusal::Method { registered, used: AuthMethod::PrivateKeyJwt }));
        }
    };
    let claims =
        claims.map_err(|reason| refuse(AssertionError::Signature(reason.to_string()).into()))?;
    if let Some(registered) = client.metadata.token_endpoint_auth_signing_alg
        && gate::named_algorithm(jwt).as_deref() != Some(registered.as_str())
    {
        return Err(refuse(AssertionError::Algorithm(registered.as_str()).into()));
    }
    let endpoints = ["/token", "/par"].map(|path| app.settings().issuer.url_of(path));
    let expected = Expected {
        client_id: &client.id,
        issuer: app.settings().issuer.as_str(),
        endpoints: &endpoints,
    };
    let assertion =
        assertion::judge(&claims, expected, now).map_err(|error| refuse(error.into()))?;
    let id = client.id.clone();
    let fresh = app
        .write(move |db| store::assertions::spend(db, &id, &assertion.id, assertion.remember_until))
        .await?;
    if fresh { Ok(()) } else { Err(refuse(AssertionError::Replayed.into())) }
}

/// How each refusal is answered.
fn refuse(refusal: Refusal) -> OauthError {
    let rule = refusal.to_string();
    let error = OauthError::new("invalid_client", rule.clone()).with_challenge(CHALLENGE);
    match refusal {
        Refusal::Credentials(CredentialsError::TwoMethods | CredentialsError::OtherClient) => {
            OauthError::new("invalid_request", rule)
                .with_mend("send the Basic header, or client_secret, or client_assertion: one of them")
        }
        Refusal::Credentials(
            CredentialsError::Scheme | CredentialsError::Unreadable | CredentialsError::Nobody,
        ) => error.with_mend("send Authorization: Basic, or client_id and client_secret in the form"),
        Refusal::Credentials(CredentialsError::AssertionType) => {
            error.with_mend("send the client_assertion_type that the rule names")
        }
        Refusal::Unknown => error.with_mend(
            "no client has this client_id: `hatcheck client list` shows them, `hatcheck client add` registers one",
        ),
        Refusal::WrongSecret => error.with_mend(
            "the client is registered and the secret is none of its own: `hatcheck client rotate-secret` gives a new one",
        ),
        Refusal::Method { used, .. } => error.with_mend(format!(
            "let the app use the registered method, or register \"token_endpoint_auth_method\": \"{used}\" with `hatcheck client update`"
        )),
        Refusal::Throttled(wait) => OauthError {
            challenge: None,
            retry_after: Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)),
            ..error
                .with_status(StatusCode::TOO_MANY_REQUESTS)
                .with_mend("wait as long as Retry-After says, and correct the secret")
        },
        Refusal::Assertion(error_of) => error.with_mend(match error_of {
            AssertionError::Signature(_) => "sign with a key of the registered jwks, and an algorithm that fits it",
            AssertionError::Algorithm(_) => "sign with the registered algorithm, or register the one in use",
            AssertionError::Identity => "set iss and sub to the client_id",
            AssertionError::Audience => "set aud to the issuer, as one text",
            AssertionError::NoTime(_) | AssertionError::TooLong { .. } => {
                "set exp to five minutes from now, in seconds"
            }
            AssertionError::Expired { .. } | AssertionError::Future { .. } => {
                "set the clocks of both machines by NTP"
            }
            AssertionError::NoId | AssertionError::Replayed => {
                "make a new assertion with a new random jti for each request"
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;
    use crate::model::client::{ClientSecret, Metadata};

    fn client(method: Option<&str>) -> Client {
        let mut metadata = serde_json::json!({ "redirect_uris": ["https://rp.example/cb"] });
        if let Some(method) = method {
            metadata["token_endpoint_auth_method"] = method.into();
        }
        Client {
            id: ClientId::parse("app").unwrap(),
            metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
            secrets: vec![ClientSecret {
                digest: Digest::of("right"),
                expires_at: None,
                sealed: None,
            }],
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    fn secret(method: AuthMethod, text: &str) -> Proof {
        Proof::Secret(method, Secret::new(text.to_owned()))
    }

    #[test]
    fn cli_01_and_cli_02_only_the_right_secret_by_the_registered_method() {
        use AuthMethod::{ClientSecretBasic as Basic, ClientSecretPost as Post};
        let wrong = Err("WrongSecret");
        let method = Err("Method");
        for (registered, proof, expected) in [
            (None, secret(Basic, "right"), Ok(())),
            (None, secret(Post, "right"), Ok(())),
            (None, secret(Post, "wrong"), wrong),
            (None, Proof::None, method),
            (Some("client_secret_basic"), secret(Basic, "right"), Ok(())),
            (Some("client_secret_basic"), secret(Basic, "wrong"), wrong),
            (Some("client_secret_basic"), secret(Basic, ""), wrong),
            (Some("client_secret_basic"), secret(Post, "right"), method),
            (Some("client_secret_basic"), Proof::None, method),
            (Some("client_secret_post"), secret(Post, "right"), Ok(())),
            (Some("client_secret_post"), secret(Basic, "right"), method),
            (Some("none"), Proof::None, Ok(())),
            (Some("none"), secret(Post, "right"), method),
        ] {
            let judged = judge(Some(&client(registered)), &proof, Timestamp::default());
            let kind = judged.map_err(|refusal| match refusal {
                Refusal::WrongSecret => "WrongSecret",
                Refusal::Method { .. } => "Method",
                Refusal::Credentials(_)
                | Refusal::Unknown
                | Refusal::Throttled(_)
                | Refusal::Assertion(_) => "another",
            });
            assert_eq!(kind, expected, "{registered:?} {proof:?}");
        }
    }

    #[test]
    fn cli_02_the_error_names_both_methods() {
        let refusal = judge(
            Some(&client(Some("client_secret_basic"))),
            &secret(AuthMethod::ClientSecretPost, "right"),
            Timestamp::default(),
        );
        let error = refuse(refusal.unwrap_err());
        assert!(error.rule.contains("client_secret_basic"), "{}", error.rule);
        assert!(error.rule.contains("client_secret_post"), "{}", error.rule);
        assert_eq!((error.status.as_u16(), error.error), (401, "invalid_client"));
        assert!(error.challenge.is_some_and(|challenge| challenge.starts_with("Basic")));
    }

    #[test]
    fn an_unknown_client_is_told_the_same_as_one_with_a_wrong_secret() {
        let proof = secret(AuthMethod::ClientSecretBasic, "x");
        assert_eq!(judge(None, &proof, Timestamp::default()), Err(Refusal::Unknown));
        assert_eq!(Refusal::Unknown.to_string(), Refusal::WrongSecret.to_string());
    }

    #[test]
    fn cli_07_throttled_is_429_with_retry_after() {
        let error = refuse(Refusal::Throttled(Duration::from_millis(300)));
        assert_eq!((error.status.as_u16(), error.retry_after), (429, Some(1)));
    }
}

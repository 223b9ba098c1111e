//! Sign-in for devices without a browser: RFC 8628. The device asks here ([`begin`]), the person allows it in a browser
//! elsewhere (`page`), and the device polls the token endpoint (`grants::device_code`).

mod lookup;
pub mod pace;
pub mod page;
mod shown;
mod verdict;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::endpoint::{self, Call};
use super::{audience, client_auth};
use crate::http::{App, ClientAddress, OauthError};
use crate::keys::Purpose;
use crate::model::client::{GrantType, Metadata};
use crate::model::{Client, DeviceRequest, Digest, Scopes, UserCode};
use crate::store::StoreError;
use crate::store::device_requests::{self, Bounds, Inserted};

/// Whoever may ask is a stranger: so many devices behind one address, and in all, wait at a time.
const BOUNDS: Bounds = Bounds { of_network: 50, of_all: 10_000 };
/// How often new codes are drawn when they are taken.
const DRAWS: usize = 8;

/// Section 3.2.
#[derive(Serialize)]
struct Answer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: i64,
}

/// What a device asks for, as far as it may.
struct Wanted {
    scopes: Scopes,
    /// RFC 8707 section 2.
    resources: Vec<String>,
}

/// `POST /device-authorization` (section 3.1)
pub async fn begin(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::authenticate(call).await?;
    if !client.metadata.may_use(GrantType::DeviceCode) {
        return Err(unregistered());
    }
    let asked = Scopes::parse(call.params.optional("scope").unwrap_or_default());
    let asked = asked.map_err(|error| refuse_scope(&error.to_string()))?;
    let resources = audience::asked(&call.params, &client, call.app.settings())?;
    let scopes = scopes(&asked, &client.metadata)?;
    let wanted =
        Wanted { scopes: audience::grantable(&scopes, &resources, call.app.settings()), resources };
    for _ in 0..DRAWS {
        if let Some(answer) = record(call, &client, &wanted).await? {
            return Ok(endpoint::json(&answer));
        }
    }
    Err(StoreError::Unavailable("no user code was free".to_owned()).into())
}

/// What is asked for and may be asked for; without a word, only who the person is (RFC 6749 section 3.3).
fn scopes(asked: &Scopes, metadata: &Metadata) -> Result<Scopes, OauthError> {
    let by_default = Scopes::parse("openid").unwrap_or_default();
    let asked = if asked.is_empty() { &by_default } else { asked };
    let granted = asked.common(&metadata.scope);
    let granted = if metadata.may_use(GrantType::RefreshToken) {
        granted
    } else {
        granted.without("offline_access")
    };
    if granted.is_empty() {
        return Err(refuse_scope("none of the scopes asked for is registered"));
    }
    Ok(granted)
}

/// Records a request with fresh codes; `None` when one of them is taken.
async fn record(
    call: &Call<'_>,
    client: &Client,
    wanted: &Wanted,
) -> Result<Option<Answer>, OauthError> {
    let (app, now) = (call.app, call.app.now());
    let Some(user_code) = UserCode::from_random(&app.random()) else { return Ok(None) };
    let device_code = URL_SAFE_NO_PAD.encode(app.random::<32>());
    let life = app.settings().tokens.device_code;
    let address = ClientAddress::of(call.request, &app.settings().server.trusted_proxies);
    let request = DeviceRequest {
        device_code: Digest::of(&device_code),
        user_code: hash_of_code(app, &user_code),
        client_id: client.id.clone(),
        scopes: wanted.scopes.clone(),
        resources: wanted.resources.clone(),
        network: hash_of_network(app, address),
        created_at: now,
        expires_at: now + life,
        decision: None,
        spent: false,
    };
    match app.write(move |db| device_requests::insert(db, &request, BOUNDS)).await? {
        Inserted::Taken => return Ok(None),
        Inserted::Crowded => return Err(crowded()),
        Inserted::Recorded => {}
    }
    let page = app.settings().issuer.url_of(page::PATH);
    Ok(Some(Answer {
        device_code,
        verification_uri_complete: format!("{page}?user_code={user_code}"),
        verification_uri: page,
        user_code: user_code.to_string(),
        expires_in: life.as_secs(),
        interval: pace::INTERVAL,
    }))
}

fn hash_of_code(app: &App, code: &UserCode) -> Digest {
    hash(app, "user code", code.letters())
}

fn hash_of_network(app: &App, address: ClientAddress) -> Digest {
    hash(app, "network", &address.network())
}

fn hash(app: &App, what: &str, text: &str) -> Digest {
    let mac = app.sealer().mac(Purpose::Device, format!("{what}\n{text}").as_bytes());
    Digest::from_stored(URL_SAFE_NO_PAD.encode(mac))
}

fn unregistered() -> OauthError {
    let grant = GrantType::DeviceCode;
    let rule = format!("the client has not registered the grant {grant} (RFC 8628 section 3.1)");
    OauthError::new("unauthorized_client", rule).with_mend(format!(
        "add \"{grant}\" to the client's grant_types with `hatcheck client update`"
    ))
}

fn refuse_scope(reason: &str) -> OauthError {
    OauthError::new("invalid_scope", format!("{reason} (RFC 6749 section 3.3)"))
        .with_mend("name scopes that the client registered, or leave scope out for openid")
}

fn crowded() -> OauthError {
    let rule = "too many devices wait for somebody to allow them (RFC 8628 section 5.2)";
    OauthError {
        retry_after: Some(60),
        ..OauthError::new("temporarily_unavailable", rule)
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with_mend("finish or drop the sign-ins that were begun; each is over after tokens.device_code")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::authorize::rules::tests::client;

    #[test]
    fn rfc_8628_3_1_scopes_are_those_that_the_client_may_have() {
        let grant = GrantType::DeviceCode.as_str();
        let metadata = |more: &[&str]| {
            let grants: Vec<_> = std::iter::once(grant).chain(more.iter().copied()).collect();
            client(&json!({"grant_types": grants, "scope": "openid email offline_access"})).metadata
        };
        let ask = |text: &str, metadata: &Metadata| {
            let asked = Scopes::parse(text).unwrap();
            scopes(&asked, metadata).map(|scopes| scopes.to_string()).map_err(|error| error.error)
        };
        let with = metadata(&["refresh_token"]);
        assert_eq!(ask("openid email admin", &with), Ok("email openid".into()));
        assert_eq!(ask("openid offline_access", &with), Ok("offline_access openid".into()));
        assert_eq!(ask("openid offline_access", &metadata(&[])), Ok("openid".into()));
        assert_eq!(ask("email", &with), Ok("email".into()), "plain OAuth");
        assert_eq!(ask("", &with), Ok("openid".into()));
        assert_eq!(ask("admin", &with), Err("invalid_scope"));
    }
}

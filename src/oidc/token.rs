//! The token endpoint: RFC 6749 section 3.2, OpenID Connect Core section 3.1.3.

use actix_web::HttpResponse;

use super::client_auth;
use super::endpoint::{self, Call};
use super::grants::{
    authorization_code, client_credentials, device_code, jwt_bearer, refresh_token, token_exchange,
};
use crate::http::OauthError;
use crate::model::Client;
use crate::model::client::GrantType;

/// `POST /token`
pub async fn exchange(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::authenticate(call).await?;
    let grant_type = grant_type(call.params.required("grant_type")?, &client)?;
    let tokens = match grant_type {
        GrantType::AuthorizationCode => authorization_code::exchange(call, client).await?,
        GrantType::RefreshToken => refresh_token::exchange(call, &client).await?,
        GrantType::DeviceCode => return device_code::exchange(call, client).await,
        GrantType::ClientCredentials => client_credentials::exchange(call, &client).await?,
        GrantType::JwtBearer => jwt_bearer::exchange(call, &client).await?,
        GrantType::TokenExchange => {
            return Ok(endpoint::json(&token_exchange::exchange(call, &client).await?));
        }
        GrantType::Implicit => {
            return Err(unsupported());
        }
    };
    Ok(endpoint::json(&tokens))
}

fn unsupported() -> OauthError {
    let rule = "grant_type is none that this server knows (RFC 6749 section 5.2)";
    OauthError::new("unsupported_grant_type", rule)
}

/// RFC 6749 section 5.2: a grant that exists, and that the client registered.
fn grant_type(asked: &str, client: &Client) -> Result<GrantType, OauthError> {
    let offered = |grant: &GrantType| *grant != GrantType::Implicit;
    let Some(grant) = GrantType::parse(asked).filter(offered) else {
        let known: Vec<_> =
            GrantType::ALL.into_iter().filter(offered).map(GrantType::as_str).collect();
        let known = known.join(", ");
        return Err(unsupported().with_mend(format!("use one of {known}")));
    };
    if client.metadata.grant_types.contains(&grant) {
        return Ok(grant);
    }
    let rule = format!("the client has not registered the grant {asked} (RFC 7591 section 2)");
    Err(OauthError::new("unauthorized_client", rule).with_mend(format!(
        "add \"{asked}\" to the client's grant_types with `hatcheck client update`"
    )))
}

//! An API that accepts access tokens: RFC 9068 section 4 says what to check.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey;
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde::Deserialize;
use serde_json::json;

use super::{Failure, SampleApp, back_home};

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Vec<String>,
    sub: String,
    scope: String,
    exp: u64,
}

impl SampleApp {
    /// Checks an access token: type, signature by a published key, issuer, audience and time.
    async fn check(&self, token: &str) -> Result<Claims, Failure> {
        let (signed, signature) = token.rsplit_once('.').ok_or("this is no JWT")?;
        let (header, claims) = signed.split_once('.').ok_or("this is no JWT")?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
        if header.typ != "at+jwt" || header.alg != "ES256" {
            return Err("this is no access token".into());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        let mut genuine = false;
        // The keys at hand first; read anew when this one is not among them
        for fresh in [false, true] {
            let keys = self.provider(fresh).await?.keys;
            let key =
                keys.keys().iter().find(|key| key.key_id().is_some_and(|kid| **kid == header.kid));
            if let Some(key) = key {
                let algorithm = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
                genuine = key.verify_signature(&algorithm, signed.as_bytes(), &signature).is_ok();
                break;
            }
        }
        let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
        let for_us = claims.aud.contains(&self.config.client_id);
        if genuine && for_us && claims.iss == self.config.issuer && now < claims.exp {
            Ok(claims)
        } else {
            Err("the access token is not good here".into())
        }
    }

    /// Calls the API over HTTP, as a part of the app on another machine would.
    async fn ask_for_notes(&self, request: &HttpRequest) -> Result<Option<String>, Failure> {
        let (token, _) = self.with_session(request, |session| {
            session.signed_in.as_ref().map(|signed_in| signed_in.access_token.secret().clone())
        });
        let token = token.ok_or("nobody is signed in")?;
        let answer = self
            .http
            .get(format!("{}/api/notes", self.config.base_url))
            .bearer_auth(token)
            .send()
            .await?;
        Ok(Some(format!("{}\n{}", answer.status(), answer.text().await?)))
    }
}

/// GET /api/notes
pub(super) async fn notes(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let checked = match token {
        Some(token) => app.check(token).await,
        None => Err("no access token was sent".into()),
    };
    match checked {
        Ok(claims) => HttpResponse::Ok().json(json!({
            "notes": ["Feed the cat", "Water the plants"], "owner": claims.sub, "scope": claims.scope,
        })),
        Err(failure) => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""))
            .json(json!({ "error": "invalid_token", "error_description": failure.to_string() })),
    }
}

/// POST /call
pub(super) async fn call(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let outcome = app.ask_for_notes(&request).await;
    back_home(&request, &app, outcome)
}

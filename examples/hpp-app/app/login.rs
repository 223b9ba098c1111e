//! Signing in at the HAT: authorization code flow with PKCE, `state` and `nonce`, by the `openidconnect` crate.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use hatcheck_guard::Logout;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest as Outgoing, HttpResponse as Incoming, IssuerUrl,
    LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RefreshToken, Scope,
    TokenResponse,
};
use serde::Deserialize;

use super::{Failure, SampleApp, back_home};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What the provider says of itself, read once and again when a key is unknown.
#[derive(Clone)]
pub(super) struct Provider {
    client: Client,
    end_session: Option<openidconnect::EndSessionUrl>,
}

/// A sign-in that has left for the provider.
pub(super) struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// Somebody who came back, and what they brought.
pub(super) struct SignedIn {
    claims: CoreIdTokenClaims,
    person: CoreUserInfoClaims,
    id_token: CoreIdToken,
    pub(super) access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    /// The session at the provider, by which it tells of its end.
    session_id: Option<String>,
}

/// The query of the redirect back (RFC 6749 section 4.1.2, RFC 9207 section 2).
#[derive(Deserialize)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl SampleApp {
    /// The provider's metadata and keys; `fresh`: read anew, because a key was unknown.
    pub(super) async fn provider(&self, fresh: bool) -> Result<Provider, Failure> {
        let mut known = self.provider.lock().await;
        if let (Some(provider), false) = (known.as_ref(), fresh) {
            return Ok(provider.clone());
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone())?;
        let fetch = |request: Outgoing| self.fetch(request);
        let metadata = ProviderMetadataWithLogout::discover_async(issuer.clone(), &fetch).await?;
        let end_session = metadata.additional_metadata().end_session_endpoint.clone();
        let metadata = CoreProviderMetadata::discover_async(issuer, &fetch).await?;
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.config.client_id.clone()),
            secret,
        )
        .set_redirect_uri(RedirectUrl::new(format!("{}/callback", self.config.base_url))?);
        let provider = Provider { client, end_session };
        *known = Some(provider.clone());
        Ok(provider)
    }

    /// How the `openidconnect` crate reaches the network: with our own client.
    async fn fetch(&self, request: Outgoing) -> Result<Incoming, Error> {
        let response = self.http.execute(request.try_into()?).await?;
        let mut answer = Incoming::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        *answer.body_mut() = response.bytes().await?.to_vec();
        Ok(answer)
    }

    async fn begin(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let provider = self.provider(false).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes =
            ["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
        let (url, state, nonce) = provider
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending { state, nonce, verifier };
        let ((), cookie) = self.with_session(request, |session| session.pending = Some(pending));
        Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, url.as_str()))
            .cookie(cookie)
            .finish())
    }

    async fn finish(
        &self,
        request: &HttpRequest,
        answer: Answer,
    ) -> Result<Option<String>, Failure> {
        let (pending, _) = self.with_session(request, |session| session.pending.take());
        let pending = pending.ok_or("no sign-in was under way in this browser")?;
        if answer.state.as_ref() != Some(pending.state.secret()) {
            return Err("the answer belongs to another sign-in".into());
        }
        if answer.iss.is_some_and(|iss| iss != self.config.issuer) {
            return Err("the answer comes from another provider".into());
        }
        if let Some(error) = answer.error {
            return Err(format!("{error}: {}", answer.error_description.unwrap_or_default()).into());
        }
        let code = AuthorizationCode::new(answer.code.ok_or("the answer holds no code")?);
        let provider = self.provider(false).await?;
        let tokens = provider
            .client
            .exchange_code(code)?
            .set_pkce_verifier(pending.verifier)
            .request_async(&|request: Outgoing| self.fetch(request))
            .await?;
        let signed_in = self.verify(&tokens, &pending.nonce).await?;
        self.with_session(request, |session| session.signed_in = Some(signed_in));
        Ok(None)
    }

    /// Checks the ID token (OpenID Connect Core section 3.1.3.7). When its key is unknown, the provider has rotated its
    /// keys since they were read: they are read anew, once.
    async fn verify(&self, tokens: &CoreTokenResponse, nonce: &Nonce) -> Result<SignedIn, Failure> {
        let id_token = tokens.id_token().ok_or("the answer holds no ID token")?;
        let provider = self.provider(false).await?;
        let known = id_token.claims(&provider.client.id_token_verifier(), nonce).cloned();
        let claims = if let Ok(claims) = known {
            claims
        } else {
            let provider = self.provider(true).await?;
            id_token.claims(&provider.client.id_token_verifier(), nonce)?.clone()
        };
        // Who the person is stands at the userinfo endpoint; the `sub` must be the same (section 5.3.2)
        let person = provider
            .client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?
            .request_async(&|request: Outgoing| self.fetch(request))
            .await?;
        let identity = self.streams.guard().check(tokens.access_token().secret()).await?;
        Ok(SignedIn {
            claims,
            person,
            id_token: id_token.clone(),
            access_token: tokens.access_token().clone(),
            refresh_token: tokens.refresh_token().cloned(),
            session_id: identity.session_id.clone(),
        })
    }

    pub(super) async fn renew(&self, request: &HttpRequest) -> Result<Option<String>, Failure> {
        let (token, _) = self.with_session(request, |session| {
            session.signed_in.as_ref().and_then(|signed_in| signed_in.refresh_token.clone())
        });
        let token = token.ok_or("there is no refresh token")?;
        let provider = self.provider(false).await?;
        let fetch = |request: Outgoing| self.fetch(request);
        let tokens = provider.client.exchange_refresh_token(&token)?.request_async(&fetch).await?;
        self.with_session(request, |session| {
            if let Some(signed_in) = &mut session.signed_in {
                signed_in.access_token = tokens.access_token().clone();
                // The old one stays good until the new one is used, so a lost answer signs nobody out
                signed_in.refresh_token =
                    tokens.refresh_token().cloned().or_else(|| signed_in.refresh_token.take());
            }
        });
        Ok(Some("The tokens were refreshed.".to_owned()))
    }

    async fn leave(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let (signed_in, cookie) = self.with_session(request, |session| session.signed_in.take());
        let home = format!("{}/", self.config.base_url);
        let target = match (signed_in, self.provider(false).await?.end_session) {
            (Some(signed_in), Some(end_session)) => LogoutRequest::from(end_session)
                .set_id_token_hint(&signed_in.id_token)
                .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(home)?)
                .http_get_url()
                .to_string(),
            _ => home,
        };
        Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, target))
            .cookie(cookie)
            .finish())
    }
}

impl SignedIn {
    /// The person's name, or their identifier.
    pub(super) fn who(&self) -> String {
        let name = self.person.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        name.unwrap_or_else(|| self.claims.subject().to_string())
    }

    /// What the provider calls the person.
    pub(super) fn subject(&self) -> String {
        self.claims.subject().to_string()
    }

    /// Whether it is of who was signed out.
    pub(super) fn is_of(&self, logout: &Logout) -> bool {
        let same_person = logout.subject.as_ref().is_none_or(|sub| **sub == *self.subject());
        match &logout.session_id {
            Some(ended) => self.session_id.as_ref() == Some(ended) && same_person,
            None => same_person,
        }
    }

    /// The claims of the ID token and of userinfo, for people to read.
    pub(super) fn claims(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| {
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        let mut all = BTreeMap::new();
        for claims in [serde_json::to_value(&self.claims), serde_json::to_value(&self.person)] {
            for (name, value) in claims.unwrap_or_default().as_object().into_iter().flatten() {
                all.insert(name.clone(), text(value));
            }
        }
        all.into_iter().collect()
    }
}

/// GET /login
pub(super) async fn start(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    app.begin(&request).await.unwrap_or_else(|failure| back_home(&request, &app, Err(failure)))
}

/// GET /callback
pub(super) async fn callback(
    request: HttpRequest,
    app: Data<SampleApp>,
    answer: Query<Answer>,
) -> HttpResponse {
    let outcome = app.finish(&request, answer.into_inner()).await;
    back_home(&request, &app, outcome)
}

/// POST /refresh
pub(super) async fn refresh(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let outcome = app.renew(&request).await;
    back_home(&request, &app, outcome)
}

/// POST /sign-out
pub(super) async fn sign_out(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    app.leave(&request).await.unwrap_or_else(|failure| back_home(&request, &app, Err(failure)))
}

/// What our HTTP client reports.
pub(super) type Error = reqwest::Error;

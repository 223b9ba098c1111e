//! The login function, and what goes with it.

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde::Deserialize;

type Failure = Box<dyn std::error::Error>;

/// An app of the owner, with its own credentials.
pub struct Login {
    issuer: String,
    client_id: String,
    client_secret: String,
    http: reqwest::Client,
}

/// What the token endpoint answers. The access token is the app's session token; the refresh token renews it.
#[derive(Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub expires_in: u64,
}

/// What comes after the password.
pub enum Next {
    Done(Tokens),
    SecondFactor(Wanted),
}

/// A sign-in that lacks the second factor.
pub struct Wanted {
    auth_session: String,
    verifier: PkceCodeVerifier,
}

/// What the challenge endpoint answers: a code, or what is missing.
#[derive(Deserialize)]
struct Answer {
    authorization_code: Option<String>,
    auth_session: Option<String>,
    error_description: Option<String>,
}

impl Login {
    pub fn new(issuer: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// Signs in with a password; who has a second factor is asked for it next.
    pub async fn password(&self, username: &str, password: &str) -> Result<Next, Failure> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let form = [
            ("username", username),
            ("password", password),
            ("scope", "openid profile offline_access"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let answer = self.challenge(&form).await?;
        match (answer.authorization_code, answer.auth_session) {
            (Some(code), _) => Ok(Next::Done(self.redeem(&code, &verifier).await?)),
            (None, Some(auth_session)) => Ok(Next::SecondFactor(Wanted { auth_session, verifier })),
            (None, None) => Err(answer.error_description.unwrap_or_default().into()),
        }
    }

    /// Goes on with a code of the authenticator app.
    pub async fn second_factor(&self, wanted: Wanted, totp: &str) -> Result<Tokens, Failure> {
        let form = [("auth_session", wanted.auth_session.as_str()), ("totp", totp)];
        let answer = self.challenge(&form).await?;
        let code = answer.authorization_code;
        let code = code.ok_or_else(|| answer.error_description.unwrap_or_default())?;
        self.redeem(&code, &wanted.verifier).await
    }

    /// Gets fresh tokens, in time before the old ones expire.
    pub async fn renew(&self, tokens: Tokens) -> Result<Tokens, Failure> {
        let token = tokens.refresh_token.ok_or("there is no refresh token")?;
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", &token)]).await
    }

    /// Signs out: the session has ended everywhere, and other apps of it are told.
    pub async fn sign_out(&self, access_token: &str) -> Result<(), Failure> {
        let url = format!("{}/session", self.issuer);
        self.http.delete(url).bearer_auth(access_token).send().await?.error_for_status()?;
        Ok(())
    }

    async fn challenge(&self, form: &[(&str, &str)]) -> Result<Answer, Failure> {
        let url = format!("{}/authorize-challenge", self.issuer);
        Ok(self.as_client(self.http.post(url)).form(form).send().await?.json().await?)
    }

    async fn redeem(&self, code: &str, verifier: &PkceCodeVerifier) -> Result<Tokens, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier.secret()),
        ];
        self.token(&form).await
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<Tokens, Failure> {
        let url = format!("{}/token", self.issuer);
        let answer = self.as_client(self.http.post(url)).form(form).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    fn as_client(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth(&self.client_id, Some(&self.client_secret))
    }
}

//! Coming back from the issuer: OpenID Connect Core section 3.1.2.5 onwards, RFC 9207.

use std::sync::Arc;

use form_urlencoded::parse;

use super::attempt::Attempt;
use super::client::Tokens;
use super::failure::{Cause, Failure};
use super::session::Session;
use super::{Brought, Client, id_token};
use crate::answer::Answer;
use crate::{Guard, Refusal};

/// The longest code that is taken to the issuer, in bytes.
const LONGEST: usize = 8 * 1024;

/// An authorization response, of which nothing is believed yet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Response {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl Response {
    /// RFC 6749 section 3.1: no parameter comes twice.
    fn parse(query: &str) -> Result<Self, Cause> {
        let mut response = Self::default();
        for (name, value) in parse(query.as_bytes()) {
            let place = match &*name {
                "state" => &mut response.state,
                "code" => &mut response.code,
                "error" => &mut response.error,
                "iss" => &mut response.iss,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(Cause::Request("a parameter comes twice"));
            }
        }
        Ok(response)
    }

    /// The code, if it is one of this issuer.
    fn code(self, issuer: &str, must_name_issuer: bool) -> Result<String, Cause> {
        match self.iss {
            Some(iss) if iss != issuer => return Err(Cause::Refused(Refusal::Issuer)),
            None if must_name_issuer => return Err(Cause::Refused(Refusal::Issuer)),
            Some(_) | None => {}
        }
        match (self.error.as_deref(), self.code) {
            (Some("access_denied"), _) => Err(Cause::Denied),
            (Some(error), _) => Err(Cause::Issuer(shown(error))),
            (None, Some(code)) if !code.is_empty() && code.len() <= LONGEST => Ok(code),
            (None, _) => Err(Cause::Request("there is no code")),
        }
    }
}

/// An error code as it may stand in a log (RFC 6749 section 4.1.2.1).
fn shown(error: &str) -> String {
    error.chars().filter(char::is_ascii_graphic).take(64).collect()
}

/// Signs the person in and sends them to where they wanted to go.
pub async fn answer(
    guard: &Guard,
    client: &Arc<Client>,
    brought: &Brought,
) -> Result<Answer, Failure> {
    let response = Response::parse(&brought.query)?;
    let attempt = response.state.as_deref().and_then(|state| brought.attempts.of(state));
    let Some(attempt) = attempt else {
        return came_back_again(client, brought).await;
    };
    let taken_away = client.attempts.clear(attempt);
    let id = match sign_in(guard, client, response, attempt).await {
        Ok(id) => id,
        // What does not depend on the attempt may be tried again with the same one
        Err(Cause::Refused(Refusal::Unavailable)) => {
            return Err(Refusal::Unavailable.into());
        }
        Err(cause) => return Err(Failure::of(cause, &attempt.to, taken_away)),
    };
    if let Some(before) = &brought.session {
        client.end(before).await;
    }
    Ok(Answer::redirect(&attempt.to, vec![client.cookie.set(&id), taken_away]))
}

/// The page was loaded once more, after Back for example. Who is signed in by now just goes on.
async fn came_back_again(client: &Arc<Client>, brought: &Brought) -> Result<Answer, Failure> {
    let known = match &brought.session {
        Some(id) => client.current(id).await.is_ok(),
        None => false,
    };
    if known { Ok(Answer::redirect("/", Vec::new())) } else { Err(Cause::Forgotten.into()) }
}

/// Redeems the code, checks all that came for it, and begins a session, whose id this is.
async fn sign_in(
    guard: &Guard,
    client: &Arc<Client>,
    response: Response,
    attempt: &Attempt,
) -> Result<String, Cause> {
    let metadata = client.issuer.metadata().await?;
    let code = response.code(client.issuer.name(), metadata.names_itself)?;
    let tokens = client.redeem(&code, &attempt.code_verifier).await?;
    let expected = id_token::Expected {
        client_id: &client.settings.client_id,
        nonce: Some(&attempt.nonce),
        subject: None,
    };
    let id_token = tokens.id_token.as_deref().ok_or(Refusal::Claim("id_token"))?;
    let person = client.check_id_token(id_token, &expected).await?;
    let wanted = &attempt.acr_values;
    if !wanted.is_empty() && !person.acr.is_some_and(|acr| wanted.contains(&acr)) {
        return Err(Cause::Acr);
    }
    // A token that no route would take would send the person round in circles
    guard.check(&tokens.access_token).await.inspect_err(|refusal| {
        tracing::error!(%refusal, "the issuer gives access tokens that this app's own routes refuse");
    })?;
    let Tokens { access_token, refresh_token, id_token, lifetime } = tokens;
    let now = client.clock.now();
    let session = Session {
        access_token,
        refresh_token,
        id_token: id_token.unwrap_or_default(),
        sid: person.session_id,
        subject: person.subject,
        expires_at: now.saturating_add(lifetime),
        lifetime,
        until: now.saturating_add(client.settings.lifetime),
        leased_until: 0,
    };
    Ok(client.sessions.begin(&session).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://login.ada.example";

    #[test]
    fn rfc_9207_section_2_4_a_code_of_another_issuer_is_none() {
        for (query, must, good) in [
            ("code=c&iss=https://login.ada.example", true, true),
            ("code=c", false, true),
            ("code=c", true, false),
            ("code=c&iss=https://eve.example", false, false),
            ("code=c&iss=", false, false),
            ("code=", false, false),
            ("", false, false),
            ("error=access_denied&code=c", false, false),
            ("error=server_error", false, false),
        ] {
            let code = Response::parse(query).unwrap().code(ISSUER, must);
            assert_eq!(code.is_ok(), good, "{query} {must}");
        }
        let huge = format!("code={}", "x".repeat(LONGEST + 1));
        assert!(Response::parse(&huge).unwrap().code(ISSUER, false).is_err());
    }

    #[test]
    fn rfc_6749_section_3_1_no_parameter_comes_twice() {
        for query in ["code=a&code=b", "state=a&state=a", "iss=&iss=", "error=a&error=b"] {
            assert!(matches!(Response::parse(query), Err(Cause::Request(_))), "{query}");
        }
        assert!(Response::parse("x=1&x=2&code=c").is_ok(), "others are left alone");
    }

    #[test]
    fn an_error_code_writes_no_lines_of_its_own_in_the_log() {
        let cause = Response::parse("error=a%0A%1b[31mb").unwrap().code(ISSUER, false);
        assert_eq!(cause.unwrap_err().to_string(), "the issuer answers a[31mb");
    }
}

//! How a refusal is told: `WWW-Authenticate` of RFC 6750 section 3, RFC 9470 section 3 and RFC 9728 section 5.1, and a
//! message for streaming protocols.

use std::fmt;

use serde_json::{Value, json};

use crate::Refusal;
use crate::demand::Demand;
use crate::ticket::LIFETIME;

/// What the guard answers itself, to a refused request mostly, for whatever framework sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.body)
    }
}

impl std::error::Error for Answer {}

/// Who refuses.
#[derive(Clone, Debug)]
pub struct Realm {
    /// The protected API.
    pub name: String,
    /// The URL of its metadata.
    pub metadata: Option<String>,
}

/// How long a caller waits before it asks again when the issuer was away, in seconds.
const RETRY: &str = "10";

impl Answer {
    /// The answer of a route that has no guard and needs one: a mistake of the app's, which is harmless and seen.
    pub(crate) fn unguarded() -> Self {
        tracing::error!("a route asks who calls and has no guard");
        let headers = vec![("content-type", "text/plain".to_owned())];
        Self { status: 500, headers, body: "this route has no guard".to_owned() }
    }

    /// The answer with a connection ticket.
    pub(crate) fn ticket(ticket: &str) -> Self {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        let body = json!({"ticket": ticket, "expires_in": LIFETIME}).to_string();
        Self { status: 200, headers, body }
    }

    /// Sends a browser on, with cookies: values of `Set-Cookie` headers.
    pub(crate) fn redirect(to: &str, cookies: Vec<String>) -> Self {
        let mut headers = vec![
            ("location", to.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
        ];
        headers.extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        Self { status: 303, headers, body: String::new() }
    }

    /// The answer for a refusal. `stream`: the caller speaks a streaming protocol.
    pub(crate) fn new(refusal: &Refusal, demand: &Demand, realm: &Realm, stream: bool) -> Self {
        let codes = refusal.codes();
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        if codes.status == 503 {
            headers.push(("retry-after", RETRY.to_owned()));
        } else {
            headers.push(("www-authenticate", challenge(refusal, demand, realm)));
        }
        let body = if stream { message(refusal) } else { body(refusal) };
        Self { status: codes.status, headers, body: body.to_string() }
    }
}

impl Refusal {
    /// The message for WebSocket, SSE and HTTP streaming: `{"type":"ERROR","channel":"SYSTEM","payload":{…}}`, with the
    /// code `MISSING_TOKEN`, `INVALID_TOKEN` or `TOKEN_EXPIRED`.
    pub fn message(&self) -> Value {
        message(self)
    }
}

fn message(refusal: &Refusal) -> Value {
    let payload = json!({"code": refusal.codes().stream, "message": refusal.to_string()});
    json!({"type": "ERROR", "channel": "SYSTEM", "payload": payload})
}

fn body(refusal: &Refusal) -> Value {
    let error = refusal.codes().error.unwrap_or("missing_token");
    json!({"error": error, "error_description": refusal.to_string()})
}

fn challenge(refusal: &Refusal, demand: &Demand, realm: &Realm) -> String {
    let mut params = vec![("realm", realm.name.clone())];
    if let Some(error) = refusal.codes().error {
        params.push(("error", error.to_owned()));
        params.push(("error_description", refusal.to_string()));
    }
    if !demand.scopes.is_empty() && matches!(refusal, Refusal::Missing | Refusal::Scope) {
        params.push(("scope", demand.scopes.join(" ")));
    }
    if *refusal == Refusal::Acr {
        params.push(("acr_values", demand.acr.join(" ")));
    }
    params.extend(realm.metadata.clone().map(|url| ("resource_metadata", url)));
    let params: Vec<String> =
        params.into_iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(&value))).collect();
    format!("Bearer {}", params.join(", "))
}

/// RFC 6750 section 3 leaves quotes, backslashes and all that is not ASCII out of these texts.
fn quoted(text: &str) -> String {
    let allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    text.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand() -> Demand {
        Demand {
            scopes: vec!["notes:read".to_owned(), "notes:write".to_owned()],
            acr: vec!["urn:hatcheck:acr:2fa".to_owned()],
            ..Demand::default()
        }
    }

    fn answer(refusal: &Refusal, metadata: Option<&str>) -> Answer {
        let realm = Realm { name: "notes".to_owned(), metadata: metadata.map(str::to_owned) };
        Answer::new(refusal, &demand(), &realm, false)
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn rfc_6750_section_3_each_refusal_has_its_status_and_challenge() {
        for (refusal, status, challenge) in [
            (Refusal::Missing, 401, "Bearer realm=\"notes\", scope=\"notes:read notes:write\""),
            (
                Refusal::Signature,
                401,
                "Bearer realm=\"notes\", error=\"invalid_token\", error_description=\"the token's signature is \
                 not one of the issuer's key\"",
            ),
            (
                Refusal::Scope,
                403,
                "Bearer realm=\"notes\", error=\"insufficient_scope\", error_description=\"the token's scope does \
                 not hold what this needs\", scope=\"notes:read notes:write\"",
            ),
            (
                Refusal::Acr,
                401,
                "Bearer realm=\"notes\", error=\"insufficient_user_authentication\", error_description=\"the person \
                 has to sign in with one of the ways in acr_values (RFC 9470)\", \
                 acr_values=\"urn:hatcheck:acr:2fa\"",
            ),
        ] {
            let answer = answer(&refusal, None);
            assert_eq!(answer.status, status, "{refusal}");
            assert_eq!(header(&answer, "www-authenticate"), Some(challenge), "{refusal}");
            assert_eq!(header(&answer, "cache-control"), Some("no-store"));
        }
        assert_eq!(answer(&Refusal::Several, None).status, 400);
        assert_eq!(answer(&Refusal::Header, None).status, 400);
        assert_eq!(answer(&Refusal::CrossSite, None).status, 403);
    }

    #[test]
    fn rfc_9728_section_5_1_the_challenge_names_the_metadata() {
        let url = "https://notes.example/.well-known/oauth-protected-resource";
        let answer = answer(&Refusal::Missing, Some(url));
        let challenge = header(&answer, "www-authenticate").unwrap();
        assert!(challenge.ends_with(&format!(", resource_metadata=\"{url}\"")), "{challenge}");
    }

    #[test]
    fn an_issuer_that_is_away_is_nobodys_fault() {
        let answer = answer(&Refusal::Unavailable, None);
        assert_eq!((answer.status, header(&answer, "retry-after")), (503, Some("10")));
        assert_eq!(header(&answer, "www-authenticate"), None, "a new token would not help");
    }

    #[test]
    fn streams_are_told_in_their_own_message() {
        for (refusal, code) in [
            (Refusal::Missing, "MISSING_TOKEN"),
            (Refusal::Expired { ago: 61 }, "TOKEN_EXPIRED"),
            (Refusal::Signature, "INVALID_TOKEN"),
            (Refusal::Inactive, "INVALID_TOKEN"),
        ] {
            let realm = Realm { name: "notes".to_owned(), metadata: None };
            let answer = Answer::new(&refusal, &demand(), &realm, true);
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            let payload = json!({"code": code, "message": refusal.to_string()});
            assert_eq!(body, json!({"type": "ERROR", "channel": "SYSTEM", "payload": payload}));
        }
    }

    #[test]
    fn nothing_breaks_out_of_a_challenge() {
        let realm = Realm { name: "a\"b\\c\r\nü".to_owned(), metadata: None };
        let answer = Answer::new(&Refusal::Missing, &Demand::default(), &realm, false);
        assert_eq!(header(&answer, "www-authenticate"), Some("Bearer realm=\"abc\""));
    }
}

//! A sign-in that was begun: kept by the browser, sealed, one cookie for each, so that tabs do not disturb each other.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::source::Headers;
use crate::{Clock, Keys, Refusal, SealedCookie, random};

/// A login page may be left open for so long.
const LIFETIME: Duration = Duration::from_hours(24);
/// The most that a browser keeps of one app, so that their cookies stay below what servers take.
const MOST: usize = 8;
/// What the names of the cookies begin with.
const NAME: &str = "login-";
/// How many characters of the state are in a name.
const NAMED: usize = 8;

/// What has to be known when the person comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// OpenID Connect Core section 3.1.2.1.
    pub state: String,
    /// The same.
    pub nonce: String,
    /// RFC 7636 section 4.1.
    pub code_verifier: String,
    /// The path to come back to.
    pub to: String,
    /// The ways of signing in that were asked for, of which one must have been used.
    pub acr_values: Vec<String>,
    /// When it was begun.
    pub begun_at: i64,
}

impl Attempt {
    /// A new one.
    pub fn new(to: String, acr_values: Vec<String>, now: i64) -> Result<Self, Refusal> {
        let (state, nonce, code_verifier) = (random::text()?, random::text()?, random::text()?);
        Ok(Self { state, nonce, code_verifier, to, acr_values, begun_at: now })
    }

    /// RFC 7636 section 4.2.
    pub fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.code_verifier.as_bytes()))
    }
}

/// What a browser brings of attempts, the oldest first.
pub struct Attempts(Vec<Attempt>);

impl Attempts {
    /// The one that this state belongs to.
    pub fn of(&self, state: &str) -> Option<&Attempt> {
        self.0.iter().find(|attempt| attempt.state == state)
    }
}

/// The cookies.
pub struct Jar {
    keys: Keys,
    secure: bool,
    clock: Clock,
}

impl Jar {
    /// Cookies under these keys.
    pub const fn new(keys: Keys, secure: bool, clock: Clock) -> Self {
        Self { keys, secure, clock }
    }

    /// The attempts that a request brings.
    pub fn read<H: Headers>(&self, headers: &H) -> Attempts {
        let lines = headers.all("cookie");
        let texts = lines.iter().filter_map(|line| str::from_utf8(line).ok());
        let names = texts
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| Some(pair.trim().split_once('=')?.0))
            .filter_map(|name| name.strip_prefix("__Host-").unwrap_or(name).strip_prefix(NAME));
        let found = names.filter_map(|named| self.cookie(named).read(headers));
        let mut attempts: Vec<Attempt> = found.collect();
        attempts.sort_by(|a, b| (a.begun_at, &a.state).cmp(&(b.begun_at, &b.state)));
        attempts.dedup();
        Attempts(attempts)
    }

    /// The `Set-Cookie` headers that add an attempt, and let go of the oldest when there are too many.
    pub fn add(&self, attempt: &Attempt, others: &Attempts) -> Option<Vec<String>> {
        let too_many = (others.0.len() + 1).saturating_sub(MOST);
        let mut headers: Vec<String> =
            others.0.iter().take(too_many).map(|old| self.clear(old)).collect();
        headers.push(self.of(attempt).set(attempt).ok()?);
        Some(headers)
    }

    /// The `Set-Cookie` header that takes one away.
    pub fn clear(&self, attempt: &Attempt) -> String {
        self.of(attempt).clear()
    }

    fn of(&self, attempt: &Attempt) -> SealedCookie<Attempt> {
        self.cookie(attempt.state.get(..NAMED).unwrap_or(&attempt.state))
    }

    fn cookie(&self, named: &str) -> SealedCookie<Attempt> {
        let cookie = SealedCookie::new(&format!("{NAME}{named}"), &self.keys)
            .lifetime(LIFETIME)
            .clock(self.clock.clone());
        if self.secure { cookie } else { cookie.plain_http() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sent(String);

    impl Headers for Sent {
        fn all(&self, name: &'static str) -> Vec<&[u8]> {
            if name == "cookie" { vec![self.0.as_bytes()] } else { Vec::new() }
        }
    }

    fn jar() -> Jar {
        Jar::new(Keys::new(&[[7_u8; 32]]).unwrap(), true, Clock::new(|| 1_000))
    }

    fn attempt(at: i64) -> Attempt {
        Attempt::new(format!("/{at}"), Vec::new(), at).unwrap()
    }

    fn sent(headers: &[String]) -> Sent {
        let pairs: Vec<&str> =
            headers.iter().map(|header| header.split(';').next().unwrap()).collect();
        Sent(pairs.join("; "))
    }

    #[test]
    fn each_tab_finds_its_own_attempt() {
        let (jar, none) = (jar(), Attempts(Vec::new()));
        let begun = [attempt(1), attempt(2), attempt(3)];
        let cookies: Vec<String> =
            begun.iter().flat_map(|attempt| jar.add(attempt, &none).unwrap()).collect();
        let read = jar.read(&sent(&cookies));
        for attempt in &begun {
            assert_eq!(read.of(&attempt.state), Some(attempt));
        }
        assert_eq!(read.of("another"), None);
        let other = Jar::new(Keys::new(&[[8_u8; 32]]).unwrap(), true, Clock::new(|| 1_000));
        assert!(other.read(&sent(&cookies)).0.is_empty(), "sealed by somebody else");
    }

    #[test]
    fn of_too_many_the_oldest_goes() {
        let jar = jar();
        let known = Attempts((0..8).map(attempt).collect());
        let headers = jar.add(&attempt(9), &known).unwrap();
        assert_eq!(headers.len(), 2);
        assert!(headers[0].contains(known.0[0].state.get(..8).unwrap()), "the oldest");
        assert!(headers[0].contains("Max-Age=0"));
        assert!(headers.iter().all(|header| header.starts_with("__Host-login-")));
    }

    #[test]
    fn rfc_7636_appendix_b_the_challenge_is_the_digest_of_the_verifier() {
        let code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let attempt = Attempt { code_verifier, ..attempt(1) };
        assert_eq!(attempt.code_challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}

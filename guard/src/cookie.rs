//! A cookie that only the app reads: state that an app keeps on the client (RFC 6265, with the prefix `__Host-` of its
//! successor).

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::seal::Keys;
use crate::source::{self, Headers};
use crate::{Clock, Refusal};

/// The most bytes of name, value and attributes that every browser keeps (RFC 6265 section 6.1).
const MOST: usize = 4_096;
/// The most bytes that a value may have unpacked: what is sealed is ours, and this is against our own mistakes.
const UNPACKED: usize = 256 * 1024;
/// How well it is packed: more takes longer and saves little.
const LEVEL: u8 = 6;

/// A cookie whose value is packed, encrypted and authenticated: whoever has it can neither read nor change it, nor use it
/// under another name or longer than its lifetime. An older one can be brought back within that time, so what must happen
/// once is not kept here.
pub struct SealedCookie<T> {
    name: String,
    keys: Keys,
    lifetime: Duration,
    secure: bool,
    clock: Clock,
    value: PhantomData<fn() -> T>,
}

/// The value of a `Set-Cookie` header for a cookie that pages of other sites can only bring along by links, and that no
/// script reads.
pub fn line(name: &str, value: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// Why no cookie can be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// It would be dropped by browsers without a word.
    #[error(
        "the cookie would have {0} bytes, and browsers keep {MOST}: keep less in it, or keep it with the session (docs/apps.md)"
    )]
    TooLong(usize),
    /// Not as JSON.
    #[error("the value can't be written as JSON: {0}")]
    Value(#[from] serde_json::Error),
    /// The system gives no random bytes.
    #[error("the cookie can't be sealed")]
    Seal,
}

impl<T: Serialize + DeserializeOwned> SealedCookie<T> {
    /// The cookie `__Host-NAME`, of this host alone, for a day.
    pub fn new(name: &str, keys: &Keys) -> Self {
        Self {
            name: format!("__Host-{name}"),
            keys: keys.clone(),
            lifetime: Duration::from_hours(24),
            secure: true,
            clock: Clock::system(),
            value: PhantomData,
        }
    }

    /// For how long it is good. Whole seconds.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// For development without TLS: no prefix, and not `Secure`.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        if let Some(plain) = self.name.strip_prefix("__Host-") {
            self.name = plain.to_owned();
        }
        self.secure = false;
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The value of a `Set-Cookie` header.
    pub fn set(&self, value: &T) -> Result<String, CookieError> {
        let seconds = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let until = self.clock.now().saturating_add(seconds);
        let packed = compress_to_vec(&serde_json::to_vec(value)?, LEVEL);
        let sealed = self.keys.seal(&self.name, &[&until.to_be_bytes(), &packed[..]].concat());
        let text = URL_SAFE_NO_PAD.encode(sealed.ok_or(CookieError::Seal)?);
        let cookie = self.with_attributes(&text, seconds);
        if cookie.len() > MOST { Err(CookieError::TooLong(cookie.len())) } else { Ok(cookie) }
    }

    /// What a request brings, if it is good.
    pub fn read<H: Headers>(&self, headers: &H) -> Option<T> {
        let text = self.sent(headers).ok().flatten()?;
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let opened = self.keys.open(&self.name, &sealed)?;
        let (until, packed) = opened.split_first_chunk()?;
        if i64::from_be_bytes(*until) <= self.clock.now() {
            return None;
        }
        let json = decompress_to_vec_with_limit(packed, UNPACKED).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// The value of a `Set-Cookie` header that takes it away.
    pub fn clear(&self) -> String {
        self.with_attributes("", 0)
    }

    fn sent<H: Headers>(&self, headers: &H) -> Result<Option<String>, Refusal> {
        source::in_cookie(&headers.all("cookie"), &self.name)
    }

    fn with_attributes(&self, value: &str, seconds: i64) -> String {
        line(&self.name, value, seconds, self.secure)
    }
}

impl<T> fmt::Debug for SealedCookie<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedCookie").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Basket {
        items: Vec<String>,
    }

    struct Sent(String);

    impl Headers for Sent {
        fn all(&self, name: &'static str) -> Vec<&[u8]> {
            if name == "cookie" { vec![self.0.as_bytes()] } else { Vec::new() }
        }
    }

    fn cookie(name: &str, now: &Arc<AtomicI64>) -> SealedCookie<Basket> {
        let keys = Keys::new(&[[7; 32]]).unwrap();
        let now = now.clone();
        SealedCookie::new(name, &keys).clock(Clock::new(move || now.load(Ordering::Relaxed)))
    }

    fn basket(count: usize) -> Basket {
        Basket { items: (0..count).map(|n| format!("a pound of apples, number {n}")).collect() }
    }

    #[test]
    fn an_app_gets_back_what_it_gave_for_as_long_as_it_said() {
        let now = Arc::new(AtomicI64::new(1_000));
        let cookie = cookie("basket", &now).lifetime(Duration::from_mins(1));
        let set = cookie.set(&basket(3)).unwrap();
        let (pair, attributes) = set.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert!(pair.starts_with("__Host-basket=") && !pair.contains("apples"));
        let request = Sent(format!("other=1; {pair}"));
        assert_eq!(cookie.read(&request), Some(basket(3)));
        now.store(1_060, Ordering::Relaxed);
        assert_eq!(cookie.read(&request), None, "whatever the browser keeps");
        assert_eq!(
            cookie.clear(),
            "__Host-basket=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn strangers_texts_and_other_cookies_are_nothing() {
        let now = Arc::new(AtomicI64::new(1_000));
        let (mine, other) = (cookie("basket", &now), cookie("wishes", &now));
        let set = mine.set(&basket(1)).unwrap();
        let value = set.split_once("; ").unwrap().0.split_once('=').unwrap().1.to_owned();
        for sent in [
            String::new(),
            "__Host-basket=".to_owned(),
            "__Host-basket=AAAA".to_owned(),
            "__Host-basket=\u{1f36a}".to_owned(),
            format!("__Host-basket={value}x"),
            format!("__Host-basket={}", value.get(4..).unwrap()),
            format!("__Host-basket={value}; __Host-basket={value}"),
            format!("basket={value}"),
        ] {
            assert_eq!(mine.read(&Sent(sent.clone())), None, "{sent}");
        }
        assert_eq!(other.read(&Sent(format!("__Host-wishes={value}"))), None);
        assert!(mine.read(&Sent(format!("__Host-basket={value}"))).is_some());
    }

    #[test]
    fn rfc_6265_section_6_1_what_browsers_would_drop_is_said_to_be_too_long() {
        let now = Arc::new(AtomicI64::new(1_000));
        let cookie = cookie("basket", &now);
        assert!(cookie.set(&basket(200)).unwrap().len() < 4_096, "6 kB of JSON, packed");
        let random =
            (0..100).map(|_| URL_SAFE_NO_PAD.encode(crate::random::bytes::<40>().unwrap()));
        let random = Basket { items: random.collect() };
        assert!(matches!(cookie.set(&random), Err(CookieError::TooLong(4_097..))));
    }

    #[test]
    fn without_tls_it_has_another_name() {
        let now = Arc::new(AtomicI64::new(1_000));
        let set = cookie("basket", &now).plain_http().set(&basket(0)).unwrap();
        assert!(set.starts_with("basket=") && !set.contains("Secure"), "{set}");
    }
}

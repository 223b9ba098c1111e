//! Whether a person has pressed the button: Fetch Metadata, section 2.4 of the W3C draft.
//!
//! Scanners of mail open links, run the scripts of pages and post their forms. What a script posts has no user activation,
//! and browsers say so.

use actix_web::http::header::HeaderMap;

/// Who seems to have sent a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// A person, says the browser.
    Person,
    /// The browser does not say.
    Unsaid,
    /// A script, says the browser.
    Script,
}

impl Press {
    /// Judges by the headers of a POST.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mode = text("sec-fetch-mode");
        match (mode, text("sec-fetch-user")) {
            (Some("navigate"), Some("?1")) => Self::Person,
            // Chromium always says when it was a person; Safari never does
            (Some("navigate"), None) if text("sec-ch-ua").is_none() => Self::Unsaid,
            (None, None) => Self::Unsaid,
            _ => Self::Script,
        }
    }

    /// Whether that is enough. `sure`: the box on the second page is ticked, which nothing ticks by itself.
    pub const fn will_do(self, sure: bool) -> bool {
        match self {
            Self::Person => true,
            Self::Unsaid => sure,
            Self::Script => false,
        }
    }
}

/// Whether a browser only fetches ahead, for a person who may never look.
pub fn is_ahead(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().copied();
        pairs
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn pain_12_what_a_script_posts_is_no_press() {
        const CHROMIUM: (&str, &str) = ("sec-ch-ua", "\"Chromium\"");
        const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
        for (pairs, press, at_once, sure) in [
            (&[NAVIGATE, ("sec-fetch-user", "?1"), CHROMIUM][..], Press::Person, true, true),
            (&[NAVIGATE, ("sec-fetch-user", "?1")], Press::Person, true, true),
            (&[NAVIGATE, CHROMIUM], Press::Script, false, false),
            (&[NAVIGATE], Press::Unsaid, false, true),
            (&[], Press::Unsaid, false, true),
            (&[("sec-fetch-mode", "cors"), ("sec-fetch-user", "?1")], Press::Script, false, false),
            (&[("sec-fetch-mode", "cors")], Press::Script, false, false),
            (&[("sec-fetch-user", "?1")], Press::Script, false, false),
            (&[NAVIGATE, ("sec-fetch-user", "?0")], Press::Script, false, false),
        ] {
            let got = Press::of(&headers(pairs));
            assert_eq!(got, press, "{pairs:?}");
            assert_eq!((got.will_do(false), got.will_do(true)), (at_once, sure), "{pairs:?}");
        }
    }

    #[test]
    fn pain_12_what_is_fetched_ahead_is_seen() {
        assert!(is_ahead(&headers(&[("sec-purpose", "prefetch;prerender")])));
        assert!(is_ahead(&headers(&[("purpose", "prefetch")])));
        assert!(!is_ahead(&headers(&[("sec-fetch-mode", "navigate")])));
    }
}

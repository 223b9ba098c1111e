//! How long an answer may be kept: RFC 9111 sections 4.2 and 5.2.2.

/// For how long an answer without `Cache-Control` is kept, in seconds.
const DEFAULT: i64 = 600;
/// The shortest time, also for who forbids it: asking for each request would help nobody.
const SHORTEST: i64 = 60;
/// The longest.
const LONGEST: i64 = 86_400;

/// For how many seconds an answer with these headers is fresh.
pub fn lifetime<'h>(cache_control: impl Iterator<Item = &'h str>, age: Option<&str>) -> i64 {
    let mut lifetime = DEFAULT;
    for directive in cache_control.flat_map(|value| value.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        if directive == "no-store" || directive == "no-cache" {
            return SHORTEST;
        }
        if let Some(seconds) = directive.strip_prefix("max-age=") {
            lifetime = seconds.trim_matches('"').parse().unwrap_or(0);
        }
    }
    let age = age.and_then(|age| age.trim().parse::<i64>().ok()).unwrap_or(0).max(0);
    lifetime.saturating_sub(age).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9111_section_5_2_2_the_headers_decide_within_bounds() {
        for (headers, age, expected) in [
            (&[][..], None, 600),
            (&["public, max-age=3600"], None, 3_600),
            (&["Max-Age=3600, must-revalidate"], None, 3_600),
            (&["public", "max-age=3600"], Some("600"), 3_000),
            (&["max-age=\"300\""], None, 300),
            (&["max-age=3600"], Some("9999"), 60),
            (&["max-age=3600"], Some("-1"), 3_600),
            (&["max-age=0"], None, 60),
            (&["max-age=soon"], None, 60),
            (&["max-age=31536000"], None, 86_400),
            (&["no-cache"], None, 60),
            (&["max-age=3600, no-store"], None, 60),
        ] {
            assert_eq!(lifetime(headers.iter().copied(), age), expected, "{headers:?} {age:?}");
        }
    }
}

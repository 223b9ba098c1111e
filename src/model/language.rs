//! Which of several languages fits: BCP 47 (RFC 4647 section 3.4), and OpenID Connect Core section 5.2.

/// The tag that fits a wanted language best: the same, else a more general one (`de` for `de-CH`), else a more special
/// one (`de-CH` for `de`), which Core section 5.2 adds.
pub fn best<'a>(wanted: &str, tags: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    let same = |range: &str| tags.clone().find(|tag| tag.eq_ignore_ascii_case(range));
    let general = std::iter::successors(Some(wanted), |range| shorter(range)).find_map(same);
    let special = || tags.clone().find(|tag| is_special(tag, wanted));
    general.or_else(special)
}

/// Whether a text is a language tag: well-formed, nothing more.
pub fn is_tag(text: &str) -> bool {
    text.parse::<unic_langid::LanguageIdentifier>().is_ok()
}

/// Without its last subtag; a single letter stands for what follows it, and goes with it.
fn shorter(range: &str) -> Option<&str> {
    let (rest, _) = range.rsplit_once('-')?;
    match rest.rsplit_once('-') {
        Some((before, letter)) if letter.len() == 1 => Some(before),
        Some(_) | None => Some(rest),
    }
}

fn is_special(tag: &str, wanted: &str) -> bool {
    tag.split_at_checked(wanted.len())
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(wanted) && rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_5_2_and_rfc_4647_3_4_the_best_language() {
        for (wanted, tags, expected) in [
            ("de", "en de", Some("de")),
            ("DE-at", "en de", Some("de")),
            ("de", "en de-CH de-AT", Some("de-CH")),
            ("zh-Hant-TW", "zh zh-Hant", Some("zh-Hant")),
            ("zh-Hant", "zh-Hans", None),
            ("de-a-x-y", "de", Some("de")),
            ("se", "en sea", None),
            ("", "en", None),
            ("ja-Kana-JP", "ja-Hani-JP ja-Kana-JP", Some("ja-Kana-JP")),
        ] {
            assert_eq!(best(wanted, &tags.split(' ')), expected, "{wanted} of {tags}");
        }
    }
}

//! Texts in several languages: RFC 7591 section 2.2.

use std::collections::BTreeMap;

/// A text in several languages: the key is the language tag, empty for the one without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The text for the first of these languages that there is, or the one without a language, or any.
    pub fn best<'a>(&self, languages: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        let of = |tag: &str| {
            self.0
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(tag))
                .map(|(_, text)| text.as_str())
        };
        let primary = |tag: &str| tag.split('-').next().map(str::to_owned).and_then(|tag| of(&tag));
        languages
            .into_iter()
            .find_map(|tag| of(tag).or_else(|| primary(tag)))
            .or_else(|| self.0.get("").or_else(|| self.0.values().next()).map(String::as_str))
    }

    /// Each language tag with its text; the tag is empty for the text without one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, text)| (tag.as_str(), text.as_str()))
    }
}

impl FromIterator<(String, String)> for Localized {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(texts: I) -> Self {
        Self(texts.into_iter().collect())
    }
}

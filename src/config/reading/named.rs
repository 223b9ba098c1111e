//! Sections with sub-sections that the admin names: `[scopes."notes:read"]`. They stand in the file only.

use super::{Place, Reader};
use crate::model::client::Localized;
use crate::model::language;

/// The sections whose sub-sections are named by the admin.
pub(super) const SECTIONS: [&str; 4] = ["scopes", "resources", "forward_auth", "connectors"];

/// The full name of such a sub-section.
pub(super) fn full_name(section: &str, name: &str) -> String {
    format!("{section}.\"{name}\"")
}

impl Reader {
    /// The names that the admin chose in a section.
    pub(in crate::config) fn named(&self, section: &str) -> Vec<String> {
        let prefix = format!("{section}.\"");
        let rest = self.given.keys().filter_map(|key| key.strip_prefix(&prefix));
        let mut names: Vec<_> =
            rest.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect();
        names.dedup();
        names
    }

    /// A text in one language or several: `"…"`, or `{ en = "…", de = "…" }`.
    pub(in crate::config) fn texts(&mut self, name: String, meaning: &'static str) -> Localized {
        let prefix = format!("{name}.");
        let tags = self.below(&prefix);
        if tags.is_empty() {
            let mend = "write some words in quotes";
            let text: Option<String> = self.require(name, mend, meaning);
            return text.map(|text| (String::new(), text)).into_iter().collect();
        }
        let mut texts = Vec::new();
        for tag in tags {
            let name = format!("{prefix}{tag}");
            if !language::is_tag(&tag) {
                self.refuse(&name, "is named by no language tag: write one like en or de");
            }
            let text: Option<String> = self.require(name, "write some words in quotes", meaning);
            texts.extend(text.map(|text| (tag, text)));
        }
        texts.into_iter().collect()
    }

    /// The rest of all names that begin so.
    pub(in crate::config) fn below(&self, prefix: &str) -> Vec<String> {
        let rest = self.given.keys().filter_map(|key| key.strip_prefix(prefix));
        rest.map(str::to_owned).collect()
    }

    /// The line of something in or around a sub-section, for errors about what is missing there.
    pub(super) fn place_near(&self, name: &str) -> Option<Place> {
        let inside = |name: &str| {
            let fits = |key: &str| {
                key.strip_prefix(name).is_some_and(|r| r.is_empty() || r.starts_with('.'))
            };
            self.given.iter().find(|(key, _)| fits(key)).map(|(_, given)| given.place.clone())
        };
        let (section, rest) = name.split_once('"')?;
        let (own, _) = rest.split_once('"')?;
        inside(name).or_else(|| inside(&format!("{section}\"{own}\"")))
    }
}

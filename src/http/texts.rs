//! The words on pages: Fluent messages, some files for each language under `locales/`.
//! Languages are chosen as OpenID Connect Core section 3.1.2.1 (`ui_locales`) and RFC 9110 section 12.5.4 say.

use std::sync::LazyLock;
use std::time::Duration;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::model::scope_of_claim;

/// The texts of the language chosen for one request.
#[derive(Clone)]
pub struct Texts(&'static LazyLock<Language>);

struct Language {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

macro_rules! language {
    ($tag:literal) => {
        LazyLock::new(|| {
            Language::parse(
                $tag,
                &[
                    include_str!(concat!("../../locales/", $tag, "/common.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/errors.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/login.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/logout.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/device.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/account.ftl")),
                ],
            )
        })
    };
}

static ENGLISH: LazyLock<Language> = language!("en");
static GERMAN: LazyLock<Language> = language!("de");

/// The tags of all languages, for `ui_locales_supported`; the first is what everybody else gets.
pub const TAGS: [&str; 2] = ["en", "de"];

impl Texts {
    /// Chooses a language: `ui_locales` first, then the browser's, then English.
    pub fn choose(ui_locales: Option<&str>, accept_language: &str) -> Self {
        match choose_tag(ui_locales, accept_language) {
            "de" => Self(&GERMAN),
            _ => Self(&ENGLISH),
        }
    }

    /// A message.
    pub fn get(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// A message with arguments, which are shown as they are.
    pub fn with(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        let arguments = arguments.iter().map(|(name, value)| (*name, FluentValue::from(*value)));
        self.format(id, Some(&arguments.collect()))
    }

    /// A message about so many of something: `$count`, in the plural form that the language wants.
    pub fn counted(&self, id: &str, count: u64) -> String {
        self.format(id, Some(&FluentArgs::from_iter([("count", FluentValue::from(count))])))
    }

    /// How long to wait, in words: rounded up, so that nobody comes too early.
    pub fn length(&self, length: Duration) -> String {
        let seconds = length.as_secs().max(1);
        if seconds < 90 {
            self.counted("common-seconds", seconds)
        } else {
            self.counted("common-minutes", seconds.div_ceil(60))
        }
    }

    /// What a scope lets an app do, in words; for the consent page and the list of apps.
    pub fn scope(&self, scope: &str) -> String {
        match scope {
            "openid" => self.get("scope-openid"),
            "profile" => self.get("scope-profile"),
            "email" => self.get("scope-email"),
            "phone" => self.get("scope-phone"),
            "address" => self.get("scope-address"),
            "offline_access" => self.get("scope-offline-access"),
            "groups" => self.get("scope-groups"),
            "roles" => self.get("scope-roles"),
            "permissions" => self.get("scope-permissions"),
            other => self.with("scope-other", &[("scope", other)]),
        }
    }

    /// What knowing a claim lets an app do, in words.
    pub fn claim(&self, claim: &str) -> String {
        // Whether an address was proved belongs to the address
        let claim = claim.strip_suffix("_verified").unwrap_or(claim);
        let id = format!("claim-{}", claim.replace('_', "-"));
        match scope_of_claim(claim) {
            Some(_) => self.get(&id),
            None => self.with("claim-other", &[("claim", claim)]),
        }
    }

    /// Whether there is such a message.
    pub fn has(&self, id: &str) -> bool {
        self.0.bundle.has_message(id)
    }

    /// The language's tag, for the `lang` attribute.
    pub fn tag(&self) -> &'static str {
        self.0.tag
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let text = self.0.format(id, arguments).or_else(|| ENGLISH.format(id, arguments));
        text.unwrap_or_else(|| {
            tracing::error!(id, "a text is missing");
            id.to_owned()
        })
    }
}

impl Language {
    fn parse(tag: &'static str, sources: &[&str]) -> Self {
        let identifier = tag.parse::<LanguageIdentifier>().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Isolation marks are invisible letters, which have no place in attributes and in what is copied
        bundle.set_use_isolating(false);
        for source in sources {
            let resource = FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
        }
        Self { tag, bundle }
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
        for error in errors {
            tracing::error!(id, %error, "a text can't be filled in");
        }
        Some(text)
    }
}

fn choose_tag(ui_locales: Option<&str>, accept_language: &str) -> &'static str {
    ui_locales
        .unwrap_or_default()
        .split(' ')
        .find_map(known)
        .or_else(|| best_accepted(accept_language))
        .unwrap_or(TAGS[0])
}

/// The tag among ours that a language range means: `de-AT` means `de`.
fn known(range: &str) -> Option<&'static str> {
    let primary = range.trim().split(['-', '_']).next()?;
    TAGS.into_iter().find(|tag| tag.eq_ignore_ascii_case(primary))
}

fn best_accepted(accept_language: &str) -> Option<&'static str> {
    let mut best: Option<(&'static str, f32)> = None;
    for part in accept_language.split(',') {
        let (range, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = match parameters.trim().strip_prefix("q=") {
            Some(q) => q.trim().parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0),
            None => 1.0,
        };
        let tag = if range.trim() == "*" { Some(TAGS[0]) } else { known(range) };
        if let Some(tag) = tag
            && weight > best.map_or(0.0, |(_, best)| best)
        {
            best = Some((tag, weight));
        }
    }
    best.map(|(tag, _)| tag)
}

#[cfg(test)]
mod tests;

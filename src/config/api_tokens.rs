//! `[api_tokens]`: for which apps and APIs people may make tokens for themselves.

use std::time::Duration;

use super::Resources;
use super::reading::Reader;
use crate::model::{ClientId, days};

/// `[api_tokens]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokens {
    /// `api_tokens.targets`: each a `client_id` or a resource; nobody makes any without.
    pub targets: Vec<String>,
    /// `api_tokens.longest`: the longest life of one.
    pub longest: Duration,
}

impl ApiTokens {
    /// Whether people make any.
    pub const fn are_offered(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether people make some for this app or API.
    pub fn are_for(&self, target: &str) -> bool {
        self.targets.iter().any(|known| known == target)
    }

    pub(super) fn read(reader: &mut Reader, resources: &Resources) -> Self {
        let targets: Vec<String> = reader.take(
            "api_tokens.targets",
            Vec::new(),
            "The apps (by `client_id`) and APIs (as in `[resources]`) for which people make tokens of their own on their account page.",
        );
        let is_known =
            |name: &&String| resources.get(name).is_some() || ClientId::parse(name).is_some();
        if let Some(other) = targets.iter().find(|name| !is_known(name)) {
            reader.refuse(
                "api_tokens.targets",
                format!(
                    "has {other:?}, which is no client_id and not in [resources]: name one of these"
                ),
            );
        }
        let longest = reader.take_within(
            "api_tokens.longest",
            days(365),
            days(1)..=days(3_650),
            "The longest life of such a token.",
        );
        Self { targets, longest }
    }
}

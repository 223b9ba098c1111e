//! `[claims]`: what is told about claims in general.

use super::reading::{Reader, told};
use crate::model::language;

/// `[claims]`
#[derive(Clone, Debug)]
pub struct Claims {
    /// `claims.locales`: the languages that people's claims are kept in, for `claims_locales_supported`.
    pub locales: Vec<String>,
}

impl Claims {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let ours = ["en", "de"].map(str::to_owned).to_vec();
        Self {
            locales: reader.take_if(
                "claims.locales",
                told("en, de", ours),
                all_are_tags,
                "Languages in which claims of people are kept, such as `nickname#de`; told in discovery.",
            ),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "the shape of all checks")]
fn all_are_tags(tags: &Vec<String>) -> Result<(), String> {
    match tags.iter().find(|tag| !language::is_tag(tag)) {
        None => Ok(()),
        Some(wrong) => {
            Err(format!("has {wrong:?}, which is no language tag: write tags like en or zh-Hant"))
        }
    }
}

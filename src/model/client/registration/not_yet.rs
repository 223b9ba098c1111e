//! What metadata can say and no part of the server honours yet. Whoever lands the part takes its line out.

use serde_json::Value;

use crate::model::client::{Metadata, MetadataError};

/// Members, and those of their values that are refused; no values: all of them.
const NOT_YET: &[(&str, &[&str])] = &[
    // registration
];

/// Whether the server honours this value of this member: what discovery may advertise.
pub fn is_offered(member: &str, value: &str) -> bool {
    let refused = |(name, values): &(&str, &[&str])| {
        *name == member && (values.is_empty() || values.contains(&value))
    };
    !NOT_YET.iter().any(refused)
}

pub(super) fn refuse(metadata: &Metadata) -> Result<(), MetadataError> {
    for (member, value) in &metadata.to_json() {
        let texts = match value {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            Value::String(text) => vec![text.as_str()],
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![""],
        };
        if let Some(text) = texts.into_iter().find(|text| !is_offered(member, text)) {
            let reason = format!("{text} is not offered by this server: leave it out");
            return Err(MetadataError::member(member, reason.trim_start().to_owned()));
        }
    }
    Ok(())
}

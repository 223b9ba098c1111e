//! The members of a section, from a JSON object.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Given, Place, Raw, Reader};

/// Reads an object into the reader.
pub(super) fn read(reader: &mut Reader, prefix: &str, members: &Map<String, Value>, name: &Path) {
    for (member, value) in members {
        let full = format!("{prefix}.{member}");
        match value {
            Value::Object(deeper) => read(reader, &full, deeper, name),
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let (folder, place) = (reader.folder.clone(), Place::File(name.to_owned()));
                reader.given.insert(full, Given { raw: raw(value), place, folder });
            }
        }
    }
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::String(text) => Raw::Text(text.clone()),
        Value::Bool(on) => Raw::Switch(*on),
        Value::Number(number) => {
            number.as_i64().map_or(Raw::Other("a number with a fraction"), Raw::Number)
        }
        Value::Array(parts) => Raw::List(parts.iter().map(raw).collect()),
        Value::Object(_) => Raw::EMPTY,
        Value::Null => Raw::Other("null"),
    }
}

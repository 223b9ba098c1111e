//! `hatcheck.toml`: a table of tables, each value with its line.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Given, Place, Raw, Reader, named};

/// How the errors of the TOML parser begin.
pub(super) const NO_TOML: &str = "this is no TOML";

/// Reads the text of a file into the reader, with everything in it that is no TOML as errors.
pub(super) fn read(reader: &mut Reader, text: &str, name: &Path) {
    let line_of = |offset: usize| {
        Place::Line(name.to_owned(), 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count())
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place =
            error.span().map_or_else(|| Place::File(name.to_owned()), |span| line_of(span.start));
        let sentence = format!("{NO_TOML}: {}", error.message().replace('\n', ", "));
        reader.errors.push(ConfigError { place, sentence });
    }
    let mut found = Vec::new();
    for (key, value) in table.get_ref() {
        if let DeValue::Table(section) = value.get_ref() {
            reader.sections.insert(key.get_ref().to_string());
            if section.is_empty() {
                found.push((key.get_ref().to_string(), key.span().start, Raw::EMPTY));
            }
            if named::SECTIONS.contains(&key.get_ref().as_ref()) {
                collect_named(section, key.get_ref(), &mut found);
            } else {
                collect(section, key.get_ref(), &mut found);
            }
        } else {
            found.push((key.get_ref().to_string(), key.span().start, raw(value)));
        }
    }
    for (name, offset, raw) in found {
        let folder = reader.folder.clone();
        reader.given.insert(name, Given { raw, place: line_of(offset), folder });
    }
}

/// The settings of a section, by their full names, with where they begin.
fn collect(section: &DeTable<'_>, prefix: &str, found: &mut Vec<(String, usize, Raw)>) {
    for (key, value) in section {
        let name = format!("{prefix}.{}", key.get_ref());
        match value.get_ref().as_table() {
            Some(deeper) if !deeper.is_empty() => collect(deeper, &name, found),
            Some(_) | None => found.push((name, key.span().start, raw(value))),
        }
    }
}

/// The same of a section whose sub-sections the admin names.
fn collect_named(section: &DeTable<'_>, prefix: &str, found: &mut Vec<(String, usize, Raw)>) {
    for (key, value) in section {
        let name = named::full_name(prefix, key.get_ref());
        match value.get_ref().as_table() {
            Some(settings) if !settings.is_empty() => collect(settings, &name, found),
            Some(_) | None => found.push((name, key.span().start, raw(value))),
        }
    }
}

fn raw(value: &Spanned<DeValue<'_>>) -> Raw {
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("too large a number"), Raw::Number),
        DeValue::Boolean(on) => Raw::Switch(*on),
        DeValue::Array(parts) => Raw::List(parts.iter().map(raw).collect()),
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::EMPTY,
    }
}

//! The table of all settings for the documentation.

use std::fmt::Write;
use std::path::Path;

use super::Settings;
use super::reading::{Reader, variable_of};

/// All settings in Markdown: name, variable, default, meaning.
pub fn table() -> String {
    let any =
        Reader::of_text("issuer = \"https://login.example.org\"", Path::new(""), Path::new(""));
    let entries = Settings::read(any).map(|(_, entries)| entries).unwrap_or_default();
    let mut table = "| Setting | Variable | Default | Meaning |\n|---|---|---|---|\n".to_owned();
    for entry in entries {
        let default = if entry.default.is_empty() { "none" } else { &entry.default };
        let variable = variable_of(entry.name);
        let _ =
            writeln!(table, "| `{}` | `{variable}` | {default} | {} |", entry.name, entry.meaning);
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_has_every_setting_as_it_is() {
        let page = include_str!("../../docs/configuration.md");
        let table = super::table();
        assert!(page.contains(&table), "docs/configuration.md should hold this table:\n{table}");
    }
}

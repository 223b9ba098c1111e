//! The table of all settings for the documentation.

use std::fmt::Write;
use std::path::Path;

use super::Settings;
use super::reading::{Reader, variable_of};

/// All settings in Markdown: name, variable, default, meaning.
pub fn table() -> String {
    let any = "issuer = \"https://login.example.org\"\n[scopes.NAME]\ndescription = \"…\"\n\
               [resources.\"https://api.example.org\"]\n\
               [connectors.work]\nissuer = \"https://login.example.com\"\nclient_id = \"hatcheck\"\n\
               [connectors.work.grants]\n\"their group\" = [\"group ours\"]\n\
               [forward_auth.\"app.example.org\"]\nclient = \"app\"\n";
    let any = Reader::of_text(any, Path::new(""), Path::new(""));
    let entries = Settings::read(any).map(|(_, entries)| entries).unwrap_or_default();
    let mut table = "| Setting | Variable | Default | Meaning |\n|---|---|---|---|\n".to_owned();
    for entry in entries {
        let default = if entry.default.is_empty() { "none" } else { &entry.default };
        let variable = match variable_of(&entry.name) {
            none if none.is_empty() => "in the file only".to_owned(),
            variable => format!("`{variable}`"),
        };
        let _ =
            writeln!(table, "| `{}` | {variable} | {default} | {} |", entry.name, entry.meaning);
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_has_every_setting_as_it_is() {
        let page = include_str!("../../docs/configuration.md");
        let table = super::table();
        assert!(table.lines().count() > 50, "every setting was read: {table}");
        assert!(page.contains(&table), "docs/configuration.md should hold this table:\n{table}");
    }
}

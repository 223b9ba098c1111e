//! `HATCHECK_*`: each setting has a variable; four have a short one besides.

use super::{ConfigError, Given, Place, Raw, Reader};

/// The settings that nearly every deployment names.
const SHORT: [(&str, &str); 3] = [
    ("HATCHECK_LISTEN", "server.listen"),
    ("HATCHECK_DATABASE_URL", "database.url"),
    ("HATCHECK_KEYS_DIR", "keys.dir"),
];
const PREFIX: &str = "HATCHECK_";

/// The variable of a setting: `HATCHECK_SECTION__NAME`, or its short name if it has one; empty for what stands in the file
/// only.
pub fn variable_of(name: &str) -> String {
    if name.contains('"') {
        // Variables can't hold the names that admins choose
        return String::new();
    }
    match SHORT.iter().find(|(_, setting)| *setting == name) {
        Some((short, _)) => (*short).to_owned(),
        None => long_variable_of(name),
    }
}

fn long_variable_of(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "__").to_ascii_uppercase())
}

/// Whether a variable is meant for us and no setting: the file's name, and what tests are told by.
fn is_no_setting(variable: &str) -> bool {
    variable == "HATCHECK_CONFIG" || variable.starts_with("HATCHECK_TEST_")
}

/// Lays the environment over what the reader has of the file.
pub(super) fn read(reader: &mut Reader, variables: impl IntoIterator<Item = (String, String)>) {
    let mut ours: Vec<_> = variables
        .into_iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && !is_no_setting(name))
        .collect();
    ours.sort();
    for (variable, text) in ours {
        let name = SHORT.iter().find(|(short, _)| *short == variable).map_or_else(
            || variable.trim_start_matches(PREFIX).replace("__", ".").to_ascii_lowercase(),
            |(_, setting)| (*setting).to_owned(),
        );
        let raw = Raw::Variable(text);
        let place = Place::Variable(variable);
        let folder = std::path::PathBuf::new();
        if let Some(Given { raw: other, place: Place::Variable(first), .. }) =
            reader.given.get(&name)
            && *other != raw
        {
            let sentence = format!("contradicts {first}, which sets {name} too: unset one of them");
            reader.errors.push(ConfigError { place, sentence });
            continue;
        }
        reader.given.insert(name, Given { raw, place, folder });
    }
}

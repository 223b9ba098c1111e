//! The order of the rooms: a module uses only modules below it.

use std::fs;
use std::path::{Path, PathBuf};

/// Every room with its number; rooms of one number do not know each other.
const ROOMS: &[(&str, u8)] = &[
    ("model", 0),
    ("config", 1),
    ("store", 2),
    ("identity", 3),
    ("keys", 3),
    ("outgoing", 3),
    ("federation", 4),
    ("jobs", 4),
    ("http", 5),
    ("session", 6),
    ("account", 7),
    ("login", 7),
    ("oidc", 7),
    ("server", 8),
    ("cli", 9),
];

#[test]
fn a_room_uses_only_rooms_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let number =
        |room: &str| ROOMS.iter().find(|(name, _)| *name == room).map(|(_, number)| *number);
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&src).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let room = path.file_name().unwrap().to_str().unwrap().to_owned();
        let own = number(&room)
            .unwrap_or_else(|| panic!("the room {room} has no number: give it one here"));
        for file in rust_files(&path) {
            let text = fs::read_to_string(&file).unwrap();
            for used in rooms_used(&text) {
                let below = number(&used).is_some_and(|other| other < own);
                if used != room && !below {
                    wrong.push(format!(
                        "{} uses crate::{used}",
                        file.strip_prefix(&src).unwrap().display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The rooms named after `crate::`, outside comments; in a braced import each first name counts.
fn rooms_used(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut used = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 1;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || (c == ',' && depth == 1) {
                        used.push(word(item.trim()));
                        item.clear();
                    } else {
                        item.push(c);
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            None => used.push(word(rest)),
        }
    }
    let is_room = |name: &String| ROOMS.iter().any(|(room, _)| room == name);
    used.into_iter().filter(is_room).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

//! The languages have the same messages, and every message that is used exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn names_after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        rest.get(..end.unwrap_or(rest.len())).unwrap()
    })
}

/// Each message of a file with the arguments that it shows.
fn messages(path: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let source = fs::read_to_string(path).unwrap();
    FluentResource::try_new(source.clone()).unwrap_or_else(|(_, errors)| {
        panic!("{}: {errors:?}", path.display());
    });
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = None;
    for line in source.lines() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let id = line.split('=').next().unwrap().trim().to_owned();
            assert!(found.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
            current = Some(id);
        }
        if let Some(id) = &current
            && !line.starts_with('#')
        {
            found.get_mut(id).unwrap().extend(names_after(line, "$").map(str::to_owned));
        }
    }
    found
}

fn all_messages(tag: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    files_below(&root().join("locales").join(tag), &mut files);
    let mut all = BTreeMap::new();
    for file in files {
        for (id, arguments) in messages(&file) {
            assert!(all.insert(id.clone(), arguments).is_none(), "{id} is in two files");
        }
    }
    all
}

#[test]
fn every_language_has_every_message_with_the_same_arguments() {
    let english = all_messages("en");
    assert!(english.len() > 10);
    for tag in TAGS {
        assert_eq!(all_messages(tag), english, "{tag}");
        let texts = Texts::choose(Some(tag), "");
        assert_eq!(texts.tag(), tag);
        for id in english.keys() {
            assert!(texts.has(id), "the {tag} files that are compiled in lack {id}");
        }
    }
}

#[test]
fn every_message_that_is_used_exists() {
    let texts = Texts::choose(None, "");
    let mut files = Vec::new();
    files_below(&root().join("src"), &mut files);
    files_below(&root().join("templates"), &mut files);
    let mut missing = Vec::new();
    for file in files {
        if file.ends_with("http/texts/tests.rs")
            || file.extension().is_some_and(|kind| kind == "md")
        {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let code: String = source.split_whitespace().collect();
        let marks = ["texts.get(\"", "texts.with(\"", "texts.counted(\""];
        for id in marks.iter().flat_map(|mark| names_after(&code, mark)) {
            if !texts.has(id) {
                missing.push(format!("{}: {id}", file.display()));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn ui_locales_come_first_then_the_browser_then_english() {
    for (ui_locales, accepted, chosen) in [
        (None, "", "en"),
        (None, "de", "de"),
        (None, "DE-at, en;q=0.5", "de"),
        (None, "en;q=0.4, de;q=0.8", "de"),
        (None, "fr, de;q=0, en;q=0.1", "en"),
        (None, "fr;q=0.9, de;q=0.3", "de"),
        (None, "*, de;q=0.5", "en"),
        (None, "de;q=nonsense, en;q=0.1", "en"),
        (None, "\u{0}\"><svg>", "en"),
        (Some("de"), "en", "de"),
        (Some("fr-CA de-DE en"), "en", "de"),
        (Some("fr"), "de", "de"),
        (Some(""), "de", "de"),
    ] {
        assert_eq!(choose_tag(ui_locales, accepted), chosen, "{ui_locales:?} {accepted}");
    }
}

#[test]
fn arguments_are_shown_as_they_are() {
    let texts = Texts::choose(Some("en"), "");
    let shown = texts.with("common-reference", &[("reference", "007{ $x }<b>")]);
    assert!(shown.ends_with("007{ $x }<b>"), "{shown}");
    assert_eq!(texts.get("no-such-message"), "no-such-message");
}

#[test]
fn counts_take_the_plural_of_their_language() {
    let texts = Texts::choose(Some("de"), "");
    assert_eq!(texts.counted("common-seconds", 1), "1 Sekunde");
    assert_eq!(texts.length(Duration::from_secs(45)), "45 Sekunden");
    assert_eq!(texts.length(Duration::from_secs(91)), "2 Minuten");
}

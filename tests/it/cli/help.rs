//! `--help` of every command.

use std::process::Command;

fn help(path: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
    let output = command.args(path).arg("--help").env_clear().output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{path:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of a section, up to the next blank one.
fn section<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let lines = text.lines().skip_while(|line| *line != name).skip(1);
    lines.take_while(|line| !line.trim().is_empty()).collect()
}

fn walk(path: &[String], seen: &mut Vec<String>) {
    let text = help(path);
    let title = text.lines().next().unwrap_or_default();
    assert!(title.len() > 3 && title.is_ascii(), "{path:?} says what it is for: {text}");
    let usage = format!("Usage: {}", [&["hatcheck".to_owned()], path].concat().join(" "));
    assert!(text.contains(&usage), "{path:?}: {text}");
    let width = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!(width <= 200, "{path:?} has a line of {width} letters");
    seen.push(path.join(" "));
    for line in section(&text, "Commands:") {
        let mut words = line.split_whitespace();
        let Some(name) = words.next().filter(|_| line.starts_with("  ")) else { continue };
        if name == "help" || line.starts_with("    ") {
            continue;
        }
        assert!(words.next().is_some(), "{path:?} {name} is described");
        walk(&[path, &[name.to_owned()]].concat(), seen);
    }
}

#[test]
fn every_command_says_what_it_is_for() {
    let mut seen = Vec::new();
    walk(&[], &mut seen);
    let expected = [
        "serve",
        "demo",
        "user add",
        "user list",
        "user show",
        "user disable",
        "user enable",
        "user delete",
        "user set-password",
        "user grant",
        "user revoke",
        "user set-totp",
        "user token list",
        "user token delete",
        "user reset-second-factor",
        "client add",
        "client list",
        "client show",
        "client update",
        "client delete",
        "client rotate-secret",
        "key list",
        "key rotate",
        "key retire",
        "key import",
        "key export-public",
        "key rewrap",
        "connector list",
        "connector test",
        "link add",
        "link list",
        "link delete",
        "token mint",
        "config check",
        "config show",
        "explain",
        "logout list",
        "logout retry",
    ];
    for command in expected {
        assert!(seen.iter().any(|each| each == command), "{command}: {seen:?}");
    }
}

#[test]
fn what_is_no_command_is_told_with_2() {
    for args in [&["nothing"][..], &["user"], &["user", "nothing"], &["serve", "--nothing"], &[]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
        let output = command.args(args).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
    let output = command.arg("--version").env_clear().output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), concat!("hatcheck ", env!("CARGO_PKG_VERSION")));
}

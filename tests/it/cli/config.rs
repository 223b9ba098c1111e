//! `hatcheck config`

use std::process::Output;

use tempfile::TempDir;

use crate::support::*;

/// Runs a `config` command on a file of this text.
fn on(folder: &TempDir, text: &str, args: &[&str]) -> (Output, String) {
    let file = folder.path().join("hatcheck.toml");
    std::fs::write(&file, text).unwrap();
    let server = Process::prepare(folder.path(), "sqlite://unused.sqlite");
    let mut command = server.command(args);
    let output = command.env_clear().env("HATCHECK_CONFIG", &file).output().unwrap();
    (output, file.display().to_string())
}

#[test]
fn check_tells_every_slip_with_file_and_line_at_once() {
    let folder = TempDir::new().unwrap();
    let text = "issuer = \"https://id.example\"\n[server]\nlisen = \"127.0.0.1:1\"\n\n[tokens]\naccess_token = \"900\"\n";
    for args in [&["config", "check"][..], &["serve"], &["config", "show"], &["user", "list"]] {
        let (output, file) = on(&folder, text, args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{args:?}: {told}");
        assert!(told.contains(&format!("{file}:3: ")) && told.contains("server.listen"), "{told}");
        assert!(told.contains(&format!("{file}:6: ")) && told.contains("\"15m\""), "{told}");
        assert_eq!(told.lines().count(), 2, "{told}");
    }
    let (output, file) = on(&folder, "issuer = \n", &["config", "check"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(78) && told.contains(&format!("{file}:1: ")), "{told}");
    let (output, _) = on(&folder, "", &["config", "check"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(78) && told.contains("HATCHECK_ISSUER"), "{told}");
    let (output, _) = on(&folder, "issuer = \"https://id.example\"\n", &["config", "check"]);
    assert!(output.status.success());
    assert!(!folder.path().join("keys").exists(), "checking makes nothing");
}

#[test]
fn show_tells_where_each_value_comes_from_and_hides_secrets() {
    let folder = TempDir::new().unwrap();
    let text = "issuer = \"https://id.example\"\n[database]\nurl = \"postgres://hat:s3cret-word@db.example/hat\"\n";
    let (output, file) = on(&folder, text, &["config", "show"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("https://id.example") && shown.contains(&format!("{file}:1")),
        "{shown}"
    );
    assert!(shown.contains("db.example") && shown.contains("# default"), "{shown}");
    assert!(!shown.contains("s3cret-word"), "{shown}");
    let (output, _) = on(&folder, text, &["config", "show", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!json.to_string().contains("s3cret-word"));
    let issuer = json.as_array().unwrap().iter().find(|entry| entry["name"] == "issuer").unwrap();
    assert_eq!(
        (&issuer["variable"], &issuer["value"]),
        (&"HATCHECK_ISSUER".into(), &"https://id.example".into())
    );
    assert_eq!(issuer["from"], format!("{file}:1"));
    let wrong = text.replace("postgres", "mysql");
    let (output, _) = on(&folder, &wrong, &["config", "check"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(78) && !told.contains("s3cret-word"), "{told}");
}

#[test]
fn the_environment_wins_and_a_misspelt_variable_is_told() {
    let folder = TempDir::new().unwrap();
    let mut server = Process::prepare(folder.path(), "sqlite://unused.sqlite");
    server.set("HATCHECK_TOKENS__ACCESS_TOKEN", "20m");
    let shown = server.run_ok(&["config", "show"], "");
    let line = shown.lines().find(|line| line.starts_with("tokens.access_token")).unwrap();
    assert!(line.contains("20m  # HATCHECK_TOKENS__ACCESS_TOKEN"), "{line}");
    server.set("HATCHECK_TOKENS__ACESS_TOKEN", "20m");
    let (code, told) = server.run_refused(&["config", "check"], "");
    assert_eq!(code, 78, "{told}");
    assert!(
        told.contains("HATCHECK_TOKENS__ACESS_TOKEN")
            && told.contains("write HATCHECK_TOKENS__ACCESS_TOKEN"),
        "{told}"
    );
}

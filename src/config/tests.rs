//! Everything that can be wrong with the configuration, with its line and what to write instead.

use std::path::Path;

use super::{DatabaseUrl, Settings};

const HTTPS: &str = "issuer = \"https://id.example\"\n";

fn errors(text: &str) -> Vec<String> {
    match Settings::parse(text, Path::new("/etc/hatcheck")) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

fn variables(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_issuer_is_all_it_takes() {
    let settings =
        Settings::parse("issuer = \"http://localhost:9000\"", Path::new("/etc/h")).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(settings.keys.dir, Path::new("/etc/h/keys"));
    assert_eq!(settings.log.refusals, Path::new("/etc/h/refusals.jsonl"));
    assert!(
        matches!(settings.database.url, DatabaseUrl::Sqlite(path) if path == Path::new("/etc/h/hatcheck.sqlite"))
    );
    assert_eq!(settings.tokens.access_token.as_secs(), 900);
    let settings = Settings::parse("issuer = \"http://[::1]:9000\"", Path::new("")).unwrap();
    assert_eq!(settings.server.listen.to_string(), "[::1]:9000");
}

/// What follows an https issuer in the file, the line to blame, and what its error says.
const SLIPS: &[(&str, usize, [&str; 2])] = &[
    (
        "[server]\nlisen = \"127.0.0.1:1\"",
        3,
        ["there is no setting server.lisen", "write server.listen"],
    ),
    ("listen = \"127.0.0.1:1\"", 2, ["no setting listen", "write server.listen"]),
    ("[servr]\ntls = true", 3, ["no setting servr.tls", "write server.tls"]),
    ("[nothing]", 2, ["no setting nothing", "config show"]),
    ("server = 3", 2, ["server is a section", "write [server]"]),
    ("[server.tls]\nkey = 1", 3, ["no setting server.tls.key", "write server.tls"]),
    ("[server]\n\nlisten = 8080", 4, ["server.listen is a number", "\"127.0.0.1:8080\""]),
    ("[server]\nlisten = \"example.org:80\"", 3, ["is no IP address", "\"0.0.0.0:8080\""]),
    ("[server]\ntls = \"yes\"", 3, ["server.tls is text in quotes", "write true or false"]),
    ("[server]\nworkers = 0", 3, ["server.workers is out of range", "from 1 to 64"]),
    ("[server]\nworkers = -1", 3, ["a negative number", "whole number"]),
    ("[server]\nworkers = 1.5", 3, ["a number with a fraction", "whole number"]),
    ("[server]\ntrusted_proxies = \"10.0.0.0/8\"", 3, ["not a list", "[\"10.0.0.0/8\"]"]),
    (
        "[server]\ntrusted_proxies = [\"nginx\"]",
        3,
        ["\"nginx\", which is no network", "\"10.0.0.0/8\""],
    ),
    ("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]", 3, ["which is everybody", "that are yours"]),
    ("[server]\nlisten = \"0.0.0.0:80\"", 3, ["nobody ends TLS", "server.trusted_proxies"]),
    ("[server]\ninsecure_http = true", 3, ["begins with https", "remove server.insecure_http"]),
    ("[tokens]\naccess_token = 900", 3, ["is a number, not text", "\"8h\""]),
    ("[tokens]\naccess_token = \"900\"", 3, ["is no length of time", "\"15m\""]),
    ("[tokens]\ncode = \"1h\"", 3, ["is out of range", "from 1s to 10m"]),
    ("[sessions]\nidle = \"13h\"", 3, ["longer than sessions.absolute (12h)", "at most \"12h\""]),
    ("[sessions]\npersistent = \"1h\"", 3, ["shorter than sessions.absolute", "at least \"12h\""]),
    ("[keys]\nrotate_every = \"1 day\"", 3, ["not longer than keys.publish_ahead", "longer time"]),
    ("[keys]\nrotate_every = \"1h\"", 3, ["less than a day", "\"never\""]),
    ("[keys]\ndir = \"\"", 3, ["keys.dir is empty", "leave the setting out"]),
    ("[database]\nurl = \"mysql://a:b@c/d\"", 3, ["is no database that is known", "sqlite://"]),
    ("[log]\nlevel = \"inf\"", 3, ["is no level", "\"info\""]),
    ("[log]\nformat = \"xml\"", 3, ["is no format", "\"json\""]),
    ("[brand]\naccent = \"blue\"", 3, ["is no colour", "\"#1d5c8f\""]),
    ("[brand]\nhelp_url = \"javascript:alert(1)\"", 3, ["is no link", "https://"]),
    ("[brand]\nlogo = \"logo.svg\"", 3, ["can't be read (/etc/hatcheck/logo.svg", "that is there"]),
    ("[brand]\nlogo = \"logo.exe\"", 3, ["no picture", ".svg"]),
    ("[outgoing]\nextra_ca = \"ca.pem\"", 3, ["can't be read (/etc/hatcheck/ca.pem", "PEM file"]),
    ("[scopes.openid]\ndescription = \"x\"", 3, ["scopes.\"openid\" is no name", "RFC 6749"]),
    ("[scopes.\"a b\"]\ndescription = \"x\"", 3, ["is no name for a scope", "without blanks"]),
    ("[scopes.hat]\nclaims = [\"hat\"]", 3, ["scopes.\"hat\".description is not set", "in quotes"]),
    ("[scopes.hat]", 2, ["scopes.\"hat\".description is not set", "in quotes"]),
    (
        "[scopes.hat]\ndescription = { \"!\" = \"x\" }",
        3,
        ["scopes.\"hat\".description.! is named by no language", "en or de"],
    ),
    (
        "[scopes.hat]\ndescription = \"x\"\nclaims = [\"iss\"]",
        4,
        ["has \"iss\", which is no name of a claim", "standard claim"],
    ),
    (
        "[scopes.hat]\ndescription = \"x\"\nclaim = [\"hat\"]",
        4,
        ["no setting scopes.\"hat\".claim", "write scopes.\"hat\".claims"],
    ),
    ("[resources.api]\ntoken_format = \"jwt\"", 3, ["is no name for a resource", "https://api"]),
    (
        "[resources.\"https://id.example\"]\ntoken_format = \"jwt\"",
        3,
        ["is the issuer", "name another"],
    ),
    (
        "[resources.\"https://a.example\"]\nscopes = [\"a\"]",
        3,
        ["\"a\", which is not described", "[scopes.\"a\"]"],
    ),
    (
        "[scopes.a]\ndescription = \"x\"\n[resources.\"https://a.example\"]\nscopes = [\"a\"]\n\
         [resources.\"https://b.example\"]\nscopes = [\"a\"]",
        7,
        ["belongs to https://a.example", "scopes of its own"],
    ),
    (
        "[resources.\"https://a.example\"]\ntoken_format = \"saml\"",
        3,
        ["is no form of access tokens", "\"opaque\""],
    ),
    (
        "[registration]\nscopes = [\"email\", \"hat\"]",
        3,
        ["registration.scopes has \"hat\", which is not described", "[scopes.\"hat\"]"],
    ),
    ("[claims]\nlocales = [\"!!\"]", 3, ["\"!!\", which is no language tag", "zh-Hant"]),
    ("[server]\ntls = true\ntls = false", 4, ["this is no TOML", "duplicate key"]),
    ("[server]\ntls = = 1", 3, ["this is no TOML", ""]),
];

#[test]
fn each_slip_is_told_with_its_line_and_its_mend() {
    for (rest, line, parts) in SLIPS {
        let found = errors(&format!("{HTTPS}{rest}"));
        let [error] = found.as_slice() else { panic!("{rest}: {found:#?}") };
        assert!(error.starts_with(&format!("hatcheck.toml:{line}: ")), "{rest}: {error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{rest}: {error}");
    }
}

#[test]
fn rfc_6749_3_1_2_1_key_05_plain_http_only_where_no_network_is_between() {
    let near = "[server]\nlisten = \"127.0.0.1:80\"\n";
    let far = "[server]\nlisten = \"0.0.0.0:80\"\n";
    for (issuer, rest, wrong) in [
        ("http://idp.example", "", Some("hatcheck.toml:1: issuer is plain http")),
        ("http://idp.example", "[server]\ninsecure_http = true", None),
        ("http://localhost:8080", "", None),
        ("http://127.0.0.1:8080/hat", far, None),
        (
            "http://localhost:8080",
            "[server]\ntls = true",
            Some("hatcheck.toml:3: server.tls is true"),
        ),
        ("https://id.example", "", None),
        ("https://id.example", near, None),
        ("https://id.example", far, Some("hatcheck.toml:3: server.listen is open")),
        ("https://id.example", &format!("{far}tls = true"), None),
        ("https://id.example", &format!("{far}trusted_proxies = [\"10.0.0.1\"]"), None),
    ] {
        let found = errors(&format!("issuer = \"{issuer}\"\n{rest}"));
        assert_eq!(found.len(), usize::from(wrong.is_some()), "{issuer} {rest}: {found:?}");
        assert!(
            wrong.is_none_or(|wrong| found[0].starts_with(wrong)),
            "{issuer} {rest}: {found:?}"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_lines() {
    let found = errors("[tokens]\ncode = 1\nlater = \"1s\"\n[log]\nformat = 1\n");
    let beginnings = [
        "hatcheck.toml: issuer is not set",
        "hatcheck.toml:2:",
        "hatcheck.toml:3:",
        "hatcheck.toml:5:",
    ];
    assert_eq!(found.len(), beginnings.len(), "{found:#?}");
    for (error, beginning) in found.iter().zip(beginnings) {
        assert!(error.starts_with(beginning), "{error}");
    }
    assert!(found[0].contains("HATCHECK_ISSUER"));
}

#[test]
fn the_environment_wins_and_its_slips_are_told_by_the_variable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("h.toml");
    std::fs::write(&file, "issuer = \"http://localhost:1\"\n[keys]\ndir = \"k\"\n").unwrap();
    let (settings, entries) = Settings::load_entries(
        Some(&file),
        variables(&[
            ("HATCHECK_ISSUER", "http://localhost:2"),
            ("HATCHECK_LISTEN", "127.0.0.1:3"),
            ("HATCHECK_DATABASE_URL", "postgres://ada:s3cret@db/hat"),
            ("HATCHECK_TOKENS__ACCESS_TOKEN", "5m"),
            ("HATCHECK_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("HATCHECK_SERVER__INSECURE_HTTP", "false"),
            ("HATCHECK_CONFIG", "elsewhere"),
            ("HATCHECK_TEST_POSTGRES", "postgres://"),
            ("HATCHECK_BIN", "/usr/bin/hatcheck"),
            ("PATH", "/bin"),
        ]),
    )
    .unwrap();
    assert_eq!(settings.issuer.as_str(), "http://localhost:2");
    assert_eq!(settings.server.listen.port(), 3);
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.tokens.access_token.as_secs(), 300);
    assert_eq!(settings.keys.dir, folder.path().join("k"));
    let shown = |name| {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        (entry.value.clone(), entry.place.to_string())
    };
    assert_eq!(shown("issuer").1, "HATCHECK_ISSUER");
    assert_eq!(shown("keys.dir").1, format!("{}:3", file.display()));
    assert_eq!(shown("tokens.code"), ("1m".into(), "default".into()));
    assert!(!shown("database.url").0.contains("s3cret"));

    for (variable, value, parts) in [
        ("HATCHECK_ISSUR", "x", ["there is no setting HATCHECK_ISSUR", "write HATCHECK_ISSUER"]),
        (
            "HATCHECK_TOKEN__CODE",
            "1s",
            ["no setting HATCHECK_TOKEN__CODE", "HATCHECK_TOKENS__CODE"],
        ),
        ("HATCHECK_LISTEN", "", ["server.listen is no IP address", "127.0.0.1:8080"]),
        ("HATCHECK_SERVER__TLS", "1", ["server.tls is something else", "true or false"]),
        (
            "HATCHECK_ISSUER",
            "https://id.example/",
            ["issuer is not in its plain form", "write https://id.example"],
        ),
    ] {
        let error = Settings::load(Some(&file), variables(&[(variable, value)])).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("{variable}: ")), "{text}");
        assert!(error.0.len() == 1 && parts.iter().all(|part| text.contains(part)), "{text}");
    }
    let both = variables(&[("HATCHECK_LISTEN", "[::1]:1"), ("HATCHECK_SERVER__LISTEN", "[::1]:2")]);
    assert!(
        Settings::load(Some(&file), both)
            .unwrap_err()
            .to_string()
            .contains("contradicts HATCHECK_LISTEN")
    );
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = Settings::load(Some(&folder.path().join("no.toml")), []).unwrap_err();
    assert_eq!(error.0.len(), 1, "{error}");
    assert!(error.to_string().contains("no.toml: the configuration file can't be read"), "{error}");
}

#[test]
fn rfc_8707_scopes_and_resources_are_named_by_the_admin() {
    let text = r#"
        issuer = "https://id.example"
        [tokens]
        access_token = "10m"
        [scopes."notes:read"]
        description = { en = "Read your notes", de = "Ihre Notizen lesen" }
        [scopes.hat]
        description = "Know your HAT"
        claims = ["hat_domain", "name"]
        [resources."https://api.example/v1.0"]
        scopes = ["notes:read"]
        token_format = "opaque"
        token_lifetime = "5m"
        clients = ["notes"]
        introspected_by = ["api"]
        [resources."urn:example:other"]
    "#;
    let settings = Settings::parse(text, Path::new("/etc/hatcheck")).unwrap();
    let read = &settings.scopes.get("notes:read").unwrap().description;
    assert_eq!(
        (read.best(["de-AT"]), read.best(["fr"])),
        (Some("Ihre Notizen lesen"), Some("Ihre Notizen lesen"))
    );
    assert!(settings.scopes.claims().into_iter().eq(["hat_domain"]));
    assert_eq!(settings.scopes.names().count(), 11);
    let api = settings.resources.get("https://api.example/v1.0").unwrap();
    assert_eq!(api.token_lifetime.as_secs(), 300);
    let id = |text| crate::model::ClientId::parse(text).unwrap();
    assert!(api.is_open_to(&id("notes")) && !api.is_open_to(&id("other")));
    assert!(settings.resources.is_server("https://api.example/v1.0", &id("api")));
    let other = settings.resources.get("urn:example:other").unwrap();
    assert!(other.is_open_to(&id("other")) && other.token_format.is_none());
    assert_eq!(other.token_lifetime.as_secs(), 600);
}

#[test]
fn test_logins_are_for_loopback_alone() {
    let settings = |text: &str| Settings::parse(text, Path::new(""));
    let on = "[development]\nenabled = true\n";
    for (issuer, server, good) in [
        ("http://localhost:8080", "", true),
        ("http://127.0.0.1:8080", "", true),
        ("https://login.example.org", "listen = \"127.0.0.1:8080\"", false),
        ("http://localhost:8080", "listen = \"0.0.0.0:8080\"", false),
        ("http://login.example.org", "insecure_http = true", false),
    ] {
        let text = format!("issuer = \"{issuer}\"\n[server]\n{server}\n{on}");
        let read = settings(&text);
        assert_eq!(read.is_ok(), good, "{text}");
        if let Err(errors) = read {
            assert!(errors.to_string().contains("development.enabled"), "{errors}");
        }
    }
    let off = settings("issuer = \"https://login.example.org\"").unwrap().development;
    assert!(!off.enabled && !off.people.is_empty());
    let odd = settings("issuer = \"http://localhost\"\n[development]\npeople = [\"a b\"]");
    assert!(odd.unwrap_err().to_string().contains("e-mail address"));
}

//! What the documentation shows is what these tests compile and run.

use std::fs;
use std::path::Path;

/// Sections of `docs/apps.md`, and the example that each takes its code from.
const SECTIONS: [(&str, &str); 11] = [
    ("A login call", "../examples/login-call/login.rs"),
    ("Guard your routes", "examples/guarded.rs"),
    ("Signing in with a browser", "examples/signed_in.rs"),
    ("Streaming connections", "examples/streaming.rs"),
    ("State in a sealed cookie", "examples/sealed.rs"),
    ("Session data", "../examples/hpp-app/app/draft.rs"),
    ("Links that sign in", "../examples/hpp-app/app/link.rs"),
    ("Your own sign-in step", "../examples/partner"),
    ("Passwords of a directory", "../examples/directory"),
    ("Your own claims in tokens", "../examples/tenants"),
    ("Calls to another service", "../examples/hpp-app/app/tasks.rs"),
];

#[test]
fn the_code_in_the_documentation_is_that_of_the_examples() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = text_of(&here.join("../docs/apps.md"));
    for (title, path) in SECTIONS {
        let example = text_of(&here.join(path));
        let section = text.split("\n## ").find(|section| section.starts_with(title)).unwrap();
        let blocks: Vec<_> = section.split("```rust\n").skip(1).collect();
        assert!(!blocks.is_empty(), "{title}");
        for block in blocks {
            let code = block.split("```").next().unwrap();
            assert!(example.contains(code), "not in {path}:\n{code}");
        }
    }
}

/// The text of a file, or of all files of a folder.
fn text_of(path: &Path) -> String {
    if path.is_file() {
        return fs::read_to_string(path).unwrap();
    }
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| text_of(&file)).collect()
}

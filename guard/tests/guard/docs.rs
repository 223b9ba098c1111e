//! What the documentation shows is what these tests compile and run.

use std::fs;
use std::path::Path;

/// Sections of `docs/apps.md`, and the example that each takes its code from.
const SECTIONS: [(&str, &str); 6] = [
    ("A login call", "../examples/login-call/login.rs"),
    ("Guard your routes", "examples/guarded.rs"),
    ("Streaming connections", "examples/streaming.rs"),
    ("Session data", "../examples/hpp-app/app/draft.rs"),
    ("Links that sign in", "../examples/hpp-app/app/link.rs"),
    ("Calls to another service", "../examples/hpp-app/app/tasks.rs"),
];

#[test]
fn the_code_in_the_documentation_is_that_of_the_examples() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).unwrap();
    let text = read("../docs/apps.md");
    for (title, path) in SECTIONS {
        let example = read(path);
        let section = text.split("\n## ").find(|section| section.starts_with(title)).unwrap();
        let blocks: Vec<_> = section.split("```rust\n").skip(1).collect();
        assert!(!blocks.is_empty(), "{title}");
        for block in blocks {
            let code = block.split("```").next().unwrap();
            assert!(example.contains(code), "not in {path}:\n{code}");
        }
    }
}

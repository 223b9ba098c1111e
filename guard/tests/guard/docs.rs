//! What the documentation shows is what these tests compile and run.

use std::fs;
use std::path::Path;

#[test]
fn the_code_in_the_documentation_is_that_of_the_example() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).unwrap();
    let (text, example) = (read("../docs/apps.md"), read("examples/guarded.rs"));
    let section = text.split("\n## ").find(|section| section.starts_with("Guard your routes"));
    let blocks: Vec<_> = section.unwrap().split("```rust\n").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let code = block.split("```").next().unwrap();
        assert!(example.contains(code), "not in the example:\n{code}");
    }
}

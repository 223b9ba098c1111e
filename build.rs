//! How the program is linked.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Relocations packed to a tenth are a megabyte less to read at each start and to keep
    if is_native() && glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the program runs on the machine that builds it, so that its C library tells what will do.
fn is_native() -> bool {
    let of = |name| std::env::var(name).ok();
    of("CARGO_CFG_TARGET_ENV").as_deref() == Some("gnu") && of("HOST") == of("TARGET")
}

/// The version of the C library; older ones than 2.36 can't start a program whose relocations are packed.
fn glibc() -> Option<(u32, u32)> {
    let answer = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

//! A master key that can't be used stops the start, with its name; it is never replaced by a new one.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::support::*;

type Spoil = fn(&Path);

const FAULTS: [(&str, Spoil, &str); 7] = [
    ("empty", |file| fs::write(file, "").unwrap(), "is empty"),
    (
        "truncated",
        |file| {
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, text.split_at(text.len() - 20).0).unwrap();
        },
        "is cut short",
    ),
    ("wrong content", |file| fs::write(file, "-----BEGIN X-----\nAA\n").unwrap(), "is not a"),
    ("bytes", |file| fs::write(file, [0xff; 300]).unwrap(), "can't be read"),
    (
        "mode 0644",
        |file| fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap(),
        "chmod 600",
    ),
    (
        "a link",
        |file| {
            fs::rename(file, file.with_extension("real")).unwrap();
            symlink(file.with_extension("real"), file).unwrap();
        },
        "is a link",
    ),
    (
        "another master key",
        |file| {
            let text = fs::read_to_string(file).unwrap();
            let (head, key) = text.trim_end().rsplit_once('\n').unwrap();
            let mut other = key.to_owned();
            other.replace_range(..8, "AAAAAAAA");
            fs::write(file, format!("{head}\n{other}\n")).unwrap();
        },
        "is encrypted under the master key",
    ),
];

#[actix_web::test]
async fn key_03_each_fault_ends_the_start_with_78_and_the_name_of_the_file() {
    for (name, spoil, says) in FAULTS {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("hatcheck.sqlite").display());
        let server = Process::prepare(folder.path(), &url);
        server.run_ok(&["key", "list"], "");
        let file = folder.path().join("keys/master.key");
        spoil(&file);
        let before = fs::read(&file).unwrap();
        let (code, told) = server.refused();
        assert_eq!(code, Some(78), "{name}: {told}");
        assert!(told.contains(says), "{name}: {told}");
        assert!(told.contains(&file.display().to_string()), "{name}: {told}");
        assert_eq!(told.lines().count(), 1, "{name}: {told}");
        assert_eq!(fs::read(&file).unwrap(), before, "{name}");
        let (code, _) = server.run_refused(&["key", "list"], "");
        assert_eq!(code, 78, "{name}: commands refuse as well");
    }
}

#[actix_web::test]
async fn key_03_a_lost_master_key_and_a_folder_that_takes_no_file() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hatcheck.sqlite").display());
    let mut server = Process::prepare(folder.path(), &url);
    server.run_ok(&["key", "list"], "");
    let file = folder.path().join("keys/master.key");
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let (code, told) = server.refused();
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains(&file.display().to_string()), "{told}");
    assert!(!file.exists(), "a new one would open nothing");
    // The copy that the admin has kept is all that it takes
    fs::write(&file, kept).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    server.serve().await;

    let mut nowhere = Process::prepare(folder.path(), &format!("{url}.fresh"));
    nowhere.set("HATCHECK_KEYS_DIR", "/proc/hatcheck-keys");
    let (code, told) = nowhere.refused();
    assert!(code == Some(78) && told.contains("/proc/hatcheck-keys"), "{code:?} {told}");
}

//! The file that holds a master key: made once, never overwritten, and refused unless only its owner reads it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::keys::KeyError;
use crate::model::Secret;

/// The 32 bytes of a master key.
pub(super) type Bytes = Secret<[u8; 32]>;

const FIRST_LINE: &str = "# Hatcheck master key, version 1. Whoever has it can read every secret in the \
                          database: keep a copy of it, and keep both to yourself.";
/// The text is some 190 bytes long; nothing longer is read.
const LONGEST: u64 = 4096;

/// The master key in this file; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Bytes>, KeyError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => {
            return Err(wrong(
                path,
                "is a link",
                "put the file itself there: `cp --remove-destination \"$(readlink -f {})\" {}`",
            ));
        }
        Err(error) => return Err(unreadable(path, &error.into())),
    };
    judge(path, &rustix::fs::fstat(&file).map_err(|error| unreadable(path, &error.into()))?)?;
    let text = read_text(file.into()).map_err(|error| unreadable(path, &error))?;
    parse(text.expose()).map(Some).map_err(|what| {
        wrong(path, what, "put back the copy of it that you keep; only where nothing was encrypted with it yet, `rm {}` lets the next start make a new one")
    })
}

fn read_text(file: File) -> io::Result<Secret<String>> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(Secret::new(text))
}

fn judge(path: &Path, stat: &rustix::fs::Stat) -> Result<(), KeyError> {
    let mode = Mode::from_raw_mode(stat.st_mode).bits();
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(wrong(path, "is not a file", "move it away: `mv {} {}.away`"));
    }
    let me = rustix::process::geteuid().as_raw();
    if stat.st_uid != me {
        let what = format!("belongs to user {}, and this runs as user {me}", stat.st_uid);
        return Err(wrong(
            path,
            &what,
            &format!(
                "run this as its owner (`sudo -u '#{}' hatcheck …`), or `chown {me} {{}}`",
                stat.st_uid
            ),
        ));
    }
    if mode & 0o177 != 0 {
        let what = format!("has the mode {mode:04o}, so that others may use it");
        return Err(wrong(path, &what, "`chmod 600 {}`"));
    }
    Ok(())
}

fn parse(text: &str) -> Result<Bytes, &'static str> {
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or("is empty")?;
    if lines.next().is_some() {
        return Err("is not a master key");
    }
    if line.len() < 43 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return Err("is cut short");
    }
    let decoded = Secret::new(URL_SAFE_NO_PAD.decode(line).map_err(|_| "is not a master key")?);
    <[u8; 32]>::try_from(decoded.expose().as_slice())
        .map(Secret::new)
        .map_err(|_| "is not a master key")
}

/// Writes a master key where there is none, whole or not at all; `false` when there is one by now.
pub(super) fn make(path: &Path, key: &[u8; 32], name: &str) -> Result<bool, KeyError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir)?;
    // Written aside and linked into place: no other process ever sees a part of it
    let aside = dir.join(format!(".master.key.{name}"));
    let cannot = |error: io::Error| {
        KeyError::File(format!(
            "{}: can't be made ({error}): the user that runs this has to be able to write there: \
             `chown {} {2} && chmod 700 {2}`",
            path.display(),
            rustix::process::geteuid().as_raw(),
            dir.display(),
        ))
    };
    write_new(&aside, key).map_err(cannot)?;
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside).map_err(cannot)?;
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        // Some file systems know no links
        Err(_) => match write_new(path, key) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(cannot(error)),
        },
    }
    sync_dir(dir).map_err(cannot)?;
    Ok(true)
}

fn make_dir(dir: &Path) -> Result<(), KeyError> {
    if dir.as_os_str().is_empty() || dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| {
        KeyError::File(format!(
            "{0}: the keys folder can't be made ({error}): `install -d -m 700 -o {1} {0}`, or name \
             another one in `keys.dir`",
            dir.display(),
            rustix::process::geteuid().as_raw(),
        ))
    })
}

fn write_new(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = Secret::new(format!("{FIRST_LINE}\n{}\n", URL_SAFE_NO_PAD.encode(key)));
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()
}

/// Makes renames and new names in a folder last.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir.to_owned() };
    File::open(dir)?.sync_all()
}

fn wrong(path: &Path, what: &str, mend: &str) -> KeyError {
    let path = path.display().to_string();
    KeyError::File(format!("{path}: {what}: {}", mend.replace("{}", &path)))
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> KeyError {
    let me = rustix::process::geteuid().as_raw();
    wrong(
        path,
        &format!("can't be read ({error})"),
        &format!("it has to be a file of user {me}: `chown {me} {{}} && chmod 600 {{}}`"),
    )
}

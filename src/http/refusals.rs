//! Every refusal can be explained: a reference for the caller, and what it stands for in a capped file.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The size at which the file begins anew, and the one before it is forgotten.
const CAP: u64 = 512 * 1_024;
/// Refusals that may wait to be written.
const WAITING: usize = 256;
/// The longest field, in bytes.
const LONGEST: usize = 2_000;

/// A short code that a person can read out, such as `K7QM-3XWT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

/// What was refused and why: what `hatcheck explain` prints. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The `error` that the caller saw.
    pub error: String,
    /// What came in, with secrets removed.
    pub received: String,
    /// The rule that it broke, with its section.
    pub rule: String,
    /// The exact change that mends it.
    pub mend: String,
}

impl Reference {
    /// Makes a reference from random bytes: eight letters and digits that can't be mistaken for one another.
    pub fn from_random(random: [u8; 8]) -> Self {
        const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let letter = |byte: &u8| {
            ALPHABET.get(usize::from(byte & 31)).map_or('2', |letter| char::from(*letter))
        };
        let letters: String = random.iter().map(letter).collect();
        let (front, back) = letters.split_at_checked(4).unwrap_or((&letters, ""));
        Self(format!("{front}-{back}"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The last refusals, in a file of at most two times 512 KiB.
pub struct RefusalLog {
    file: PathBuf,
    writer: OnceLock<Writer>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    reference: String,
    at: Timestamp,
    refusal: Refusal,
}

impl RefusalLog {
    /// Opens nothing yet: the first refusal does.
    pub fn new(file: PathBuf) -> Self {
        Self { file, writer: OnceLock::new() }
    }

    /// Notes a refusal, from a thread of its own: a flood of them slows nobody down and is cut off.
    pub fn note(&self, reference: &Reference, refusal: Refusal, now: Timestamp) {
        let refusal = Refusal {
            error: cut(refusal.error),
            received: cut(refusal.received),
            rule: cut(refusal.rule),
            mend: cut(refusal.mend),
        };
        let entry = Entry { reference: reference.to_string(), at: now, refusal };
        self.writer.get_or_init(|| Writer::start(self.file.clone())).send(entry);
    }
}

/// The thread that writes, and the way to it. Dropping it writes what is left.
struct Writer {
    lines: Option<SyncSender<Entry>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    fn start(file: PathBuf) -> Self {
        let (lines, received) = sync_channel(WAITING);
        let started = thread::Builder::new()
            .name("refusals".to_owned())
            .spawn(move || write(&file, &received));
        match started {
            Ok(thread) => Self { lines: Some(lines), thread: Some(thread) },
            Err(error) => {
                tracing::warn!(%error, "refusals can't be noted");
                Self { lines: None, thread: None }
            }
        }
    }

    fn send(&self, entry: Entry) {
        if let Some(lines) = &self.lines {
            // Full: a flood is under way, and its first lines tell enough
            let _ = lines.try_send(entry);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn write(file: &Path, entries: &Receiver<Entry>) {
    let mut failed = false;
    for entry in entries {
        let result = append(file, &entry);
        if let Err(error) = &result
            && !failed
        {
            tracing::warn!(%error, file = %file.display(), "refusals can't be noted");
        }
        failed = result.is_err();
    }
}

/// Opens the file anew each time, so that it may be moved away or be shared with another process.
fn append(file: &Path, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let open = || {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600).open(file)
    };
    let mut opened = open()?;
    if opened.metadata()?.len() >= CAP {
        fs::rename(file, older(file))?;
        opened = open()?;
    }
    // One write, so that lines of several processes do not mix
    opened.write_all(&line)
}

/// Looks a reference up in the file, for `hatcheck explain`; blanks, dashes and case do not matter.
pub fn look_up(file: &Path, reference: &str) -> io::Result<Option<(Timestamp, Refusal)>> {
    let wanted = plain(reference);
    for file in [file.to_owned(), older(file)] {
        let bytes = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            read => read?,
        };
        let found = bytes
            .rsplit(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
            .find(|entry| plain(&entry.reference) == wanted);
        if let Some(entry) = found {
            return Ok(Some((entry.at, entry.refusal)));
        }
    }
    Ok(None)
}

fn older(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

fn plain(reference: &str) -> String {
    reference.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn refusal(received: &str) -> Refusal {
        Refusal {
            error: "invalid_request".to_owned(),
            received: received.to_owned(),
            rule: "a rule (RFC 6749 section 4.1.2.1)".to_owned(),
            mend: "this".to_owned(),
        }
    }

    fn reference(n: u8) -> Reference {
        Reference::from_random([n & 31, n >> 5, 0, 0, 1, 2, 3, 4])
    }

    #[test]
    fn a_noted_refusal_is_found_in_every_spelling_of_its_reference() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("refusals.jsonl");
        assert_eq!(look_up(&file, "2222-2345").unwrap(), None);
        let log = RefusalLog::new(file.clone());
        assert!(!file.exists(), "nothing is opened before the first");
        let now = Timestamp::from_seconds(7);
        log.note(&reference(0), refusal("one\ntwo\u{7}"), now);
        log.note(&reference(1), refusal(&"ä".repeat(3_000)), now);
        drop(log);
        for spelling in ["2222-3456", "22223456", " 2222 3456 "] {
            assert_eq!(look_up(&file, spelling).unwrap(), Some((now, refusal("one\ntwo\u{7}"))));
        }
        let (_, cut_off) = look_up(&file, "3222-3456").unwrap().unwrap();
        assert_eq!(cut_off.received, "ä".repeat(1_000));
        assert_eq!(look_up(&file, "9999-9999").unwrap(), None);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.lines().count() == 2 && !text.contains('\u{7}'), "{text}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_file_begins_anew_when_it_is_full_and_the_one_before_is_still_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("refusals.jsonl");
        let entry = |n: u8| Entry {
            reference: reference(n).to_string(),
            at: Timestamp::from_seconds(i64::from(n)),
            refusal: refusal("x"),
        };
        append(&file, &entry(1)).unwrap();
        let full = "{torn line\n".repeat(50_000);
        OpenOptions::new().append(true).open(&file).unwrap().write_all(full.as_bytes()).unwrap();
        append(&file, &entry(2)).unwrap();
        assert!(fs::metadata(&file).unwrap().len() < 1_000);
        for n in [1, 2] {
            let (at, _) = look_up(&file, &reference(n).to_string()).unwrap().unwrap();
            assert_eq!(at, Timestamp::from_seconds(i64::from(n)));
        }
    }

    #[test]
    fn a_flood_is_cut_off_and_an_unwritable_file_hurts_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let log = RefusalLog::new(folder.path().join("missing/refusals.jsonl"));
        for n in 0..=255 {
            log.note(&reference(n), refusal("x"), Timestamp::from_seconds(1));
        }
    }
}

//! The embedded database: a file, one writer, and a few readers that never wait for it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::writer::Writer;
use super::{Db, StoreError, migrate};

/// How long the writer waits for another process's write. SQLite adds up what it meant to sleep, which on a
/// busy machine is less than what it slept, and the answer has to come within five seconds.
const BUSY: Duration = Duration::from_millis(3_500);

/// FULL: in WAL mode nothing less keeps an acknowledged commit through a power cut.
/// The automatic checkpoint is only for a queue that is never empty; the writer checkpoints when it is.
const WRITER: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; \
     PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864;";
/// The small page cache of each reader: the pages are in the system's cache as well.
const READER: &str = "PRAGMA busy_timeout = 200; PRAGMA query_only = ON; PRAGMA cache_size = -512;";
/// Readers that are kept open.
const IDLE_READERS: usize = 8;

/// An open file.
pub(super) struct Sqlite {
    file: PathBuf,
    readers: Mutex<Vec<Db>>,
    /// Last, so that it closes the file, and with it the log, after the readers.
    pub(super) writer: Writer,
}

impl Sqlite {
    /// Opens the file, making it where there is none, and starts the writer.
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let file = std::path::absolute(file)
            .map_err(|error| StoreError::unavailable(format!("{}: {error}", file.display())))?;
        make_private_file(&file)?;
        let mut connection = connect(&file)?;
        use_write_ahead_log(&mut connection)?;
        migrate::sqlite(&mut connection, &file)?;
        drop(connection);
        let writer = Writer::start({
            let file = file.clone();
            move || open_writer(&file)
        })?;
        Ok(Self { file, readers: Mutex::default(), writer })
    }

    /// Runs a closure on a reader, on the calling thread: a point read costs less than a change of threads.
    pub(super) fn read<T>(
        &self,
        work: impl Fn(&mut Db) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => open_reader(&self.file)?,
        };
        let outcome = work(&mut reader);
        let mut idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(reader);
        }
        outcome
    }
}

/// An empty file that only its owner can read; nothing happens where there is a file.
pub(super) fn make_private_file(file: &Path) -> Result<(), StoreError> {
    let refused = |error: std::io::Error| {
        StoreError::unavailable(format!("{} can't be made: {error}", file.display()))
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(refused(error)),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn connect(file: &Path) -> Result<SqliteConnection, StoreError> {
    let name = file.to_str().ok_or_else(|| {
        StoreError::unavailable(format!("{}: the path has to be UTF-8", file.display()))
    })?;
    let mut connection = SqliteConnection::establish(name)
        .map_err(|error| StoreError::unavailable(format!("{}: {error}", file.display())))?;
    connection.batch_execute(&format!("PRAGMA busy_timeout = {};", BUSY.as_millis()))?;
    Ok(connection)
}

/// SQLite does not wait for its lock when it changes the journal, so that two starts at once need a loop.
fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let started = Instant::now();
    loop {
        let changed = connection.batch_execute("PRAGMA journal_mode = WAL;");
        match changed.map_err(StoreError::from) {
            Err(StoreError::Unavailable(_)) if started.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

fn open_writer(file: &Path) -> Result<SqliteConnection, StoreError> {
    let mut connection = connect(file)?;
    connection.batch_execute(WRITER)?;
    Ok(connection)
}

fn open_reader(file: &Path) -> Result<Db, StoreError> {
    let mut connection = connect(file)?;
    connection.batch_execute(READER)?;
    Ok(Db::Sqlite(connection))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::{Database, DatabaseUrl};
    use crate::model::{Digest, Grant, RefreshState};
    use crate::store::testing::{TestStore, grant};
    use crate::store::{Store, grants, secrets};

    #[test]
    fn only_the_owner_can_read_the_file_and_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new folder/hatcheck.db");
        let settings = Database { url: DatabaseUrl::Sqlite(file.clone()), connections: 1 };
        let store = Store::open(&settings).unwrap();
        store.write_blocking(|db| secrets::insert(db, "a", "sealed")).unwrap();
        for name in ["hatcheck.db", "hatcheck.db-wal", "hatcheck.db-shm"] {
            let mode = std::fs::metadata(file.with_file_name(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        drop(store);
        assert!(!file.with_file_name("hatcheck.db-wal").exists(), "closed cleanly");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let settings = Database {
            url: DatabaseUrl::Sqlite("/proc/nowhere/hatcheck.db".into()),
            connections: 1,
        };
        let refused = Store::open(&settings).err().unwrap();
        assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("/proc/nowhere")));
    }

    #[test]
    fn readers_cannot_write() {
        let store = TestStore::sqlite();
        let refused = store.read_blocking(|db| secrets::insert(db, "a", "sealed"));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    }

    #[test]
    fn cod_06_no_code_or_token_is_in_the_file() {
        let store = TestStore::sqlite();
        store.furnish();
        let texts: Vec<String> = (1..=40).map(|n| format!("a-code-or-token-of-{n}")).collect();
        for (number, text) in texts.iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            let digest = Digest::of(text);
            let refresh =
                RefreshState { generation: 0, digest: digest.clone(), advances: Vec::new() };
            let row = Grant { code: digest, refresh: Some(refresh), ..grant(number) };
            assert!(store.write_blocking(move |db| grants::insert(db, &row, None)).unwrap());
        }
        let DatabaseUrl::Sqlite(file) = &store.settings.url else { unreachable!() };
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds(Digest::of(&texts[0]).as_str()), "the digest is what is stored");
        assert!(!texts.iter().any(|text| holds(text)) && !holds("cookie 1"));
    }
}

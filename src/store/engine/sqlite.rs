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

/// How long the writer waits for another process's write.
const BUSY: Duration = Duration::from_secs(4);

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

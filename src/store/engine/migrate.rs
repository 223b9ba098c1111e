//! Brings the schema up to date: forward only, all that is pending in one transaction, under a lock.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::StoreError;
use super::error::of_text;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long another node may take to migrate.
const PATIENCE: Duration = Duration::from_mins(1);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What can end a migration's transaction.
#[derive(Debug, thiserror::Error)]
enum MigrateError {
    #[error(transparent)]
    Diesel(#[from] diesel::result::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Diesel(error) => error.into(),
            MigrateError::Store(error) => error,
        }
    }
}

struct State<DB: Backend> {
    applied: Vec<String>,
    pending: Vec<Box<dyn Migration<DB>>>,
}

/// Migrates a SQLite file. One that holds something is copied first, to a file beside it.
pub(super) fn sqlite(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let before = state(connection)?;
    let Some(next) = before.pending.first() else { return Ok(()) };
    if !before.applied.is_empty() {
        back_up(connection, file, &next.name().version().to_string())?;
    }
    connection.immediate_transaction(run::<diesel::sqlite::Sqlite, _>)?;
    Ok(())
}

/// Migrates a PostgreSQL database. A row is the lock: row locks are what every engine of this protocol has.
pub(super) fn postgres(connection: &mut PgConnection) -> Result<(), StoreError> {
    prepare_lock(connection)?;
    connection.transaction(|connection| {
        connection.batch_execute("UPDATE hatcheck_migration_lock SET id = 1 WHERE id = 1")?;
        run::<diesel::pg::Pg, _>(connection)
    })?;
    Ok(())
}

/// Makes the lock's table. Two nodes that make it at once get an error, even with `IF NOT EXISTS`.
fn prepare_lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        rows: i64,
    }
    let started = Instant::now();
    loop {
        let made = connection
            .batch_execute(
                "SET client_min_messages = warning;
                 CREATE TABLE IF NOT EXISTS hatcheck_migration_lock (id BIGINT NOT NULL PRIMARY KEY);
                 INSERT INTO hatcheck_migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING;",
            )
            .and_then(|()| {
                diesel::sql_query("SELECT COUNT(*) AS rows FROM hatcheck_migration_lock")
                    .get_result::<Found>(connection)
            });
        match made {
            Ok(found) if found.rows == 1 => return Ok(()),
            Err(error) if started.elapsed() > Duration::from_secs(2) => return Err(error.into()),
            Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
        if started.elapsed() > PATIENCE {
            return Err(StoreError::unavailable(
                "another node has held the migration lock too long",
            ));
        }
    }
}

/// Looks again, now under the lock, and runs what is pending.
fn run<DB, C>(connection: &mut C) -> Result<(), MigrateError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    for migration in state(connection)?.pending {
        connection.run_migration(migration.as_ref()).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn state<DB, C>(connection: &mut C) -> Result<State<DB>, StoreError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = connection.applied_migrations().map_err(|error| failed(&error))?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    let mut known =
        MigrationSource::<DB>::migrations(&MIGRATIONS).map_err(|error| failed(&error))?;
    known.sort_by_key(|migration| migration.name().version().to_string());
    let names: Vec<String> = known.iter().map(|each| each.name().version().to_string()).collect();
    let foreign: Vec<&str> =
        applied.iter().filter(|each| !names.contains(each)).map(String::as_str).collect();
    if !foreign.is_empty() {
        return Err(StoreError::Schema(format!(
            "the database was written by a newer version of hatcheck: it holds the migrations {}, which \
             this version does not know. Start the newer version, or restore the backup that was made before \
             the upgrade.",
            foreign.join(", ")
        )));
    }
    known.retain(|migration| !applied.contains(&migration.name().version().to_string()));
    Ok(State { applied, pending: known })
}

fn failed(error: &Failure) -> StoreError {
    match of_text(&error.to_string()) {
        StoreError::Other(text) => StoreError::Schema(format!("a migration failed: {text}")),
        other @ (StoreError::Unavailable(_) | StoreError::Corrupt(_) | StoreError::Schema(_)) => {
            other
        }
    }
}

/// A whole copy of the file as it was before this migration. It appears under its name when it is complete, and takes
/// the place of one that an earlier, failed attempt has left: the version before may have written since.
fn back_up(
    connection: &mut SqliteConnection,
    file: &Path,
    version: &str,
) -> Result<(), StoreError> {
    let beside = |suffix: String| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let finished = beside(format!(".before-{version}"));
    let partial = beside(format!(".partial-{}", std::process::id()));
    let lost = |error: std::io::Error| {
        StoreError::unavailable(format!(
            "the backup before a migration can't be written to {}: {error}",
            finished.display()
        ))
    };
    let _ = std::fs::remove_file(&partial);
    super::sqlite::make_private_file(&partial)?;
    diesel::sql_query("VACUUM INTO ?")
        .bind::<diesel::sql_types::Text, _>(partial.to_string_lossy().into_owned())
        .execute(connection)?;
    // Another start was quicker: a copy of what it made must not take the place of its copy
    if holds(&partial, version)? {
        return std::fs::remove_file(&partial).map_err(lost);
    }
    std::fs::File::open(&partial).and_then(|copy| copy.sync_all()).map_err(lost)?;
    std::fs::rename(&partial, &finished).map_err(lost)
}

/// Whether a copy has this migration already.
fn holds(copy: &Path, version: &str) -> Result<bool, StoreError> {
    let mut copy = SqliteConnection::establish(&copy.to_string_lossy())?;
    let applied = copy.applied_migrations().map_err(|error| failed(&error))?;
    Ok(applied.iter().any(|each| each.to_string() == version))
}

#[cfg(test)]
mod tests {
    use diesel::Connection;

    use super::*;
    use crate::config::DatabaseUrl;
    use crate::store::testing::TestStore;

    #[test]
    fn a_file_is_copied_before_it_changes_and_the_newest_copy_counts() {
        let store = TestStore::sqlite();
        store.furnish();
        let DatabaseUrl::Sqlite(file) = &store.settings.url else { unreachable!() };
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let copy = file.with_file_name("hatcheck.db.before-9998");
        let delete_people = |file: &Path| {
            let mut copy = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            diesel::sql_query("DELETE FROM users").execute(&mut copy).unwrap()
        };
        back_up(&mut connection, file, "9998").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&copy.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(delete_people(&copy), 1, "the copy holds what the file held");
        back_up(&mut connection, file, "9998").unwrap();
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9998')";
        connection.batch_execute(newer).unwrap();
        delete_people(file);
        back_up(&mut connection, file, "9998").unwrap();
        assert_eq!(delete_people(&copy), 1, "what is migrated already is not copied over it");
    }

    #[test]
    fn a_new_file_needs_no_copy() {
        let store = TestStore::sqlite();
        let DatabaseUrl::Sqlite(file) = &store.settings.url else { unreachable!() };
        let copies = std::fs::read_dir(file.parent().unwrap()).unwrap();
        let is_copy = |name: &str| name.contains("before") || name.contains("partial");
        assert!(
            !copies
                .map(|each| each.unwrap().file_name())
                .any(|name| is_copy(&name.to_string_lossy()))
        );
    }
}

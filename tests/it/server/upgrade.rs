//! Databases of older and newer versions.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use super::sql;
use crate::support::database::Database;
use crate::support::*;

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
/// As the version before left it.
const OLDER: &str = "DROP TABLE logout_notices;
    DELETE FROM __diesel_schema_migrations WHERE version LIKE '0002%';";

#[actix_web::test]
async fn cra_05_a_newer_schema_is_left_alone_with_65() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::prepare(folder.path(), &database.url);
    server.add_ada_and_notes();
    sql(folder.path(), NEWER);
    let (code, told) = server.refused();
    assert_eq!(code, Some(65), "{told}");
    assert!(told.contains("newer version of hatcheck") && told.contains("9999"), "{told}");
    assert_eq!(server.run_refused(&["user", "list"], "").0, 65);

    let database = Database::fresh(Backend::Postgres, folder.path());
    let server = Process::prepare(folder.path(), &database.url);
    server.run_ok(&["user", "list"], "");
    PgConnection::establish(&database.url).unwrap().batch_execute(NEWER).unwrap();
    let (code, told) = server.refused();
    assert_eq!(code, Some(65), "{told}");
    assert!(told.contains("newer version of hatcheck"), "{told}");
}

#[actix_web::test]
async fn cra_05_an_older_schema_is_copied_and_then_moved_on_in_one_step() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.add_ada_and_notes();
    sql(folder.path(), OLDER);
    // Something in its way makes the migration fail in the middle
    sql(folder.path(), "CREATE TABLE logout_notices (mine TEXT)");
    let (code, told) = server.refused();
    assert_eq!(code, Some(65), "{told}");
    assert!(told.contains("a migration failed"), "{told}");
    sql(folder.path(), "DROP TABLE logout_notices");
    assert!(folder.path().join("hatcheck.sqlite.before-0002").exists(), "a copy was made");

    server.serve().await;
    server.signed_in().await;
    sql(folder.path(), "SELECT due_at FROM logout_notices");
    let copy = folder.path().join("hatcheck.sqlite.before-0002");
    let mut copied = Process::prepare(folder.path(), &format!("sqlite://{}", copy.display()));
    copied.serve().await;
    copied.signed_in().await;
}

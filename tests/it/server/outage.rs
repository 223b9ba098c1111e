//! The database locked by somebody else, and the disk full: nothing is promised that is not stored.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use tempfile::TempDir;

use super::{Held, open_file};
use crate::support::database::Database;
use crate::support::*;

async fn ready(server: &Process) -> u16 {
    server.get("/health/ready").await.status
}

#[actix_web::test]
async fn cra_02_a_locked_database_is_a_503_and_passes() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let Held { notes, code, access_token, refresh_token } = Held::of(&server).await;
    let mut visitor = server.browser();
    let page = visitor.open(&notes.authorization_url(&[])).await.page();
    let mut holder = open_file(folder.path());
    holder.batch_execute("BEGIN EXCLUSIVE").unwrap();

    let begun = Instant::now();
    let typed = [("username", "ada@example.org"), ("password", PASSWORD)];
    let (redeemed, refreshed, signed_in, (), beside) = tokio::join!(
        notes.redeem(&code),
        notes.refresh(&refresh_token),
        visitor.press(&page, &typed, None),
        // A finding is told for a second
        soon("it is not ready", async || ready(&server).await == 503),
        async {
            for path in ["/.well-known/openid-configuration", "/jwks", "/health/live"] {
                assert_eq!(server.get(path).await.status, 200, "{path}");
            }
            let told = server.userinfo(&access_token).await;
            (told, begun.elapsed())
        }
    );
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    for answer in [&redeemed, &refreshed] {
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!((signed_in.status, signed_in.header("retry-after")), (503, "5"));
    assert!(signed_in.header("content-type").starts_with("text/html"));
    assert!(!signed_in.headers.contains_key("set-cookie"), "nobody is signed in");
    assert_eq!(beside.0, 200);
    assert!(beside.1 < Duration::from_secs(2), "reading does not wait: {:?}", beside.1);

    holder.batch_execute("ROLLBACK").unwrap();
    soon("it is ready again", async || ready(&server).await == 200).await;
    assert_eq!(notes.redeem(&code).await.status, 200, "the code was not spent");
    assert_eq!(notes.refresh(&refresh_token).await.status, 200);
    assert_eq!(server.userinfo(&access_token).await, 200);
    let landing = visitor.submit(&page, &typed, None).await;
    assert!(matches!(landing, Landing::Away(_)), "the form is still good");
}

/// A server for which a write beyond a limit is an error, as on a full disk, and not its end.
async fn on_a_disk_that_fills(folder: &Path, database: &Database) -> Process {
    let mut server = Process::prepare(folder, &database.url);
    server.before = "trap '' XFSZ";
    server.add_ada_and_notes();
    server.serve().await;
    server
}

/// Writes that make a file longer than this fail, as on a full disk.
fn limit_files(server: &Process, bytes: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap());
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = bytes.or(maximum);
    prlimit(pid, Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

#[actix_web::test]
async fn cra_03_a_full_disk_is_a_503_and_nothing_is_issued_that_is_not_stored() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = on_a_disk_that_fills(folder.path(), &database).await;
    let Held { notes, code, access_token, refresh_token } = Held::of(&server).await;
    let mut visitor = server.browser();
    let page = visitor.open(&notes.authorization_url(&[])).await.page();

    limit_files(&server, Some(2_048));
    assert_eq!(notes.redeem(&code).await.error(), (503, "temporarily_unavailable".into()));
    assert_eq!(
        notes.refresh(&refresh_token).await.error(),
        (503, "temporarily_unavailable".into())
    );
    let typed = [("username", "ada@example.org"), ("password", PASSWORD)];
    let signed_in = visitor.press(&page, &typed, None).await;
    assert_eq!(signed_in.status, 503);
    assert!(visitor.cookie("session").is_none(), "nobody is signed in");
    assert_eq!(notes.post("/revoke", &[("token", refresh_token.as_str())]).await.status, 503);
    soon("it is not ready", async || ready(&server).await == 503).await;
    for path in ["/.well-known/openid-configuration", "/jwks", "/health/live"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.userinfo(&access_token).await, 200);

    limit_files(&server, None);
    soon("it is ready again", async || ready(&server).await == 200).await;
    assert_eq!(notes.redeem(&code).await.status, 200, "the code was not spent");
    let landing = visitor.submit(&page, &typed, None).await;
    assert!(matches!(landing, Landing::Away(_)), "the form is still good");
    let next = notes.refresh(&refresh_token).await.tokens().refresh_token.unwrap();
    server.kill();
    server.serve().await;
    assert_eq!(notes.refresh(&next).await.status, 200);
    let answer: String = diesel::RunQueryDsl::get_result::<Check>(
        diesel::sql_query("PRAGMA integrity_check"),
        &mut open_file(folder.path()),
    )
    .unwrap()
    .integrity_check;
    assert_eq!(answer, "ok");
}

/// A frame of the write-ahead log has 4,120 bytes: half of one is a torn write.
const HALF_A_FRAME: u64 = 2_060;

#[actix_web::test]
async fn cra_04_wherever_a_write_fails_the_code_is_spent_with_its_tokens_or_still_good() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = on_a_disk_that_fills(folder.path(), &database).await;
    let mut browser = server.signed_in().await;
    let notes = server.notes();
    for written in 0..60 {
        let code = server.code(&mut browser).await;
        limit_files(&server, Some(written * HALF_A_FRAME));
        let answer = notes.redeem(&code).await;
        server.kill();
        server.serve().await;
        if answer.status == 200 {
            assert!(written > 2, "no write has failed");
            let held = answer.tokens();
            assert_eq!(server.userinfo(&held.access_token).await, 200);
            assert_eq!(notes.refresh(&held.refresh_token.unwrap()).await.status, 200);
            assert_eq!(notes.redeem(&code).await.status, 400, "the code was spent");
            return;
        }
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()), "{written}");
        let held = notes.redeem(&code).await.tokens();
        assert_eq!(server.userinfo(&held.access_token).await, 200, "{written}");
    }
    panic!("no code could be redeemed at all");
}

#[derive(diesel::QueryableByName)]
struct Check {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

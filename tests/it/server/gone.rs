//! PostgreSQL away and back (what stands between is cut, as when the server is stopped), and for reading alone.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::Held;
use crate::support::database::Database;
use crate::support::process::{free_address, within};
use crate::support::*;

/// The way to PostgreSQL: while it is cut, connections end and new ones are refused.
struct Way {
    from: String,
    to: String,
    relay: Option<JoinHandle<()>>,
}

impl Way {
    async fn to(server: &str) -> Self {
        let mut this = Self { from: free_address(), to: server.to_owned(), relay: None };
        this.mend().await;
        this
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(&self.from).await.unwrap();
        let to = self.to.clone();
        self.relay = Some(tokio::spawn(async move {
            // Ends with this task, and its connections with it
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        }));
    }

    async fn cut(&mut self) {
        let relay = self.relay.take().unwrap();
        relay.abort();
        let _ = relay.await;
    }
}

#[actix_web::test]
async fn cra_02_without_postgresql_it_is_a_503_and_passes() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Postgres, folder.path());
    let url = url::Url::parse(&database.url).unwrap();
    let mut way = Way::to(&format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())).await;
    let mut through = url.clone();
    let (_, port) = way.from.rsplit_once(':').unwrap();
    through.set_port(Some(port.parse().unwrap())).unwrap();
    let mut server = Process::prepare(folder.path(), &database.url);
    server.add_ada_and_notes();
    server.set("HATCHECK_DATABASE_URL", through.as_str());
    server.serve().await;
    let Held { notes, code, access_token, refresh_token } = Held::of(&server).await;

    way.cut().await;
    let begun = Instant::now();
    let (redeemed, refreshed, told) = tokio::join!(
        notes.redeem(&code),
        notes.refresh(&refresh_token),
        server.userinfo(&access_token),
    );
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    for answer in [&redeemed, &refreshed] {
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(told, 503, "whether the grant stands is not known");
    // A look at the database may wait as long as a request does
    let time = Duration::from_secs(12);
    let ready = async || server.get("/health/ready").await.status == 200;
    within(time, "it is not ready", async || !ready().await).await;
    for path in ["/.well-known/openid-configuration", "/jwks", "/health/live"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }

    way.mend().await;
    within(time, "it is ready again", ready).await;
    assert_eq!(server.userinfo(&access_token).await, 200);
    assert_eq!(notes.redeem(&code).await.status, 200, "the code was not spent");
    assert_eq!(notes.refresh(&refresh_token).await.status, 200);
    drop(server);
    way.cut().await;
}

/// Lets every session of a database write, or none: what is left of it after a failover to a replica.
fn set_read_only(url: &str, read_only: bool) {
    let (_, name) = url.rsplit_once('/').unwrap();
    let mut connection = PgConnection::establish(url).unwrap();
    let change = format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}");
    let restart = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for statement in ["SET default_transaction_read_only = off", &change, restart] {
        connection.batch_execute(statement).unwrap();
    }
}

#[actix_web::test]
async fn cra_03_a_read_only_postgresql_is_a_503_and_passes() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Postgres, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let Held { notes, code, access_token, refresh_token } = Held::of(&server).await;

    set_read_only(&database.url, true);
    for answer in [notes.redeem(&code).await, notes.refresh(&refresh_token).await] {
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    }
    let ready = async || server.get("/health/ready").await.status == 200;
    soon("it is not ready", async || !ready().await).await;
    assert_eq!(server.userinfo(&access_token).await, 200, "reading goes on");

    set_read_only(&database.url, false);
    soon("it is ready again", ready).await;
    assert_eq!(notes.redeem(&code).await.status, 200, "the code was not spent");
    assert_eq!(notes.refresh(&refresh_token).await.status, 200);
}

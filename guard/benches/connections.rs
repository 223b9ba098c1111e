//! What idle `WebSocket`s cost an app: `cargo bench -p hatcheck-guard --bench connections [-- 10000]`. The app runs in a
//! process of its own with one worker, so that its memory is not that of the clients.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that can't begin has nobody to answer to"
)]
#![expect(dead_code, reason = "the tests need more of it")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::Algorithm;
use hatcheck_guard::streams::Streams;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[path = "../tests/support/mod.rs"]
mod support;

use support::Scene;

/// How many, when none is said.
const MANY: usize = 10_000;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(issuer) = arguments.iter().find_map(|each| each.strip_prefix("--issuer=")) {
        return actix_web::rt::System::new().block_on(serve(issuer));
    }
    let many = arguments.iter().find_map(|each| each.parse().ok()).unwrap_or(MANY);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(many));
}

/// The app: it says its address, and how many connections are open whenever it is asked.
async fn serve(issuer: &str) {
    let guard = hatcheck_guard::Guard::builder(issuer, "notes").build().unwrap();
    let rule = guard.scope("notes:read").token_in_url();
    let streams = Streams::builder(rule).most(usize::MAX, usize::MAX).build();
    let routes = streams.clone();
    let factory = move || {
        App::new().service(
            web::resource("/socket")
                .wrap(routes.rule())
                .app_data(web::Data::new(routes.clone()))
                .to(socket),
        )
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(factory).workers(1).max_connections(100_000).backlog(8_192);
    actix_web::rt::spawn(server.listen(listener).unwrap().run());
    println!("{address}");
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines() {
            println!("{}", streams.statistics().active);
        }
        std::process::exit(0);
    });
    std::future::pending::<()>().await;
}

async fn socket(
    request: HttpRequest,
    payload: web::Payload,
    streams: web::Data<Streams>,
) -> Result<HttpResponse, actix_web::Error> {
    let (mut socket, response) = streams.open_socket(&request, payload)?;
    actix_web::rt::spawn(async move { while socket.next().await.is_some() {} });
    Ok(response)
}

/// The process of the app.
struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(issuer: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .arg(format!("--issuer={issuer}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, stdout: BufReader::new(stdout) }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn active(&mut self) -> usize {
        self.stdin.write_all(b"\n").unwrap();
        self.line().parse().unwrap()
    }

    /// What it holds in memory, in bytes.
    fn resident(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().split(' ').next().unwrap().parse::<usize>().unwrap() * 1024
    }

    /// What it has computed so far, in hundredths of a second.
    fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields = stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2);
        fields.map(|field| field.parse::<u64>().unwrap()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn measure(many: usize) {
    let scene = Scene::with(Algorithm::EdDSA).await;
    let now = hatcheck_guard::Clock::system().now();
    let token = scene.token_with(&json!({"iat": now, "exp": now + 3600, "auth_time": now}));
    let mut server = Server::start(&scene.issuer.url);
    let address = server.line();
    let mut open = vec![connect(&address, &token).await];
    let (before, begun) = (server.resident(), Instant::now());
    while open.len() < many {
        open.push(connect(&address, &token).await);
    }
    let (opened_in, ticks) = (begun.elapsed(), server.ticks());
    let cost = (server.resident() - before) / (many - 1);
    println!("{} idle WebSockets: {cost} bytes each", server.active());
    let rate = f64::from(u32::try_from(many).unwrap()) / opened_in.as_secs_f64();
    println!("opened {rate:.0} in a second, each with its token checked");
    let idle = Duration::from_secs(35);
    // Half a minute and a bit: each is sent a ping
    tokio::time::sleep(idle).await;
    let busy = server.ticks() - ticks;
    println!("in {} s of idleness it computed for {busy}0 ms", idle.as_secs());
    println!("{} bytes each then, {} open", (server.resident() - before) / many, server.active());
}

async fn connect(address: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /socket?token={token} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.windows(9).any(|window| window == b"CONNECTED") {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "it was refused");
    }
    stream
}

//! How many requests to an app a proxy can ask about: `cargo bench --bench forward_auth`. The server runs in a process of its
//! own with one worker on SQLite; sixteen connections ask as fast as they are answered.

#![expect(clippy::unwrap_used, reason = "a bench that can't begin has nobody to answer to")]

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The app's host, behind whatever proxy.
const HOST: &str = "127.0.0.1:3000";
const FOR: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 16;

fn main() {
    let folder = TempDir::new().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    configure(folder.path(), &address);
    let server = Server(command(folder.path(), &["serve"]).spawn().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(&address, &server));
}

/// The server, which ends with the bench.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// What it has computed so far, in hundredths of a second.
    fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields = stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2);
        fields.map(|field| field.parse::<u64>().unwrap()).sum()
    }
}

fn configure(folder: &Path, address: &str) {
    let text = format!(
        "issuer = \"http://{address}\"\n[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\nworkers = 1\n\
         [log]\nlevel = \"error\"\n[development]\nenabled = true\n\
         [forward_auth.\"{HOST}\"]\nclient = \"wiki\"\nhttps = false\n"
    );
    fs::write(folder.join("hatcheck.toml"), text).unwrap();
    let client = format!(
        r#"{{"client_id": "wiki", "redirect_uris": ["http://{HOST}/.hatcheck/callback"], "skip_consent": true}}"#
    );
    let mut add =
        command(folder, &["client", "add", "--file", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    add.stdin.take().unwrap().write_all(client.as_bytes()).unwrap();
    assert!(add.wait().unwrap().success(), "the client is registered");
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
    command.args(args).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn measure(address: &str, server: &Server) {
    let cookie = signed_in(address).await;
    let request = format!(
        "GET /forward-auth HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-Host: {HOST}\r\nX-Forwarded-Uri: /page\r\n\
         X-Forwarded-Method: GET\r\nAccept: text/html\r\nCookie: {cookie}\r\n\r\n"
    );
    let (begun, ticks) = (Instant::now(), server.ticks());
    let asking = (0..CONNECTIONS).map(|_| tokio::spawn(ask(address.to_owned(), request.clone())));
    let mut answered = 0;
    for asker in asking.collect::<Vec<_>>() {
        answered += asker.await.unwrap();
    }
    let (seconds, ticks) = (begun.elapsed().as_secs_f64(), server.ticks() - ticks);
    println!("{:.0} checks a second", f64::from(answered) / seconds);
    let computed = Duration::from_millis(ticks * 10).as_secs_f64();
    println!(
        "{:.0} for each second of the server's processor time",
        f64::from(answered) / computed
    );
}

/// Asks on one connection for the time of the bench; how often it was let through.
async fn ask(address: String, request: String) -> u32 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (begun, mut answered, mut read) = (Instant::now(), 0, Vec::with_capacity(4_096));
    while begun.elapsed() < FOR {
        stream.write_all(request.as_bytes()).await.unwrap();
        read.clear();
        while !read.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "it hung up");
        }
        assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read));
        answered += 1;
    }
    answered
}

/// The cookie of somebody who has signed in to the app.
async fn signed_in(address: &str) -> String {
    let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let issuer = format!("http://{address}");
    let health = format!("{issuer}/health");
    while http.get(&health).send().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let session = http.post(format!("{issuer}/autosession")).send().await.unwrap();
    let session = cookie_of(&session);
    let sign_in = format!("{issuer}/forward-auth/sign-in?to=/page");
    let left = http.get(sign_in).header("x-forwarded-host", HOST).send().await.unwrap();
    let state = cookie_of(&left);
    let back = http.get(location(&left)).header(COOKIE, session).send().await.unwrap();
    let query = location(&back).split_once('?').unwrap().1.to_owned();
    let callback = format!("{issuer}/forward-auth/callback?{query}");
    let callback = http.get(callback).header("x-forwarded-host", HOST).header(COOKIE, state);
    cookie_of(&callback.send().await.unwrap())
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The first cookie of an answer.
fn cookie_of(answer: &reqwest::Response) -> String {
    let line = answer.headers().get(SET_COOKIE).unwrap().to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

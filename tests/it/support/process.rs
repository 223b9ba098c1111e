//! The program itself, started as admins start it, and ended as crashes end it.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Browser, PASSWORD, TestClient};

/// A `hatcheck serve` in a process of its own, with a folder and a database that outlive it.
pub struct Process {
    pub issuer: String,
    pub http: reqwest::Client,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Process {
    /// Adds Ada and the app `notes` by command, then starts the server.
    pub async fn start(folder: &Path, database_url: &str) -> Self {
        let mut this = Self::prepare(folder, database_url);
        this.run_ok(
            &["user", "add", "ada@example.org", "--name", "Ada Lovelace", "--password-stdin"],
            PASSWORD,
        );
        let metadata = serde_json::json!({
            "client_id": "notes",
            "client_secret": "the secret of notes, long enough",
            "redirect_uris": ["https://notes.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
        });
        this.run_ok(&["client", "add", "--file", "-"], &metadata.to_string());
        this.serve().await;
        this
    }

    /// Another server on the same database and keys, which answers for the same issuer.
    pub async fn second(&self) -> (Self, String) {
        let address = free_address();
        let mut other = Self {
            issuer: self.issuer.clone(),
            http: self.http.clone(),
            environment: self.environment.clone(),
            child: None,
        };
        other.set("HATCHECK_LISTEN", &address);
        let base = format!("http://{address}");
        other.spawn();
        other.ready_at(&base).await;
        (other, base)
    }

    /// A server that has not been started, and knows nobody.
    pub fn prepare(folder: &Path, database_url: &str) -> Self {
        let address = free_address();
        let issuer = format!("http://{address}");
        let keys = folder.join("keys").display().to_string();
        let refusals = folder.join("refusals.jsonl").display().to_string();
        let environment = [
            ("HATCHECK_ISSUER", issuer.as_str()),
            ("HATCHECK_LISTEN", &address),
            ("HATCHECK_DATABASE_URL", database_url),
            ("HATCHECK_KEYS_DIR", &keys),
            ("HATCHECK_LOG__REFUSALS", &refusals),
            ("HATCHECK_PASSWORDS__MEMORY_KIB", "64"),
            ("HATCHECK_PASSWORDS__ITERATIONS", "1"),
        ];
        let environment =
            environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { issuer, http, environment, child: None }
    }

    /// Changes a setting for what is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Starts the server and waits until it answers.
    pub async fn serve(&mut self) {
        self.spawn();
        let issuer = self.issuer.clone();
        self.ready_at(&issuer).await;
    }

    fn spawn(&mut self) {
        let child = self
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    async fn ready_at(&mut self, base: &str) {
        let begun = Instant::now();
        loop {
            let answer = self.http.get(format!("{base}/health/ready")).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the server is not ready after 20 seconds"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM; how it ended, and how long that took.
    pub async fn terminate(&mut self) -> (Option<i32>, Duration) {
        let mut child = self.child.take().expect("it runs");
        let begun = Instant::now();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs a command beside the server.
    pub fn run(&self, args: &[&str], input: &str) -> Output {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have gone already
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs a command that has to succeed; what it printed.
    pub fn run_ok(&self, args: &[&str], input: &str) -> String {
        let output = self.run(args, input);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that prints JSON.
    pub fn run_json(&self, args: &[&str], input: &str) -> Value {
        serde_json::from_str(&self.run_ok(args, input)).unwrap()
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
        command.args(args).env_clear().envs(self.environment.iter().cloned());
        command
    }

    /// A fresh browser.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), &self.issuer)
    }

    /// The app `notes`.
    pub fn notes(&self) -> TestClient {
        TestClient::named(&self.issuer, &self.http, "notes")
    }

    /// A browser in which Ada has signed in and allowed `notes` what it asks for.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        let page = browser.open(&self.notes().authorization_url(&[])).await.page();
        let fields = [("username", "ada@example.org"), ("password", PASSWORD)];
        if let super::Landing::Page(page) = browser.submit(&page, &fields, None).await {
            browser.submit(&page, &[], Some("allow")).await.away();
        }
        browser
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

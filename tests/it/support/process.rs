//! The program itself, started as admins start it, and ended as crashes end it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Browser, Landing, PASSWORD, Page, TestClient};

/// A `hatcheck serve` in a process of its own, with a folder and a database that outlive it.
pub struct Process {
    pub issuer: String,
    pub http: reqwest::Client,
    /// The file that the server's log goes to, when a test reads it.
    pub log: Option<PathBuf>,
    /// What a shell does before it becomes the server.
    pub before: &'static str,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

/// Asks again and again until it is so, for at most five seconds; not so often that the throttle takes it for guessing.
pub async fn soon(what: &str, holds: impl AsyncFnMut() -> bool) {
    within(Duration::from_secs(5), what, holds).await;
}

/// Waits until this holds, and fails when it does not hold in time.
pub async fn within(time: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < time, "not within {time:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Process {
    /// Adds Ada and the app `notes` by command, then starts the server.
    pub async fn start(folder: &Path, database_url: &str) -> Self {
        let mut this = Self::prepare(folder, database_url);
        this.add_ada_and_notes();
        this.serve().await;
        this
    }

    /// Adds Ada and the app `notes` by command.
    pub fn add_ada_and_notes(&self) {
        self.run_ok(
            &["user", "add", "ada@example.org", "--name", "Ada Lovelace", "--password-stdin"],
            PASSWORD,
        );
        let metadata = serde_json::json!({
            "client_id": "notes",
            "client_secret": "the secret of notes, long enough",
            "redirect_uris": ["https://notes.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
        });
        self.run_ok(&["client", "add", "--file", "-"], &metadata.to_string());
    }

    /// Another server on the same database and keys, which answers for the same issuer.
    pub async fn second(&self) -> (Self, String) {
        let address = free_address();
        let mut other = Self {
            issuer: self.issuer.clone(),
            http: self.http.clone(),
            log: None,
            before: "",
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
        // Well below the server's keep-alive: a connection that it is about to close is not used again
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(4))
            .build()
            .unwrap();
        Self { issuer, http, log: None, before: "", environment, child: None }
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
        let mut command = self.command(&["serve"]);
        if !self.before.is_empty() {
            let mut shell = Command::new("/bin/sh");
            let program = env!("CARGO_BIN_EXE_hatcheck");
            shell.args(["-c", &format!("{}; exec \"$0\" serve", self.before), program]);
            command = shell;
            command.env_clear().envs(self.environment.iter().cloned());
        }
        let (out, err) = match &self.log {
            None => (Stdio::null(), Stdio::inherit()),
            Some(file) => {
                let file = File::options().create(true).append(true).open(file).unwrap();
                (file.try_clone().unwrap().into(), file.into())
            }
        };
        self.child = Some(command.stdout(out).stderr(err).spawn().unwrap());
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

    /// Starts a server that has to refuse; its exit code and what it says on standard error.
    pub fn refused(&self) -> (Option<i32>, String) {
        let mut child =
            self.command(&["serve"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            // It takes a moment; this is for one that serves instead, on whatever machine
            if begun.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("the server neither refuses nor ends");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    }

    /// Runs a command that has to fail; its exit code and what it says.
    pub fn run_refused(&self, args: &[&str], input: &str) -> (i32, String) {
        let output = self.run(args, input);
        assert!(!output.status.success(), "{args:?} succeeded");
        assert!(output.stdout.is_empty(), "{args:?} answers and fails");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
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

    /// The program with these arguments and this server's settings.
    pub fn command(&self, args: &[&str]) -> Command {
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

    /// A plain GET.
    pub async fn get(&self, path: &str) -> Page {
        let url = format!("{}{path}", self.issuer).parse().unwrap();
        self.browser().send(reqwest::Method::GET, &url, None).await
    }

    /// What follows when somebody types this at the sign-in for `notes`.
    pub async fn sign_in(&self, browser: &mut Browser, email: &str, password: &str) -> Landing {
        let page = browser.open(&self.notes().authorization_url(&[])).await.page();
        browser.submit(&page, &[("username", email), ("password", password)], None).await
    }

    /// A code of `notes` in a browser that is signed in and has allowed it.
    pub async fn code(&self, browser: &mut Browser) -> String {
        let url = browser.open(&self.notes().authorization_url(&[])).await.away();
        super::param(&url, "code").unwrap_or_else(|| panic!("no code: {url}"))
    }

    /// The status of userinfo for an access token.
    pub async fn userinfo(&self, access_token: &str) -> u16 {
        let request = self.http.get(format!("{}/userinfo", self.issuer)).bearer_auth(access_token);
        request.send().await.expect("the server answers").status().as_u16()
    }

    /// A browser in which Ada has signed in and allowed `notes` what it asks for.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        let landing = self.sign_in(&mut browser, "ada@example.org", PASSWORD).await;
        if let Landing::Page(page) = landing {
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

pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

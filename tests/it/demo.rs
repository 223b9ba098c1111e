//! `hatcheck demo`, as somebody who tries it out meets it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hatcheck::http::Clock;
use tempfile::TempDir;

use crate::support::app::code_of;
use crate::support::chromium::Chromium;

/// The program, and what it told.
struct Demo {
    child: Child,
    told: Vec<String>,
    _folder: TempDir,
}

impl Demo {
    fn start(more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hatcheck"))
            .env_clear()
            .env("TMPDIR", folder.path())
            .args(["demo", "--port", &free.to_string()])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = Vec::new();
        for line in lines {
            let line = line.unwrap();
            let last = line.starts_with("Ctrl+C");
            told.push(line);
            if last {
                break;
            }
        }
        Self { child, told, _folder: folder }
    }

    /// The word after this one.
    fn word(&self, after: &str) -> String {
        let words = self.told.iter().flat_map(|line| line.split_whitespace());
        let word = words.skip_while(|word| *word != after).nth(1);
        word.unwrap_or_else(|| panic!("no {after}: {:?}", self.told))
            .trim_matches([')', ','])
            .to_owned()
    }

    /// Grace's password and secret.
    fn grace(&self) -> (String, String) {
        let line = self.told.iter().find(|line| line.contains("grace@example.org")).unwrap();
        (line.split_whitespace().last().unwrap().to_owned(), self.word("(secret"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        for _ in 0..200 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
    }
}

#[actix_web::test]
async fn one_sign_in_at_the_trusted_provider_opens_all_and_one_sign_out_ends_all_three() {
    let demo = Demo::start(&["--federated"]);
    let (password, secret) = demo.grace();
    let (notes, photos, work) = (demo.word("Notes"), demo.word("Photos"), demo.word("Work"));
    let account = demo.word("Account");
    let chromium = Chromium::start(true).await;
    let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(PathBuf::from);

    chromium.open(&notes).await;
    chromium.press("#sign-in").await;
    chromium.find("input[name=password]").await;
    assert!(
        work.starts_with(&chromium.url().await.origin().ascii_serialization()),
        "straight there"
    );
    chromium.examine("demo-work", folder.as_deref()).await;
    chromium.fill("username", "grace@example.org").await;
    chromium.fill("password", &password).await;
    chromium.press("form button").await;
    let now = Clock::system().now().seconds();
    chromium.fill("totp", &code_of(&secret, now)).await;
    chromium.press("form button").await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed in as Grace Hopper").await;
    assert!(chromium.text().await.contains("urn:hatcheck:acr:2fa"), "{}", chromium.text().await);
    chromium.open(&photos).await;
    chromium.press("#sign-in").await;
    chromium.shows("You are signed in as Grace Hopper").await;

    chromium.open(&notes).await;
    chromium.press("form[action='/sign-out'] button").await;
    chromium.find("#sign-in").await;
    assert!(chromium.url().await.as_str().starts_with(&notes), "{}", chromium.url().await);
    chromium.open(&work).await;
    chromium.find("input[name=password]").await;
    chromium.open(&account).await;
    chromium.find("input[name=password]").await;
    chromium.open(&photos).await;
    chromium.find("#sign-in").await;
}

#[actix_web::test]
async fn the_demo_says_what_to_open_and_how_to_sign_in() {
    let demo = Demo::start(&[]);
    let (password, _) = demo.grace();
    let chromium = Chromium::start(false).await;
    chromium.open(&demo.word("Account")).await;
    chromium.fill("username", "grace@example.org").await;
    chromium.fill("password", &password).await;
    chromium.press("form button").await;
    chromium.find("input[name=totp]").await;
}

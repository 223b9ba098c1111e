//! A real Chromium, driven by WebDriver. Driver and browser are one process group, which ends with the test.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "phone",
        }
    }
}

/// A browser window.
pub struct Chromium {
    pub client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Chromium {
    /// Starts one. `scripts`: whether pages may run JavaScript.
    pub async fn start(scripts: bool) -> Self {
        let profile = TempDir::new().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver is installed: run the tests with ./check");
        let port = port_of(&mut driver);
        let mut args = vec![
            "--headless=new".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--window-size=1280,900".to_owned(),
            "--lang=en".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if rustix::process::getuid().is_root() {
            args.push("--no-sandbox".to_owned());
        }
        let preferences = json!({ "intl.accept_languages": "en", "profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 } });
        let mut capabilities = Capabilities::new();
        capabilities
            .insert("goog:chromeOptions".to_owned(), json!({ "args": args, "prefs": preferences }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        Self { client, driver, _profile: profile }
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Types into the input of this name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let input = self.find(&format!("input[name=\"{name}\"]")).await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// Presses what this selector finds.
    pub async fn press(&self, selector: &str) {
        self.find(selector)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// The first element that fits, waiting a little for it.
    pub async fn find(&self, selector: &str) -> fantoccini::elements::Element {
        let wait =
            self.client.wait().at_most(Duration::from_secs(10)).every(Duration::from_millis(25));
        let Ok(element) = wait.for_element(Locator::Css(selector)).await else {
            panic!("no {selector} at {}: {}", self.url().await, self.text().await)
        };
        element
    }

    /// Waits until the page shows these words.
    pub async fn shows(&self, words: &str) {
        for _ in 0..400 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{words:?} is not at {}: {}", self.url().await, self.text().await);
    }

    /// The words of the page.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Where the browser is.
    pub async fn url(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Looks at the page in every way: axe finds nothing wrong, and a picture of it goes to `folder`, if there is one.
    pub async fn examine(&self, name: &str, folder: Option<&Path>) {
        for look in Look::ALL {
            self.look(look).await;
            self.assert_accessible(name, look).await;
            if let Some(folder) = folder {
                let shot = self
                    .cdp("Page.captureScreenshot", json!({ "captureBeyondViewport": true }))
                    .await;
                let picture = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
                std::fs::write(folder.join(format!("{name}-{}.png", look.name())), picture)
                    .unwrap();
            }
        }
        self.look(Look::Light).await;
    }

    async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.cdp("Emulation.setEmulatedMedia", media).await;
        let (width, height, mobile) =
            if look == Look::Phone { (390, 844, true) } else { (1280, 900, false) };
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn assert_accessible(&self, name: &str, look: Look) {
        self.client.execute(include_str!("../axe/axe.min.js"), Vec::new()).await.unwrap();
        let run = "const done = arguments[0]; axe.run(document).then(r => done(r.violations.map(v => \
                   v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' | '))), e => done([String(e)]));";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "{name} in {look:?}");
        let wide =
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        let overflows = self.client.execute(wide, Vec::new()).await.unwrap();
        assert_eq!(overflows, json!(false), "{name} in {look:?} is wider than the window");
    }

    async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let command = Cdp(json!({ "cmd": command, "params": parameters }));
        self.client.issue_cmd(command).await.unwrap()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The browser is the driver's child: killing the driver alone would leave it running
        if let Some(group) = i32::try_from(self.driver.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.driver.wait();
    }
}

/// Chromium's own protocol, through the driver's extension.
#[derive(Debug)]
struct Cdp(Value);

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

fn port_of(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    for line in lines {
        let line = line.unwrap();
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            return rest.trim().trim_end_matches('.').parse().unwrap();
        }
    }
    panic!("chromedriver ended without a port");
}

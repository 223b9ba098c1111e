//! Apps of openid-client, in a process of Node beside the test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::login::ADA;
use crate::support::{Browser, Response, TestApp, TestClient};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clients/openid-client/app.mjs");
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The process. Dropping it ends it.
pub struct Node {
    child: Child,
    pipes: Arc<Mutex<(ChildStdin, BufReader<ChildStdout>)>>,
}

/// One of its apps.
pub struct Party<'a> {
    node: &'a Node,
    pub client: TestClient,
}

impl Node {
    pub fn start() -> Self {
        let mut child = Command::new("node")
            .arg(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed: run the tests with ./check");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, pipes: Arc::new(Mutex::new((input, output))) }
    }

    /// Makes keys for an app; the public ones, as it registers them.
    pub async fn keys(&self, id: &str, algs: &[&str]) -> Value {
        self.ask(id, "keys", json!({ "algs": algs })).await.unwrap()
    }

    /// The app that was registered so; `more` is what openid-client has to know besides.
    pub async fn party(&self, app: &TestApp, client: TestClient, more: Value) -> Party<'_> {
        let mut all = json!({ "id": client.id, "issuer": app.issuer, "secret": client.secret });
        extend(&mut all, more);
        self.ask(&client.id, "discover", all).await.unwrap();
        Party { node: self, client }
    }

    async fn ask(&self, id: &str, command: &str, more: Value) -> Result<Value, Value> {
        let mut line = json!({ "app": id, "do": command });
        extend(&mut line, more);
        let pipes = self.pipes.clone();
        let talk = tokio::task::spawn_blocking(move || {
            let mut pipes = pipes.lock().unwrap();
            writeln!(pipes.0, "{line}").unwrap();
            let mut answer = String::new();
            pipes.1.read_line(&mut answer).unwrap();
            serde_json::from_str::<Value>(&answer).expect("it answers")
        });
        let mut answer = tokio::time::timeout(PATIENCE, talk).await.expect("in time").unwrap();
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Party<'_> {
    /// What it says to a command that has to succeed.
    pub async fn does(&self, command: &str, more: Value) -> Value {
        let answer = self.node.ask(&self.client.id, command, more).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What it says to a command that has to fail.
    pub async fn refuses(&self, command: &str, more: Value) -> Value {
        let answer = self.node.ask(&self.client.id, command, more).await;
        answer.expect_err(command)
    }

    /// Where it sends the browser; `params` join the authorization request, `more` says how it travels.
    pub async fn authorization_url(&self, params: Value, more: Value) -> String {
        let mut all = json!({ "params": { "redirect_uri": self.client.redirect_uri } });
        extend(&mut all["params"], params);
        extend(&mut all, more);
        self.does("authorize", all).await.as_str().unwrap().to_owned()
    }

    /// Sends Ada to sign in, with these parameters; what the browser is sent back with.
    pub async fn respond(&self, app: &TestApp, browser: &mut Browser, params: Value) -> Response {
        let url = self.authorization_url(params, json!({})).await;
        app.respond(browser, &url, ADA).await
    }

    /// Signs Ada in; the tokens that it then holds, with the claims of the ID token.
    pub async fn sign_in(&self, app: &TestApp, browser: &mut Browser, params: Value) -> Value {
        let response = self.respond(app, browser, params).await;
        self.does("callback", arrival(&response)).await
    }
}

/// A response as it arrives at the app: in the URL, or as a form.
pub fn arrival(response: &Response) -> Value {
    let text = Serializer::new(String::new()).extend_pairs(&response.members).finish();
    match response.mode {
        "form_post" => json!({ "url": response.to, "form": text }),
        "fragment" => json!({ "url": format!("{}#{text}", response.to) }),
        _ => json!({ "url": format!("{}?{text}", response.to) }),
    }
}

fn extend(object: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("no object: {more}") };
    for (name, value) in more {
        object[name] = value;
    }
}

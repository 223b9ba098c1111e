//! Apps that can't be changed, behind a real nginx with the configuration that the documentation shows.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use actix_web::{App, HttpRequest, HttpServer, web};
use hatcheck::model::{Entitlement, EntitlementName};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::on_both;
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";

/// An app that tells what it was sent, nginx before it, and the server that nginx asks.
struct Behind {
    app: TestApp,
    origin: String,
    _nginx: Nginx,
}

/// A running nginx, which ends with the test.
struct Nginx {
    child: Child,
    _folder: TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The app: it answers with the headers that tell who asks.
fn wiki() -> u16 {
    let tell = async |request: HttpRequest| {
        let remote =
            request.headers().iter().filter(|(name, _)| name.as_str().starts_with("remote-"));
        let told: serde_json::Map<String, Value> = remote
            .map(|(name, value)| {
                (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes())))
            })
            .collect();
        web::Json(json!({"path": request.uri().to_string(), "remote": told}))
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = HttpServer::new(move || App::new().default_service(web::to(tell)));
    actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    port
}

impl Behind {
    async fn start(backend: Backend) -> Self {
        let port = free_port();
        let host = format!("127.0.0.1:{port}");
        let file = format!(
            "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[forward_auth.\"{host}\"]\nclient = \"wiki\"\nhttps = false\n\
             rules = [\"/static/ public\", \"/admin group=admins\", \"/strict acr=urn:hatcheck:acr:2fa\", \"/ada user={ADA}\"]\n"
        );
        let app = TestApp::start_with_file(backend, &file).await;
        let origin = format!("http://{host}");
        let members = json!({"redirect_uris": [format!("{origin}/.hatcheck/callback")], "skip_consent": true});
        app.add_client("wiki", members).await;
        let nginx = Nginx::start(port, &app.issuer, wiki());
        soon("nginx answers", async || {
            app.http.get(format!("{origin}/static/x")).send().await.is_ok()
        })
        .await;
        Self { app, origin, _nginx: nginx }
    }

    /// A browser on the app's host.
    fn browser(&self) -> Browser {
        Browser::new(self.app.http.clone(), &self.origin)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Opens a page of the app and signs in for it: what the app was sent in the end.
    async fn sign_in(
        &self,
        host: &mut Browser,
        issuer: &mut Browser,
        path: &str,
        email: &str,
    ) -> Value {
        let to = host.open(&self.url(path)).await.away();
        assert!(to.as_str().starts_with(&self.app.issuer), "{to}");
        let back = match issuer.open(to.as_str()).await {
            Landing::Page(page) if page.body.contains("name=\"password\"") => {
                self.app.sign_in(issuer, to.as_str(), email).await.away()
            }
            Landing::Page(page) => {
                issuer.submit(&page, &[("totp", &self.app.totp_code())], None).await.away()
            }
            Landing::Away(back) => back,
        };
        host.open(back.as_str()).await.page().json()
    }
}

impl Nginx {
    /// With the server block of docs/forward-auth.md, on other ports.
    fn start(port: u16, issuer: &str, app: u16) -> Self {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/forward-auth.md");
        let docs = std::fs::read_to_string(docs).unwrap();
        let block = docs.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
        let block = block
            .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"))
            .replace("server_name wiki.example.org;", "server_name 127.0.0.1;")
            .replace("http://127.0.0.1:8080", issuer)
            .replace("127.0.0.1:3000", &format!("127.0.0.1:{app}"));
        let folder = TempDir::new().unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.path().display()))
            .concat();
        let user = if rustix::process::getuid().is_root() { "user root;" } else { "" };
        let text = format!(
            "{user} daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\nevents {{}}\n\
             http {{ access_log off;\n{temporary}{block}}}\n",
            folder.path().display()
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let child = Command::new("nginx")
            .args(["-p", &folder.path().display().to_string(), "-c", &file.display().to_string()])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed: run the tests with ./check");
        Self { child, _folder: folder }
    }
}

on_both!(
    Behind::start;
    a_person_signs_in_and_the_app_is_told_who_it_is,
    what_a_client_says_of_itself_never_arrives,
    rules_say_who_may_where,
    it_ends_with_the_session_and_by_itself,
    a_sign_in_is_of_its_own_browser_and_leads_to_its_own_app,
);

async fn a_person_signs_in_and_the_app_is_told_who_it_is(behind: Behind) {
    let (mut host, mut issuer) = (behind.browser(), behind.app.browser());
    let told = behind.sign_in(&mut host, &mut issuer, "/page?a=b%20c", ADA).await;
    assert_eq!(told["path"], "/page?a=b%20c", "where the person wanted to go");
    let remote = &told["remote"];
    assert_eq!((&remote["remote-user"], &remote["remote-email"]), (&json!(ADA), &json!(ADA)));
    assert_eq!(
        (&remote["remote-name"], &remote["remote-groups"]),
        (&json!("Ada Lovelace"), &Value::Null)
    );
    assert_eq!(remote["remote-sub"], behind.app.person(ADA).await.id.to_string());
    let again = host.open(&behind.url("/other")).await.page();
    assert_eq!(again.status, 200);
    // Another app of the same kind, or another browser, is another matter
    assert!(matches!(behind.browser().open(&behind.url("/page")).await, Landing::Away(_)));
    // What scripts ask for is not sent away
    let script = behind.app.http.get(behind.url("/api")).header("sec-fetch-mode", "cors");
    assert_eq!(script.send().await.unwrap().status(), 401);
    let post = behind.app.http.post(behind.url("/page")).header("accept", "text/html");
    assert_eq!(post.send().await.unwrap().status(), 401);
}

async fn what_a_client_says_of_itself_never_arrives(behind: Behind) {
    let forged = ["Remote-User", "Remote-Sub", "Remote-Name", "Remote-Email", "Remote-Groups"];
    let ask = async |path: &str, cookie: &str| {
        let mut request = behind.app.http.get(behind.url(path)).header("cookie", cookie.to_owned());
        for name in forged {
            request = request.header(name, "root");
        }
        for (name, value) in [
            ("X-Forwarded-Host", "other"),
            ("X-Original-URL", "http://127.0.0.1/static/"),
            ("X-Forwarded-Uri", "/static/"),
        ] {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, body) = ask("/static/a.css", "").await;
    assert!(status == 200 && !body.contains("root"), "{body}");
    assert_eq!(ask("/page", "").await.0, 401);
    assert_eq!(ask("/page", "hatcheck-forward=x").await.0, 401);
    let (mut host, mut issuer) = (behind.browser(), behind.app.browser());
    behind.sign_in(&mut host, &mut issuer, "/page", ADA).await;
    let cookie = format!("hatcheck-forward={}", host.cookie("forward").unwrap());
    let (status, body) = ask("/page", &cookie).await;
    assert!(status == 200 && body.contains(ADA) && !body.contains("root"), "{body}");
    assert_eq!(ask("/page", &format!("{cookie}; {cookie}")).await.0, 401, "one was tossed in");
    // Nobody but the proxy is believed, and it only of hosts in the settings
    for (host, uri) in [("other.example", "/"), ("127.0.0.1", "/"), ("", "/")] {
        let direct = behind.app.http.get(behind.app.url("/forward-auth"));
        let direct = direct.header("x-forwarded-host", host).header("x-forwarded-uri", uri);
        assert_eq!(direct.send().await.unwrap().status(), 403);
    }
    assert_eq!(behind.app.get("/forward-auth").await.status, 403);
    assert_eq!(behind.app.get("/forward-auth/sign-in").await.status, 400);
}

async fn rules_say_who_may_where(behind: Behind) {
    assert_eq!(behind.browser().open(&behind.url("/static/a.css")).await.page().status, 200);
    let (mut host, mut issuer) = (behind.browser(), behind.app.browser());
    behind.sign_in(&mut host, &mut issuer, "/ada/x", ADA).await;
    assert_eq!(host.open(&behind.url("/admin")).await.page().status, 403);
    assert_eq!(
        host.open(&behind.url("/strict")).await.page().status,
        403,
        "she has no second factor"
    );
    let groups =
        ["staff", "admins"].map(|name| Entitlement::Group(EntitlementName::parse(name).unwrap()));
    behind.app.entitle(ADA, &groups, &[]).await;
    let told = host.open(&behind.url("/admin/users")).await.page().json();
    assert_eq!(told["remote"]["remote-groups"], "admins,staff");

    let (mut host, mut issuer) = (behind.browser(), behind.app.browser());
    behind.sign_in(&mut host, &mut issuer, "/page", GRACE).await;
    assert_eq!(host.open(&behind.url("/ada")).await.page().status, 403);
    assert_eq!(host.open(&behind.url("/adamant")).await.page().status, 200);
    assert_eq!(
        host.open(&behind.url("/strict")).await.page().status,
        200,
        "she has shown her code"
    );
    for path in ["/static/../admin", "/static/%2e%2e/admin", "/static/%2f../admin", "//admin"] {
        let raw = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
            &behind.origin[7..]
        );
        assert!(!ask_raw(&behind.origin[7..], &raw).await.contains("remote-user"), "{path}");
    }
}

/// What a client that tidies nothing is answered.
async fn ask_raw(address: &str, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn it_ends_with_the_session_and_by_itself(behind: Behind) {
    let (mut host, mut issuer) = (behind.browser(), behind.app.browser());
    behind.sign_in(&mut host, &mut issuer, "/page", ADA).await;
    let page = issuer.open(&behind.app.url("/account")).await.page();
    issuer.submit(&page, &[], Some("Sign out")).await.page();
    assert!(
        matches!(host.open(&behind.url("/page")).await, Landing::Away(_)),
        "at the next request"
    );

    behind.sign_in(&mut host, &mut issuer, "/page", ADA).await;
    let old = host.cookie("forward").unwrap().to_owned();
    let out = host.open(&behind.url("/.hatcheck/sign-out")).await.away();
    assert_eq!(out.as_str(), behind.app.url("/end-session"));
    assert!(host.cookie("forward").is_none());
    let replay = behind
        .app
        .http
        .get(behind.url("/page"))
        .header("cookie", format!("hatcheck-forward={old}"));
    assert_eq!(replay.send().await.unwrap().status(), 401);
    behind.sign_in(&mut host, &mut issuer, "/page", ADA).await;
    behind.app.disable(ADA).await;
    assert!(matches!(host.open(&behind.url("/page")).await, Landing::Away(_)));
}

async fn a_sign_in_is_of_its_own_browser_and_leads_to_its_own_app(behind: Behind) {
    let (mut eve, mut issuer) = (behind.browser(), behind.app.browser());
    let to = eve.open(&behind.url("/page")).await.away();
    let back = behind.app.sign_in(&mut issuer, to.as_str(), ADA).await.away();
    // Login CSRF: another browser, with and without a sign-in of its own under way
    let mut victim = behind.browser();
    assert_eq!(victim.open(back.as_str()).await.page().status, 400);
    victim.open(&behind.url("/page")).await.away();
    assert_eq!(victim.open(back.as_str()).await.page().status, 400);
    assert!(victim.cookie("hatcheck-forward").is_none());
    // No open redirect, whatever the page that was wanted
    for to in ["//eve.example/", "https://eve.example/", "/\\eve.example", "/.hatcheck/sign-out"] {
        let encoded: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let mut host = behind.browser();
        let away = host.open(&behind.url(&format!("/.hatcheck/sign-in?to={encoded}"))).await.away();
        let back = issuer.open(away.as_str()).await.away();
        let page = host.send(Method::GET, &back, None).await;
        assert_eq!(page.location().unwrap().as_str(), behind.url("/"), "{to}");
    }
    for query in ["", "?code=x", "?state=x&code=y", "?code=a&code=b"] {
        let page =
            behind.browser().open(&behind.url(&format!("/.hatcheck/callback{query}"))).await.page();
        assert_eq!(page.status, 400, "{query}");
    }
}

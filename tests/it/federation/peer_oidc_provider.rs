//! Somebody else's provider: npm's `oidc-provider`. `./check peers` installs it and runs this.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::*;

const MIA: &str = "mia@peer.example";

/// The provider, in a process of its own.
struct Peer {
    issuer: String,
    child: Child,
    /// What it says goes there, and ends it when nobody listens.
    _told: BufReader<ChildStdout>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    fn start(port: u16, hat: &str) -> Self {
        let client = json!({
            "client_id": "hat", "client_secret": "a secret of both, long enough to be one",
            "redirect_uris": [format!("{hat}/login/callback/peer")],
            "post_logout_redirect_uris": [format!("{hat}/end-session/done")],
            "backchannel_logout_uri": format!("{hat}/login/backchannel/peer"),
            "backchannel_logout_session_required": true,
            "dpop_bound_access_tokens": true,
            "require_pushed_authorization_requests": true,
        });
        let arguments = json!({"port": port, "client": client}).to_string();
        let mut child = Command::new("node")
            .args([
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/oidc-provider/server.mjs"),
                &arguments,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        told.read_line(&mut first).unwrap();
        assert_eq!(first, "ready\n", "./check peers installs it");
        Self { issuer: format!("http://127.0.0.1:{port}"), child, _told: told }
    }
}

struct Both {
    peer: Peer,
    hat: TestApp,
    notes: TestClient,
    _folder: TempDir,
}

async fn both(backend: Backend) -> Both {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret of both, long enough to be one").unwrap();
    let file = format!(
        "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\n[connectors.peer]\ntitle = \"Peer\"\n\
         issuer = \"http://127.0.0.1:{port}\"\nclient_id = \"hat\"\nclient_secret_file = \"{}\"\n\
         second_factor = [\"urn:example:mfa\"]\nsign_out_there = true\n",
        secret.display()
    );
    let hat = TestApp::start_with_file(backend, &file).await;
    let peer = Peer::start(port, &hat.issuer);
    let members =
        json!({"skip_consent": true, "post_logout_redirect_uris": ["https://rp.example/out"]});
    let notes = hat.add_client("journal", members).await;
    Both { peer, hat, notes, _folder: folder }
}

impl Both {
    /// Signs in by the peer; what the app is told.
    async fn sign_in(
        &self,
        browsers: (&mut Browser, &mut Browser),
        more: &[(&str, &str)],
    ) -> (String, serde_json::Map<String, Value>) {
        let (at_hat, at_peer) = browsers;
        let more = [more, &[("login_hint", MIA), ("scope", "openid email")]].concat();
        let page = at_hat.open(&self.notes.authorization_url(&more)).await.page();
        let there = at_hat.open(&link_to(&page, "Peer")).await.away();
        let back = at_peer.open(there.as_str()).await.away();
        let app = at_hat.open(back.as_str()).await.away();
        let code = param(&app, "code").unwrap_or_else(|| panic!("no code: {app}"));
        let id_token = self.notes.redeem(&code).await.tokens().id_token.unwrap();
        (id_token.clone(), claims_of(&id_token))
    }

    fn browsers(&self) -> (Browser, Browser) {
        (self.hat.browser(), Browser::new(self.hat.http.clone(), &self.peer.issuer))
    }
}

#[actix_web::test]
#[ignore = "needs the npm package: ./check peers"]
async fn npm_oidc_provider_signs_people_in_with_and_without_a_second_factor() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let both = both(backend).await;
        let (mut at_hat, mut at_peer) = both.browsers();
        let (_, claims) = both.sign_in((&mut at_hat, &mut at_peer), &[]).await;
        assert_eq!(
            (&claims["acr"], &claims["amr"]),
            (&json!("urn:hatcheck:acr:1fa"), &json!(["fed"]))
        );
        let account = both.hat.person(MIA).await;
        assert!(account.email_verified);
        let (mut at_hat, mut at_peer) = both.browsers();
        let two = [("acr_values", "urn:hatcheck:acr:2fa")];
        let (_, claims) = both.sign_in((&mut at_hat, &mut at_peer), &two).await;
        assert_eq!(claims["acr"], json!("urn:hatcheck:acr:2fa"));
        assert_eq!(claims["sub"], json!(account.id));
    }
}

#[actix_web::test]
#[ignore = "needs the npm package: ./check peers"]
async fn one_sign_out_ends_the_session_at_npm_oidc_provider_as_well() {
    let both = both(Backend::Sqlite).await;
    let (mut at_hat, mut at_peer) = both.browsers();
    let (id_token, _) = both.sign_in((&mut at_hat, &mut at_peer), &[]).await;
    let url = both.hat.url(&format!(
        "/end-session?id_token_hint={id_token}&post_logout_redirect_uri=https://rp.example/out"
    ));
    let there = at_hat.open(&url).await.away();
    let asked = at_peer.open(there.as_str()).await.page();
    let back = at_peer.submit(&asked, &[], Some("Sign out")).await.away();
    let out = at_hat.open(back.as_str()).await.away();
    assert_eq!(out.as_str(), "https://rp.example/out");
}

#[actix_web::test]
#[ignore = "needs the npm package: ./check peers"]
async fn a_sign_out_at_npm_oidc_provider_ends_the_session_here() {
    let both = both(Backend::Sqlite).await;
    let (mut at_hat, mut at_peer) = both.browsers();
    both.sign_in((&mut at_hat, &mut at_peer), &[]).await;
    let page = at_peer.open(&format!("{}/session/end", both.peer.issuer)).await.page();
    at_peer.submit(&page, &[], Some("Sign out")).await;
    soon("the session here has ended", async || {
        both.hat.sessions_of(MIA).await.iter().all(|session| session.ended_at.is_some())
    })
    .await;
}

//! Connection tickets, in actix-web and axum, over HTTP.

use axum::Router;
use axum::routing::{get, post};
use hatcheck_guard::{Guard, Identity, for_axum};
use serde_json::{Value, json};

use crate::shared::Shared;
use crate::streaming;
use crate::streams::{Live, logout_token};
use crate::support::Scene;

fn live(guard: &Guard) -> Live {
    Live::of(streaming::notes(guard.scope("notes:read").ticket_in_url(), "app"))
}

/// Status and body of a request for a ticket.
async fn ask(url: String, token: &str) -> (u16, Value) {
    let request = reqwest::Client::new().post(url).bearer_auth(token);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    if status == 200 {
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

async fn ticket(base: &str, token: &str) -> String {
    let (status, body) = ask(format!("{base}/live/ticket"), token).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(60)), "{body}");
    let ticket = body["ticket"].as_str().unwrap().to_owned();
    assert!(!ticket.contains(token) && ticket.len() < 64);
    ticket
}

/// Status of a stream that is opened with a ticket, and the code when it is refused.
async fn open(base: &str, ticket: &str) -> (u16, Value) {
    let url = format!("{base}/live/events?ticket={ticket}");
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    match answer.status().as_u16() {
        200 => (200, Value::Null),
        status => {
            let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            (status, body["error_description"].clone())
        }
    }
}

async fn status(base: &str, ticket: &str) -> u16 {
    open(base, ticket).await.0
}

#[actix_web::test]
async fn a_ticket_opens_one_connection_within_a_minute() {
    let scene = Scene::new().await;
    let node = live(&scene.guard());
    let token = scene.token();
    let first = ticket(&node.base, &token).await;
    assert_eq!(status(&node.base, &first).await, 200);
    let (code, why) = open(&node.base, &first).await;
    assert!(code == 401 && why.as_str().unwrap().contains("was used"), "{why}");
    let late = ticket(&node.base, &token).await;
    scene.later(60);
    assert_eq!(status(&node.base, &late).await, 401);
    let long = "ticket_".to_owned() + &"x".repeat(5_000);
    for bad in ["", "x", "ticket_", "ticket_x", token.as_str(), long.as_str()] {
        assert_eq!(status(&node.base, bad).await, 401, "{bad}");
    }
    let (code, _) = ask(format!("{}/live/ticket", node.base), "x").await;
    assert_eq!(code, 401, "nobody gets one without a token");
    let again = ticket(&node.base, &token).await;
    let twice = format!("{again}&ticket={again}");
    assert_eq!(status(&node.base, &twice).await, 400);
}

#[actix_web::test]
async fn of_twenty_who_bring_the_same_ticket_to_two_nodes_one_comes_in() {
    let scene = Scene::new().await;
    let shared = Shared::default();
    let node = || live(&scene.builder().store(shared.clone()).build().unwrap());
    let nodes = [node(), node()];
    let ticket = ticket(&nodes[0].base, &scene.token()).await;
    let tries: Vec<_> = (0..20)
        .map(|n| {
            let (base, ticket) = (nodes[n % 2].base.clone(), ticket.clone());
            actix_web::rt::spawn(async move { status(&base, &ticket).await })
        })
        .collect();
    let mut admitted = 0;
    for each in tries {
        match each.await.unwrap() {
            200 => admitted += 1,
            other => assert_eq!(other, 401),
        }
    }
    assert_eq!(admitted, 1);
}

#[actix_web::test]
async fn a_ticket_is_as_good_as_its_token() {
    let scene = Scene::new().await;
    let exact = scene.builder().leeway(std::time::Duration::ZERO).build().unwrap();
    let node = live(&exact);
    let token = scene.token_with(&json!({"exp": scene.now() + 30}));
    let expired = ticket(&node.base, &token).await;
    scene.later(30);
    let (code, why) = open(&node.base, &expired).await;
    assert!(code == 401 && why.as_str().unwrap().contains("expired"), "{why}");
    let ended = ticket(&node.base, &scene.token_with(&json!({"sid": "s1"}))).await;
    assert_eq!(node.signed_out(&logout_token(&scene, &json!({}))).await, 200);
    let (code, why) = open(&node.base, &ended).await;
    assert!(code == 401 && why.as_str().unwrap().contains("has ended"), "{why}");
}

#[actix_web::test]
async fn an_open_socket_takes_a_ticket_for_a_fresh_token() {
    let scene = Scene::new().await;
    let node = live(&scene.guard());
    let first = ticket(&node.base, &scene.token()).await;
    let url = format!("{}/live/socket", node.base);
    let mut socket = crate::listening::Socket::open_with(&url, "ticket", &first).await.unwrap();
    assert_eq!(socket.system().await.0, "CONNECTED");
    scene.later(5);
    let fresh = ticket(&node.base, &scene.token()).await;
    socket.bring(&fresh).await;
    let (kind, payload) = socket.system().await;
    assert_eq!(
        (kind.as_str(), &payload["expires_at"]),
        ("TOKEN_ACCEPTED", &json!(scene.now() + 900))
    );
    socket.bring(&fresh).await;
    assert_eq!(socket.system().await.0, "ERROR", "it was used");
}

#[tokio::test]
async fn axum_gives_and_takes_tickets_where_a_rule_says_so() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    let who = || get(async |who: Identity| who.subject.clone());
    let app = Router::new()
        .route("/live/ticket", post(for_axum::ticket).layer(guard.rule()))
        .route("/live/events", who().layer(guard.rule().ticket_in_url()))
        .route("/closed", who().layer(guard.rule().token_in_url()))
        .route("/forgotten", post(for_axum::ticket));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let first = ticket(&base, &scene.token()).await;
    assert_eq!((status(&base, &first).await, status(&base, &first).await), (200, 401));
    let other = ticket(&base, &scene.token()).await;
    for name in ["ticket", "token"] {
        let answer = reqwest::get(format!("{base}/closed?{name}={other}")).await.unwrap();
        assert_eq!(answer.status(), 401, "{name}");
    }
    assert_eq!(status(&base, &other).await, 200, "and it was not spent there");
    let forgotten = reqwest::Client::new().post(format!("{base}/forgotten")).send().await.unwrap();
    assert_eq!(forgotten.status(), 500);
}

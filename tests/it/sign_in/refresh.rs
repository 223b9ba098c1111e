//! Tokens are refreshed without anybody noticing: pains 1 and 2.

use std::net::TcpListener;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;

use super::wire::Wire;
use super::*;
use crate::on_both;

/// A server behind a wire, and the app.
struct World {
    app: TestApp,
    wire: Wire,
    journal: Journal,
}

async fn world(backend: Backend) -> World {
    let near = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", near.local_addr().unwrap());
    let app = TestApp::start_with(backend, &[("HATCHECK_ISSUER", &issuer)]).await;
    let wire = Wire::default();
    wire.carry(near, app.base.strip_prefix("http://").unwrap().parse().unwrap());
    let journal = Journal::start(&app).await;
    World { app, wire, journal }
}

/// The statuses of this many requests of scripts at once, at one node after the other.
async fn at_once(visitor: &Visitor, nodes: &[&str], count: usize) -> Vec<u16> {
    let calls = nodes.iter().cycle().take(count).map(|base| visitor.status(base));
    let mut statuses = join_all(calls).await;
    statuses.dedup();
    statuses
}

on_both!(
    world;
    pain_1_parallel_requests_of_many_tabs_refresh_once,
    pain_1_parallel_requests_at_two_nodes_refresh_once,
    pain_1_an_answer_that_gets_lost_signs_nobody_out,
    tokens_are_renewed_before_anybody_waits_for_them,
    an_issuer_that_is_away_signs_nobody_out,
);

async fn pain_1_parallel_requests_of_many_tabs_refresh_once(World { app, wire, journal }: World) {
    let visitor = journal.signed_in(&app, "ada@example.org").await;
    for round in 1..=3 {
        let before = wire.asked();
        app.later(901);
        assert_eq!(at_once(&visitor, &[&journal.base], 20).await, [200], "round {round}");
        assert_eq!(wire.asked() - before, 1, "round {round}");
    }
}

async fn pain_1_parallel_requests_at_two_nodes_refresh_once(World { app, wire, journal }: World) {
    let visitor = journal.signed_in(&app, "ada@example.org").await;
    let other = journal.second_node(&app);
    assert_eq!(at_once(&visitor, &[&journal.base, &other], 2).await, [200]);
    for round in 1..=3 {
        let before = wire.asked();
        app.later(901);
        assert_eq!(at_once(&visitor, &[&journal.base, &other], 20).await, [200], "round {round}");
        assert_eq!(wire.asked() - before, 1, "round {round}");
    }
}

async fn pain_1_an_answer_that_gets_lost_signs_nobody_out(World { app, wire, journal }: World) {
    let visitor = journal.signed_in(&app, "ada@example.org").await;
    for round in 1..=3 {
        app.later(901);
        wire.to_lose.store(1, Ordering::Relaxed);
        assert_eq!(at_once(&visitor, &[&journal.base], 5).await, [503], "round {round}");
        let asked = wire.asked();
        assert_eq!(visitor.status(&journal.base).await, 503, "not again at once");
        assert_eq!(wire.asked(), asked);
        app.later(10 * 60);
        assert_eq!(at_once(&visitor, &[&journal.base], 5).await, [200], "round {round}");
    }
}

async fn tokens_are_renewed_before_anybody_waits_for_them(World { app, wire, journal }: World) {
    let visitor = journal.signed_in(&app, "ada@example.org").await;
    let before = wire.asked();
    app.later(700);
    assert_eq!((visitor.status(&journal.base).await, wire.asked()), (200, before));
    app.later(50);
    // The old one does, while the new one is fetched
    wire.to_lose.store(1, Ordering::Relaxed);
    assert_eq!(at_once(&visitor, &[&journal.base], 20).await, [200]);
    soon("it was asked for", async || wire.asked() == before + 1).await;
    app.later(10);
    // The first try may not have failed yet
    let again = async || visitor.status(&journal.base).await == 200 && wire.asked() == before + 2;
    soon("it was asked for again", again).await;
    app.later(140);
    assert_eq!(visitor.status(&journal.base).await, 200, "the first one has expired");
    assert_eq!(wire.asked(), before + 2);
}

async fn an_issuer_that_is_away_signs_nobody_out(World { app, wire, journal }: World) {
    let mut visitor = journal.signed_in(&app, "ada@example.org").await;
    app.later(901);
    wire.to_lose.store(usize::MAX, Ordering::Relaxed);
    let page = visitor.page(&journal, "/").await.page();
    assert_eq!((page.status, page.header("retry-after")), (503, "10"));
    wire.to_lose.store(0, Ordering::Relaxed);
    app.later(10);
    assert_eq!(visitor.page(&journal, "/").await.page().status, 200);
}

//! An app's own site on this machine, over plain http: the pages that it serves, and what it is sent.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// Settings with which a server tells such sites of sign-outs.
pub const REACHING_SITES: [(&str, &str); 1] =
    [("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8")];

/// What a site was sent, each as `path?query body`.
pub type Heard = Arc<Mutex<Vec<String>>>;

/// A site that keeps what it is told and answers with this status, or never.
pub fn listening(status: Option<u16>) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Heard::default();
    let kept = heard.clone();
    let hear = move |request: HttpRequest, body: web::Bytes| {
        let kept = kept.clone();
        async move {
            let body = String::from_utf8(body.to_vec()).unwrap();
            kept.lock().unwrap().push(format!(
                "{}?{} {body}",
                request.path(),
                request.query_string()
            ));
            match status {
                Some(status) => {
                    HttpResponse::build(status.try_into().unwrap()).body("<title>App</title>App")
                }
                None => std::future::pending().await,
            }
        }
    };
    let server = HttpServer::new(move || App::new().default_service(web::to(hear.clone())))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap();
    actix_web::rt::spawn(server.run());
    (url, heard)
}

/// The logout tokens among what a site was sent.
pub fn logout_tokens(heard: &Mutex<Vec<String>>) -> Vec<String> {
    let token = |each: &String| Some(each.split_once("logout_token=")?.1.to_owned());
    heard.lock().unwrap().iter().filter_map(token).collect()
}

/// A site that answers each path with a page or a script of these; the URL by which it is on the issuer's site, and the one
/// by which it is on another.
pub fn serving(
    answer: impl Fn(&str) -> (&'static str, String) + Clone + Send + 'static,
) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = HttpServer::new(move || {
        let answer = answer.clone();
        let serve = move |request: HttpRequest| {
            let (content_type, body) = answer(request.path());
            std::future::ready(HttpResponse::Ok().content_type(content_type).body(body))
        };
        App::new().default_service(web::to(serve))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap();
    actix_web::rt::spawn(server.run());
    (format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}"))
}

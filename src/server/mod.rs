//! Room 8: puts it together. State, table of routes, what stands before the handlers, TLS, health, the end.
//!
//! [`start`] is all that the command line, the demo and the tests need: an [`App`] and a listener in, a running
//! server out.

mod background;
mod courier;
mod gate;
mod health;
mod kept;
mod limits;
mod refuse;
mod request_id;
mod routes;
mod tls;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App as Actix, HttpServer, web};

pub use request_id::{RequestId, current as current_request};
pub use tls::{TlsError, check as check_tls};

use crate::http::App;

/// How long a connection may take for the head of its first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that asks nothing is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How much longer the head of its next request may take.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_secs(3);
/// The same of a proxy, which wants its idle connections kept for longer than it keeps them itself (usually 60 seconds),
/// and sees to slow clients itself.
const KEEP_ALIVE_OF_PROXIES: Duration = Duration::from_secs(75);
/// How long a closed connection may take to say goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections at once, for each event loop; further ones wait in the backlog.
const MOST_CONNECTIONS: usize = 4_096;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// Why a server can't be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its address can't be listened on.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A server that runs.
pub struct Running {
    server: Server,
    background: background::Background,
    address: SocketAddr,
}

impl Running {
    /// Stops it: `handle().stop(true)` lets requests under way finish.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it was stopped, and writes what was only in memory.
    pub async fn finish(self) -> io::Result<()> {
        let ended = self.server.await;
        self.background.end().await;
        ended
    }
}

/// Listens on an address, with a backlog for bursts. Within a runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        tokio::net::TcpSocket::new_v4()?
    } else {
        tokio::net::TcpSocket::new_v6()?
    };
    // A second start right after the first one's end must not wait for its connections to be forgotten
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves an app on a listener. Within an actix system; it runs until its handle stops it.
pub fn start(app: App, listener: TcpListener) -> Result<Running, StartError> {
    let settings = app.settings().server.clone();
    let address = listener.local_addr()?;
    let tls = settings.tls.then(|| tls::config(&app.settings().keys.dir)).transpose()?;
    let background = background::Background::start(app.clone());
    let state = web::Data::new(app);
    let probe = web::Data::new(health::Probe::default());
    let counter = Arc::new(request_id::Counter::new(u32::from_ne_bytes(state.random())));
    let strangers = settings.trusted_proxies.is_empty();
    let server = HttpServer::new(move || {
        let app = state.clone();
        Actix::new()
            .wrap(gate::Gate::new(app.clone(), counter.clone()))
            .app_data(app.clone())
            .app_data(probe.clone())
            .app_data(web::PayloadConfig::new(limits::LONGEST_BODY))
            .configure(|config| routes::all(config, app.settings()))
            .default_service(web::to(routes::not_found))
    })
    .on_connect(move |stream, data| {
        if strangers {
            kept::watch(stream, data, KEEP_ALIVE + NEXT_HEAD_TIMEOUT);
        }
    })
    .workers(settings.workers)
    .disable_signals()
    .client_request_timeout(HEAD_TIMEOUT)
    .client_disconnect_timeout(GOODBYE_TIMEOUT)
    .tls_handshake_timeout(HEAD_TIMEOUT)
    .keep_alive(if strangers { KEEP_ALIVE } else { KEEP_ALIVE_OF_PROXIES })
    .max_connections(MOST_CONNECTIONS)
    .backlog(BACKLOG)
    .tcp_nodelay(true)
    .shutdown_timeout(settings.shutdown_timeout.as_secs());
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    Ok(Running { server: server.run(), background, address })
}

#[cfg(test)]
mod tests;

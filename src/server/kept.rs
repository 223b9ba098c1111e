//! Connections that were answered, and then neither ask in full nor go: CWE-400.
//!
//! actix gives ten seconds to the head of a connection's first request, and closes one that stays silent after an answer.
//! A byte now and then escapes both. So whoever was answered has a time for the next head as well.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt;

/// How often it is looked whether a connection is late.
const LOOK: Duration = Duration::from_secs(1);

/// A connection, for as long as it is open.
pub(super) struct Connection {
    socket: TcpStream,
    /// When it was answered last; none while a request is under way.
    answered: Cell<Option<Instant>>,
}

thread_local! {
    /// Somebody looks after these for as long as there is one.
    static OPEN: RefCell<Vec<Weak<Connection>>> = const { RefCell::new(Vec::new()) };
}

/// Watches over a connection of this thread: after an answer it has `patience` until its next request has come.
pub(super) fn watch(stream: &dyn Any, data: &mut Extensions, patience: Duration) {
    let Some(socket) = handle(stream) else { return };
    let connection = Rc::new(Connection { socket, answered: Cell::new(None) });
    let is_first = OPEN.with_borrow_mut(|open| {
        open.push(Rc::downgrade(&connection));
        open.len() == 1
    });
    data.insert(connection);
    if is_first {
        rt::spawn(look_after(patience));
    }
}

impl Connection {
    /// A request has come.
    pub(super) fn asks(&self) {
        self.answered.set(None);
    }

    /// Its answer is ready.
    pub(super) fn is_answered(&self) {
        self.answered.set(Some(Instant::now()));
    }

    fn close_if_late(&self, patience: Duration) {
        if self.answered.get().is_some_and(|answered| answered.elapsed() > patience) {
            // Of a connection that is gone already nothing is left to close
            let _ = self.socket.shutdown(Shutdown::Both);
        }
    }
}

/// A second handle of the connection's socket: the first is actix's own.
fn handle(stream: &dyn Any) -> Option<TcpStream> {
    let plain = stream.downcast_ref::<rt::net::TcpStream>();
    let tls = || stream.downcast_ref::<TlsStream<rt::net::TcpStream>>().map(|tls| tls.get_ref().0);
    let stream = plain.or_else(tls)?;
    // Without a free file handle there is nothing to watch with, and new connections fail anyway
    stream.as_fd().try_clone_to_owned().ok().map(TcpStream::from)
}

/// Runs while this thread has connections.
async fn look_after(patience: Duration) {
    let look = |connection: &Weak<Connection>| {
        let open = connection.upgrade();
        open.is_some_and(|connection| {
            connection.close_if_late(patience);
            true
        })
    };
    loop {
        rt::time::sleep(LOOK).await;
        let is_empty = OPEN.with_borrow_mut(|open| {
            open.retain(look);
            open.is_empty()
        });
        if is_empty {
            return;
        }
    }
}

//! A wire between an app and its issuer, on which answers can get lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::rt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is known of it.
#[derive(Clone, Default)]
pub struct Wire {
    /// How many requests for tokens went to the issuer.
    pub asked: Arc<AtomicUsize>,
    /// How many answers to them are yet to get lost.
    pub to_lose: Arc<AtomicUsize>,
}

impl Wire {
    /// How many requests for tokens went to the issuer.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Carries what comes to `listener` to `target`, one request a connection.
    pub fn carry(&self, listener: std::net::TcpListener, target: SocketAddr) {
        listener.set_nonblocking(true).unwrap();
        let (listener, wire) = (TcpListener::from_std(listener).unwrap(), self.clone());
        rt::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                rt::spawn(carry(near, target, wire.clone()));
            }
        });
    }
}

/// Closes the connection to the app after an answer, so that each request is seen by itself.
async fn carry(mut near: TcpStream, target: SocketAddr, wire: Wire) {
    let Some(request) = whole(&mut near).await else { return };
    let mut far = TcpStream::connect(target).await.unwrap();
    let is_token = request.starts_with(b"POST /token");
    if is_token {
        wire.asked.fetch_add(1, Ordering::Relaxed);
    }
    let text = String::from_utf8(request).unwrap();
    far.write_all(text.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    far.read_to_end(&mut answer).await.unwrap();
    let loses = |left: usize| left.checked_sub(1);
    if is_token && wire.to_lose.fetch_update(Ordering::Relaxed, Ordering::Relaxed, loses).is_ok() {
        return;
    }
    let _ = near.write_all(&answer).await;
}

/// A whole request.
async fn whole(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(read);
        }
    }
}

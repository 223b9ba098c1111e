//! The body of an answer that goes on: server-sent events (HTML section 9.2), or messages line by line.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::connection::Outgoing;
use super::seat::Seat;
use super::{Connection, Way};

/// What is sent on a connection, as bytes. The connection ends when this is dropped.
pub struct Body {
    seat: Seat,
    finished: bool,
}

impl Body {
    pub(super) const fn new(seat: Seat) -> Self {
        Self { seat, finished: false }
    }

    /// The connection that this is the body of.
    pub const fn connection(&self) -> &Connection {
        &self.seat.connection
    }

    /// The headers of the answer, with names in lower case.
    pub fn headers(&self) -> [(&'static str, &'static str); 3] {
        let media_type = match self.connection().way() {
            Way::Lines => "application/x-ndjson",
            Way::Events | Way::WebSocket => "text/event-stream",
        };
        // nginx would keep what is sent until there is more of it
        [("content-type", media_type), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    }

    /// Why it ends, when that is an error.
    fn last_words(&self) -> Option<Bytes> {
        let refusal = self.connection().ending()?.refusal()?;
        Some(encode(self.connection().way(), &refusal.message().to_string()))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.finished {
            return Poll::Ready(None);
        }
        let way = self.connection().way();
        self.seat.poll_next(context).map(|outgoing| match outgoing {
            Some(Outgoing::Text(text)) => Some(Ok(encode(way, &text))),
            Some(Outgoing::Beat) => Some(Ok(beat(way))),
            None => {
                self.finished = true;
                self.last_words().map(Ok)
            }
        })
    }
}

/// A comment, or an empty line: nothing to who reads.
fn beat(way: Way) -> Bytes {
    Bytes::from_static(match way {
        Way::Lines => b"\n",
        Way::Events | Way::WebSocket => b":\n\n",
    })
}

fn encode(way: Way, text: &str) -> Bytes {
    let text = text.replace("\r\n", "\n");
    let breaks = ['\n', '\r'];
    let encoded = match way {
        // Within JSON a line break is as good as a space
        Way::Lines => text.replace(breaks, " ") + "\n",
        Way::Events | Way::WebSocket => {
            let lines = text.split(breaks).map(|line| format!("data: {line}\n"));
            lines.collect::<String>() + "\n"
        }
    };
    encoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_section_9_2_6_no_message_breaks_out_of_its_event() {
        for (text, events, lines) in [
            ("{}", "data: {}\n\n", "{}\n"),
            ("", "data: \n\n", "\n"),
            ("a\nb", "data: a\ndata: b\n\n", "a b\n"),
            ("a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n", "a b c\n"),
            ("a\n\nevent: evil", "data: a\ndata: \ndata: event: evil\n\n", "a  event: evil\n"),
        ] {
            assert_eq!(encode(Way::Events, text), events, "{text:?}");
            assert_eq!(encode(Way::Lines, text), lines, "{text:?}");
        }
    }
}

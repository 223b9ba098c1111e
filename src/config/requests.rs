//! `[requests]`: in which ways authorization requests may come.

use std::time::Duration;

use super::reading::{Reader, told};
use crate::model::{minutes, seconds};

/// `[requests]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    /// `requests.request`: signed request objects in the URL.
    pub request: bool,
    /// `requests.request_uri`: those that are fetched from the client.
    pub request_uri: bool,
    /// `requests.pushed_life`: 60 seconds.
    pub pushed_life: Duration,
    /// `requests.require_pushed`.
    pub require_pushed: bool,
}

impl Requests {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            request: reader.take(
                "requests.request",
                true,
                "Take signed request objects in the parameter `request` (RFC 9101).",
            ),
            request_uri: reader.take(
                "requests.request_uri",
                true,
                "Fetch signed request objects from the registered `request_uris` of apps.",
            ),
            pushed_life: reader.take_within(
                "requests.pushed_life",
                told("60s", seconds(60)),
                seconds(5)..=minutes(10),
                "How long a pushed authorization request can be begun with (RFC 9126 section 2.2).",
            ),
            require_pushed: reader.take(
                "requests.require_pushed",
                false,
                "Take pushed authorization requests only, from every app.",
            ),
        }
    }
}

//! `[outgoing]`: which networks outgoing requests may reach.

use std::path::PathBuf;
use std::time::Duration;

use super::reading::Reader;
use crate::model::{hours, minutes, seconds};

/// `[outgoing]`
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// `outgoing.allowed_networks`: private networks that requests to apps may reach.
    pub allowed_networks: Vec<ipnet::IpNet>,
    /// `outgoing.extra_ca`: a PEM file of further trusted authorities.
    pub extra_ca: Option<PathBuf>,
    /// `outgoing.jwks_refetch`: the least time between two fetches of one client's keys; 1 minute.
    pub jwks_refetch: Duration,
}

impl Outgoing {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            allowed_networks: reader.take(
                "outgoing.allowed_networks",
                Vec::new(),
                "Private networks that requests to apps (such as for their keys) may reach.",
            ),
            extra_ca: reader.take_if(
                "outgoing.extra_ca",
                None,
                holds_certificates,
                "A PEM file of further certificate authorities that such requests trust.",
            ),
            jwks_refetch: reader.take_within(
                "outgoing.jwks_refetch",
                minutes(1),
                seconds(1)..=hours(1),
                "The least time between two fetches of an app's jwks_uri, which an unknown key brings about.",
            ),
        }
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn holds_certificates(path: &Option<PathBuf>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    match std::fs::read_to_string(path) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Ok(()),
        Ok(_) => {
            Err("holds no certificate: name a PEM file with -----BEGIN CERTIFICATE-----".to_owned())
        }
        Err(error) => Err(format!(
            "can't be read ({}: {error}): name a PEM file that is there",
            path.display()
        )),
    }
}

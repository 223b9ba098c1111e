//! Room 3: the outgoing gate. Every request that this server makes to somebody else's passes here: OWASP ASVS 5.0
//! section 13.2, RFC 7591 section 5.
//!
//! https only, unless the host stands in a network that the settings allow; no address of private or local networks,
//! unless allowed; the address that was looked at is the one that is connected to; no redirects, no proxies, five
//! seconds and 64 kB at most. The client is made when it is first needed, since it reads all certificate authorities.

mod address;
mod client;
mod names;
#[cfg(test)]
mod tests;

pub use client::{Answer, Outgoing, OutgoingError};

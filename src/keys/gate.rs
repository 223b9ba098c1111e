//! The JOSE gate: what a JWT from outside must be before any library or key sees it (RFC 8725).

/// The longest token that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;

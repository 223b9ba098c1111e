//! What an app keeps with a session.

/// JSON of an app, at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionData {
    /// Changes with each write.
    pub version: String,
    /// The JSON, as the app wrote it.
    pub json: String,
}

/// What has to hold for a write: RFC 9110 section 13.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// There is nothing yet (`If-None-Match: *`).
    Absent,
    /// There is something (`If-Match: *`).
    Present,
    /// There is one of these versions (`If-Match`).
    OneOf(Vec<String>),
}

//! What each worker keeps in memory, and can always find out again.

use std::cell::{OnceCell, RefCell};

use super::access::Verified;
use super::cached::Document;
use super::client_auth::Suspects;

/// One for each worker, so that nothing is locked.
#[derive(Default)]
pub struct Memory {
    /// The discovery document, rendered once.
    pub(super) discovery: OnceCell<Document>,
    /// Access tokens whose signature was verified.
    pub(super) verified: RefCell<Verified>,
    /// Who gave wrong client secrets lately.
    pub(super) suspects: RefCell<Suspects>,
}

//! What each worker keeps in memory, and can always find out again.

use std::cell::{OnceCell, RefCell};

use super::cached::Document;

/// One for each worker, so that nothing is locked.
#[derive(Default)]
pub struct Memory {
    /// The discovery document, rendered once.
    pub(super) discovery: OnceCell<Document>,
    _later: RefCell<()>,
}

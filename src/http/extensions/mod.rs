//! What a deployment adds in Rust, in a `main` of its own: `hatcheck::cli::main_with(extensions)`.

mod authenticator;

use std::fmt;
use std::sync::Arc;

pub use self::authenticator::{
    Answering, Attempt, Authenticator, Checked, Known, Once, Recognised, Typed, Unrecognised,
};

/// What a deployment adds.
#[derive(Clone, Default)]
pub struct Extensions {
    authenticators: Vec<Arc<dyn Authenticator>>,
}

impl Extensions {
    /// Adds a way of signing in.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticators.push(Arc::new(authenticator));
        self
    }

    /// The ways of signing in, in the order in which they were added.
    pub fn authenticators(&self) -> impl Iterator<Item = &Arc<dyn Authenticator>> {
        self.authenticators.iter()
    }

    /// The way of signing in of this name.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Authenticator>> {
        self.authenticators.iter().find(|each| each.name() == name)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.authenticators.iter().map(|each| each.name());
        f.debug_list().entries(names).finish()
    }
}

//! What a deployment adds in Rust, in a `main` of its own: `hatcheck::cli::main_with(extensions)`.

mod authenticator;
mod token_hook;

use std::fmt;
use std::sync::Arc;

pub use self::authenticator::{
    Answering, Attempt, Authenticator, Checked, Known, Once, Recognised, Typed, Unrecognised,
};
pub use self::token_hook::{Deciding, Extra, Issuing, TokenHook, Withheld};

/// What a deployment adds.
#[derive(Clone, Default)]
pub struct Extensions {
    authenticators: Vec<Arc<dyn Authenticator>>,
    token_hooks: Vec<Arc<dyn TokenHook>>,
}

impl Extensions {
    /// Adds a way of signing in.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticators.push(Arc::new(authenticator));
        self
    }

    /// Adds a word in what tokens say; those that were added later have the last.
    #[must_use]
    pub fn token_hook(mut self, hook: impl TokenHook + 'static) -> Self {
        self.token_hooks.push(Arc::new(hook));
        self
    }

    /// Who has a word in what tokens say.
    pub fn token_hooks(&self) -> impl Iterator<Item = &Arc<dyn TokenHook>> {
        self.token_hooks.iter()
    }

    /// Whether anybody has.
    pub const fn has_token_hooks(&self) -> bool {
        !self.token_hooks.is_empty()
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

//! Who somebody is elsewhere.

/// A person as another provider knows them. It is what an account is linked by: names and addresses change hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider, by its name here.
    pub provider: String,
    /// What it calls the person.
    pub subject: String,
}

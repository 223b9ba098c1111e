//! `[connectors.NAME]`: providers elsewhere by which people sign in here.

mod read;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::reading::Reader;
use crate::model::Scopes;

/// `[connectors]`
#[derive(Clone, Debug, Default)]
pub struct Connectors(BTreeMap<String, Connector>);

/// `[connectors.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// `title`: what people know it by.
    pub title: String,
    /// `issuer`: its identifier.
    pub issuer: String,
    /// `client_id`: what it calls us.
    pub client_id: String,
    /// `client_secret_file`: the file with our secret there; a public client without.
    pub client_secret_file: Option<PathBuf>,
    /// `scopes`: what is asked for.
    pub scopes: Scopes,
    /// `first_sign_in`: what becomes of people who are not here yet.
    pub first_sign_in: FirstSignIn,
    /// `domains`: whose addresses it alone gives out, in small letters.
    pub domains: Vec<String>,
    /// `second_factor`: its `acr` values that tell of a second factor; the first is asked for.
    pub second_factor: Vec<String>,
    /// `sign_out_there`: whether who signs out here is signed out there too.
    pub sign_out_there: bool,
}

/// `first_sign_in`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstSignIn {
    /// They get an account.
    Create,
    /// They sign in to the one that they have here, and link it.
    Link,
    /// They do not get in.
    Refuse,
}

impl Connectors {
    /// A connector by its name.
    pub fn get(&self, name: &str) -> Option<&Connector> {
        self.0.get(name)
    }

    /// Each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Connector)> {
        self.0.iter().map(|(name, connector)| (name.as_str(), connector))
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut connectors = Self::default();
        for name in reader.named("connectors") {
            if !read::is_name(&name) {
                reader.refuse(
                    &format!("connectors.\"{name}\""),
                    "is no name for a connector: write small letters, digits and hyphens, since it stands in URLs",
                );
            }
            let connector = Connector::read(reader, &name);
            connectors.0.insert(name, connector);
        }
        connectors
    }
}

impl Connector {
    /// Whether it alone gives out addresses like this one.
    pub fn is_authority_on(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        domain.is_some_and(|domain| self.domains.contains(&domain))
    }
}

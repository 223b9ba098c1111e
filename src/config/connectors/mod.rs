//! `[connectors.NAME]`: providers elsewhere by which people sign in here.

mod grants;
mod members;
mod provider;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::reading::{ConfigErrors, Reader};
use crate::model::{Entitlement, Scopes};

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
    /// `preset`: what is odd about it.
    pub dialect: Dialect,
    /// `client_id`: what it calls us.
    pub client_id: String,
    /// By what it knows that it is us.
    pub credential: Credential,
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
    /// What of its claims is kept here.
    pub mapping: Mapping,
    /// `tokens_for`: the apps that get its access tokens.
    pub tokens_for: Vec<String>,
}

/// `preset`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// An OpenID provider.
    Standard,
    /// Google.
    Google,
    /// Microsoft Entra; people of several tenants come by it where some are named.
    Entra {
        /// `tenants`: the ids of the tenants whose people may come.
        tenants: Vec<String>,
    },
    /// Apple.
    Apple,
    /// No OpenID provider: RFC 6749 alone.
    Plain(Box<Plain>),
}

/// A provider that knows OAuth 2.0 and no OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// `authorization_endpoint`
    pub authorization_endpoint: String,
    /// `token_endpoint`
    pub token_endpoint: String,
    /// `userinfo_endpoint`: where it tells about the person of an access token.
    pub userinfo_endpoint: String,
    /// Where it tells their addresses, as GitHub does.
    pub emails_endpoint: Option<String>,
    /// `subject_claim`: what never changes about them.
    pub subject_claim: String,
    /// `name_claim`
    pub name_claim: String,
    /// `email_claim`
    pub email_claim: String,
    /// `email_verified_claim`
    pub email_verified_claim: String,
}

/// By what a provider knows us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// By nothing: a public client.
    Nothing,
    /// A secret.
    Secret {
        /// Where it is.
        held: Held,
        /// `client_auth`: `None` is what the provider offers, rather Basic.
        method: Option<SecretMethod>,
    },
    /// `private_key_jwt`, by this server's own signing keys.
    OwnKeys,
    /// A secret that is a JWT, signed with a key that Apple gave out.
    Apple {
        /// `team_id`
        team_id: String,
        /// `key_id`
        key_id: String,
        /// Where the key is.
        held: Held,
    },
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// `client_secret_file`, `client_key_file`: in a file. Each of its lines is a secret, to be tried in their order.
    File(PathBuf),
    /// In the database, with the connector.
    Kept,
}

/// How a secret is sent: RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// In the header.
    Basic,
    /// In the form.
    Post,
}

/// What of a provider's claims is kept here, anew at each sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// `claims`: the standard claims that are taken over.
    pub claims: Vec<String>,
    /// `groups_claim`: the claim with the groups there.
    pub groups_claim: String,
    /// `[connectors.NAME.grants]`: what each group there gives here.
    pub grants: Vec<(String, Vec<Entitlement>)>,
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

    /// A connector that stands outside the settings: its members are those of `[connectors.NAME]`. `kept`: whether its secret
    /// is in the database. `file` is how errors call it, and `folder` where its relative paths begin.
    pub fn parse(
        name: &str,
        members: &Map<String, Value>,
        kept: bool,
        (file, folder): (&Path, &Path),
    ) -> Result<Connector, ConfigErrors> {
        let mut reader = Reader::of_json(&full_name(name), members, file, folder);
        if !read::is_name(name) {
            reader.refuse(name, NO_NAME);
        }
        let connector = Connector::read(&mut reader, name, kept);
        reader.finish().map(|_| connector)
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut connectors = Self::default();
        for name in reader.named("connectors") {
            if !read::is_name(&name) {
                reader.refuse(&full_name(&name), NO_NAME);
            }
            let connector = Connector::read(reader, &name, false);
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

const NO_NAME: &str =
    "is no name for a connector: write small letters, digits and hyphens, since it stands in URLs";

fn full_name(name: &str) -> String {
    format!("connectors.\"{name}\"")
}

//! `[connectors.NAME]`: providers elsewhere by which people sign in here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::reading::{Raw, Reader, Value, told};
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
}

/// `first_sign_in`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstSignIn {
    /// They get an account.
    Create,
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
            if !is_name(&name) {
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

    fn read(reader: &mut Reader, name: &str) -> Self {
        let member = |member: &str| format!("connectors.\"{name}\".{member}");
        let title: Option<String> = reader.take(
            member("title"),
            told("its name", None),
            "What people know the provider by, on the button.",
        );
        let issuer: Option<String> = reader.require(
            member("issuer"),
            "write the provider's issuer, as its discovery document has it",
            "The identifier of the provider: `/.well-known/openid-configuration` below it is its discovery document.",
        );
        let issuer = issuer.unwrap_or_default();
        if !issuer.is_empty() && !is_issuer(&issuer) {
            reader.refuse(
                &member("issuer"),
                "is no issuer: write an https URL without query and fragment, like https://login.example.org",
            );
        }
        let client_id: Option<String> = reader.require(
            member("client_id"),
            "write what the provider calls this server",
            "What the provider calls this server.",
        );
        let client_secret_file = reader.take(
            member("client_secret_file"),
            None,
            "The file with this server's secret at the provider; it is a public client without one.",
        );
        let scopes: String = reader.take_if(
            member("scopes"),
            "openid profile email".to_owned(),
            |text: &String| has_openid(text),
            "The scopes that are asked for.",
        );
        let first_sign_in = reader.take(
            member("first_sign_in"),
            FirstSignIn::Create,
            "What becomes of people who sign in by it for the first time: `create` (they get an account) or `refuse`.",
        );
        let domains: Vec<String> = reader.take(
            member("domains"),
            Vec::new(),
            "The domains whose addresses the provider alone gives out: who has such an address there, verified, has the account of it here.",
        );
        let second_factor = reader.take(
            member("second_factor"),
            vec!["urn:hatcheck:acr:2fa".to_owned()],
            "The provider's `acr` values that tell of a second factor; the first is asked for when an app wants one.",
        );
        Self {
            title: title.unwrap_or_else(|| name.to_owned()),
            issuer,
            client_id: client_id.unwrap_or_default(),
            client_secret_file,
            scopes: Scopes::parse(&scopes).unwrap_or_default(),
            first_sign_in,
            domains: domains.iter().map(|domain| domain.to_lowercase()).collect(),
            second_factor,
        }
    }
}

impl Value for FirstSignIn {
    fn read(raw: &Raw, folder: &std::path::Path) -> Result<Self, String> {
        match String::read(raw, folder)?.as_str() {
            "create" => Ok(Self::Create),
            "refuse" => Ok(Self::Refuse),
            _ => Err("is neither \"create\" nor \"refuse\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Create => "create".to_owned(),
            Self::Refuse => "refuse".to_owned(),
        }
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 40 && name.bytes().all(allowed)
}

/// http only where `[outgoing]` lets requests go without TLS, which is asked when one is made.
fn is_issuer(text: &str) -> bool {
    let fits = |url: &url::Url| {
        ["https", "http"].contains(&url.scheme())
            && url.query().is_none()
            && url.fragment().is_none()
    };
    url::Url::parse(text).is_ok_and(|url| fits(&url))
}

fn has_openid(text: &str) -> Result<(), String> {
    match Scopes::parse(text) {
        Ok(scopes) if scopes.contains("openid") => Ok(()),
        Ok(_) => Err("lacks openid, without which nobody is told who signed in".to_owned()),
        Err(error) => Err(format!("can't be read: {error}")),
    }
}

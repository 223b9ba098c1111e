//! The members of `[connectors.NAME]`, one by one.

use std::path::Path;

use super::{Connector, FirstSignIn};
use crate::config::reading::{Raw, Reader, Value, told};
use crate::model::Scopes;

/// A connector that is being read.
struct Members<'a> {
    reader: &'a mut Reader,
    prefix: String,
}

impl Members<'_> {
    fn name(&self, member: &str) -> String {
        format!("{}.{member}", self.prefix)
    }
}

impl Connector {
    pub(super) fn read(reader: &mut Reader, name: &str) -> Self {
        let mut members = Members { reader, prefix: format!("connectors.\"{name}\"") };
        let m = &mut members;
        let title: Option<String> = m.reader.take(
            m.name("title"),
            told("its name", None),
            "What people know the provider by, on the button.",
        );
        let issuer = m.issuer();
        let client_id: Option<String> = m.reader.require(
            m.name("client_id"),
            "write what the provider calls this server",
            "What the provider calls this server.",
        );
        let client_secret_file = m.reader.take(
            m.name("client_secret_file"),
            None,
            "The file with this server's secret at the provider; it is a public client without one.",
        );
        let scopes: String = m.reader.take_if(
            m.name("scopes"),
            "openid profile email".to_owned(),
            |text: &String| has_openid(text),
            "The scopes that are asked for.",
        );
        let (first_sign_in, domains) = m.newcomers();
        let second_factor = m.reader.take(
            m.name("second_factor"),
            vec!["urn:hatcheck:acr:2fa".to_owned()],
            "The provider's `acr` values that tell of a second factor; the first is asked for when an app wants one.",
        );
        let sign_out_there = m.reader.take(
            m.name("sign_out_there"),
            false,
            "Whether people who sign out here are signed out at the provider as well, by its `end_session_endpoint`.",
        );
        Self {
            title: title.unwrap_or_else(|| name.to_owned()),
            issuer,
            client_id: client_id.unwrap_or_default(),
            client_secret_file,
            scopes: Scopes::parse(&scopes).unwrap_or_default(),
            first_sign_in,
            domains,
            second_factor,
            sign_out_there,
        }
    }
}

impl Members<'_> {
    fn issuer(&mut self) -> String {
        let name = self.name("issuer");
        let issuer: Option<String> = self.reader.require(
            name.clone(),
            "write the provider's issuer, as its discovery document has it",
            "The identifier of the provider: `/.well-known/openid-configuration` below it is its discovery document.",
        );
        let issuer = issuer.unwrap_or_default();
        if !issuer.is_empty() && !is_issuer(&issuer) {
            self.reader.refuse(
                &name,
                "is no issuer: write an https URL without query and fragment, like https://login.example.org",
            );
        }
        issuer
    }

    fn newcomers(&mut self) -> (FirstSignIn, Vec<String>) {
        let first_sign_in = self.reader.take(
            self.name("first_sign_in"),
            FirstSignIn::Create,
            "What becomes of people who sign in by it for the first time: `create` (they get an account), `link` (they sign in to one that they have here) or `refuse`.",
        );
        let domains: Vec<String> = self.reader.take(
            self.name("domains"),
            Vec::new(),
            "The domains whose addresses the provider alone gives out: who has such an address there, verified, has the account of it here.",
        );
        (first_sign_in, domains.iter().map(|domain| domain.to_lowercase()).collect())
    }
}

impl Value for FirstSignIn {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        match String::read(raw, folder)?.as_str() {
            "create" => Ok(Self::Create),
            "link" => Ok(Self::Link),
            "refuse" => Ok(Self::Refuse),
            _ => Err("is none of \"create\", \"link\" and \"refuse\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Create => "create".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Refuse => "refuse".to_owned(),
        }
    }
}

/// Whether a connector can be called that.
pub(super) fn is_name(name: &str) -> bool {
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

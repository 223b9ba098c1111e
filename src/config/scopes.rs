//! `[scopes.NAME]`: scopes and claims of one's own, beside the standard ones (OpenID Connect Core sections 5.1.2 and 5.4).

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Reader;
use crate::model::client::Localized;
use crate::model::{self, STANDARD_SCOPES, is_claim_name, scope_of_claim};

/// `[scopes]`
#[derive(Clone, Debug, Default)]
pub struct Scopes(BTreeMap<String, Scope>);

/// `[scopes.NAME]`
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `description`: what it lets an app do, in the words of people, by language.
    pub description: Localized,
    /// `claims`: what it tells about the person.
    pub claims: Vec<String>,
}

impl Scopes {
    /// A scope of one's own.
    pub fn get(&self, name: &str) -> Option<&Scope> {
        self.0.get(name)
    }

    /// Every scope that there is: the standard ones, then one's own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        STANDARD_SCOPES.into_iter().chain(self.0.keys().map(String::as_str))
    }

    /// Whether one of these scopes gives a claim.
    pub fn give(&self, scopes: &model::Scopes, claim: &str) -> bool {
        scope_of_claim(claim).is_some_and(|scope| scopes.contains(scope))
            || self.of_claim(claim).any(|scope| scopes.contains(scope))
    }

    /// The claims that these scopes give, as far as they are one's own.
    pub fn given(&self, scopes: &model::Scopes) -> impl Iterator<Item = &str> {
        let allowed = self.0.iter().filter(|(name, _)| scopes.contains(name));
        allowed.flat_map(|(_, scope)| &scope.claims).map(String::as_str)
    }

    /// The claims of one's own that no standard scope has, each once.
    pub fn claims(&self) -> BTreeSet<&str> {
        let all = self.0.values().flat_map(|scope| &scope.claims).map(String::as_str);
        all.filter(|claim| scope_of_claim(claim).is_none()).collect()
    }

    /// One's own scopes that give a claim.
    fn of_claim(&self, claim: &str) -> impl Iterator<Item = &str> {
        let gives = move |scope: &Scope| scope.claims.iter().any(|given| given == claim);
        self.0.iter().filter(move |(_, scope)| gives(scope)).map(|(name, _)| name.as_str())
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let names = reader.named("scopes");
        Self(names.into_iter().map(|name| (name.clone(), Scope::read(reader, &name))).collect())
    }
}

impl Scope {
    fn read(reader: &mut Reader, name: &str) -> Self {
        let member = |member: &str| format!("scopes.\"{name}\".{member}");
        let is_one = model::Scopes::parse(name).is_ok_and(|scopes| scopes.iter().eq([name]));
        if !is_one || STANDARD_SCOPES.contains(&name) {
            reader.refuse(
                &format!("scopes.\"{name}\""),
                "is no name for a scope of one's own: write letters, digits and signs without blanks (RFC 6749 section \
                 3.3), and none of the standard names",
            );
        }
        Self {
            description: reader.texts(
                member("description"),
                "What the scope lets an app do, for the consent page, such as \"Read your notes\"; in several languages: \
                 `{ en = \"…\", de = \"…\" }`.",
            ),
            claims: reader.take_if(
                member("claims"),
                Vec::new(),
                all_are_claims,
                "Claims that the scope gives: standard ones, or names of your own (`hatcheck user add --claims`).",
            ),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "the shape of all checks")]
fn all_are_claims(names: &Vec<String>) -> Result<(), String> {
    match names.iter().find(|name| scope_of_claim(name).is_none() && !is_claim_name(name)) {
        None => Ok(()),
        Some(wrong) => Err(format!(
            "has {wrong:?}, which is no name of a claim about a person: write a standard claim, or a name of your own that \
             tokens do not use themselves"
        )),
    }
}

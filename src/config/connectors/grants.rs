//! What of a provider's claims is kept here.

use super::Mapping;
use super::members::Members;
use crate::model::{ClientId, Entitlement, EntitlementName};

/// Claims that another member decides about.
const TAKEN: [&str; 9] = [
    "sub",
    "name",
    "email",
    "email_verified",
    "updated_at",
    "groups",
    "roles",
    "permissions",
    "preferred_username",
];

impl Members<'_> {
    pub(super) fn mapping(&mut self) -> Mapping {
        let claims = self.reader.take_if(
            self.name("claims"),
            ["given_name", "family_name", "locale", "zoneinfo"].map(str::to_owned).to_vec(),
            |names: &Vec<String>| names.iter().try_for_each(|name| is_claim(name)),
            "The standard claims about people that are taken over from the provider, anew at each sign-in.",
        );
        let groups_claim = self.reader.take(
            self.name("groups_claim"),
            "groups".to_owned(),
            "The provider's claim with the groups of a person, for `grants`.",
        );
        let prefix = format!("{}.", self.name("grants"));
        let mut grants = Vec::new();
        for group in self.reader.below(&prefix) {
            let name = format!("{prefix}{group}");
            let given: Option<Vec<String>> = self.reader.take_if(
                name,
                None,
                |texts: &Option<Vec<String>>| texts.iter().flatten().try_for_each(|text| parse(text).map(drop)),
                "What people of this group at the provider get here, and lose when they leave it: `group NAME`, `role NAME at CLIENT`, `permission NAME at CLIENT`.",
            );
            let given = given.iter().flatten().filter_map(|text| parse(text).ok()).collect();
            grants.push((group, given));
        }
        Mapping { claims, groups_claim, grants }
    }
}

fn is_claim(name: &str) -> Result<(), String> {
    let known = crate::model::SUPPORTED_CLAIMS.contains(&name) && !TAKEN.contains(&name);
    if known {
        return Ok(());
    }
    Err(format!(
        "holds {name}, which is no claim that can be taken over: try given_name, locale or picture"
    ))
}

/// `group NAME`, `role NAME at PLACE`, `permission NAME at PLACE`.
fn parse(text: &str) -> Result<Entitlement, String> {
    let wrong = || {
        format!(
            "holds {text:?}: write \"group NAME\", \"role NAME at CLIENT\" or \"permission NAME at CLIENT\""
        )
    };
    let (kind, rest) = text.split_once(' ').ok_or_else(wrong)?;
    let name = |text: &str| {
        EntitlementName::parse(text).map_err(|error| format!("holds {text:?}: {error}"))
    };
    if kind == "group" {
        return Ok(Entitlement::Group(name(rest)?));
    }
    let (held, at) = rest.rsplit_once(" at ").ok_or_else(wrong)?;
    let is_place = ClientId::parse(at).is_some() || url::Url::parse(at).is_ok();
    let (name, at) = (name(held)?, Some(at.to_owned()).filter(|_| is_place).ok_or_else(wrong)?);
    match kind {
        "role" => Ok(Entitlement::Role { at, name }),
        "permission" => Ok(Entitlement::Permission { at, name }),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_written_in_words() {
        let name = |text| EntitlementName::parse(text).unwrap();
        let at = || "notes".to_owned();
        for (text, expected) in [
            ("group admins", Some(Entitlement::Group(name("admins")))),
            ("group the night shift", Some(Entitlement::Group(name("the night shift")))),
            ("role editor at notes", Some(Entitlement::Role { at: at(), name: name("editor") })),
            (
                "permission x at y at notes",
                Some(Entitlement::Permission { at: at(), name: name("x at y") }),
            ),
            ("role editor", None),
            ("role editor at ", None),
            ("admins", None),
            ("", None),
            ("group ", None),
            ("group a,b", None),
            ("king of at notes", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}

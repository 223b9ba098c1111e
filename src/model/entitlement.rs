//! What a person may at an app, as their admin says: RFC 9068 section 2.2.3.1.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes.
const LONGEST: usize = 100;

/// The name of a group, a role or a permission. It fits into a list that commas separate, and no pattern is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntitlementName(String);

/// Why a text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it has to be 1 to {LONGEST} bytes long, without commas, asterisks, quotes and control characters, and must not begin or \
     end with a blank"
)]
pub struct NotAName;

/// Something that a person was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entitlement {
    /// They are one of a group, wherever they sign in.
    Group(EntitlementName),
    /// They have a role at a client or resource.
    Role {
        /// The `client_id` or the resource's identifier.
        at: String,
        /// The role.
        name: EntitlementName,
    },
    /// They have a permission at a client or resource.
    Permission {
        /// The `client_id` or the resource's identifier.
        at: String,
        /// The permission.
        name: EntitlementName,
    },
}

/// What somebody holds at one place: claims of tokens and answers. The claims `roles` and `groups` are those of RFC 9068
/// section 2.2.3.1; `permissions` is what apps call the `entitlements` of that section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Entitlements {
    /// `groups`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<EntitlementName>,
    /// `roles`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<EntitlementName>,
    /// `permissions`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<EntitlementName>,
}

/// Which groups an app is told of: one by its name, or all that begin alike (`notes-*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupPattern(String);

impl EntitlementName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let fits = |c: char| !c.is_control() && !matches!(c, ',' | '*' | '"');
        let good = (1..=LONGEST).contains(&text.len()) && text.trim() == text;
        if good && text.chars().all(fits) { Ok(Self(text.to_owned())) } else { Err(NotAName) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Entitlements {
    /// What is held at any of these places, each name once; groups as far as they pass.
    pub fn at(
        all: Vec<Entitlement>,
        places: &[String],
        passes: impl Fn(&EntitlementName) -> bool,
    ) -> Self {
        let mut held = Self::default();
        for entitlement in all {
            match entitlement {
                Entitlement::Group(name) if passes(&name) => held.groups.push(name),
                Entitlement::Role { at, name } if places.contains(&at) => held.roles.push(name),
                Entitlement::Permission { at, name } if places.contains(&at) => {
                    held.permissions.push(name);
                }
                Entitlement::Group(_)
                | Entitlement::Role { .. }
                | Entitlement::Permission { .. } => {}
            }
        }
        for names in [&mut held.groups, &mut held.roles, &mut held.permissions] {
            names.sort_unstable();
            names.dedup();
        }
        held
    }

    /// The names behind a claim.
    pub fn claim(&self, name: &str) -> &[EntitlementName] {
        match name {
            "groups" => &self.groups,
            "roles" => &self.roles,
            "permissions" => &self.permissions,
            _ => &[],
        }
    }

    /// As far as the scopes of the same names were allowed.
    #[must_use]
    pub fn within(self, scopes: &super::Scopes) -> Self {
        let kept = |names, scope| if scopes.contains(scope) { names } else { Vec::new() };
        Self {
            groups: kept(self.groups, "groups"),
            roles: kept(self.roles, "roles"),
            permissions: kept(self.permissions, "permissions"),
        }
    }
}

impl GroupPattern {
    /// Reads a name, or the beginning of names with an asterisk behind it; the asterisk alone is every group.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let beginning = text.strip_suffix('*').unwrap_or(text);
        if text != "*" {
            EntitlementName::parse(beginning.trim_end())?;
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a group is meant.
    pub fn fits(&self, group: &EntitlementName) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => group.0.starts_with(beginning),
            None => group.0 == self.0,
        }
    }
}

impl fmt::Display for EntitlementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Entitlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group {name}"),
            Self::Role { at, name } => write!(f, "role {name} at {at}"),
            Self::Permission { at, name } => write!(f, "permission {name} at {at}"),
        }
    }
}

impl TryFrom<String> for EntitlementName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl From<EntitlementName> for String {
    fn from(name: EntitlementName) -> Self {
        name.0
    }
}

impl TryFrom<String> for GroupPattern {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl From<GroupPattern> for String {
    fn from(pattern: GroupPattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scopes;

    fn name(text: &str) -> EntitlementName {
        EntitlementName::parse(text).unwrap()
    }

    #[test]
    fn names_fit_into_headers_and_lists() {
        for good in ["staff", "Sales Team", "träger", "notes:write", &"x".repeat(100)] {
            assert!(EntitlementName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", " staff", "staff ", "a,b", "a*", "a\nb", "a\"b", &"x".repeat(101)] {
            assert_eq!(EntitlementName::parse(bad), Err(NotAName), "{bad:?}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_a_beginning() {
        for (pattern, fitting, other) in [
            ("staff", "staff", "staff2"),
            ("notes-*", "notes-editors", "note"),
            ("Sales *", "Sales North", "Sales"),
            ("*", "anything", ""),
        ] {
            let pattern = GroupPattern::parse(pattern).unwrap();
            assert!(pattern.fits(&name(fitting)), "{pattern:?}");
            assert!(other.is_empty() || !pattern.fits(&name(other)), "{pattern:?}");
        }
        for bad in ["", "**", "a*b", "*a", "a,b*"] {
            assert!(GroupPattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rfc_9068_2_2_3_1_a_token_has_what_is_held_where_it_is_for() {
        let role = |at: &str, n: &str| Entitlement::Role { at: at.to_owned(), name: name(n) };
        let may = |at: &str, n: &str| Entitlement::Permission { at: at.to_owned(), name: name(n) };
        let all = vec![
            Entitlement::Group(name("staff")),
            Entitlement::Group(name("hidden")),
            role("app", "editor"),
            role("other", "admin"),
            role("api", "editor"),
            may("api", "write"),
        ];
        let places = ["app".to_owned(), "api".to_owned()];
        let held = Entitlements::at(all, &places, |group| group.as_str() != "hidden");
        let expected = Entitlements {
            groups: vec![name("staff")],
            roles: vec![name("editor")],
            permissions: vec![name("write")],
        };
        assert_eq!(held, expected);
        assert_eq!(held.claim("groups"), [name("staff")]);
        let within = held.within(&Scopes::parse("openid roles").unwrap());
        assert_eq!(within, Entitlements { roles: vec![name("editor")], ..Entitlements::default() });
    }
}

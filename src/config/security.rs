//! `[security]`: how strictly clients are held (`model::Profile`).

use std::path::Path;

use super::reading::{Raw, Reader, Value, told};
use crate::model::client::{Metadata, MetadataError};
use crate::model::{Profile, ResponseMode, ResponseType, Rules};

/// `[security]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// `security.profiles`: those that clients may have; `strict` alone.
    pub profiles: Vec<Profile>,
    /// `security.default_profile`: of clients that register none.
    pub default_profile: Profile,
}

impl Security {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let profiles = reader.take_if(
            "security.profiles",
            vec![Profile::Strict],
            |profiles: &Vec<Profile>| {
                if profiles.is_empty() {
                    return Err("names none: no app could sign anybody in".to_owned());
                }
                Ok(())
            },
            "The security profiles that apps may have: `strict` (codes with PKCE or nonce, RFC 9700), `openid` (all \
             that OpenID Connect Core allows, tokens through the browser too).",
        );
        let first = profiles.first().copied().unwrap_or(Profile::Strict);
        let default_profile = reader.take_if(
            "security.default_profile",
            told("the first of `security.profiles`", first),
            |profile| {
                if profiles.contains(profile) {
                    return Ok(());
                }
                Err(format!("is none of security.profiles: name {profile} there too"))
            },
            "The profile of apps that register none.",
        );
        Self { profiles, default_profile }
    }

    /// The profile of a client that registered this one; `Err` when it is not offered.
    pub fn profile_of(&self, registered: Option<Profile>) -> Result<Profile, Profile> {
        let profile = registered.unwrap_or(self.default_profile);
        if self.profiles.contains(&profile) { Ok(profile) } else { Err(profile) }
    }

    /// Whether a client may be registered so: its profile is offered, and allows what it registers.
    pub fn admit(&self, metadata: &Metadata) -> Result<(), MetadataError> {
        let profile = self.profile_of(metadata.profile).map_err(|profile| {
            let offered: Vec<_> = self.profiles.iter().map(|each| each.as_str()).collect();
            MetadataError::Member {
                member: "profile".to_owned(),
                reason: format!(
                    "{profile} is not offered by this server: choose from {}, or add it to security.profiles",
                    offered.join(", ")
                ),
            }
        })?;
        metadata.keeps_to(profile)
    }

    /// Whether some client may use this response type.
    pub fn offers(&self, response_type: ResponseType) -> bool {
        self.allows(|rules| rules.response_types.contains(&response_type))
    }

    /// Every response type that some client may use.
    pub fn response_types(&self) -> Vec<ResponseType> {
        ResponseType::ALL.into_iter().filter(|each| self.offers(*each)).collect()
    }

    /// Every response mode that some client may use.
    pub fn response_modes(&self) -> Vec<ResponseMode> {
        let allowed =
            |each: &ResponseMode| self.allows(|rules| rules.response_modes.contains(each));
        ResponseMode::ALL.into_iter().filter(allowed).collect()
    }

    fn allows(&self, by: impl Fn(Rules) -> bool) -> bool {
        self.profiles.iter().any(|profile| by(profile.rules()))
    }
}

impl Value for Profile {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        one(raw.text("strict")?)
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Value for Vec<Profile> {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        raw.list("strict")?.iter().map(|text| one(text)).collect()
    }

    fn show(&self) -> String {
        self.iter().map(|each| each.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn one(text: &str) -> Result<Profile, String> {
    Profile::parse(text).ok_or_else(|| {
        let all = Profile::ALL.map(Profile::as_str).join(", ");
        format!("has {text:?}, which is no profile: choose from {all}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::config::Settings;

    fn security(lines: &str) -> Result<Security, String> {
        let text = format!("issuer = \"https://id.example\"\n[security]\n{lines}");
        let settings = Settings::parse(&text, Path::new(""));
        settings.map(|settings| settings.security).map_err(|errors| errors.to_string())
    }

    #[test]
    fn rfc_9700_what_is_not_named_is_not_offered() {
        let usual = security("").unwrap();
        assert_eq!(
            (usual.profiles.as_slice(), usual.default_profile),
            (&[Profile::Strict][..], Profile::Strict)
        );
        assert_eq!(usual.response_types(), [ResponseType::Code]);
        let both = security("profiles = [\"strict\", \"openid\"]").unwrap();
        assert_eq!(both.default_profile, Profile::Strict);
        assert_eq!(both.response_types(), ResponseType::ALL);
        let open = security("profiles = [\"openid\"]").unwrap();
        assert_eq!(open.default_profile, Profile::Openid);
        for (lines, name) in [
            ("profiles = []", "security.profiles"),
            ("profiles = [\"lax\"]", "choose from strict, openid"),
            ("default_profile = \"openid\"", "security.default_profile"),
        ] {
            assert!(security(lines).unwrap_err().contains(name), "{lines}");
        }
    }

    #[test]
    fn rfc_7591_2_what_a_profile_forbids_is_not_registered() {
        let (strict, both) =
            (security("").unwrap(), security("profiles = [\"strict\", \"openid\"]").unwrap());
        let open = security("profiles = [\"openid\"]").unwrap();
        let with = |more: &Json| {
            let mut members = json!({"redirect_uris": ["https://rp.example/cb"]});
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Metadata::from_json(members.as_object().unwrap().clone()).unwrap()
        };
        let member = |security: &Security, more: &Json| {
            let refused = security.admit(&with(more)).err().map(|error| error.to_string());
            refused.map(|text| text.split(':').next().unwrap_or_default().to_owned())
        };
        let implicit = json!({"response_types": ["id_token"], "grant_types": ["implicit"]});
        let asked = json!({"response_types": ["id_token"], "grant_types": ["implicit"], "profile": "openid"});
        let unused = json!({"grant_types": ["authorization_code", "implicit"]});
        for (security, more, refused) in [
            (&strict, &json!({}), None),
            (&strict, &json!({"profile": "strict"}), None),
            (&strict, &json!({"profile": "openid"}), Some("profile")),
            (&strict, &implicit, Some("response_types")),
            (&strict, &unused, Some("grant_types")),
            (&both, &implicit, Some("response_types")),
            (&both, &asked, None),
            (&open, &implicit, None),
            (&open, &unused, None),
            (&open, &json!({"profile": "strict"}), Some("profile")),
        ] {
            assert_eq!(member(security, more).as_deref(), refused, "{more}");
        }
    }
}

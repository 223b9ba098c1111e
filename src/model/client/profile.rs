//! Whether a registration keeps to its security profile.

use super::{GrantType, Metadata, MetadataError};
use crate::model::Profile;

impl Metadata {
    /// Refuses what the profile does not allow, so that no client counts on it.
    pub fn keeps_to(&self, profile: Profile) -> Result<(), MetadataError> {
        let allowed = profile.rules().response_types;
        if let Some(other) = self.response_types.iter().find(|each| !allowed.contains(each)) {
            let reason = format!(
                "the profile {profile} does not allow \"{other}\": leave it out, or register another profile"
            );
            return Err(MetadataError::member("response_types", reason));
        }
        let with_tokens = allowed.iter().any(|each| each.has_tokens());
        if self.grant_types.contains(&GrantType::Implicit) && !with_tokens {
            let reason = format!(
                "the profile {profile} does not allow implicit: leave it out, or register another profile"
            );
            return Err(MetadataError::member("grant_types", reason));
        }
        Ok(())
    }
}

//! Members whose values are names of a fixed list.

use super::members::Members;
use crate::model::client::{AuthMethod, GrantType, MetadataError, SubjectType, TokenFormat};
use crate::model::{
    Acr, Algorithm, AssertionAlgorithm, ContentEncryption, Encryption, KeyEncryption, Profile,
    ResponseType,
};

/// A value that has one name.
pub(super) trait Named: Copy {
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($each:ty),+) => { $(impl Named for $each {
        fn name(self) -> &'static str {
            self.as_str()
        }
    })+ };
}

named!(Acr, Algorithm, AssertionAlgorithm, AuthMethod, ContentEncryption, GrantType);
named!(KeyEncryption, Profile, ResponseType, SubjectType, TokenFormat);

impl Members {
    /// One of these, by its name.
    pub(super) fn named<T: Named>(
        &mut self,
        member: &str,
        all: &[T],
    ) -> Result<Option<T>, MetadataError> {
        let choices: Vec<_> = all.iter().map(|each| (each.name(), *each)).collect();
        self.one_of(member, &choices)
    }

    /// `…_alg` and `…_enc`. The second has a default; alone it would mean nothing (Registration section 2).
    pub(super) fn encryption(
        &mut self,
        stem: &str,
        offered: &[KeyEncryption],
    ) -> Result<Option<Encryption>, MetadataError> {
        let (alg_name, enc_name) = (format!("{stem}_alg"), format!("{stem}_enc"));
        let alg = self.named(&alg_name, offered)?;
        let enc = self.named(&enc_name, &ContentEncryption::ALL)?;
        match (alg, enc) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(MetadataError::member(
                &enc_name,
                format!("needs {alg_name}: name one, or leave this out"),
            )),
            (Some(alg), enc) => {
                let enc = enc.unwrap_or(ContentEncryption::A128CbcHs256);
                Ok(Some(Encryption { alg, enc }))
            }
        }
    }
}

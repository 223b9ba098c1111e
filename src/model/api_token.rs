//! Tokens that people make for themselves, for command lines and scripts.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{ApiTokenId, Digest, Scopes, Secret, Timestamp, UserId};

/// What all of them begin with, so that those who look for secrets in code and logs find them.
const PREFIX: &str = "hat_";
/// The characters of the random part: 256 bits.
const RANDOM: usize = 43;
/// The bytes of the checksum.
const CHECK: usize = 3;

/// A token of a person for one app or API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its name, which opens nothing.
    pub id: ApiTokenId,
    /// The digest of what opens it.
    pub digest: Digest,
    /// Whose it is.
    pub user_id: UserId,
    /// What the person calls it.
    pub name: String,
    /// For whom it is: a `client_id`, or a resource of the settings.
    pub target: String,
    /// What may be done with it there.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// When somebody asked about it last, to the minute.
    pub used_at: Option<Timestamp>,
}

/// The token itself: `hat_`, 256 random bits, and a checksum that tells a typing error from a wrong token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenText(Secret<String>);

impl ApiTokenText {
    /// A new one.
    pub fn new(random: &[u8; 32]) -> Self {
        let body = URL_SAFE_NO_PAD.encode(random);
        let check = checksum(&body);
        Self(Secret::new(format!("{PREFIX}{body}{check}")))
    }

    /// Reads one; `None` of anything else, without looking it up.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, check) = text.strip_prefix(PREFIX)?.split_at_checked(RANDOM)?;
        (check == checksum(body)).then(|| Self(Secret::new(text.to_owned())))
    }

    /// What is stored of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.expose())
    }

    /// The text, for the one page that shows it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn checksum(body: &str) -> String {
    let hash = digest(&SHA256, body.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..CHECK).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_all_else_by_its_form() {
        let token = ApiTokenText::new(&[7; 32]);
        let text = token.expose().to_owned();
        assert_eq!((text.len(), text.get(..4)), (51, Some("hat_")));
        assert_eq!(ApiTokenText::parse(&text).map(|read| read.digest()), Some(token.digest()));
        for at in 0..text.len() {
            let mut typed = text.clone().into_bytes();
            typed[at] = if typed[at] == b'x' { b'y' } else { b'x' };
            assert!(ApiTokenText::parse(std::str::from_utf8(&typed).unwrap()).is_none(), "{at}");
            let cut = text.get(..at).unwrap();
            assert!(ApiTokenText::parse(cut).is_none(), "cut at {at}");
        }
        for other in ["", "hat_", "hat_ä", &format!("{text}x"), &format!(" {text}")] {
            assert!(ApiTokenText::parse(other).is_none(), "{other}");
        }
        assert!(!format!("{token:?}").contains(&text));
    }
}

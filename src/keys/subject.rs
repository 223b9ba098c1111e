//! What a person is called towards a client: OpenID Connect Core section 8.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Purpose, Sealer};
use crate::model::{Client, UserId};

impl Sealer {
    /// The `sub` of a person for a client: the same for all, or another in each sector (section 8.1). The latter is the
    /// person's id, one block, under a key that is made of the sector with the instance's secret: nobody else can join
    /// two of them, no two people share one, and [`Sealer::user_of`] knows whose it is.
    pub fn subject(&self, client: &Client, user: UserId) -> String {
        match client.metadata.sector() {
            None => user.to_string(),
            Some(sector) => self.pairwise(&sector, user).unwrap_or_default(),
        }
    }

    /// Whose `sub` this is for a client. For texts that are none it may name somebody who does not exist.
    pub fn user_of(&self, client: &Client, subject: &str) -> Option<UserId> {
        let Some(sector) = client.metadata.sector() else { return subject.parse().ok() };
        let mut block = <[u8; 16]>::try_from(URL_SAFE_NO_PAD.decode(subject).ok()?).ok()?;
        let key = DecryptingKey::ecb(self.key_of(&sector)?).ok()?;
        key.decrypt(&mut block, DecryptionContext::None).ok()?;
        Some(UserId::from_bytes(block))
    }

    fn pairwise(&self, sector: &str, user: UserId) -> Option<String> {
        let mut block = user.to_bytes();
        EncryptingKey::ecb(self.key_of(sector)?).ok()?.encrypt(&mut block).ok()?;
        Some(URL_SAFE_NO_PAD.encode(block))
    }

    fn key_of(&self, sector: &str) -> Option<UnboundCipherKey> {
        UnboundCipherKey::new(&AES_256, &self.mac(Purpose::Pairwise, sector.as_bytes())).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::client::Metadata;
    use crate::model::{ClientId, Secret, Timestamp};

    fn client(more: &Value) -> Client {
        let mut metadata = json!({"redirect_uris": ["https://a.example/cb"]});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Client {
            id: ClientId::parse("app").unwrap(),
            metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn core_8_1_a_person_has_one_name_in_a_sector_and_others_elsewhere() {
        let sealer = Sealer::new(&Secret::new([7; 32]));
        let (ada, bob) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let public = client(&json!({}));
        let one = client(&json!({"subject_type": "pairwise"}));
        let port = client(
            &json!({"subject_type": "pairwise", "redirect_uris": ["https://a.example:8443/x"]}),
        );
        let listed = client(
            &json!({"subject_type": "pairwise", "sector_identifier_uri": "https://a.example/list",
                    "redirect_uris": ["https://x.example/", "https://y.example/"]}),
        );
        let other =
            client(&json!({"subject_type": "pairwise", "redirect_uris": ["https://b.example/cb"]}));
        assert_eq!(sealer.subject(&public, ada), ada.to_string());
        let name = sealer.subject(&one, ada);
        for same in [&one, &port, &listed] {
            assert_eq!(sealer.subject(same, ada), name);
            assert_eq!(sealer.user_of(same, &name), Some(ada));
        }
        for different in [
            sealer.subject(&other, ada),
            sealer.subject(&one, bob),
            sealer.subject(&public, ada),
            Sealer::new(&Secret::new([8; 32])).subject(&one, ada),
        ] {
            assert_ne!(different, name);
            assert_ne!(sealer.user_of(&one, &different), Some(ada));
        }
        assert_eq!(sealer.user_of(&public, &name), None);
        for text in ["", "x", "!!!!!!!!!!!!!!!!!!!!!!"] {
            assert_eq!(sealer.user_of(&one, text), None, "{text}");
        }
    }
}

//! `client_id`: RFC 6749 sections 2.2 and 4.1.1.

use super::Incoming;
use crate::http::ParamError;
use crate::model::ClientId;
use crate::oidc::authorize::Untrusted;
use crate::oidc::authorize::untrusted::cut;

/// The id of the client that asks.
pub fn id(incoming: &Incoming) -> Result<ClientId, Untrusted> {
    if incoming.is_doubled("client_id") {
        return Err(ParamError::Doubled("client_id".to_owned()).into());
    }
    let text = incoming.params.optional("client_id").ok_or(Untrusted::ClientMissing)?;
    ClientId::parse(text).ok_or_else(|| Untrusted::ClientMalformed(cut(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_04_and_red_19_without_one_client_id_there_is_a_page() {
        let id = |text: &str| id(&Incoming::parse(text.as_bytes()).unwrap());
        assert_eq!(id("client_id=notes").unwrap().as_str(), "notes");
        assert_eq!(id("a=b"), Err(Untrusted::ClientMissing));
        assert_eq!(id("client_id=a%20b"), Err(Untrusted::ClientMalformed("a b".into())));
        let doubled = Untrusted::Unreadable(ParamError::Doubled("client_id".into()));
        assert_eq!(id("client_id=a&client_id=a"), Err(doubled));
    }
}

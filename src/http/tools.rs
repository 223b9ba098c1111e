//! With what providers elsewhere are asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::App;
use crate::config::Credential;
use crate::federation::{Connector, Tools};
use crate::model::Algorithm;
use crate::store::StoreError;

impl App {
    /// What this connector needs.
    pub async fn tools(&self, connector: &Connector) -> Result<Tools<'_>, StoreError> {
        let keys = match connector.settings.credential {
            Credential::OwnKeys => Some(self.keys_for(Algorithm::RS256).await?),
            Credential::Nothing | Credential::Secret { .. } | Credential::Apple { .. } => None,
        };
        let fresh = URL_SAFE_NO_PAD.encode(self.random::<32>());
        Ok(Tools { outgoing: self.outgoing(), keys, now: self.now(), fresh })
    }
}

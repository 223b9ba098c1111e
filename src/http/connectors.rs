//! The connectors of the settings, and those that were added by command.

use std::path::Path;
use std::sync::Arc;

use super::App;
use crate::config;
use crate::federation::{Connectors, Described};
use crate::keys::KeyError;
use crate::model::{ConnectorRecord, Secret};
use crate::store::StoreError;

/// What the vault binds secrets of connectors to.
const PURPOSE: &str = "connector_secret";

impl App {
    /// Providers elsewhere by which people sign in.
    pub async fn connectors(&self) -> Result<Arc<Connectors>, StoreError> {
        self.cache().connectors(self).await
    }

    /// Whether there are any, as far as it is known without asking.
    pub fn has_connectors(&self) -> bool {
        let held = self.cache().connectors_held();
        held.is_some_and(|all| all.iter().next().is_some())
            || self.settings().connectors.iter().next().is_some()
    }

    /// A connector's secret, as it is stored.
    pub fn seal_connector_secret(&self, secret: &Secret<String>) -> Result<String, KeyError> {
        let sealed = self.vault().seal(PURPOSE, secret.expose().as_bytes())?;
        Ok(sealed.expose().clone())
    }
}

/// All of them; the settings go first where both have a name. What can't be read is left out, and the log says so.
pub(super) fn described(app: &App, records: Vec<ConnectorRecord>) -> Vec<Described> {
    let settings = &app.settings().connectors;
    let of_settings = settings.iter().map(|(name, settings)| Described {
        name: name.to_owned(),
        settings: settings.clone(),
        secrets: Vec::new(),
    });
    let of_database = records
        .into_iter()
        .filter(|record| settings.get(&record.name).is_none())
        .filter_map(|record| {
            let name = record.name.clone();
            let read = read(app, record);
            if let Err(reason) = &read {
                tracing::error!(connector = name, reason, "a connector can't be used");
            }
            read.ok()
        });
    of_settings.chain(of_database).collect()
}

fn read(app: &App, record: ConnectorRecord) -> Result<Described, String> {
    let kept = record.sealed_secret.is_some();
    let nowhere = Path::new("");
    let settings =
        config::Connectors::parse(&record.name, &record.members, kept, (nowhere, nowhere));
    let settings = settings.map_err(|errors| errors.to_string())?;
    let open = |sealed: &str| {
        let text = app.vault().open_sealed(PURPOSE, sealed).map_err(|error| error.to_string())?;
        let text = String::from_utf8(text.expose().clone()).map_err(|error| error.to_string())?;
        Ok::<_, String>(Secret::new(text))
    };
    let mut secrets = Vec::new();
    if let Some(sealed) = &record.sealed_secret {
        secrets.push((open(sealed)?, None));
    }
    if let Some((sealed, until)) = &record.previous {
        secrets.push((open(sealed)?, Some(*until)));
    }
    Ok(Described { name: record.name, settings, secrets })
}

//! How an app looks to a person: OpenID Connect Registration section 2, in the person's language.

use crate::http::Frame;
use crate::model::Client;
use crate::model::client::Localized;

/// The app on the other side, ready to be shown.
pub struct Face {
    /// Its name, or its identifier.
    pub name: String,
    /// Its logo.
    pub logo: Option<String>,
    /// The first letter of its name, in place of a logo.
    pub letter: String,
    /// Its home page.
    pub home: Option<String>,
    /// How it treats data.
    pub policy: Option<String>,
    /// Its terms.
    pub terms: Option<String>,
}

impl Face {
    /// What a client registered, in the best language.
    pub fn of(client: &Client, frame: &Frame, ui_locales: Option<&str>) -> Self {
        let metadata = &client.metadata;
        let best = |texts: &Localized| {
            let wanted = ui_locales.unwrap_or_default().split(' ').filter(|tag| !tag.is_empty());
            texts.best(wanted.chain([frame.texts.tag()])).map(str::to_owned)
        };
        let name = best(&metadata.client_name).unwrap_or_else(|| client.id.to_string());
        Self {
            letter: name
                .chars()
                .next()
                .map(|first| first.to_uppercase().collect())
                .unwrap_or_default(),
            name,
            logo: best(&metadata.logo_uri),
            home: best(&metadata.client_uri),
            policy: best(&metadata.policy_uri),
            terms: best(&metadata.tos_uri),
        }
    }
}

//! Members that hold URIs, and texts that people read.

use url::Url;

use super::members::Members;
use crate::model::RegisteredUri;
use crate::model::client::metadata::LONGEST_NAME;
use crate::model::client::{Localized, MetadataError};

impl Members {
    pub(super) fn uris(
        &mut self,
        name: &'static str,
        native: bool,
    ) -> Result<Vec<RegisteredUri>, MetadataError> {
        let texts = self.texts(name)?.unwrap_or_default();
        let check = |uri: String| {
            RegisteredUri::parse(&uri, native).map_err(|reason| MetadataError::Uri {
                member: name,
                uri,
                reason,
            })
        };
        texts.into_iter().map(check).collect()
    }

    /// Every language of one member: `client_name`, `client_name#de` …
    fn localized(&mut self, name: &str) -> Result<Vec<(String, String)>, MetadataError> {
        let keys: Vec<_> =
            self.0.keys().filter(|key| key.split('#').next() == Some(name)).cloned().collect();
        let mut texts = Vec::new();
        for key in keys {
            let tag = key.split_once('#').map_or("", |(_, tag)| tag);
            if !tag.is_empty() && tag.parse::<unic_langid::LanguageIdentifier>().is_err() {
                return Err(MetadataError::member(
                    &key,
                    "carries something after '#' that is no language tag (BCP 47)",
                ));
            }
            if let Some(text) = self.text(&key)? {
                texts.push((tag.to_owned(), text));
            }
        }
        Ok(texts)
    }

    pub(super) fn names(&mut self, name: &str) -> Result<Localized, MetadataError> {
        let texts = self.localized(name)?;
        let fits = |text: &str| {
            !text.trim().is_empty()
                && text.len() <= LONGEST_NAME
                && !text.chars().any(char::is_control)
        };
        match texts.iter().find(|(_, text)| !fits(text)) {
            Some(_) => Err(MetadataError::member(
                name,
                format!("has to be a text of 1 to {LONGEST_NAME} bytes"),
            )),
            None => Ok(texts.into_iter().collect()),
        }
    }

    /// Pages and pictures that the browser opens: https only, so that no script can hide there.
    pub(super) fn pages(&mut self, name: &str) -> Result<Localized, MetadataError> {
        let texts = self.localized(name)?;
        for (_, text) in &texts {
            check_page(name, text)?;
        }
        Ok(texts.into_iter().collect())
    }

    pub(super) fn page(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let text = self.text(name)?;
        text.as_deref().map_or(Ok(()), |text| check_page(name, text))?;
        Ok(text)
    }

    /// Where the server itself sends something: no fragment (Back-Channel Logout section 2.2).
    pub(super) fn delivery(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let page = self.page(name)?;
        page.as_deref().map_or(Ok(()), |uri| without_fragment(name, uri))?;
        Ok(page)
    }

    /// What the server fetches: https without exception (Registration section 2), no fragment.
    pub(super) fn fetched(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let uri = self.https(name)?;
        uri.as_deref().map_or(Ok(()), |uri| without_fragment(name, uri))?;
        Ok(uri)
    }

    /// https without exception.
    pub(super) fn https(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let uri = self.text(name)?;
        uri.as_deref().map_or(Ok(()), |uri| check_https(name, uri))?;
        Ok(uri)
    }

    /// Each keeps its fragment: it may be a hash of the content (Core section 6.2). What is there is always signed, so
    /// it may be plain http to the machine itself.
    pub(super) fn request_uris(&mut self) -> Result<Vec<String>, MetadataError> {
        let uris = self.texts("request_uris")?.unwrap_or_default();
        uris.iter().try_for_each(|uri| check_page("request_uris", uri))?;
        Ok(uris)
    }
}

fn check_https(name: &str, text: &str) -> Result<(), MetadataError> {
    let plain = |url: &Url| {
        url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
    };
    match Url::parse(text) {
        Ok(url) if plain(&url) => Ok(()),
        Ok(_) | Err(_) => Err(MetadataError::member(name, "has to be an https URL")),
    }
}

fn without_fragment(name: &str, uri: &str) -> Result<(), MetadataError> {
    if uri.contains('#') {
        return Err(MetadataError::member(name, "has no fragment: leave out the part from '#' on"));
    }
    Ok(())
}

fn check_page(name: &str, text: &str) -> Result<(), MetadataError> {
    let url =
        Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    let loopback = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url {
        Some(url) if url.scheme() == "https" || (url.scheme() == "http" && loopback(&url)) => {
            Ok(())
        }
        _ => Err(MetadataError::member(name, "has to be an https URL")),
    }
}

//! `[token_hook]`: a service of the deployment's that is asked before tokens are given.

use std::path::PathBuf;

use super::reading::Reader;

/// `[token_hook]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHook {
    /// `token_hook.url`: where it is; nobody is asked without.
    pub url: Option<String>,
    /// `token_hook.secret_file`: the file with what it knows us by.
    pub secret_file: Option<PathBuf>,
}

impl TokenHook {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let url = reader.take_if(
            "token_hook.url",
            None,
            is_url,
            "A service of yours that is asked before tokens are given: it may add claims, or refuse (docs/apps.md).",
        );
        let secret_file: Option<PathBuf> = reader.take_if(
            "token_hook.secret_file",
            None,
            holds_a_secret,
            "The file whose text that service gets as a bearer token, so that it knows who asks.",
        );
        if url.is_some() && secret_file.is_none() {
            reader.refuse(
                "token_hook.secret_file",
                "is missing: make a file with `openssl rand -base64 32`, name it here, and give the service its text",
            );
        }
        Self { url, secret_file }
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn is_url(text: &Option<String>) -> Result<(), String> {
    let fits = |url: &url::Url| ["https", "http"].contains(&url.scheme()) && url.has_host();
    match text.as_deref().map(url::Url::parse) {
        None => Ok(()),
        Some(Ok(url)) if fits(&url) => Ok(()),
        Some(_) => Err("is no URL: write one like https://policy.example.org/tokens".to_owned()),
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn holds_a_secret(path: &Option<PathBuf>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => Ok(()),
        Ok(_) => {
            Err("holds less than 32 characters: fill it with `openssl rand -base64 32`".to_owned())
        }
        Err(error) => Err(format!("can't be read ({}: {error})", path.display())),
    }
}

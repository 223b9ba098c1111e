//! A server of the demo: its address, and its settings in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::super::CliError;
use crate::config::Settings;

/// Where a server of the demo lives.
pub(super) struct Home {
    pub(super) listener: TcpListener,
    /// Its address as browsers write it.
    pub(super) issuer: String,
    folder: PathBuf,
}

impl Home {
    /// In a folder, at a port of this machine: the wanted one if it is free.
    pub(super) fn at(host: &str, port: u16, folder: &Path) -> Result<Self, CliError> {
        std::fs::create_dir_all(folder)?;
        let (listener, issuer) = listen(host, port)?;
        Ok(Self { listener, issuer, folder: folder.canonicalize()? })
    }

    /// A file of its own.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its settings; `text`: what can only stand in a file.
    pub(super) fn settings(&self, text: &str) -> Result<Settings, CliError> {
        let file = self.file("hatcheck.toml");
        std::fs::write(&file, text)?;
        Ok(Settings::load(Some(&file), self.environment()?)?)
    }

    fn environment(&self) -> Result<Vec<(String, String)>, CliError> {
        let own = |name: &str| self.file(name).display().to_string();
        let variables = [
            ("HATCHECK_ISSUER", self.issuer.clone()),
            ("HATCHECK_LISTEN", self.listener.local_addr()?.to_string()),
            ("HATCHECK_DATABASE_URL", format!("sqlite://{}", own("hatcheck.sqlite"))),
            ("HATCHECK_KEYS_DIR", own("keys")),
            ("HATCHECK_LOG__REFUSALS", own("refusals.jsonl")),
            ("HATCHECK_LOG__LEVEL", "warn".to_owned()),
            // The apps are told of sign-outs, and their tokens live so short that one sees them expire
            ("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
            ("HATCHECK_TOKENS__ACCESS_TOKEN", "2m".to_owned()),
        ];
        Ok(variables.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

/// A port of this machine, the wanted one if it is free, and its address as browsers write it.
pub(super) fn listen(host: &str, port: u16) -> Result<(TcpListener, String), CliError> {
    let listener =
        TcpListener::bind(("127.0.0.1", port)).or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://{host}:{}", listener.local_addr()?.port());
    Ok((listener, url))
}

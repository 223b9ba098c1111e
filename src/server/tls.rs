//! TLS 1.2 and 1.3 (RFC 9325 section 3.1), with a certificate that is read again when its files change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::Settings;

/// The files are looked at this often at most, at handshakes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a certificate can't be used: names the file, and what mends it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{} can't be read: {error}; server.tls wants a certificate chain and its key there", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no {wanted} in PEM", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Everybody on the machine can read the key.
    #[error("{0} can be read by everybody on this machine: chmod 600 {0}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// Key and certificate are not of each other.
    #[error("{} and key.pem beside it do not fit together: {error}", path.display())]
    Misfit {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// The library refused.
    #[error("TLS can't be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// Checks the certificate, if the settings want one.
pub fn check(settings: &Settings) -> Result<(), TlsError> {
    if settings.server.tls {
        Files::of(&settings.keys.dir).read(&aws_lc_rs::default_provider())?;
    }
    Ok(())
}

/// The configuration for the listener. rustls has no suite without ECDHE and AEAD, and no renegotiation.
pub(super) fn config(keys: &Path) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let resolver = Certificate::open(Files::of(keys), provider.clone())?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver)))
}

#[derive(Clone, Debug)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

/// What tells that a file has changed.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Files {
    fn of(keys: &Path) -> Self {
        let folder = keys.join("tls");
        Self { chain: folder.join("cert.pem"), key: folder.join("key.pem") }
    }

    fn stamp(&self) -> Stamp {
        [&self.chain, &self.key].map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }

    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let no_chain = || TlsError::Content { path: self.chain.clone(), wanted: "certificate" };
        let no_key = || TlsError::Content { path: self.key.clone(), wanted: "private key" };
        let pem = bytes_of(&self.chain)?;
        let chain = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| no_chain())?;
        if chain.is_empty() {
            return Err(no_chain());
        }
        let key = PrivateKeyDer::from_pem_slice(&bytes_of(&self.key)?).map_err(|_| no_key())?;
        if is_open(&self.key) {
            return Err(TlsError::Open { path: self.key.clone() });
        }
        CertifiedKey::from_der(chain, key, provider)
            .map_err(|error| TlsError::Misfit { path: self.chain.clone(), error })
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable { path: path.to_owned(), error })
}

fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o007 != 0)
}

/// The certificate in use; connections keep the one that they began with.
#[derive(Debug)]
struct Certificate {
    files: Files,
    provider: Arc<CryptoProvider>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    stamp: Stamp,
    looked: Instant,
}

impl Certificate {
    fn open(files: Files, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let stamp = files.stamp();
        let key = Arc::new(files.read(&provider)?);
        let held = Mutex::new(Held { key, stamp, looked: Instant::now() });
        Ok(Self { files, provider, held })
    }

    fn current(&self, now: Instant) -> Arc<CertifiedKey> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(held.looked) >= LOOK_EVERY {
            held.looked = now;
            let stamp = self.files.stamp();
            if stamp != held.stamp {
                // Remembered when it fails, too: one warning for each change is enough
                held.stamp = stamp;
                match self.files.read(&self.provider) {
                    Ok(key) => {
                        held.key = Arc::new(key);
                        tracing::info!("the TLS certificate was read anew");
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the TLS certificate stays the old one");
                    }
                }
            }
        }
        held.key.clone()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const ONE: (&str, &str) = (include_str!("testdata/one.pem"), include_str!("testdata/one.key"));
    const TWO: (&str, &str) = (include_str!("testdata/two.pem"), include_str!("testdata/two.key"));

    fn write(keys: &Path, (chain, key): (&str, &str), mode: u32) {
        let files = Files::of(keys);
        fs::create_dir_all(keys.join("tls")).unwrap();
        fs::write(&files.chain, chain).unwrap();
        fs::write(&files.key, key).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn key_03_what_is_wrong_with_the_files_is_told_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let told = || config(folder.path()).unwrap_err().to_string();
        assert!(told().contains("tls/cert.pem can't be read"), "{}", told());
        for (files, mode, text) in [
            ((ONE.0, TWO.1), 0o600, "do not fit together"),
            (("", ONE.1), 0o600, "cert.pem holds no certificate"),
            ((ONE.0, ""), 0o600, "key.pem holds no private key"),
            ((ONE.0, ONE.0), 0o600, "key.pem holds no private key"),
            (ONE, 0o644, "chmod 600"),
        ] {
            write(folder.path(), files, mode);
            assert!(told().contains(text), "{}", told());
        }
        write(folder.path(), ONE, 0o640);
        assert!(config(folder.path()).is_ok());
    }

    #[test]
    fn a_new_certificate_is_served_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), ONE, 0o600);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificate = Certificate::open(Files::of(folder.path()), provider).unwrap();
        let start = Instant::now();
        let served = |seconds| {
            let key = certificate.current(start + Duration::from_secs(seconds));
            key.end_entity_cert().unwrap().to_vec()
        };
        let first = served(0);
        write(folder.path(), (TWO.0, ONE.1), 0o600);
        assert_eq!(served(2), first, "they do not fit together");
        write(folder.path(), TWO, 0o600);
        assert_eq!(served(2), first, "looked at a moment ago");
        assert_ne!(served(4), first);
    }

    #[test]
    fn key_04_only_suites_with_ecdhe_and_aead() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), ONE, 0o600);
        let config = config(folder.path()).unwrap();
        for suite in &config.crypto_provider().cipher_suites {
            let name = format!("{:?}", suite.suite());
            assert!(name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_"), "{name}");
            assert!(name.contains("GCM") || name.contains("CHACHA20_POLY1305"), "{name}");
        }
    }
}

//! Room 1: `hatcheck.toml` and `HATCHECK_*` become one checked [`Settings`] value; one file per section.

mod issuer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use issuer::{Issuer, IssuerError};

/// All that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

impl Settings {
    /// Reads the file (or ./hatcheck.toml) and the environment.
    pub fn load(
        _file: Option<&std::path::Path>,
        _environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        todo!()
    }

    /// Reads the text of a configuration file; its relative files are in `folder`.
    pub fn parse(_text: &str, _folder: &std::path::Path) -> Result<Self, ConfigErrors> {
        todo!()
    }
}

/// Everything that an admin can set, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who this server is.
    pub issuer: Issuer,
    /// How it is reached.
    pub server: Server,
    /// Where it stores.
    pub database: Database,
    /// Its keys.
    pub keys: Keys,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// How long sign-ins last.
    pub sessions: Sessions,
    /// How long tokens last.
    pub tokens: Tokens,
    /// The limits on guessing.
    pub throttle: Throttle,
    /// How pages look.
    pub brand: Brand,
    /// What is logged, and where.
    pub log: Log,
    /// Which networks outgoing requests may reach.
    pub outgoing: Outgoing,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// `server.listen`
    pub listen: SocketAddr,
    /// `server.workers`: event loops; by default one for each core, at most four.
    pub workers: usize,
    /// `server.trusted_proxies`: networks whose `Forwarded` and `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// `server.tls`: serve https with `keys/tls/cert.pem` and `keys/tls/key.pem`.
    pub tls: bool,
    /// `server.insecure_http`: serve an http issuer that is not loopback. For tests in closed networks.
    pub insecure_http: bool,
    /// `server.shutdown_timeout`: how long requests under way may take to finish after SIGTERM.
    pub shutdown_timeout: Duration,
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `database.url`: `sqlite://PATH` or `postgres://…`.
    pub url: DatabaseUrl,
    /// `database.connections`: size of the pool; PostgreSQL only.
    pub connections: u32,
}

/// Which database, told by the scheme of its URL.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the whole URL, which may hold a password.
    Postgres(crate::model::Secret<String>),
}

/// `[keys]`
#[derive(Clone, Debug)]
pub struct Keys {
    /// `keys.dir`: holds the master key and `tls/`.
    pub dir: PathBuf,
    /// `keys.publish_ahead`: how long a key is published before it signs; 48 hours.
    pub publish_ahead: Duration,
    /// `keys.rotate_every`: 90 days; `None` with `"never"`.
    pub rotate_every: Option<Duration>,
}

/// `[passwords]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passwords {
    /// `passwords.memory_kib`: Argon2id's memory; 19,456.
    pub memory_kib: u32,
    /// `passwords.iterations`: Argon2id's passes; 2.
    pub iterations: u32,
    /// `passwords.workers`: hashes at once; by default one for each core, at most four.
    pub workers: usize,
    /// `passwords.queue`: logins that may wait for a worker; 32.
    pub queue: usize,
}

/// `[sessions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// `sessions.idle`: 8 hours.
    pub idle: Duration,
    /// `sessions.absolute`: 12 hours.
    pub absolute: Duration,
    /// `sessions.persistent`: both limits with "keep me signed in"; 30 days.
    pub persistent: Duration,
    /// `sessions.fresh`: how old a sign-in may be for changes of password and factors; 10 minutes.
    pub fresh: Duration,
}

/// `[tokens]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// `tokens.code`: 60 seconds.
    pub code: Duration,
    /// `tokens.id_token`: 1 hour.
    pub id_token: Duration,
    /// `tokens.access_token`: 15 minutes.
    pub access_token: Duration,
    /// `tokens.refresh_token`: the absolute life of a grant with offline access; 30 days.
    pub refresh_token: Duration,
    /// `tokens.late_tab`: how long after its successor's first use a refresh token is refused without
    /// harm; 60 seconds.
    pub late_tab: Duration,
}

impl Tokens {
    /// The longest life of a signed token: so long a key verifies after it signed last.
    pub fn longest_signed(&self) -> Duration {
        self.id_token.max(self.access_token)
    }
}

/// `[throttle]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// `throttle.account_failures`: wrong passwords before delays begin; 5.
    pub account_failures: u32,
    /// `throttle.longest_delay`: 15 minutes.
    pub longest_delay: Duration,
    /// `throttle.address_failures`: wrong passwords a minute from one address; 20.
    pub address_failures: u32,
    /// `throttle.second_factor_failures`: wrong codes in 15 minutes; 5.
    pub second_factor_failures: u32,
    /// `throttle.client_failures`: wrong client secrets a minute from one address; 20.
    pub client_failures: u32,
}

/// `[brand]`
#[derive(Clone, Debug)]
pub struct Brand {
    /// `brand.name`: "Hatcheck".
    pub name: String,
    /// `brand.logo`: a file that is shown on every page (svg, png, webp or jpeg, at most 256 KiB).
    pub logo: Option<PathBuf>,
    /// `brand.accent`: the colour of buttons and links, like `#1d5c8f`.
    pub accent: Option<String>,
    /// `brand.accent_dark`: the same on dark pages.
    pub accent_dark: Option<String>,
    /// `brand.help_url`: a link under every page.
    pub help_url: Option<String>,
    /// `brand.privacy_url`
    pub privacy_url: Option<String>,
    /// `brand.terms_url`
    pub terms_url: Option<String>,
}

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// `log.level`: a filter of tracing's, "info".
    pub level: String,
    /// `log.format`: "auto" (for people on a terminal, JSON otherwise), "human" or "json".
    pub format: LogFormat,
    /// `log.refusals`: the file that `hatcheck explain` reads; `refusals.jsonl` beside the keys folder.
    pub refusals: PathBuf,
}

/// `log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

/// `[outgoing]`
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// `outgoing.allowed_networks`: private networks that requests to apps may reach.
    pub allowed_networks: Vec<ipnet::IpNet>,
    /// `outgoing.extra_ca`: a PEM file of further trusted authorities.
    pub extra_ca: Option<PathBuf>,
}

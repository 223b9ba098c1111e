//! Room 1: `hatcheck.toml` and `HATCHECK_*` become one checked [`Settings`] value; one file per section.
//!
//! A setting is declared once, where its section takes it from the reader: name, default, limits, meaning. What is
//! shown, documented, and suggested for a misspelt name follows from that.

mod api_tokens;
mod brand;
mod claims;
mod connectors;
mod database;
mod development;
mod forward_auth;
mod issuer;
mod keys;
mod log;
mod outgoing;
mod passwords;
mod reading;
mod registration;
mod requests;
mod resources;
mod scopes;
mod security;
mod server;
mod sessions;
mod table;
mod throttle;
mod token_hook;
mod tokens;
mod transport;

use std::path::Path;
use std::time::Duration;

pub use api_tokens::ApiTokens;
pub use brand::Brand;
pub use claims::Claims;
pub use connectors::{
    Connector, Connectors, Credential, Dialect, FirstSignIn, Held, Mapping, Plain, SecretMethod,
};
pub use database::{Database, DatabaseUrl};
pub use development::Development;
pub use forward_auth::{ForwardAuth, ProtectedHost, Rule};
pub use issuer::{Issuer, IssuerError};
pub use keys::Keys;
pub use log::{Log, LogFormat};
pub use outgoing::Outgoing;
pub use passwords::Passwords;
pub use reading::{ConfigError, ConfigErrors, Entry, Place, variable_of};
use reading::{Raw, Reader, Value};
pub use registration::{Registration, RegistrationMode};
pub use requests::Requests;
pub use resources::{Resource, Resources};
pub use scopes::{Scope, Scopes};
pub use security::Security;
pub use server::Server;
pub use sessions::Sessions;
pub use table::table;
pub use throttle::Throttle;
pub use token_hook::TokenHook;
pub use tokens::Tokens;

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
    /// How strictly clients are held.
    pub security: Security,
    /// How authorization requests may come.
    pub requests: Requests,
    /// The limits on guessing.
    pub throttle: Throttle,
    /// How pages look.
    pub brand: Brand,
    /// What is logged, and where.
    pub log: Log,
    /// Which networks outgoing requests may reach.
    pub outgoing: Outgoing,
    /// Who may register apps over HTTP.
    pub registration: Registration,
    /// What is told about claims.
    pub claims: Claims,
    /// Scopes and claims beside the standard ones.
    pub scopes: Scopes,
    /// The APIs that tokens are for.
    pub resources: Resources,
    /// Providers elsewhere by which people sign in here.
    pub connectors: Connectors,
    /// Tokens that people make for themselves.
    pub api_tokens: ApiTokens,
    /// Who is asked before tokens are given.
    pub token_hook: TokenHook,
    /// Test logins.
    pub development: Development,
    /// Apps behind a proxy that asks about each request.
    pub forward_auth: ForwardAuth,
}

impl Settings {
    /// Reads `file` (without one ./hatcheck.toml, if it is there) and lays the environment over it.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        Self::load_entries(file, environment).map(|(settings, _)| settings)
    }

    /// [`Settings::load`], and each setting with where it comes from.
    pub fn load_entries(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Entry>), ConfigErrors> {
        Self::read(Reader::of_file(file).with_environment(environment))
    }

    /// Reads the text of a configuration file alone; its relative paths begin at `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigErrors> {
        let reader = Reader::of_text(text, Path::new("hatcheck.toml"), folder);
        Self::read(reader).map(|(settings, _)| settings)
    }

    /// The longest life of a signed token: so long a key verifies after it signed last.
    pub fn longest_signed(&self) -> Duration {
        let Tokens { id_token, access_token, .. } = self.tokens;
        id_token.max(access_token).max(self.resources.longest_token())
    }

    fn read(mut reader: Reader) -> Result<(Self, Vec<Entry>), ConfigErrors> {
        let r = &mut reader;
        let issuer: Option<Issuer> = r.require(
            "issuer",
            "write issuer = \"https://login.example.org\" into hatcheck.toml, or set HATCHECK_ISSUER \
             (to try it out: http://localhost:8080)",
            "The https address that apps and browsers know this server by, without a slash at its end.",
        );
        let server = Server::read(r, issuer.as_ref());
        if let Some(issuer) = &issuer {
            transport::check(r, issuer, &server);
        }
        let database = Database::read(r);
        let keys = Keys::read(r);
        let passwords = Passwords::read(r);
        let sessions = Sessions::read(r);
        let tokens = Tokens::read(r);
        let security = Security::read(r);
        let requests = Requests::read(r);
        let throttle = Throttle::read(r);
        let brand = Brand::read(r);
        let log = Log::read(r, &keys.dir);
        let outgoing = Outgoing::read(r);
        let registration = Registration::read(r);
        let claims = Claims::read(r);
        let scopes = Scopes::read(r);
        registration.check(r, &scopes);
        let resources = Resources::read(r, issuer.as_ref(), &scopes, &tokens);
        let connectors = Connectors::read(r);
        let api_tokens = ApiTokens::read(r, &resources);
        let token_hook = TokenHook::read(r);
        let forward_auth = ForwardAuth::read(r);
        let development = Development::read(r, issuer.as_ref(), &server);
        let entries = reader.finish()?;
        // Without an issuer there were errors, and this is not reached
        let Some(issuer) = issuer else { return Err(ConfigErrors(Vec::new())) };
        let settings = Self {
            issuer,
            server,
            database,
            keys,
            passwords,
            sessions,
            tokens,
            security,
            requests,
            throttle,
            brand,
            log,
            outgoing,
            registration,
            claims,
            scopes,
            resources,
            connectors,
            api_tokens,
            token_hook,
            development,
            forward_auth,
        };
        Ok((settings, entries))
    }
}

impl Value for Issuer {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        Self::parse(&String::read(raw, folder)?).map_err(|error| error.to_string())
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

/// More event loops or hashing threads than that help nobody at the size this is made for.
fn cores_up_to_four() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4)
}

#[cfg(test)]
mod tests;

//! `hatcheck demo --federated`: a second server, which the first trusts. The demo people are known there alone.

use std::net::TcpListener;
use std::path::Path;

use super::super::CliError;
use super::home::Home;
use super::people::{self, Credentials};
use crate::http::{App, Clock};

/// The provider that the HAT trusts.
pub(super) struct Provider {
    home: Home,
}

/// It runs, and these people have an account there.
pub(super) struct Ready {
    pub(super) app: App,
    pub(super) listener: TcpListener,
    pub(super) issuer: String,
    pub(super) people: Vec<Credentials>,
}

/// The name of the file with the HAT's secret.
const SECRET: &str = "provider.secret";

impl Provider {
    /// At another host than the HAT, since cookies of one host are sent to all its ports.
    pub(super) fn at(port: u16, folder: &Path) -> Result<Self, CliError> {
        Ok(Self { home: Home::at("127.0.0.1", port, &folder.join("provider"))? })
    }

    /// The settings by which a HAT trusts it, and has no passwords of its own.
    pub(super) fn trusted(&self) -> String {
        format!(
            "[passwords]\naccepted = false\n[connectors.work]\ntitle = \"Work\"\nissuer = \"{}\"\n\
             client_id = \"hat\"\nclient_secret_file = \"{SECRET}\"\ndomains = [\"example.org\"]\n\
             sign_out_there = true\n",
            self.home.issuer
        )
    }

    /// Opens it, with the demo people, and with the HAT as an app of it.
    pub(super) fn open(self, hat: &Home) -> Result<Ready, CliError> {
        let app = App::open(self.home.settings("[brand]\nname = \"Work\"\n")?, Clock::system())?;
        let people = people::add(&app)?;
        let secret = people::register_hat(&app, &hat.issuer)?;
        std::fs::write(hat.file(SECRET), secret)?;
        let Home { listener, issuer, .. } = self.home;
        Ok(Ready { app, listener, issuer, people })
    }
}

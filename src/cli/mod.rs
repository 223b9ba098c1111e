//! Room 9: the command line; one file per command.
//!
//! A command has `pub struct Args` (clap derive) and `pub fn run(args: Args, common: &Common) -> Result<(), CliError>`
//! (`&Args` where nothing is taken out of them).
//! Answers go to standard output through [`say`] and [`say_json`]; the log of commands and errors to standard error.

mod client;
mod config;
mod connector;
mod demo;
mod error;
mod explain;
mod input;
mod key;
mod link;
mod logging;
mod logout;
mod pages;
mod serve;
mod token;
mod user;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde::Serialize;

pub use error::CliError;

use crate::config::Settings;
use crate::http::{App, Clock, Extensions};

/// A small OpenID Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "hatcheck", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What all commands take.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// The configuration file; ./hatcheck.toml when there is one
    #[arg(long, global = true, value_name = "FILE", env = "HATCHECK_CONFIG")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Try it out: a server with a demo person, and a sample app that signs in with it
    Demo(demo::Args),
    /// People
    User(user::Args),
    /// Apps
    Client(client::Args),
    /// Signing keys and the master key
    Key(key::Args),
    /// Providers elsewhere by which people sign in
    Connector(connector::Args),
    /// Links that sign a person in
    Link(link::Args),
    /// What apps were told of sign-outs
    Logout(logout::Args),
    /// Access tokens for tests
    Token(token::Args),
    /// Check and show the configuration
    Config(config::Args),
    /// Tell what a reference code on an error page stands for
    Explain(explain::Args),
}

impl Command {
    fn run(self, common: &Common, extensions: Extensions) -> Result<(), CliError> {
        match self {
            Self::Serve(args) => serve::run(&args, common, extensions),
            Self::Demo(args) => demo::run(&args, common),
            Self::User(args) => user::run(args, common),
            Self::Client(args) => client::run(args, common),
            Self::Key(args) => key::run(args, common),
            Self::Connector(args) => connector::run(args, common),
            Self::Link(args) => link::run(&args, common),
            Self::Logout(args) => logout::run(args, common),
            Self::Token(args) => token::run(&args, common),
            Self::Config(args) => config::run(&args, common),
            Self::Explain(args) => explain::run(args, common),
        }
    }

    /// Whether it sets up a log of its own, by the settings.
    fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Demo(_))
    }
}

/// Runs the command that the arguments name; the exit code.
pub fn main() -> ExitCode {
    main_with(Extensions::default())
}

/// [`main`] with what a deployment adds.
pub fn main_with(extensions: Extensions) -> ExitCode {
    // An error means that there is a provider already, which is as good
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if !cli.command.is_server() {
        logging::of_commands();
    }
    match cli.command.run(&cli.common, extensions) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.to_string().lines() {
                let _ = writeln!(io::stderr(), "hatcheck: {line}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// The settings of file and environment.
pub fn settings(common: &Common) -> Result<Settings, CliError> {
    Ok(Settings::load(common.config.as_deref(), environment())?)
}

/// The product, opened for a command: database and keys, without a server.
pub fn open(common: &Common) -> Result<App, CliError> {
    Ok(App::open(settings(common)?, Clock::system())?)
}

/// Prints a line of a command's answer. A reader who has gone away (`| head`) is no error.
pub fn say(line: impl Display) -> Result<(), CliError> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Prints a command's answer for programs.
pub fn say_json(answer: &impl Serialize) -> Result<(), CliError> {
    say(serde_json::to_string_pretty(answer).map_err(io::Error::from)?)
}

/// The environment's variables; names and values that are no UTF-8 can't be settings of ours in any case.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    })
}

/// The product in a folder of its own, with hashes that cost nothing.
#[cfg(test)]
fn test_app() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let text = "issuer = \"http://127.0.0.1:8080\"\n[passwords]\nmemory_kib = 8\niterations = 1\n";
    let settings = Settings::parse(text, folder.path()).unwrap();
    let app = App::open(settings, Clock::system()).unwrap();
    (folder, app)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_config_is_taken_anywhere() {
        Cli::command().debug_assert();
        for line in [
            ["hatcheck", "--config", "x.toml", "serve"],
            ["hatcheck", "serve", "--config", "x.toml"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.common.config, Some("x.toml".into()));
        }
    }

    #[test]
    fn a_name_may_begin_with_a_hyphen_and_options_stay_options() {
        // A kid is the thumbprint of a key (RFC 7638): one in 64 begins with a hyphen
        for name in ["-0AdYUXVgDfb3Diz", "--force0AdYUX", "-hAdYUXVgDfb"] {
            for line in [
                ["hatcheck", "key", "retire", name, "--json"],
                ["hatcheck", "key", "retire", "--json", name],
                ["hatcheck", "client", "show", name, "--json"],
                ["hatcheck", "user", "show", name, "--json"],
            ] {
                assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
            }
            for command in ["set-totp", "set-password"] {
                let line = ["hatcheck", "user", command, name];
                assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
            }
            let line = ["hatcheck", "user", "add", name, "--name", "Ada", "--password-stdin"];
            assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
        }
        let help = Cli::try_parse_from(["hatcheck", "key", "retire", "--help"]).unwrap_err();
        assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);
    }
}

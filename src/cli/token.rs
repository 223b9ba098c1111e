//! `hatcheck token`: access tokens for tests.

use clap::Subcommand;

use super::{CliError, Common, key, open, say, user};
use crate::cli::client::length;
use crate::http::App;
use crate::model::{ClientId, Scopes};
use crate::oidc::{TestToken, test_token};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print an access token that guards take, signed by the present key; with development.enabled only
    Mint(MintArgs),
}

#[derive(Debug, clap::Args)]
struct MintArgs {
    /// Whom it is about
    #[arg(long, value_name = "NAME")]
    user: String,
    /// For whom it is: a `client_id`, or the identifier of an API
    #[arg(long, value_name = "NAME")]
    audience: String,
    /// What it allows
    #[arg(long, value_name = "SCOPES", default_value = "openid")]
    scope: String,
    /// The app that has it; the audience without it
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// How long it is good, like 15m; with a minus before it, for how long it has been over
    #[arg(long, value_name = "LENGTH", default_value = "15m", allow_hyphen_values = true, value_parser = lifetime)]
    lifetime: i64,
}

/// Runs it.
pub fn run(args: &Args, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    let Command::Mint(mint) = &args.command;
    self::mint(&app, mint)
}

fn mint(app: &App, args: &MintArgs) -> Result<(), CliError> {
    if !app.settings().development.enabled {
        return Err(CliError::Failed(
            "tokens are minted for tests only: set development.enabled = true, with issuer and server.listen on loopback"
                .to_owned(),
        ));
    }
    let person = user::find(app, &args.user)?;
    let client = args.client.as_deref().unwrap_or(&args.audience);
    let client_id = ClientId::parse(client).ok_or_else(|| {
        CliError::Input(format!("{client:?} is no client_id: name the app with --client"))
    })?;
    let scopes = Scopes::parse(&args.scope).map_err(|error| CliError::Input(error.to_string()))?;
    let wanted = TestToken {
        user: &person,
        client_id: &client_id,
        audience: &args.audience,
        scopes,
        lifetime: args.lifetime,
    };
    say(test_token(wanted, &key::ring(app)?, app)?)
}

/// Seconds, negative for a token that is over.
fn lifetime(text: &str) -> Result<i64, String> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let seconds = length(rest)?.as_secs();
    i64::try_from(seconds).map(|seconds| sign * seconds).map_err(|error| error.to_string())
}

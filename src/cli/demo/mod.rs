//! `hatcheck demo`: a provider with demo people, and two sample apps that sign in with it, in one process.

mod people;
#[path = "../../../examples/hpp-app/app/mod.rs"]
mod sample_app;

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use actix_web::rt::System;
use sample_app::{Config, SampleApp};

use super::{CliError, Common, logging, say, serve};
use crate::config::Settings;
use crate::http::{App, Clock};
use crate::server;
use people::{Credentials, DemoApp};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep people, apps and keys in this folder; without it they are gone afterwards
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The provider's port; the apps take the next two. A free one when it is taken
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs it until the process is told to stop.
pub fn run(args: &Args, _common: &Common) -> Result<(), CliError> {
    let temporary = args.dir.is_none().then(temporary_folder).transpose()?;
    let folder = args
        .dir
        .clone()
        .or_else(|| temporary.as_ref().map(|kept| kept.0.clone()))
        .unwrap_or_default();
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let (listener, issuer) = listen(args.port)?;
    let settings = Settings::load(None, environment(&folder, &issuer, &listener)?)?;
    logging::of_server(&settings.log);
    let app = App::open(settings, Clock::system())?;
    let people = people::add(&app)?;
    people::register_device(&app)?;
    let ready = [
        ("notes", "Notes", args.port.saturating_add(1)),
        ("photos", "Photos", args.port.saturating_add(2)),
    ]
    .into_iter()
    .map(|(id, name, port)| sample(&app, &issuer, id, name, port))
    .collect::<Result<Vec<_>, _>>()?;
    System::new().block_on(run_all(app, listener, issuer, people, ready))
}

/// A sample app that is registered and has its port.
struct Ready {
    app: SampleApp,
    listener: TcpListener,
    name: &'static str,
    url: String,
}

fn sample(
    app: &App,
    issuer: &str,
    id: &'static str,
    name: &'static str,
    port: u16,
) -> Result<Ready, CliError> {
    let (listener, url) = listen(port)?;
    let secret = people::register(app, &DemoApp { id, name, url: &url })?;
    let config = Config {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        client_id: id.to_owned(),
        client_secret: Some(secret),
        base_url: url.clone(),
    };
    let app = SampleApp::new(config).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(Ready { app, listener, name, url })
}

async fn run_all(
    app: App,
    listener: TcpListener,
    issuer: String,
    people: Vec<Credentials>,
    samples: Vec<Ready>,
) -> Result<(), CliError> {
    let now = app.now();
    let running = server::start(app, listener)?;
    actix_web::rt::spawn(serve::stop_on_signals(running.handle())?);
    let mut lines = vec![String::new(), "Open these in a browser:".to_owned()];
    for sample in samples {
        lines.push(format!("  {:<9} {}", sample.name, sample.url));
        actix_web::rt::spawn(sample.app.serve(sample.listener)?);
    }
    lines.push(format!("  {:<9} {issuer}/account", "Account"));
    lines.push(format!(
        "  {:<9} {issuer}/device, with the code of: curl -d client_id=device {issuer}/device-authorization",
        "Device"
    ));
    lines.push("and sign in as:".to_owned());
    for person in people {
        lines.push(format!("  {:<20} password {}", person.email, person.password));
        if let Some(secret) = person.totp {
            let code = secret.code_at(now);
            lines.push(format!("  {:<20} and a code of an authenticator app, now {code}", ""));
            lines.push(format!("  {:<20} (secret {})", "", secret.to_base32()));
        }
    }
    lines.push("Ctrl+C ends it.".to_owned());
    say(lines.join("\n"))?;
    running.finish().await?;
    Ok(())
}

/// A port of this machine, the wanted one if it is free, and its address as browsers write it.
fn listen(port: u16) -> Result<(TcpListener, String), CliError> {
    let listener =
        TcpListener::bind(("127.0.0.1", port)).or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    Ok((listener, url))
}

fn environment(
    folder: &Path,
    issuer: &str,
    listener: &TcpListener,
) -> Result<Vec<(String, String)>, CliError> {
    let in_folder = |name: &str| folder.join(name).display().to_string();
    let variables = [
        ("HATCHECK_ISSUER", issuer.to_owned()),
        ("HATCHECK_LISTEN", listener.local_addr()?.to_string()),
        ("HATCHECK_DATABASE_URL", format!("sqlite://{}", in_folder("hatcheck.sqlite"))),
        ("HATCHECK_KEYS_DIR", in_folder("keys")),
        ("HATCHECK_LOG__REFUSALS", in_folder("refusals.jsonl")),
        ("HATCHECK_LOG__LEVEL", "warn".to_owned()),
    ];
    Ok(variables.map(|(name, value)| (name.to_owned(), value)).into())
}

/// A folder that goes when the demo ends.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn temporary_folder() -> Result<Temporary, CliError> {
    let folder = std::env::temp_dir().join(format!("hatcheck-demo-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    Ok(Temporary(folder))
}

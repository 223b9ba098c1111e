//! `hatcheck demo`: a provider with demo people, two sample apps that sign in with it, and a service that they call in
//! people's names, in one process.

mod people;
#[path = "../../../examples/hpp-app/app/mod.rs"]
mod sample_app;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::rt::System;
use hatcheck_guard::Guard;
use sample_app::{Config, SampleApp, serve_tasks};

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
    /// The provider's port; the apps and their service take the next three. A free one when it is taken
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
    let (tasks, tasks_url) = listen(args.port.saturating_add(3))?;
    let file = folder.join("hatcheck.toml");
    std::fs::write(&file, configuration(&tasks_url))?;
    let settings = Settings::load(Some(&file), environment(&folder, &issuer, &listener)?)?;
    logging::of_server(&settings.log);
    let app = App::open(settings, Clock::system())?;
    let people = people::add(&app)?;
    people::register_device(&app)?;
    let ready = [
        ("notes", "Notes", args.port.saturating_add(1)),
        ("photos", "Photos", args.port.saturating_add(2)),
    ]
    .into_iter()
    .map(|(id, name, port)| {
        sample(&app, Sample { issuer: &issuer, id, name, port, tasks_url: &tasks_url })
    })
    .collect::<Result<Vec<_>, _>>()?;
    let guard = guard(&issuer, &tasks_url)?;
    System::new().block_on(async {
        actix_web::rt::spawn(serve_tasks(guard, tasks)?);
        run_all(app, listener, issuer, people, ready).await
    })
}

/// A sample app that is registered and has its port.
struct Ready {
    app: SampleApp,
    listener: TcpListener,
    name: &'static str,
    url: String,
}

fn guard(issuer: &str, audience: &str) -> Result<Guard, CliError> {
    Guard::builder(issuer, audience).build().map_err(|error| CliError::Failed(error.to_string()))
}

/// A sample app to be made.
#[derive(Clone, Copy)]
struct Sample<'a> {
    issuer: &'a str,
    id: &'static str,
    name: &'static str,
    port: u16,
    tasks_url: &'a str,
}

fn sample(app: &App, sample: Sample<'_>) -> Result<Ready, CliError> {
    let Sample { issuer, id, name, port, tasks_url } = sample;
    let (listener, url) = listen(port)?;
    let secret = people::register(app, &DemoApp { id, name, url: &url })?;
    let config = Config {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        client_id: id.to_owned(),
        client_secret: Some(secret),
        base_url: url.clone(),
        tasks_url: Some(tasks_url.to_owned()),
        warning: Duration::from_mins(1),
    };
    let guard = guard(issuer, id)?;
    let app = SampleApp::new(config, &guard);
    let app = app.map_err(|error| CliError::Failed(error.to_string()))?;
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

/// What can only stand in a file: the service that the apps call in people's names.
fn configuration(tasks_url: &str) -> String {
    format!("[resources.\"{tasks_url}\"]\nexchanged_by = [\"notes\", \"photos\"]\n")
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
        // The apps are told of sign-outs, and their tokens live so short that one sees them expire
        ("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("HATCHECK_TOKENS__ACCESS_TOKEN", "2m".to_owned()),
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

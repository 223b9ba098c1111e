//! `hatcheck demo`: a provider with demo people, two sample apps that sign in with it, and a service that they call in
//! people's names, in one process; with `--federated` a second provider, which the first trusts.

mod federated;
mod home;
mod people;
#[path = "../../../examples/hpp-app/app/mod.rs"]
mod sample_app;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::rt::System;
use hatcheck_guard::Guard;
use sample_app::{Config, SampleApp, serve_tasks};

use super::{CliError, Common, logging, say, serve};
use crate::http::{App, Clock};
use crate::model::Timestamp;
use crate::server;
use federated::Provider;
use home::{Home, listen};
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
    /// Let people sign in at a second provider, which this one trusts; it takes the port after those
    #[arg(long)]
    federated: bool,
}

/// Runs it until the process is told to stop.
pub fn run(args: &Args, _common: &Common) -> Result<(), CliError> {
    let temporary = args.dir.is_none().then(temporary_folder).transpose()?;
    let folder = args
        .dir
        .clone()
        .or_else(|| temporary.as_ref().map(|kept| kept.0.clone()))
        .unwrap_or_default();
    let home = Home::at("localhost", args.port, &folder)?;
    let provider = args.federated.then(|| Provider::at(args.port.saturating_add(4), &folder));
    let provider = provider.transpose()?;
    let (tasks, tasks_url) = listen("localhost", args.port.saturating_add(3))?;
    let trusted = provider.as_ref().map(Provider::trusted).unwrap_or_default();
    let settings = home.settings(&format!("{}{trusted}", resource(&tasks_url)))?;
    logging::of_server(&settings.log);
    let app = App::open(settings, Clock::system())?;
    let provider = provider.map(|provider| provider.open(&home)).transpose()?;
    let people = if provider.is_some() { Vec::new() } else { people::add(&app)? };
    people::register_device(&app)?;
    let ready = [
        ("notes", "Notes", args.port.saturating_add(1)),
        ("photos", "Photos", args.port.saturating_add(2)),
    ]
    .into_iter()
    .map(|(id, name, port)| {
        sample(&app, Sample { issuer: &home.issuer, id, name, port, tasks_url: &tasks_url })
    })
    .collect::<Result<Vec<_>, _>>()?;
    let guard = guard(&home.issuer, &tasks_url)?;
    System::new().block_on(async {
        actix_web::rt::spawn(serve_tasks(guard, tasks)?);
        run_all(app, home, people, ready, provider).await
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
    let (listener, url) = listen("localhost", port)?;
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
    home: Home,
    people: Vec<Credentials>,
    samples: Vec<Ready>,
    provider: Option<federated::Ready>,
) -> Result<(), CliError> {
    let (now, issuer) = (app.now(), home.issuer);
    let running = server::start(app, home.listener)?;
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
    let Some(provider) = provider else {
        lines.push("and sign in as:".to_owned());
        told(&mut lines, people, now);
        say(lines.join("\n"))?;
        return Ok(running.finish().await?);
    };
    lines.push(format!(
        "  {:<9} {}/account, the provider that all of this trusts",
        "Work", provider.issuer
    ));
    lines.push("and sign in, at Work, as:".to_owned());
    told(&mut lines, provider.people, now);
    let upstream = server::start(provider.app, provider.listener)?;
    actix_web::rt::spawn(serve::stop_on_signals(upstream.handle())?);
    say(lines.join("\n"))?;
    let (ended, upstream_ended) = tokio::join!(running.finish(), upstream.finish());
    Ok(ended.and(upstream_ended)?)
}

/// How the demo people sign in.
fn told(lines: &mut Vec<String>, people: Vec<Credentials>, now: Timestamp) {
    for person in people {
        lines.push(format!("  {:<20} password {}", person.email, person.password));
        if let Some(secret) = person.totp {
            let code = secret.code_at(now);
            lines.push(format!("  {:<20} and a code of an authenticator app, now {code}", ""));
            lines.push(format!("  {:<20} (secret {})", "", secret.to_base32()));
        }
    }
    lines.push("Ctrl+C ends it.".to_owned());
}

/// What can only stand in a file: the service that the apps call in people's names.
fn resource(tasks_url: &str) -> String {
    format!("[resources.\"{tasks_url}\"]\nexchanged_by = [\"notes\", \"photos\"]\n")
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

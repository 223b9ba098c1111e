//! `hatcheck serve`: runs until SIGTERM or SIGINT, and lets requests under way finish.

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Common, logging, settings};
use crate::http::{App, Clock, Extensions};
use crate::server;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: &Args, common: &Common, extensions: Extensions) -> Result<(), CliError> {
    let settings = settings(common)?;
    logging::of_server(&settings.log);
    server::check_tls(&settings)?;
    allow_many_connections();
    use_small_pages();
    let app = App::open_with(settings, Clock::system(), extensions)?;
    System::new().block_on(serve(app))
}

async fn serve(app: App) -> Result<(), CliError> {
    let wanted = app.settings().server.listen;
    let issuer = app.settings().issuer.clone();
    let listener = server::listen(wanted).map_err(|error| {
        CliError::Failed(format!(
            "can't listen on {wanted}: {error}; server.listen sets another address"
        ))
    })?;
    let running = server::start(app, listener)?;
    tracing::info!(listen = %running.address(), %issuer, "hatcheck serves {issuer} on {}", running.address());
    actix_web::rt::spawn(stop_on_signals(running.handle())?);
    running.finish().await?;
    tracing::info!("hatcheck has ended");
    Ok(())
}

/// The first signal lets requests under way finish; a second one does not.
pub(super) fn stop_on_signals(
    handle: ServerHandle,
) -> std::io::Result<impl Future<Output = ()> + 'static> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        let mut gracefully = true;
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::info!(gracefully, "stopping");
            actix_web::rt::spawn(handle.stop(gracefully));
            gracefully = false;
        }
    })
}

/// Each connection is an open file; the limit that shells give by default is far below what the system allows.
fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// Huge pages would hold two megabytes where an idle server uses a few kilobytes.
fn use_small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay allowed");
    }
}

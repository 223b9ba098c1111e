//! The log: for people on a terminal, JSON otherwise.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Commands say on standard error what goes wrong beside their work; their answers have standard output alone.
pub fn of_commands() {
    let human = io::stderr().is_terminal();
    start(EnvFilter::new("warn"), human, io::stderr);
}

/// The server's log is its standard output.
pub fn of_server(log: &Log) {
    let human = match log.format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stdout().is_terminal(),
    };
    start(EnvFilter::new(&log.level), human, io::stdout);
}

fn start<W>(filter: EnvFilter, human: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // A second log in one process (tests) is refused: the first goes on
    let _ = if human {
        log.with_target(false).with_ansi(io::stdout().is_terminal()).try_init()
    } else {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
}

//! The log: for people on a terminal, JSON otherwise; each line of a request carries the request's id.

use std::fmt;
use std::io::{self, IsTerminal};

use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{self, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};
use crate::server::{RequestId, current_request};

/// Commands say on standard error what goes wrong beside their work; their answers have standard output alone.
pub fn of_commands() {
    let filter = Targets::new().with_default(LevelFilter::WARN);
    start(filter, true, io::stderr().is_terminal(), io::stderr);
}

/// The server's log is its standard output.
pub fn of_server(log: &Log) {
    let terminal = io::stdout().is_terminal();
    let is_human = match log.format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => terminal,
    };
    // What the library below says of its start is no news to anybody; the setting can ask for it
    let mut filter = Targets::new().with_target("actix_server", LevelFilter::WARN);
    filter.extend(log.level.clone());
    let filter = filter.with_default(log.level.default_level().unwrap_or(LevelFilter::OFF));
    start(filter, is_human, terminal, io::stdout);
}

fn start<W>(filter: Targets, is_human: bool, colours: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(writer);
    // A second log in one process (tests) is refused: the first goes on
    let _ = if is_human {
        let format = format::format().with_target(false).with_ansi(colours);
        log.event_format(Line { format, complete: human }).finish().with(filter).try_init()
    } else {
        let format =
            format::json().flatten_event(true).with_current_span(false).with_span_list(false);
        let line = Line { format, complete: json };
        let log = log.fmt_fields(format::JsonFields::new()).event_format(line);
        log.finish().with(filter).try_init()
    };
}

/// A line of the log, with what is added to it.
struct Line<F> {
    format: F,
    complete: fn(&str, Option<RequestId>) -> String,
}

/// As it comes, with what would break it in two made visible, and the request at its end.
fn human(line: &str, request: Option<RequestId>) -> String {
    let line = line.trim_end_matches('\n').replace('\n', "\\n").replace('\r', "\\r");
    match request {
        Some(id) => format!("{line} request={id}"),
        None => line,
    }
}

/// A JSON object, with the request as its last member.
fn json(line: &str, request: Option<RequestId>) -> String {
    let line = line.trim_end();
    match (request, line.strip_suffix('}')) {
        (Some(id), Some(open)) => format!("{open},\"request\":\"{id}\"}}"),
        (Some(_) | None, _) => line.to_owned(),
    }
}

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.format.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{}", (self.complete)(&line, current_request()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(is_human: bool) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let say = || tracing::info!(app = "a\nb", "one\ntwo");
        if is_human {
            let format = format::format().with_ansi(false);
            let log = log.event_format(Line { format, complete: human }).finish();
            tracing::subscriber::with_default(log, say);
        } else {
            let line = Line { format: format::json().flatten_event(true), complete: json };
            let log = log.fmt_fields(format::JsonFields::new()).event_format(line).finish();
            tracing::subscriber::with_default(log, say);
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn key_06_what_comes_in_cannot_make_a_line_of_its_own() {
        assert_eq!(logged(true).lines().count(), 1, "{}", logged(true));
        let line = logged(false);
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (json["message"].as_str(), json["app"].as_str()),
            (Some("one\ntwo"), Some("a\nb"))
        );
    }
}

//! The log: for people on a terminal, JSON otherwise; each line of a request carries the request's id.

use std::fmt;
use std::io::{self, IsTerminal};

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{self, Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat};
use crate::server::current_request;

/// Commands say on standard error what goes wrong beside their work; their answers have standard output alone.
pub fn of_commands() {
    start(EnvFilter::new("warn"), true, io::stderr().is_terminal(), io::stderr);
}

/// The server's log is its standard output.
pub fn of_server(log: &Log) {
    let terminal = io::stdout().is_terminal();
    let human = match log.format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => terminal,
    };
    // What the library below says of its start is no news to anybody; the setting can ask for it
    let filter = EnvFilter::new(format!("actix_server=warn,{}", log.level));
    start(filter, human, terminal, io::stdout);
}

fn start<W>(filter: EnvFilter, human: bool, colours: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // A second log in one process (tests) is refused: the first goes on
    let _ = if human {
        log.event_format(Human(format::format().with_target(false).with_ansi(colours))).try_init()
    } else {
        let json =
            format::json().flatten_event(true).with_current_span(false).with_span_list(false);
        log.fmt_fields(format::JsonFields::new()).event_format(Json(json)).try_init()
    };
}

/// A line as it comes, with what would break it in two made visible, and the request at its end.
struct Human(Format);

impl<S, N> FormatEvent<S, N> for Human
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end_matches('\n').replace('\n', "\\n").replace('\r', "\\r");
        match current_request() {
            Some(id) => writeln!(writer, "{line} request={id}"),
            None => writeln!(writer, "{line}"),
        }
    }
}

/// A JSON object, with the request as its last member.
struct Json(Format<format::Json>);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match (current_request(), line.strip_suffix('}')) {
            (Some(id), Some(open)) => writeln!(writer, "{open},\"request\":\"{id}\"}}"),
            (Some(_) | None, _) => writeln!(writer, "{line}"),
        }
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

    fn logged(human: bool) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let say = || tracing::info!(app = "a\nb", "one\ntwo");
        if human {
            let format = format::format().with_ansi(false);
            tracing::subscriber::with_default(log.event_format(Human(format)).finish(), say);
        } else {
            let json = Json(format::json().flatten_event(true));
            let log = log.fmt_fields(format::JsonFields::new()).event_format(json).finish();
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

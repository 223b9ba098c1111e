//! `[log]`: what is logged, and where.

use std::path::{Path, PathBuf};

use super::reading::{Raw, Reader, Value, told};

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// `log.level`: a filter of tracing's, "info".
    pub level: String,
    /// `log.format`: "auto" (for people on a terminal, JSON otherwise), "human" or "json".
    pub format: LogFormat,
    /// `log.refusals`: the file that `hatcheck explain` reads; `refusals.jsonl` beside the keys folder.
    pub refusals: PathBuf,
}

/// `log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

impl Log {
    pub(super) fn read(reader: &mut Reader, keys: &Path) -> Self {
        let beside = keys.parent().unwrap_or(Path::new("")).join("refusals.jsonl");
        Self {
            level: reader.take_if(
                "log.level",
                "info".to_owned(),
                filter,
                "What is logged: `error`, `warn`, `info`, `debug`, or levels by module.",
            ),
            format: reader.take(
                "log.format",
                LogFormat::Auto,
                "`human`, `json`, or `auto`: for people on a terminal, JSON otherwise.",
            ),
            refusals: reader.take(
                "log.refusals",
                told("refusals.jsonl beside the keys folder", beside),
                "The file that `hatcheck explain` reads.",
            ),
        }
    }
}

/// A word alone would be taken for the name of a module, and nothing would be logged.
fn filter(text: &String) -> Result<(), String> {
    let level = |part: &str| {
        matches!(part.trim(), "off" | "error" | "warn" | "info" | "debug" | "trace")
            || part.contains('=')
    };
    if text.split(',').all(level) && tracing_subscriber::EnvFilter::builder().parse(text).is_ok() {
        return Ok(());
    }
    Err("is no level: write \"error\", \"warn\", \"info\" or \"debug\", or by module like \"info,hatcheck=debug\"".to_owned())
}

impl Value for LogFormat {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        match raw.text("auto")? {
            "auto" => Ok(Self::Auto),
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err("is no format: write \"auto\", \"human\" or \"json\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Auto => "auto",
            Self::Human => "human",
            Self::Json => "json",
        }
        .to_owned()
    }
}

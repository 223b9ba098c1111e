//! `[log]`: what is logged, and where.

use std::path::{Path, PathBuf};

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::reading::{Raw, Reader, Value, told};

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// `log.level`: from which level on is logged, by module, "info".
    pub level: Targets,
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
            level: reader.take(
                "log.level",
                Targets::new().with_default(LevelFilter::INFO),
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

impl Value for Targets {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        // A word alone would be taken for the name of a module, of which all is logged
        let is_level = |part: &str| {
            matches!(part.trim(), "off" | "error" | "warn" | "info" | "debug" | "trace")
                || part.contains('=')
        };
        let text = raw.text("info")?;
        let levels = if text.split(',').all(is_level) { text.parse().ok() } else { None };
        levels.ok_or_else(|| {
            "is no level: write \"error\", \"warn\", \"info\" or \"debug\", or by module like \"info,hatcheck=debug\""
                .to_owned()
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
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

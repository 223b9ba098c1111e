//! From file and environment to values: each setting is declared once, where it is taken from the [`Reader`].

mod environment;
mod error;
mod file;
mod json;
mod named;
mod raw;
mod unknown;
mod value;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

pub use environment::variable_of;
pub use error::{ConfigError, ConfigErrors, Place};
pub(super) use raw::Raw;
pub(super) use value::Value;

/// What somebody wrote, and where.
struct Given {
    raw: Raw,
    place: Place,
    /// Where its relative paths begin.
    folder: PathBuf,
}

/// A setting as it stands: for `config show` and for the table in the documentation.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `section.name`, or `section."NAME".name` where the admin chooses names.
    pub name: Cow<'static, str>,
    /// Its meaning, in a sentence.
    pub meaning: &'static str,
    /// What it is when nobody sets it, in words.
    pub default: String,
    /// What it is now, with secrets hidden.
    pub value: String,
    /// Who says so.
    pub place: Place,
}

/// What a setting is when nobody sets it, and how that is told.
pub(super) struct Fallback<T> {
    value: T,
    told: String,
}

impl<T: Value> From<T> for Fallback<T> {
    fn from(value: T) -> Self {
        let told = value.show();
        Self { value, told }
    }
}

/// A default that follows from the machine or from other settings.
pub(super) fn told<T>(told: &str, value: T) -> Fallback<T> {
    Fallback { value, told: told.to_owned() }
}

/// Hands out what was given, setting by setting, and gathers everything that is wrong.
pub(super) struct Reader {
    given: BTreeMap<String, Given>,
    sections: BTreeSet<String>,
    folder: PathBuf,
    file: Option<PathBuf>,
    /// Nothing is said about what may stand in a file that can't be read.
    is_unread: bool,
    entries: Vec<Entry>,
    errors: Vec<ConfigError>,
}

impl Reader {
    /// A reader of a configuration file's text. `name` is how errors call it.
    pub(super) fn of_text(text: &str, name: &Path, folder: &Path) -> Self {
        let mut reader = Self {
            given: BTreeMap::new(),
            sections: BTreeSet::new(),
            folder: folder.to_owned(),
            file: Some(name.to_owned()),
            is_unread: false,
            entries: Vec::new(),
            errors: Vec::new(),
        };
        file::read(&mut reader, text, name);
        reader
    }

    /// A reader of the members of one section, from JSON.
    pub(super) fn of_json(
        section: &str,
        members: &serde_json::Map<String, serde_json::Value>,
        name: &Path,
        folder: &Path,
    ) -> Self {
        let mut reader = Self::of_text("", name, folder);
        json::read(&mut reader, section, members, name);
        reader
    }

    /// A reader of `file`, or of ./hatcheck.toml when there is one, or of nothing.
    pub(super) fn of_file(file: Option<&Path>) -> Self {
        let path = file.unwrap_or(Path::new("hatcheck.toml"));
        let folder = path.parent().unwrap_or(Path::new(""));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::of_text(&text, path, folder),
            Err(error) => {
                let mut reader = Self::of_text("", path, folder);
                if file.is_some() || error.kind() != std::io::ErrorKind::NotFound {
                    let sentence = format!("the configuration file can't be read: {error}");
                    let place = Place::File(path.to_owned());
                    reader.errors.push(ConfigError { place, sentence });
                    reader.is_unread = true;
                } else {
                    reader.file = None;
                }
                reader
            }
        }
    }

    /// Lays the environment over the file.
    pub(super) fn with_environment(
        mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        environment::read(&mut self, variables);
        self
    }

    /// Declares a setting and takes it.
    pub(super) fn take<T: Value>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        default: impl Into<Fallback<T>>,
        meaning: &'static str,
    ) -> T {
        self.take_if(name, default, |_| Ok(()), meaning)
    }

    /// [`Reader::take`] for values in a range.
    pub(super) fn take_within<T: Value + PartialOrd>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        default: impl Into<Fallback<T>>,
        range: RangeInclusive<T>,
        meaning: &'static str,
    ) -> T {
        let check = |value: &T| {
            if range.contains(value) {
                return Ok(());
            }
            let (least, most) = (range.start().show(), range.end().show());
            Err(format!("is out of range: write something from {least} to {most}"))
        };
        self.take_if(name, default, check, meaning)
    }

    /// [`Reader::take`] for values that a further check has to pass.
    pub(super) fn take_if<T: Value>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        default: impl Into<Fallback<T>>,
        check: impl Fn(&T) -> Result<(), String>,
        meaning: &'static str,
    ) -> T {
        let (name, Fallback { value, told }) = (name.into(), default.into());
        let found = self.find(&name, check);
        let place = if found.is_some() { self.place_given(&name) } else { Place::Default };
        let value = found.unwrap_or(value);
        self.entries.push(Entry { name, meaning, default: told, value: value.show(), place });
        value
    }

    /// Declares a setting that has no default, and takes it; `mend` says how to set it.
    pub(super) fn require<T: Value>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        mend: &'static str,
        meaning: &'static str,
    ) -> Option<T> {
        let name = name.into();
        if !self.given.contains_key(name.as_ref()) && !self.is_unread {
            self.refuse(&name, format!("is not set: {mend}"));
        }
        let found: Option<T> = self.find(&name, |_| Ok(()));
        let place = self.place_given(&name);
        self.entries.push(Entry {
            name,
            meaning,
            default: "none: it must be set".to_owned(),
            value: found.as_ref().map(Value::show).unwrap_or_default(),
            place,
        });
        found
    }

    /// Notes that a setting's value, by itself well-formed, does not do.
    pub(super) fn refuse(&mut self, name: &str, sentence: impl AsRef<str>) {
        let sentence = format!("{name} {}", sentence.as_ref());
        let place = match (self.place_given(name), &self.file) {
            (Place::Default, Some(file)) => {
                self.place_near(name).unwrap_or_else(|| Place::File(file.clone()))
            }
            (place, _) => place,
        };
        self.errors.push(ConfigError { place, sentence });
    }

    /// Where relative paths begin that are written in the file, or nowhere.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// All settings, or all errors: those found on the way, and whatever nobody declared.
    pub(super) fn finish(mut self) -> Result<Vec<Entry>, ConfigErrors> {
        unknown::find(&mut self);
        if self.errors.is_empty() {
            return Ok(self.entries);
        }
        self.errors.sort_by(|a, b| a.place.cmp(&b.place));
        // What is read from a line that is no TOML is a guess, and so would be its errors
        self.errors.dedup_by(|next, first| {
            next.place == first.place && first.sentence.starts_with(file::NO_TOML)
        });
        Err(ConfigErrors(self.errors))
    }

    fn find<T: Value>(
        &mut self,
        name: &str,
        check: impl Fn(&T) -> Result<(), String>,
    ) -> Option<T> {
        let given = self.given.get(name)?;
        let read =
            T::read(&given.raw, &given.folder).and_then(|value| check(&value).map(|()| value));
        read.map_err(|sentence| self.refuse(name, sentence)).ok()
    }

    fn place_given(&self, name: &str) -> Place {
        self.given.get(name).map_or(Place::Default, |given| given.place.clone())
    }
}

//! What somebody wrote, before it is known to be anything.

/// A value of the file or of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::config) enum Raw {
    /// Of the environment, where everything is text.
    Variable(String),
    /// A string of the file.
    Text(String),
    /// A whole number of the file.
    Number(i64),
    /// `true` or `false` of the file.
    Switch(bool),
    /// A list of the file.
    List(Vec<Self>),
    /// Something that no setting is; its name in TOML.
    Other(&'static str),
}

impl Raw {
    /// A section without settings.
    pub(in crate::config) const EMPTY: Self = Self::Other("a section");

    /// Text, where text is wanted; `like` is how it should look.
    pub(in crate::config) fn text(&self, like: &str) -> Result<&str, String> {
        match self {
            Self::Variable(text) | Self::Text(text) => Ok(text.trim()),
            Self::Number(_) | Self::Switch(_) | Self::List(_) | Self::Other(_) => {
                Err(format!("is {}, not text: write it like {like:?}", self.kind()))
            }
        }
    }

    /// A whole number that is not negative.
    pub(in crate::config) fn number(&self) -> Result<u64, String> {
        let number = match self {
            Self::Variable(text) => text.trim().parse().ok(),
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Text(_) | Self::Switch(_) | Self::List(_) | Self::Other(_) => None,
        };
        number.ok_or_else(|| format!("is {}: write a whole number such as 8", self.kind()))
    }

    /// Yes or no.
    pub(in crate::config) fn switch(&self) -> Result<bool, String> {
        match self {
            Self::Switch(on) => Ok(*on),
            Self::Variable(text) if text.trim() == "true" => Ok(true),
            Self::Variable(text) if text.trim() == "false" => Ok(false),
            Self::Variable(_)
            | Self::Text(_)
            | Self::Number(_)
            | Self::List(_)
            | Self::Other(_) => {
                Err(format!("is {}: write true or false, without quotes", self.kind()))
            }
        }
    }

    /// A list of texts; separated by commas in the environment.
    pub(in crate::config) fn list(&self, like: &str) -> Result<Vec<String>, String> {
        match self {
            Self::Variable(text) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()),
            Self::List(parts) => {
                parts.iter().map(|part| part.text(like).map(str::to_owned)).collect()
            }
            Self::Text(_) | Self::Number(_) | Self::Switch(_) | Self::Other(_) => {
                Err(format!("is {}, not a list: write it like [{like:?}]", self.kind()))
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Variable(text) if text.trim().is_empty() => "empty",
            Self::Variable(_) => "something else",
            Self::Text(_) => "text in quotes",
            Self::Number(number) if *number < 0 => "a negative number",
            Self::Number(_) => "a number",
            Self::Switch(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }
}

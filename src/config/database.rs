//! `[database]`: where it stores.

use std::path::{Path, PathBuf};

use super::reading::{Raw, Reader, Value, told};
use crate::model::Secret;

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `database.url`: `sqlite://PATH` or `postgres://…`.
    pub url: DatabaseUrl,
    /// `database.connections`: size of the pool; PostgreSQL only.
    pub connections: u32,
}

/// Which database, told by the scheme of its URL.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the whole URL, which may hold a password.
    Postgres(Secret<String>),
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let file = DatabaseUrl::Sqlite(reader.folder().join("hatcheck.sqlite"));
        Self {
            url: reader.take(
                "database.url",
                told("sqlite://hatcheck.sqlite", file),
                "`sqlite://FILE` (`sqlite:///FILE` from the root) or `postgres://USER:PASSWORD@HOST/DATABASE`.",
            ),
            connections: reader.take_within(
                "database.connections",
                10,
                1..=1000,
                "The most connections to PostgreSQL.",
            ),
        }
    }
}

impl Value for DatabaseUrl {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        // The value is never repeated in the error: it may hold a password
        const MEND: &str = "is no database that is known: write \"sqlite://hatcheck.sqlite\" or \
                            \"postgres://USER:PASSWORD@HOST/DATABASE\"";
        let text = raw.text("sqlite://hatcheck.sqlite")?;
        match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(folder.join(path))),
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
                Ok(Self::Postgres(Secret::new(text.to_owned())))
            }
            _ => Err(MEND.to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => without_secrets(url.expose()),
        }
    }
}

/// Scheme, user, host and database. What can't be taken apart (several hosts) or has a query is hidden whole.
fn without_secrets(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) => {
            if url.query().is_some() {
                url.set_query(Some("[hidden]"));
            }
            if url.password().is_some() && url.set_password(Some("hidden")).is_err() {
                return "postgres://[hidden]".to_owned();
            }
            url.to_string()
        }
        Err(_) => "postgres://[hidden]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ada:s3cret@db/hat", "postgres://ada:hidden@db/hat"),
            ("postgres://db/hat?password=s3cret", "postgres://db/hat?[hidden]"),
            ("postgres://ada:s3cret@a:1,b:2/hat", "postgres://[hidden]"),
            ("postgres://db/hat", "postgres://db/hat"),
        ] {
            let read = DatabaseUrl::read(&Raw::Text(url.into()), Path::new("")).unwrap();
            assert_eq!(read.show(), shown);
            assert!(!format!("{read:?}").contains("s3cret"));
        }
        let error = DatabaseUrl::read(&Raw::Text("mysql://a:s3cret@b".into()), Path::new(""));
        assert!(!error.unwrap_err().contains("s3cret"));
    }
}

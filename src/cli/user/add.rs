//! `hatcheck user add`.

use std::path::PathBuf;

use super::Refused;
use crate::cli::{CliError, input};
use crate::config::Settings;
use crate::http::App;
use crate::identity::passwords::Password;
use crate::model::{Claims, EventKind, User, UserId, Username, base_of_claim, scope_of_claim};
use crate::store;

/// The longest display name, in bytes.
const LONGEST_NAME: usize = 200;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The e-mail address to sign in with
    #[arg(allow_hyphen_values = true)]
    email: String,
    /// The name that people and apps see
    #[arg(long)]
    name: String,
    /// Read the password from standard input, up to the end of its first line
    #[arg(long)]
    password_stdin: bool,
    /// May administer this server
    #[arg(long)]
    admin: bool,
    /// A JSON file of further standard claims, with languages: {"nickname": "Ada", "nickname#ja": "エイダ"}
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// Apps are told that nobody has proved the address; otherwise your word counts
    #[arg(long)]
    email_unverified: bool,
}

/// A person to be added, checked.
#[derive(Debug)]
pub struct New {
    username: Username,
    email: String,
    email_verified: bool,
    name: String,
    claims: Claims,
    admin: bool,
    password: Password,
}

#[cfg(test)]
impl New {
    /// A person with a good password.
    pub fn for_test(email: &str, admin: bool) -> Result<Self, CliError> {
        let args = Args {
            email: email.to_owned(),
            name: "Somebody".to_owned(),
            password_stdin: true,
            admin,
            claims: None,
            email_unverified: false,
        };
        check(&args, serde_json::Map::new(), "correct horse battery staple")
    }
}

/// Reads what the arguments name, and checks it all.
pub fn read(args: &Args) -> Result<New, CliError> {
    let claims = args.claims.as_deref().map(input::object).transpose()?.unwrap_or_default();
    if !args.password_stdin {
        return Err(super::password::not_asked_for());
    }
    let typed = input::secret_line()?;
    check(args, claims, typed.expose())
}

fn check(
    args: &Args,
    claims: serde_json::Map<String, serde_json::Value>,
    typed: &str,
) -> Result<New, CliError> {
    let refused = |what: &str, reason: String| CliError::Input(format!("{what}: {reason}"));
    let username = Username::for_new_account(&args.email)
        .map_err(|error| refused("EMAIL", error.to_string()))?;
    let name = args.name.trim().to_owned();
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(refused("--name", format!("has to be a text of 1 to {LONGEST_NAME} bytes")));
    }
    if claims.contains_key("name") {
        return Err(refused("--claims", "name is given by --name: leave it out".to_owned()));
    }
    let claims =
        Claims::from_map(claims).map_err(|error| refused("--claims", error.to_string()))?;
    let password = Password::chosen(typed, &[&name, username.as_str()])
        .map_err(|error| refused("standard input", error.to_string()))?;
    // As it was given, unless that has more in it than another case: blanks inside, invisible characters
    let given = args.email.trim();
    let plain = given.to_lowercase() == username.as_str();
    Ok(New {
        email: if plain { given } else { username.as_str() }.to_owned(),
        username,
        email_verified: !args.email_unverified,
        name,
        claims,
        admin: args.admin,
        password,
    })
}

/// A claim that nobody could ever be told is a slip of the pen.
fn known(claims: &Claims, settings: &Settings) -> Result<(), CliError> {
    let mut names = claims.as_map().keys().map(|key| base_of_claim(key).0);
    let own = settings.scopes.claims();
    match names.find(|name| scope_of_claim(name).is_none() && !own.contains(name)) {
        None => Ok(()),
        Some(unknown) => Err(CliError::Input(format!(
            "--claims: no scope gives {unknown}: correct the name, or add it to the claims of a scope in [scopes]"
        ))),
    }
}

/// Adds the person.
pub fn add(app: &App, new: New) -> Result<User, CliError> {
    known(&new.claims, app.settings())?;
    let hash = app
        .hasher()
        .hash_blocking(&new.password, app.random())
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let now = app.now();
    let user = User {
        id: app.id(UserId::new),
        username: new.username,
        email: new.email,
        email_verified: new.email_verified,
        name: new.name,
        claims: new.claims,
        admin: new.admin,
        disabled_at: None,
        totp: None,
        created_at: now,
        updated_at: now,
    };
    let detail = if user.admin { "an admin, by command" } else { "by command" };
    let event = app.event(EventKind::UserAdded, Some(user.id), None, detail);
    let record = user.clone();
    let added = app.store().write_blocking(move |db| {
        if !store::users::insert(db, &record, &hash)? {
            return Ok(false);
        }
        store::events::append(db, &event)?;
        Ok(true)
    })?;
    if added { Ok(user) } else { Err(Refused::Taken.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn args(email: &str) -> Args {
        Args {
            email: email.to_owned(),
            name: "Ada Lovelace".to_owned(),
            password_stdin: true,
            admin: false,
            claims: None,
            email_unverified: false,
        }
    }

    fn checked(args: &Args, claims: Value, typed: &str) -> Result<New, String> {
        let Value::Object(claims) = claims else { panic!("{claims} is no object") };
        check(args, claims, typed).map_err(|error| {
            assert_eq!(error.exit_code(), 2, "{error}");
            error.to_string()
        })
    }

    #[test]
    fn oidc_core_5_1_claims_come_with_languages_and_an_admin_vouches_for_the_address() {
        let claims = json!({
            "given_name": "Ada", "name#ja": "エイダ・ラブレス",
            "phone_number": "+44 20 7946 0000", "phone_number_verified": true
        });
        let new =
            checked(&args(" Ada@Example.org "), claims, "correct horse battery staple").unwrap();
        assert_eq!(new.username.as_str(), "ada@example.org");
        assert_eq!(new.email, "Ada@Example.org");
        assert!(new.email_verified && !new.admin);
        assert_eq!(new.claims.get("name#ja"), Some(&json!("エイダ・ラブレス")));
        let hidden = checked(&args("ada\u{200b}@example.org"), json!({}), "mwz 8s1 vbk").unwrap();
        assert_eq!(hidden.email, "ada@example.org");
        let unverified = Args { email_unverified: true, ..args("ada@example.org") };
        let new = checked(&unverified, json!({}), "correct horse battery staple").unwrap();
        assert!(!new.email_verified);
    }

    #[test]
    fn log_04_look_alike_addresses_and_whatever_cannot_be_stored_are_refused_with_a_sentence() {
        let password = "correct horse battery staple";
        let nameless = Args { name: "  ".to_owned(), ..args("ada@example.org") };
        for (args, claims, typed, start) in [
            (args("\u{430}lice@example.org"), json!({}), password, "EMAIL: the address mixes"),
            (args("ada"), json!({}), password, "EMAIL: this is no e-mail"),
            (nameless, json!({}), password, "--name: has to be"),
            (args("ada@example.org"), json!({"name": "x"}), password, "--claims: name is given"),
            (args("ada@example.org"), json!({"sub": "x"}), password, "--claims: sub can't"),
            (args("ada@example.org"), json!({"scope": "x"}), password, "--claims: scope is no"),
            (args("ada@example.org"), json!({}), "short", "standard input: a password has at"),
            (
                args("ada@example.org"),
                json!({}),
                "ada@example.org",
                "standard input: this password",
            ),
        ] {
            let error = checked(&args, claims, typed).unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }
}

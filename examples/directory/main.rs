//! Hatcheck for the people of an LDAP directory: the same commands and settings, and passwords that are checked there.
//!
//! ```sh
//! LDAP_URL=ldaps://ldap.hat.example LDAP_BASE=ou=people,dc=hat,dc=example LDAP_BIND_DN=cn=hatcheck,dc=hat,dc=example \
//!     LDAP_BIND_PASSWORD=… LDAP_DOMAIN=hat.example cargo run --example directory -- serve
//! ```

mod directory;

use std::process::ExitCode;

use directory::Directory;
use hatcheck::http::Extensions;

fn main() -> ExitCode {
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wanted = ["LDAP_URL", "LDAP_BASE", "LDAP_BIND_DN", "LDAP_BIND_PASSWORD"];
    let [Some(url), Some(base), Some(bind_dn), Some(bind_password)] = wanted.map(setting) else {
        eprintln!("set {}", wanted.join(", "));
        return ExitCode::FAILURE;
    };
    let domain = setting("LDAP_DOMAIN");
    let directory = Directory { url, base, bind_dn, bind_password, domain };
    hatcheck::cli::main_with(Extensions::default().authenticator(directory))
}

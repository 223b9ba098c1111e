//! Hatcheck with a way of signing in of one's own: the same commands and settings, and `POST /authenticate/partner` besides.
//!
//! ```sh
//! PARTNER_SECRET=… CLIENT_ID=notes TARGET=http://localhost:8081/login cargo run --example partner -- serve
//! ```

mod partner;

use std::process::ExitCode;

use hatcheck::http::Extensions;
use hatcheck::model::ClientId;
use partner::Partner;

fn main() -> ExitCode {
    let setting = |name: &str| std::env::var(name).unwrap_or_default();
    let (secret, target) = (setting("PARTNER_SECRET"), setting("TARGET"));
    let Some(client_id) = ClientId::parse(&setting("CLIENT_ID")).filter(|_| secret.len() >= 32)
    else {
        eprintln!("set CLIENT_ID, TARGET, and PARTNER_SECRET of at least 32 characters");
        return ExitCode::FAILURE;
    };
    let partner = Partner::new(secret.as_bytes(), client_id, &target);
    hatcheck::cli::main_with(Extensions::default().authenticator(partner))
}

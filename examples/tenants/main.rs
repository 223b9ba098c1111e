//! Hatcheck with tenants: the same commands and settings, and a claim `tenant` in tokens.
//!
//! ```sh
//! TENANTS=hat.example=red,example.org=blue cargo run --example tenants -- serve
//! ```

mod tenants;

use std::process::ExitCode;

use hatcheck::http::Extensions;
use tenants::Tenants;

fn main() -> ExitCode {
    let all = std::env::var("TENANTS").unwrap_or_default();
    let pairs = all.split(',').filter_map(|pair| pair.split_once('='));
    let tenants: Vec<_> =
        pairs.map(|(domain, tenant)| (domain.to_owned(), tenant.to_owned())).collect();
    if tenants.is_empty() {
        eprintln!("set TENANTS, such as hat.example=red,example.org=blue");
        return ExitCode::FAILURE;
    }
    hatcheck::cli::main_with(Extensions::default().token_hook(Tenants(tenants)))
}

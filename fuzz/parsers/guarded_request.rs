//! What a guarded app is sent (RFC 6750 section 2): the query, then headers as lines, and the token that is in them.

use hatcheck_guard::source::{Credential, Headers, Request};
use hatcheck_guard::{Guard, Rule};
use tokio::runtime::{Builder, Runtime};

struct Lines<'l>(Vec<&'l [u8]>);

impl Headers for Lines<'_> {
    fn all(&self, name: &'static str) -> Vec<&[u8]> {
        let named = self.0.iter().filter_map(|line| line.strip_prefix(name.as_bytes()));
        named.filter_map(|rest| rest.strip_prefix(b": ")).collect()
    }
}

thread_local! {
    static GUARDED: (Rule, Runtime) = {
        // Nobody listens there, so that a token which passes all but its signature ends at once
        let guard = Guard::builder("http://127.0.0.1:9", "notes").cookie("token");
        let runtime = Builder::new_current_thread().enable_all().build();
        (guard.build().expect("a guard").rule().token_in_url().ticket_in_url(), runtime.expect("a runtime"))
    };
}

/// Feeds it to the parsers. No token is left in a query that was cleaned, and none is good.
pub fn read(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let query = lines.next().and_then(|query| std::str::from_utf8(query).ok());
    let headers = Lines(lines.collect());
    GUARDED.with(|(rule, runtime)| {
        let request = |query| {
            rule.read(&Request { method: "POST", path: "/notes", query, headers: &headers })
        };
        let reading = request(query);
        if let Some(clean) = reading.clean_query {
            assert!(request(clean.0.as_deref()).clean_query.is_none());
        }
        match reading.credential {
            Ok(Credential::Token(token)) => assert!(runtime.block_on(rule.check(&token)).is_err()),
            Ok(Credential::Ticket(_) | Credential::Session(_)) | Err(_) => {}
        }
    });
}

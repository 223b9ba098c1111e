//! `hatcheck client list`.

use serde_json::Value;

use super::registration;
use crate::cli::{CliError, say, say_json};
use crate::http::App;
use crate::model::Client;
use crate::store;

const PAGE: i64 = 500;

/// Every app, in the order of their ids.
pub fn list(app: &App, json: bool) -> Result<(), CliError> {
    let mut after = None;
    let mut records = Vec::new();
    loop {
        let from = after.clone();
        let page =
            app.store().read_blocking(move |db| store::clients::list(db, from.as_ref(), PAGE))?;
        for client in &page {
            if json {
                records.push(Value::Object(registration::shown(client, None)));
            } else {
                say(line(client))?;
            }
        }
        match page.last() {
            Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                after = Some(last.id.clone());
            }
            _ => break,
        }
    }
    if json { say_json(&records) } else { Ok(()) }
}

fn line(client: &Client) -> String {
    let name = client.metadata.client_name.best([]).unwrap_or("-");
    let method = client
        .metadata
        .token_endpoint_auth_method
        .map_or("client_secret_basic or client_secret_post", |method| method.as_str());
    format!("{}  {name}  [{method}]", client.id)
}

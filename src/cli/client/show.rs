//! `hatcheck client list`.

use serde_json::Value;

use crate::cli::{CliError, pages, say, say_json};
use crate::http::App;
use crate::model::Client;
use crate::store;

/// Every app, in the order of their ids.
pub fn list(app: &App, json: bool) -> Result<(), CliError> {
    let mut records = Vec::new();
    pages::each(
        app,
        store::clients::list,
        |client| &client.id,
        |client| {
            if json {
                records.push(Value::Object(client.to_json(None)));
                return Ok(());
            }
            say(line(client))
        },
    )?;
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

//! A sample app on a device without a browser, such as a television or a command line: it shows a code and a QR code,
//! waits until somebody allows it on their phone, and says who that was (RFC 8628). To be copied.
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=device cargo run --example device
//! ```

use std::env;
use std::time::Duration;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[actix_web::main]
async fn main() -> Result<(), Failure> {
    let (issuer, client_id) = (env::var("ISSUER")?, env::var("CLIENT_ID")?);
    let http = reqwest::Client::new();
    let url = format!("{issuer}/.well-known/openid-configuration");
    let provider: Value = http.get(url).send().await?.error_for_status()?.json().await?;
    let endpoint = |name: &str| {
        text(&provider, name)
            .map(str::to_owned)
            .ok_or_else(|| format!("this provider has no {name}"))
    };
    let form = [("client_id", client_id.as_str()), ("scope", "openid profile offline_access")];
    let begin = http.post(endpoint("device_authorization_endpoint")?).form(&form);
    let begun: Value = begin.send().await?.error_for_status()?.json().await?;
    show(&begun)?;
    let tokens = wait(&http, &endpoint("token_endpoint")?, &client_id, &begun).await?;
    let token = text(&tokens, "access_token").unwrap_or_default();
    let userinfo = http.get(endpoint("userinfo_endpoint")?).bearer_auth(token);
    let person: Value = userinfo.send().await?.error_for_status()?.json().await?;
    println!("Hello, {}!", text(&person, "name").unwrap_or("whoever you are"));
    Ok(())
}

fn text<'a>(answer: &'a Value, name: &str) -> Option<&'a str> {
    answer.get(name).and_then(Value::as_str)
}

/// Shows where to go and with which code. The person compares the two after following the QR code.
fn show(begun: &Value) -> Result<(), Failure> {
    let text = |name: &str| text(begun, name).unwrap_or_default();
    let picture = QrCode::new(text("verification_uri_complete"))?.render::<Dense1x2>().build();
    println!("{picture}");
    println!("Scan this with your phone, or open {}", text("verification_uri"));
    println!("The code is {}", text("user_code"));
    Ok(())
}

/// Asks until somebody has decided, never faster than it was told (section 3.5).
async fn wait(
    http: &reqwest::Client,
    endpoint: &str,
    client_id: &str,
    begun: &Value,
) -> Result<Value, Failure> {
    let mut interval = begun.get("interval").and_then(Value::as_u64).unwrap_or(5);
    let code = text(begun, "device_code").unwrap_or_default();
    let form = [("grant_type", GRANT), ("client_id", client_id), ("device_code", code)];
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let answer: Value = http.post(endpoint).form(&form).send().await?.json().await?;
        match text(&answer, "error") {
            None => return Ok(answer),
            Some("authorization_pending") => {}
            Some("slow_down") => interval += 5,
            Some(error) => return Err(format!("nobody allowed it: {error}").into()),
        }
    }
}

//! `redirect_uri`: OpenID Connect Core section 3.1.2.1, RFC 9700 section 2.1.

use super::Incoming;
use crate::http::ParamError;
use crate::model::{Client, RedirectUri};
use crate::oidc::authorize::Untrusted;
use crate::oidc::authorize::untrusted::Unregistered;

/// Where the answer goes: a registered URI, named once; there is no default.
pub fn judge(incoming: &Incoming, client: &Client) -> Result<RedirectUri, Untrusted> {
    if incoming.is_doubled("redirect_uri") {
        return Err(ParamError::Doubled("redirect_uri".to_owned()).into());
    }
    let Some(received) = incoming.params.optional("redirect_uri") else {
        return Err(Untrusted::RedirectMissing(client.id.clone()));
    };
    RedirectUri::of(received, &client.metadata.redirect_uris).ok_or_else(|| {
        Untrusted::RedirectUnregistered(Box::new(Unregistered::new(client, received)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::client;
    use super::*;

    fn ask(client: &Client, text: &str) -> Result<RedirectUri, Untrusted> {
        judge(&Incoming::parse(text.as_bytes()).unwrap(), client)
    }

    fn encoded(uri: &str) -> String {
        let pairs = [("redirect_uri", uri)];
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    #[test]
    fn red_01_to_red_15_and_red_21_what_is_not_registered_gets_a_page() {
        let client = client(&json!({}));
        assert!(ask(&client, &encoded("https://rp.example/cb")).is_ok());
        for uri in [
            "https://evil.example/cb",
            "https://rp.example/cb/extra",
            "https://rp.example@evil.example/cb",
            "https://a@rp.example:443@evil.example/cb",
            "https://rp.example\\@evil.example/cb",
            "https://rp.example/cb#x",
            "https://rp.example/cb\0.evil.example",
            "https://rp.example/cb%00.evil.example",
            "https://rp.example/cb/../other",
            "https://rp.example/cb/%2e%2e/other",
            "https://rp.example/cb?next=https://evil.example",
            "http://rp.example/cb",
            "https://RP.example/cb",
            "https://rp.example:443/cb",
            "https://rp.example/cb/",
            "https://xn--p-exa.example/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://localhostevil/cb",
            "http://127.1/cb",
            "http://[::1].evil.example/cb",
        ] {
            let refused = ask(&client, &encoded(uri));
            assert!(matches!(refused, Err(Untrusted::RedirectUnregistered(_))), "{uri}");
        }
    }

    #[test]
    fn red_16_the_loopback_port_may_vary() {
        let native = client(&json!({
            "application_type": "native",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb", "http://localhost/cb"],
        }));
        assert!(ask(&native, &encoded("http://127.0.0.1:50123/cb")).is_ok());
        assert!(ask(&native, &encoded("http://localhost:50123/cb")).is_err());
    }

    #[test]
    fn red_17_there_is_no_default_and_dos_04_no_second() {
        let one = client(&json!({}));
        let id = one.id.clone();
        assert_eq!(ask(&one, "a=b"), Err(Untrusted::RedirectMissing(id)));
        let twice = format!("{0}&{0}", encoded("https://rp.example/cb"));
        assert!(matches!(ask(&one, &twice), Err(Untrusted::Unreadable(_))));
    }
}

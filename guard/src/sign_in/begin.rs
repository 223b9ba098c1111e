//! Sending a person to the issuer: OpenID Connect Core section 3.1.2.1.

use std::sync::Arc;

use form_urlencoded::parse;

use super::attempt::Attempt;
use super::failure::{Cause, Failure};
use super::{Brought, Client};
use crate::Refusal;
use crate::answer::Answer;

/// The longest path to come back to, in bytes: it is in a cookie.
const LONGEST: usize = 1_024;

/// What the login page is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    to: String,
    acr_values: Vec<String>,
    login_hint: Option<String>,
}

impl Wanted {
    fn parse(query: &str) -> Self {
        let of = |wanted: &str| {
            let found = parse(query.as_bytes()).find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.into_owned()).filter(|value| value.len() <= LONGEST)
        };
        Self {
            to: of("to").filter(|to| is_local(to)).unwrap_or_else(|| "/".to_owned()),
            acr_values: of("acr_values").map_or_else(Vec::new, |values| {
                values.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect()
            }),
            login_hint: of("login_hint").filter(|hint| !hint.is_empty()),
        }
    }
}

/// Whether this is a path of the app: whoever makes a link to the login page must not choose another site. Browsers take
/// backslashes for slashes, and leave out tabs and line ends.
fn is_local(to: &str) -> bool {
    let rest = to.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && to.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Sends the person on.
pub async fn answer(client: &Arc<Client>, brought: &Brought) -> Result<Answer, Failure> {
    let wanted = Wanted::parse(&brought.query);
    let metadata = client.issuer.metadata().await?;
    let Some(mut url) = metadata.authorization_endpoint.clone() else {
        return Err(client.lacks("authorization_endpoint").into());
    };
    let attempt = Attempt::new(wanted.to, wanted.acr_values, client.clock.now())?;
    let settings = &client.settings;
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", &settings.redirect_uri())
        .append_pair("scope", &settings.scope)
        .append_pair("state", &attempt.state)
        .append_pair("nonce", &attempt.nonce)
        .append_pair("code_challenge", &attempt.code_challenge())
        .append_pair("code_challenge_method", "S256");
    for resource in &settings.resources {
        query.append_pair("resource", resource);
    }
    if !attempt.acr_values.is_empty() {
        query.append_pair("acr_values", &attempt.acr_values.join(" "));
    }
    if let Some(hint) = &wanted.login_hint {
        query.append_pair("login_hint", hint);
    }
    drop(query);
    let cookies = client.attempts.add(&attempt, &brought.attempts);
    let cookies = cookies.ok_or(Cause::Refused(Refusal::Unavailable))?;
    Ok(Answer::redirect(url.as_str(), cookies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9700_section_4_11_people_come_back_to_this_app_alone() {
        for (to, expected) in [
            ("/notes?of=ada%20l", "/notes?of=ada%20l"),
            ("/", "/"),
            ("", "/"),
            ("notes", "/"),
            ("https://eve.example/", "/"),
            ("//eve.example/", "/"),
            ("/\\eve.example/", "/"),
            ("/\t/eve.example/", "/"),
            ("/\n/eve.example/", "/"),
            ("\\\\eve.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/näh", "/"),
        ] {
            let query: String =
                form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
            assert_eq!(Wanted::parse(&query).to, expected, "{to:?}");
        }
        let long = format!("to=/{}", "x".repeat(LONGEST));
        assert_eq!(Wanted::parse(&long).to, "/");
    }

    #[test]
    fn what_is_asked_of_the_issuer_is_read() {
        let wanted = Wanted::parse("to=/a&acr_values=2fa+phr&login_hint=ada%40hat.example&x=1");
        assert_eq!(wanted.acr_values, ["2fa", "phr"]);
        assert_eq!(wanted.login_hint.as_deref(), Some("ada@hat.example"));
        let empty = Wanted::parse("login_hint=&acr_values=");
        assert_eq!(empty, Wanted { to: "/".to_owned(), ..Wanted::default() });
    }
}

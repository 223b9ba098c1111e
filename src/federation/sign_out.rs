//! Sending a person to a provider to sign out there too: OpenID Connect RP-Initiated Logout section 2.

use url::Url;

use super::connector::Connector;
use super::failure::Failure;
use crate::model::Timestamp;
use crate::outgoing::Outgoing;

impl Connector {
    /// Where to send somebody, and they come back to `back` with `state`; `None` when the provider signs nobody out.
    /// With their ID token it need not ask them.
    pub async fn sign_out(
        &self,
        id_token: Option<&str>,
        (back, state): (&str, &str),
        outgoing: &Outgoing,
        now: Timestamp,
    ) -> Result<Option<Url>, Failure> {
        let known = self.known(outgoing, now).await?;
        let Some(mut url) = known.metadata.additional_metadata().end_session_endpoint.clone()
        else {
            return Ok(None);
        };
        if !["https", "http"].contains(&url.scheme()) {
            return Err(Failure::Metadata(format!("its end_session_endpoint is no page: {url}")));
        }
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", back)
            .append_pair("state", state);
        if let Some(token) = id_token {
            query.append_pair("id_token_hint", token);
        }
        drop(query);
        Ok(Some(url))
    }
}

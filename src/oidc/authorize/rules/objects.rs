//! `request`, `request_uri` and `registration`: OpenID Connect Core sections 6 and 7.2.1.

use crate::http::Params;
use crate::oidc::authorize::Refusal;

/// Whoever sends one of these means something that would be lost.
pub fn judge(params: &Params) -> Result<(), Refusal> {
    if params.optional("request").is_some() {
        return Err(Refusal::RequestObject);
    }
    if params.optional("request_uri").is_some() {
        return Err(Refusal::RequestUri);
    }
    if params.optional("registration").is_some() {
        return Err(Refusal::Registration);
    }
    Ok(())
}

//! `nonce`: OpenID Connect Core sections 3.1.2.1, 3.2.2.1 and 3.3.2.1.

use crate::http::Params;
use crate::model::ResponseType;
use crate::oidc::authorize::Refusal;

/// It travels in the code, and from there into the ID token.
const LONGEST: usize = 1_024;

/// The nonce, unchanged. An ID token that comes through the browser is bound by nothing else.
pub fn judge(params: &Params, response_type: ResponseType) -> Result<Option<String>, Refusal> {
    match params.optional("nonce") {
        None if response_type.has_id_token() => Err(Refusal::NonceMissing),
        Some(nonce) if nonce.len() > LONGEST => Err(Refusal::NonceTooLong),
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

//! `nonce`: OpenID Connect Core section 3.1.2.1.

use crate::http::Params;
use crate::oidc::authorize::Refusal;

/// It travels in the code, and from there into the ID token.
const LONGEST: usize = 1_024;

/// The nonce, unchanged.
pub fn judge(params: &Params) -> Result<Option<String>, Refusal> {
    match params.optional("nonce") {
        Some(nonce) if nonce.len() > LONGEST => Err(Refusal::NonceTooLong),
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

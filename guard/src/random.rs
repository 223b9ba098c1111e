//! Random bytes, for all that nobody may guess.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Refusal;

/// 256 random bits in 43 characters.
pub fn text() -> Result<String, Refusal> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// So many random bytes.
#[expect(clippy::disallowed_methods, reason = "this is the edge that others ask")]
pub fn bytes<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
        tracing::error!("the system gives no random bytes");
        Refusal::Unavailable
    })?;
    Ok(bytes)
}

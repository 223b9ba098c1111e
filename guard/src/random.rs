//! Random bytes, for all that nobody may guess.

use crate::Refusal;

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

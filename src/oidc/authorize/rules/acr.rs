//! `acr_values`: OpenID Connect Core section 3.1.2.1.

use crate::http::Params;
use crate::model::Acr;
use crate::model::client::Metadata;

/// The weakest class of sign-in that will do: of those named that we know, else the client's default.
pub fn judge(params: &Params, metadata: &Metadata) -> Option<Acr> {
    let named = params.optional("acr_values").unwrap_or_default();
    named.split(' ').filter_map(Acr::parse).min().or_else(|| metadata.default_acr())
}

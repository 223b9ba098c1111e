//! `resource`: RFC 8707 section 2.1.

use crate::config::Settings;
use crate::http::Params;
use crate::model::{Client, Scopes};
use crate::oidc::audience;
use crate::oidc::authorize::Refusal;

/// The resources that tokens are wanted for, and the scopes that mean something there.
pub fn judge(
    params: &Params,
    client: &Client,
    scopes: &Scopes,
    settings: &Settings,
) -> Result<(Vec<String>, Scopes), Refusal> {
    let resources = audience::asked(params, client, settings).map_err(Refusal::Target)?;
    let scopes = audience::grantable(scopes, &resources, settings);
    Ok((resources, scopes))
}

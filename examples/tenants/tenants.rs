//! Tokens say which tenant a person belongs to, and people of none get no tokens.

use hatcheck::http::{App, Deciding, Extra, Issuing, TokenHook, Withheld};
use serde_json::{Map, json};

/// The tenants, each with the domain of its people's addresses.
pub struct Tenants(pub Vec<(String, String)>);

impl Tenants {
    fn decide(&self, issuing: &Issuing<'_>) -> Result<Extra, Withheld> {
        // A client that acts for itself belongs to nobody
        let Some(user) = issuing.user else { return Ok(Extra::default()) };
        let domain = user.email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let tenant = self.0.iter().find(|(known, _)| domain.eq_ignore_ascii_case(known));
        let (_, tenant) =
            tenant.ok_or_else(|| Withheld::Refused("no tenant has this person".into()))?;
        let claims = Map::from_iter([("tenant".to_owned(), json!(tenant))]);
        Ok(Extra { access_token: claims.clone(), id_token: claims })
    }
}

impl TokenHook for Tenants {
    fn before_tokens<'a>(&'a self, _: &'a App, issuing: &'a Issuing<'a>) -> Deciding<'a> {
        Box::pin(async move { self.decide(issuing) })
    }
}

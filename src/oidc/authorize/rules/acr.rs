//! `acr_values`, and `acr` in the `claims` parameter: OpenID Connect Core sections 3.1.2.1 and 5.5.1.1.

use super::claims::texts;
use crate::http::Params;
use crate::model::client::Metadata;
use crate::model::{Acr, Wanted};
use crate::oidc::authorize::Refusal;

/// Which class of sign-in is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// The weakest that will do.
    pub weakest: Option<Acr>,
    /// Those of which one has to be reached; none: whatever is reached will do.
    pub essential: Vec<Acr>,
}

/// An essential claim decides alone. Otherwise the weakest of those named that we know is wanted: in `acr_values`, else
/// in the claim, else by the client's registration.
pub fn judge(
    params: &Params,
    claim: Option<&Wanted>,
    metadata: &Metadata,
) -> Result<Class, Refusal> {
    let of_claim = || claim.into_iter().flat_map(texts).filter_map(Acr::parse);
    if claim.is_some_and(|claim| claim.essential && !claim.values.is_empty()) {
        let essential: Vec<_> = of_claim().collect();
        let weakest = Some(essential.iter().copied().min().ok_or(Refusal::ClassUnreachable)?);
        return Ok(Class { weakest, essential });
    }
    let named = params.optional("acr_values").unwrap_or_default();
    let named = named.split(' ').filter_map(Acr::parse).min();
    let weakest = named.or_else(|| of_claim().min()).or_else(|| metadata.default_acr());
    Ok(Class { weakest, essential: Vec::new() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::client;
    use super::*;
    use crate::model::ClaimsRequest;

    #[test]
    fn core_5_5_1_1_an_essential_acr_decides_alone() {
        let (one, two) = ("urn:hatcheck:acr:1fa", "urn:hatcheck:acr:2fa");
        let client = client(&json!({"default_acr_values": [two]}));
        let ask = |claim: Value, values: &str| {
            let request = json!({"id_token": {"acr": claim}});
            let claim = ClaimsRequest::of(&request).unwrap().id_token.remove("acr");
            let params = Params::parse(format!("acr_values={values}").as_bytes()).unwrap();
            judge(&params, claim.as_ref(), &client.metadata).map_err(|refusal| refusal.error())
        };
        let class = |weakest, essential: &[Acr]| {
            Ok(Class { weakest: Some(weakest), essential: essential.to_vec() })
        };
        let (weak, strong) = (Acr::OneFactor, Acr::TwoFactor);
        assert_eq!(ask(json!({"essential": true, "value": two}), one), class(strong, &[strong]));
        let both = json!({"essential": true, "values": [two, "other", one]});
        assert_eq!(ask(both, ""), class(weak, &[strong, weak]));
        let unknown = json!({"essential": true, "value": "other"});
        assert_eq!(ask(unknown, one), Err("unmet_authentication_requirements"));
        assert_eq!(ask(json!({"values": [one]}), ""), class(weak, &[]));
        assert_eq!(ask(json!({"values": [two]}), one), class(weak, &[]));
        assert_eq!(ask(json!({"essential": true}), one), class(weak, &[]));
        assert_eq!(ask(json!(null), ""), class(strong, &[]));
    }
}

//! What is odd about some providers, purely.

use openidconnect::core::CoreAuthPrompt;
use serde_json::{Map, Value};

use crate::config::{Connector, Dialect};

/// What stands for the tenant in an issuer of Microsoft Entra.
const TENANT: &str = "{tenantid}";

/// Whether a discovery document is of the provider that the settings name (Discovery section 4.3).
pub(super) fn is_own(settings: &Connector, issuer: &str) -> bool {
    match &settings.dialect {
        Dialect::Entra { tenants } if !tenants.is_empty() => {
            let own = settings.issuer.rsplitn(3, '/').last();
            let theirs = issuer.rsplitn(3, '/').last();
            own == theirs && issuer.contains(TENANT)
        }
        Dialect::Standard
        | Dialect::Google
        | Dialect::Entra { .. }
        | Dialect::Apple
        | Dialect::Plain(_) => settings.issuer == issuer,
    }
}

/// The issuer of tokens with these claims, which are not verified yet: that of the discovery document, where it does not
/// depend on the tenant.
pub(super) fn issuer_of(
    dialect: &Dialect,
    issuer: &str,
    claims: &Map<String, Value>,
) -> Result<Option<String>, String> {
    let Dialect::Entra { tenants } = dialect else { return Ok(None) };
    if tenants.is_empty() {
        return Ok(None);
    }
    let tenant = claims.get("tid").and_then(Value::as_str).unwrap_or_default();
    if !tenants.iter().any(|known| known == tenant) {
        let shown: String = tenant.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(format!("its tenant {shown:?} is not among `tenants` of the connector"));
    }
    Ok(Some(issuer.replace(TENANT, tenant)))
}

/// What never changes about a person: what a provider of several tenants says is good within one of them.
pub(super) fn subject(dialect: &Dialect, sub: &str, claims: &Map<String, Value>) -> String {
    match dialect {
        Dialect::Entra { tenants } if !tenants.is_empty() => {
            let tenant = claims.get("tid").and_then(Value::as_str).unwrap_or_default();
            format!("{tenant}/{sub}")
        }
        Dialect::Standard
        | Dialect::Google
        | Dialect::Entra { .. }
        | Dialect::Apple
        | Dialect::Plain(_) => sub.to_owned(),
    }
}

/// Whether an address that the provider calls verified, or not (`said`), is. Google vouches for those of its own domains alone,
/// and Entra says it by a claim of its own.
pub(super) fn is_verified(
    dialect: &Dialect,
    address: &str,
    said: Option<bool>,
    claims: &Map<String, Value>,
) -> bool {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    match dialect {
        Dialect::Google => {
            let hosted = claims.get("hd").and_then(Value::as_str).map(str::to_lowercase);
            let own = domain.as_deref().is_some_and(|domain| {
                ["gmail.com", "googlemail.com"].contains(&domain)
                    || hosted.as_deref() == Some(domain)
            });
            said == Some(true) && own
        }
        // It is about the address beside it, and about no other document's
        Dialect::Entra { .. } => {
            let owned = match claims.get("xms_edov") {
                Some(Value::Bool(yes)) => *yes,
                Some(Value::String(text)) => text == "1" || text == "true",
                Some(Value::Number(number)) => number.as_u64() == Some(1),
                Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
            };
            owned && claims.get("email").and_then(Value::as_str) == Some(address)
        }
        Dialect::Standard | Dialect::Apple | Dialect::Plain(_) => said == Some(true),
    }
}

/// Whether that is `true`, `false` or nothing: Apple alone writes them as texts, which the library takes from everybody.
pub(super) fn is_truth(dialect: &Dialect, said: Option<&Value>) -> bool {
    *dialect == Dialect::Apple || !matches!(said, Some(Value::String(_)))
}

/// How somebody is asked to show themselves again. Google knows nothing like it but the choice of an account.
pub(super) const fn prompt_again(dialect: &Dialect) -> Option<CoreAuthPrompt> {
    match dialect {
        Dialect::Google => Some(CoreAuthPrompt::SelectAccount),
        Dialect::Apple | Dialect::Plain(_) => None,
        Dialect::Standard | Dialect::Entra { .. } => Some(CoreAuthPrompt::Login),
    }
}

/// Whether `max_age` and `acr_values` mean anything to it.
pub(super) const fn knows_demands(dialect: &Dialect) -> bool {
    matches!(dialect, Dialect::Standard | Dialect::Entra { .. })
}

/// How the answer comes back. Apple sends names and addresses by a form alone.
pub(super) const fn response_mode(dialect: &Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Apple => Some("form_post"),
        Dialect::Standard | Dialect::Google | Dialect::Entra { .. } | Dialect::Plain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn fed_04_an_address_is_verified_by_who_can_vouch_for_it() {
        let entra = || Dialect::Entra { tenants: Vec::new() };
        for (dialect, said, more, verified) in [
            (Dialect::Standard, Some(true), json!({}), true),
            (Dialect::Standard, Some(false), json!({}), false),
            (Dialect::Standard, None, json!({}), false),
            (Dialect::Google, Some(true), json!({"hd": "Work.example"}), true),
            (Dialect::Google, Some(true), json!({"hd": "other.example"}), false),
            (Dialect::Google, Some(true), json!({}), false),
            (Dialect::Google, None, json!({"hd": "work.example"}), false),
            (entra(), Some(true), json!({}), false),
            (entra(), None, json!({"xms_edov": true, "email": "ada@work.example"}), true),
            (entra(), None, json!({"xms_edov": "1", "email": "ada@work.example"}), true),
            (entra(), None, json!({"xms_edov": 1, "email": "ada@work.example"}), true),
            (entra(), None, json!({"xms_edov": "0", "email": "ada@work.example"}), false),
            (entra(), None, json!({"xms_edov": true, "email": "eve@work.example"}), false),
            (entra(), None, json!({"xms_edov": true}), false),
        ] {
            let found = is_verified(&dialect, "ada@work.example", said, &claims(&more));
            assert_eq!(found, verified, "{dialect:?} {said:?} {more}");
        }
        assert!(is_verified(&Dialect::Google, "ada@gmail.com", Some(true), &Map::new()));
    }

    #[test]
    fn fed_03_people_of_a_tenant_that_is_not_named_do_not_come() {
        let dialect = Dialect::Entra { tenants: vec!["t-1".to_owned()] };
        let template = "https://login.example/{tenantid}/v2.0";
        let of = |value: &Value| issuer_of(&dialect, template, &claims(value));
        assert_eq!(
            of(&json!({"tid": "t-1"})),
            Ok(Some("https://login.example/t-1/v2.0".to_owned()))
        );
        for other in [json!({"tid": "t-2"}), json!({"tid": ""}), json!({}), json!({"tid": 1})] {
            assert!(of(&other).is_err(), "{other}");
        }
        assert_eq!(subject(&dialect, "s", &claims(&json!({"tid": "t-1"}))), "t-1/s");
        assert_eq!(issuer_of(&Dialect::Standard, "https://x.example", &Map::new()), Ok(None));
    }
}

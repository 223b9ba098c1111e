//! What the claims of an access token must be: RFC 9068 section 4.

use serde_json::{Map, Value};

use crate::identity::Facts;
use crate::{Identity, Refusal};

/// What is expected of every token.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The only issuer.
    pub issuer: String,
    /// The names of this API; a token names one of them.
    pub audiences: Vec<String>,
    /// How many seconds clocks may differ.
    pub leeway: i64,
}

/// The rules, and nothing but the rules: no clock, no keys, no HTTP.
pub fn judge(claims: Map<String, Value>, policy: &Policy, now: i64) -> Result<Identity, Refusal> {
    let mut claims = Claims(claims);
    if claims.text("iss")? != policy.issuer {
        return Err(Refusal::Issuer);
    }
    let audience = claims.texts("aud")?;
    if !audience.iter().any(|name| policy.audiences.contains(name)) {
        return Err(Refusal::Audience);
    }
    let expires_at = claims.time("exp")?.ok_or(Refusal::Claim("exp"))?;
    let issued_at = claims.time("iat")?.ok_or(Refusal::Claim("iat"))?;
    let begins = claims.time("nbf")?.unwrap_or(issued_at).max(issued_at);
    if expires_at.saturating_add(policy.leeway) <= now {
        return Err(Refusal::Expired { ago: now.abs_diff(expires_at) });
    }
    if begins > now.saturating_add(policy.leeway) {
        return Err(Refusal::NotYet { ahead: begins.abs_diff(now) });
    }
    let other_type = |typ: String| !typ.eq_ignore_ascii_case("Bearer");
    if claims.0.contains_key("cnf") || claims.optional_text("token_type")?.is_some_and(other_type) {
        return Err(Refusal::NotBearer);
    }
    let facts = Facts {
        subject: claims.text("sub")?,
        client_id: claims.text("client_id")?,
        token_id: claims.text("jti")?,
        scopes: claims.optional_text("scope")?.as_deref().map(words).unwrap_or_default(),
        acr: claims.optional_text("acr")?,
        auth_time: claims.time("auth_time")?,
        roles: claims.names("roles")?,
        groups: claims.names("groups")?,
        permissions: claims.names("permissions")?,
        session_id: claims.optional_text("sid")?,
        issued_at,
        expires_at,
        claims: claims.0,
    };
    Ok(Identity::new(facts))
}

/// RFC 6749 section 3.3.
fn words(scope: &str) -> Vec<String> {
    scope.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Claims that nobody has read yet.
pub struct Claims(pub Map<String, Value>);

impl Claims {
    /// A text that has to be there.
    pub fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        let text = self.optional_text(name)?.filter(|text| !text.is_empty());
        text.ok_or(Refusal::Claim(name))
    }

    /// A text, when there is one.
    pub fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::Claim(name)),
        }
    }

    /// One text, or a list of them (RFC 7519 section 4.1.3).
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Refusal> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(list)) => list.iter().map(|one| text_of(one, name)).collect(),
            _ => Err(Refusal::Claim(name)),
        }
    }

    /// A list of names, each a text or an object with one (RFC 7643 section 2.4), as RFC 9068 section 2.2.3.1 has them.
    fn names(&mut self, name: &'static str) -> Result<Vec<String>, Refusal> {
        let of = |one: Value| {
            let text = one.as_str().or_else(|| one.get("value")?.as_str());
            text.map(str::to_owned).ok_or(Refusal::Claim(name))
        };
        match self.0.remove(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.into_iter().map(of).collect(),
            Some(_) => Err(Refusal::Claim(name)),
        }
    }

    /// A moment; some issuers write fractions of seconds (RFC 7519 section 2).
    #[expect(clippy::cast_possible_truncation, reason = "it is what `as` saturates to")]
    pub fn time(&mut self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
        seconds.map(Some).ok_or(Refusal::Claim(name))
    }
}

fn text_of(value: &Value, name: &'static str) -> Result<String, Refusal> {
    value.as_str().map(str::to_owned).ok_or(Refusal::Claim(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn policy() -> Policy {
        Policy {
            issuer: "https://login.ada.example".to_owned(),
            audiences: vec!["notes".to_owned(), "https://notes.example/api".to_owned()],
            leeway: 60,
        }
    }

    fn judged(changes: &Value) -> Result<Identity, Refusal> {
        let mut claims = json!({
            "iss": "https://login.ada.example", "sub": "ada", "aud": ["https://login.ada.example", "notes"],
            "client_id": "app", "exp": NOW + 900, "iat": NOW, "jti": "t1", "scope": "openid notes:read",
            "auth_time": NOW - 60, "acr": "urn:hatcheck:acr:2fa", "gid": "g1",
        });
        let claims = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            claims.remove(name);
            if !value.is_null() {
                claims.insert(name.clone(), value.clone());
            }
        }
        judge(claims.clone(), &policy(), NOW)
    }

    #[test]
    fn rfc_9068_section_2_2_a_good_token_says_who_calls() {
        let identity = judged(
            &json!({"roles": ["editor", {"value": "admin"}], "groups": ["staff"], "permissions": ["print"]}),
        );
        let identity = identity.unwrap();
        assert_eq!((identity.subject.as_str(), identity.client_id.as_str()), ("ada", "app"));
        assert!(identity.has_scope("notes:read") && !identity.has_scope("notes"));
        assert!(identity.has_role("editor") && identity.has_role("admin"));
        assert!(identity.is_in("staff") && identity.has_permission("print"));
        assert_eq!((identity.auth_time, identity.expires_at), (Some(NOW - 60), NOW + 900));
        assert_eq!(identity.acr.as_deref(), Some("urn:hatcheck:acr:2fa"));
        assert_eq!(identity.token_id, "t1");
        assert_eq!(Value::Object(identity.claims.clone()), json!({"gid": "g1"}));
    }

    #[test]
    fn rfc_9068_section_4_each_rule_refuses() {
        for (changes, refusal) in [
            (json!({"iss": "https://login.eve.example"}), Refusal::Issuer),
            (json!({"iss": "https://login.ada.example/"}), Refusal::Issuer),
            (json!({"iss": null}), Refusal::Claim("iss")),
            (json!({"iss": ["https://login.ada.example"]}), Refusal::Claim("iss")),
            (json!({"aud": "photos"}), Refusal::Audience),
            (json!({"aud": ["photos", "Notes"]}), Refusal::Audience),
            (json!({"aud": []}), Refusal::Audience),
            (json!({"aud": [1]}), Refusal::Claim("aud")),
            (json!({"aud": null}), Refusal::Claim("aud")),
            (json!({"exp": null}), Refusal::Claim("exp")),
            (json!({"exp": "soon"}), Refusal::Claim("exp")),
            (json!({"exp": NOW - 60}), Refusal::Expired { ago: 60 }),
            (json!({"exp": -1e300}), Refusal::Expired { ago: NOW.abs_diff(i64::MIN) }),
            (json!({"iat": null}), Refusal::Claim("iat")),
            (json!({"iat": NOW + 61}), Refusal::NotYet { ahead: 61 }),
            (json!({"nbf": NOW + 300}), Refusal::NotYet { ahead: 300 }),
            (json!({"nbf": "now"}), Refusal::Claim("nbf")),
            (json!({"sub": null}), Refusal::Claim("sub")),
            (json!({"sub": ""}), Refusal::Claim("sub")),
            (json!({"client_id": null}), Refusal::Claim("client_id")),
            (json!({"jti": null}), Refusal::Claim("jti")),
            (json!({"cnf": {"jkt": "x"}}), Refusal::NotBearer),
            (json!({"token_type": "DPoP"}), Refusal::NotBearer),
            (json!({"scope": ["openid"]}), Refusal::Claim("scope")),
            (json!({"acr": 2}), Refusal::Claim("acr")),
            (json!({"auth_time": "now"}), Refusal::Claim("auth_time")),
            (json!({"roles": "admin"}), Refusal::Claim("roles")),
            (json!({"roles": [{"display": "admin"}]}), Refusal::Claim("roles")),
            (json!({"groups": [[]]}), Refusal::Claim("groups")),
        ] {
            assert_eq!(judged(&changes).err(), Some(refusal), "{changes}");
        }
    }

    #[test]
    fn rfc_7519_section_4_1_clocks_may_differ_by_the_leeway() {
        for changes in [
            json!({"exp": NOW - 59}),
            json!({"iat": NOW + 60}),
            json!({"nbf": NOW + 60}),
            json!({"exp": 1_700_000_900.5}),
            json!({"aud": "https://notes.example/api"}),
            json!({"scope": null, "acr": null, "auth_time": null}),
            json!({"token_type": "bearer"}),
        ] {
            assert!(judged(&changes).is_ok(), "{changes}");
        }
    }
}

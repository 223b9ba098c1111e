//! What is told about a person: OpenID Connect Core sections 5.1, 5.2, 5.4 and 5.5.

use serde_json::{Map, Value, json};

use crate::config;
use crate::model::{
    Client, Details, Entitlements, SUPPORTED_CLAIMS, Scopes, User, Wanted, base_of_claim, language,
};

/// A person, and what an app may know about them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Who.
    pub user: &'a User,
    /// The scopes that were allowed.
    pub scopes: &'a Scopes,
    /// The claims that were allowed one by one.
    pub details: &'a Details,
    /// What they may, at the app.
    pub held: &'a Entitlements,
    /// Which scopes give which claims.
    pub offered: &'a config::Scopes,
}

impl Person<'_> {
    /// The claims of userinfo, without `sub`. What is not known is left out (section 5.3.2).
    pub fn userinfo(&self) -> Map<String, Value> {
        let mut told = Map::new();
        self.tell_scopes(&mut told);
        for (key, wanted) in &self.details.claims.userinfo {
            self.tell_single(key, wanted, &mut told);
        }
        told
    }

    /// The claims of an ID token beside those of the sign-in. Those of scopes are among them where no access token comes
    /// with it that could ask userinfo (`alone`: section 5.4), and where the client wants them there too.
    pub fn id_token(&self, client: &Client, alone: bool) -> Map<String, Value> {
        let mut told = Map::new();
        if alone || client.metadata.claims_in_id_token {
            self.tell_scopes(&mut told);
        }
        for (key, wanted) in &self.details.claims.id_token {
            self.tell_single(key, wanted, &mut told);
        }
        told
    }

    fn tell_scopes(&self, told: &mut Map<String, Value>) {
        let all = SUPPORTED_CLAIMS.into_iter().chain(self.offered.claims());
        for name in all.filter(|name| self.offered.give(self.scopes, name)) {
            self.tell(name, &Wanted::default(), told);
        }
    }

    /// A claim that was asked for by its name, maybe in a language: then in the best there is (section 5.2).
    fn tell_single(&self, key: &str, wanted: &Wanted, told: &mut Map<String, Value>) {
        let (name, tag) = base_of_claim(key);
        if tag.is_empty() {
            return self.tell(name, wanted, told);
        }
        let known = self.known(name);
        let best = language::best(tag, &known.iter().map(|(tag, _)| *tag));
        match known.iter().find(|(tag, _)| Some(*tag) == best) {
            Some((_, value)) if fits(value, wanted) => {
                told.insert(key.to_owned(), value.clone());
            }
            Some(_) => {}
            None => self.tell(name, wanted, told),
        }
    }

    /// A claim in the first language of `claims_locales` that there is, without a tag, as section 5.2 recommends; without
    /// that parameter in every language there is.
    fn tell(&self, name: &str, wanted: &Wanted, told: &mut Map<String, Value>) {
        let mut known = self.known(name);
        known.retain(|(_, value)| fits(value, wanted));
        let tags = || known.iter().map(|(tag, _)| *tag).filter(|tag| !tag.is_empty());
        let best = self.details.locales.iter().find_map(|wanted| language::best(wanted, &tags()));
        let plain = known.iter().any(|(tag, _)| tag.is_empty());
        let only = best.or_else(|| (plain && !self.details.locales.is_empty()).then_some(""));
        for (tag, value) in known {
            match only {
                Some(only) if only == tag => told.insert(name.to_owned(), value),
                Some(_) => None,
                None if tag.is_empty() => told.insert(name.to_owned(), value),
                None => told.insert(format!("{name}#{tag}"), value),
            };
        }
    }

    /// What is known under a name: each value with its language tag, which is empty for the one without.
    fn known(&self, name: &str) -> Vec<(&str, Value)> {
        let user = self.user;
        let own = match name {
            "name" => Some(json!(user.name)),
            "email" => Some(json!(user.email)),
            "email_verified" if !user.email.is_empty() => Some(json!(user.email_verified)),
            "updated_at" => Some(json!(user.updated_at)),
            "groups" | "roles" | "permissions" => {
                let names = self.held.claim(name);
                (!names.is_empty()).then(|| json!(names))
            }
            _ => None,
        };
        let others = user.claims.as_map().iter().filter_map(|(key, value)| {
            let (base, tag) = base_of_claim(key);
            (base == name).then(|| (tag, value.clone()))
        });
        own.map(|value| ("", value)).into_iter().chain(others).filter(|(_, v)| says(v)).collect()
    }
}

/// Whether a value says anything: an empty text is left out (section 5.3.2).
fn says(value: &Value) -> bool {
    value.as_str().is_none_or(|text| !text.trim().is_empty())
}

/// A value that is not the wanted one is none that was asked for.
fn fits(value: &Value, wanted: &Wanted) -> bool {
    wanted.values.is_empty() || wanted.values.contains(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Claims, ClaimsRequest, EntitlementName, Timestamp, UserId, Username};
    use crate::oidc::authorize::rules::tests::client;

    fn ada() -> User {
        let claims = json!({
            "family_name": "Lovelace", "family_name#ja-Kana-JP": "ラブレス", "nickname": "Countess",
            "nickname#de-CH": "Gräfin", "website": "https://ada.example/",
            "address": {"locality": "London", "region": ""}, "hat_domain": "ada.hat.example",
        });
        User {
            id: UserId::new(Timestamp::from_seconds(1), &[1; 10]),
            username: Username::canonical("ada@example.org"),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            name: "Ada Lovelace".to_owned(),
            claims: Claims::from_map(claims.as_object().unwrap().clone()).unwrap(),
            admin: false,
            disabled_at: None,
            totp: None,
            created_at: Timestamp::from_seconds(800_000_000),
            updated_at: Timestamp::from_seconds(800_000_000),
        }
    }

    fn details(claims: &Value, locales: &str) -> Details {
        Details {
            claims: ClaimsRequest::of(claims).unwrap(),
            locales: locales.split_whitespace().map(str::to_owned).collect(),
            ..Details::default()
        }
    }

    /// With a scope "hat" of our own.
    fn offered() -> config::Scopes {
        let text = "issuer = \"https://id.example\"\n[scopes.hat]\ndescription = \"Know your HAT\"\n\
                    claims = [\"hat_domain\", \"nickname\"]";
        crate::config::Settings::parse(text, std::path::Path::new("")).unwrap().scopes
    }

    fn held() -> Entitlements {
        let name = |text| EntitlementName::parse(text).unwrap();
        Entitlements {
            groups: vec![name("staff")],
            roles: vec![name("editor")],
            ..Entitlements::default()
        }
    }

    fn userinfo(user: &User, scopes: &str, details: &Details) -> Value {
        let scopes = Scopes::parse(scopes).unwrap();
        Value::Object(
            Person { user, scopes: &scopes, details, held: &held(), offered: &offered() }
                .userinfo(),
        )
    }

    #[test]
    fn core_5_4_scopes_give_what_is_known_and_nothing_empty() {
        let mut user = ada();
        let all = userinfo(&user, "openid profile email phone address", &Details::default());
        assert_eq!(
            all,
            json!({
                "name": "Ada Lovelace", "family_name": "Lovelace", "family_name#ja-Kana-JP": "ラブレス",
                "nickname": "Countess", "nickname#de-CH": "Gräfin", "website": "https://ada.example/",
                "updated_at": 800_000_000, "email": "ada@example.org", "email_verified": true,
                "address": {"locality": "London"},
            })
        );
        user.name = " ".to_owned();
        user.email = String::new();
        let rest = userinfo(&user, "openid email", &Details::default());
        assert_eq!(rest, json!({}), "no e-mail address, and nothing said about it");
        assert!(userinfo(&user, "openid profile", &Details::default()).get("name").is_none());
    }

    #[test]
    fn core_5_1_2_scopes_of_our_own_give_claims_of_our_own_and_standard_ones() {
        let user = ada();
        let told = userinfo(&user, "openid hat", &details(&json!({}), "en"));
        assert_eq!(told, json!({"hat_domain": "ada.hat.example", "nickname": "Countess"}));
        let asked = json!({"userinfo": {"hat_domain": null}});
        let told = userinfo(&user, "openid", &details(&asked, ""));
        assert_eq!(told, json!({"hat_domain": "ada.hat.example"}));
    }

    #[test]
    fn rfc_9068_2_2_3_1_what_a_person_may_is_told_by_scope_and_by_name() {
        let user = ada();
        let told = userinfo(&user, "openid groups permissions", &Details::default());
        assert_eq!(told, json!({"groups": ["staff"]}), "what is empty is left out");
        let asked = details(&json!({"userinfo": {"roles": null}}), "");
        assert_eq!(userinfo(&user, "openid", &asked), json!({"roles": ["editor"]}));
    }

    #[test]
    fn core_5_5_single_claims_go_where_they_were_asked_for() {
        let user = ada();
        let asked = json!({
            "userinfo": {"name": {"essential": true}, "phone_number": {"essential": true}},
            "id_token": {"nickname": null, "email": {"value": "other@example.org"}, "website": {"values": ["https://ada.example/"]}},
        });
        let details = details(&asked, "en");
        assert_eq!(userinfo(&user, "openid", &details), json!({"name": "Ada Lovelace"}));
        let scopes = Scopes::parse("openid email").unwrap();
        let offered = offered();
        let person = Person {
            user: &user,
            scopes: &scopes,
            details: &details,
            held: &held(),
            offered: &offered,
        };
        let told = person.id_token(&client(&json!({})), false);
        let expected = json!({"nickname": "Countess", "website": "https://ada.example/"});
        assert_eq!(Value::Object(told), expected, "of another value than wanted, nothing");
        let plain = Details::default();
        let person = Person { details: &plain, ..person };
        assert!(person.id_token(&client(&json!({})), false).is_empty());
        assert_eq!(person.id_token(&client(&json!({})), true).len(), 2, "email and email_verified");
        let both = client(&json!({"claims_in_id_token": true}));
        assert_eq!(person.id_token(&both, false).len(), 2);
    }

    #[test]
    fn core_5_2_each_claim_comes_in_the_best_language() {
        let user = ada();
        for (locales, nickname, family_name) in [
            ("de", "Gräfin", "Lovelace"),
            ("de-CH ja", "Gräfin", "ラブレス"),
            ("se", "Countess", "Lovelace"),
            ("fr ja-Kana", "Countess", "ラブレス"),
        ] {
            let told = userinfo(&user, "openid profile", &details(&json!({}), locales));
            assert_eq!(
                (&told["nickname"], &told["family_name"]),
                (&json!(nickname), &json!(family_name)),
                "{locales}"
            );
            assert!(told.as_object().unwrap().keys().all(|key| !key.contains('#')), "{told}");
        }
        let asked = json!({"userinfo": {"nickname#de": null, "family_name#fr": null}});
        let told = userinfo(&user, "openid", &details(&asked, "se"));
        assert_eq!(told, json!({"nickname#de": "Gräfin", "family_name": "Lovelace"}));
    }
}

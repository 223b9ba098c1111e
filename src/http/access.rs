//! What apps may have, in the words of people: for the consent page and the list of apps.

use super::Texts;
use crate::config::Scopes;
use crate::model::{Access, STANDARD_SCOPES};

/// Each scope and each single claim (OpenID Connect Core sections 3.1.2.4 and 5.5) as an entry of a list.
pub fn in_words(access: &Access, offered: &Scopes, texts: &Texts) -> Vec<String> {
    let first = STANDARD_SCOPES.into_iter().filter(|scope| access.scopes.contains(scope));
    let others = access.scopes.iter().filter(|scope| !STANDARD_SCOPES.contains(scope));
    let described = |scope: &str| {
        let description = offered.get(scope).and_then(|own| own.description.best([texts.tag()]));
        description.map_or_else(|| texts.scope(scope), str::to_owned)
    };
    let scopes = first.chain(others).map(described);
    let mut told: Vec<String> = Vec::new();
    for words in scopes.chain(access.claims.iter().map(|claim| texts.claim(claim))) {
        // Two claims may be one thing to a person, such as an address and whether it was proved
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::model;

    #[test]
    fn core_5_4_and_5_5_scopes_and_claims_are_told_in_the_words_of_people() {
        let scopes = model::Scopes::parse("email hat notes.read openid <b>").unwrap();
        let text = "issuer = \"https://id.example\"\n[scopes.hat]\n\
                    description = { en = \"Know your HAT\", de = \"Ihren HAT kennen\" }";
        let offered = Settings::parse(text, std::path::Path::new("")).unwrap().scopes;
        let claims = ["birthdate", "phone_number", "phone_number_verified", "shoe_size"];
        let access = Access { scopes, claims: claims.map(str::to_owned).into() };
        assert_eq!(
            in_words(&access, &offered, &Texts::choose(Some("en"), "")),
            [
                "Know you again when you sign in",
                "See your e-mail address",
                "Use “<b>”",
                "Know your HAT",
                "Use “notes.read”",
                "See your date of birth",
                "See your phone number",
                "See “shoe_size” of your profile",
            ]
        );
        let german = in_words(&access, &offered, &Texts::choose(Some("de"), ""));
        assert!(german.contains(&"Ihren HAT kennen".to_owned()), "{german:?}");
    }
}

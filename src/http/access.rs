//! What apps may have, in the words of people: for the consent page and the list of apps.

use super::Texts;
use crate::model::Access;

/// Standard scopes in the order in which they are told, the most telling first; all others follow.
const ORDER: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];

/// Each scope and each single claim (OpenID Connect Core sections 3.1.2.4 and 5.5) as an entry of a list.
pub fn in_words(access: &Access, texts: &Texts) -> Vec<String> {
    let first = ORDER.into_iter().filter(|scope| access.scopes.contains(scope));
    let others = access.scopes.iter().filter(|scope| !ORDER.contains(scope));
    let scopes = first.chain(others).map(|scope| texts.scope(scope));
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
    use crate::model::Scopes;

    #[test]
    fn core_5_4_and_5_5_scopes_and_claims_are_told_in_the_words_of_people() {
        let scopes = Scopes::parse("email notes.read openid <b>").unwrap();
        let claims = ["birthdate", "phone_number", "phone_number_verified", "shoe_size"];
        let access = Access { scopes, claims: claims.map(str::to_owned).into() };
        assert_eq!(
            in_words(&access, &Texts::choose(Some("en"), "")),
            [
                "Know you again when you sign in",
                "See your e-mail address",
                "Use “<b>”",
                "Use “notes.read”",
                "See your date of birth",
                "See your phone number",
                "See “shoe_size” of your profile",
            ]
        );
    }
}

//! What scopes tell about a person: OpenID Connect Core sections 5.1 and 5.4.

use serde_json::{Map, Value, json};

use crate::model::{Scopes, User};

/// The claims that these scopes give, without `sub`. What is not known is left out (section 5.3.2).
pub fn of_user(user: &User, scopes: &Scopes) -> Map<String, Value> {
    let mut claims = Map::from(user.claims.of_scopes(scopes));
    if scopes.contains("profile") {
        if !user.name.is_empty() {
            claims.insert("name".to_owned(), json!(user.name));
        }
        claims.insert("updated_at".to_owned(), json!(user.updated_at));
    }
    if scopes.contains("email") && !user.email.is_empty() {
        claims.insert("email".to_owned(), json!(user.email));
        claims.insert("email_verified".to_owned(), json!(user.email_verified));
    }
    claims
}

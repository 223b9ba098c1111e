//! How ID tokens, userinfo and introspection are signed and encrypted.

use serde_json::{Value, json};

use super::world::World;
use crate::support::TestClient;
use crate::support::client::header_of;

/// Nobody offers these: not signed, by a secret that is kept as a digest, or broken.
const UNLISTED_SIGNATURES: [&str; 6] = ["none", "HS256", "HS384", "HS512", "ES256K", "RS1"];
const UNLISTED_ALGS: [&str; 6] =
    ["RSA1_5", "dir", "A256KW", "A128GCMKW", "PBES2-HS256+A128KW", "none"];
const UNLISTED_ENCS: [&str; 3] = ["none", "A128CTR", "XC20P"];

/// What an app may have signed and encrypted for it.
#[derive(Clone, Copy)]
enum Kind {
    IdToken,
    Userinfo,
    Introspection,
}

impl Kind {
    const fn stem(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
        }
    }

    fn list(self, what: &str) -> String {
        format!("{}_{what}_values_supported", self.stem())
    }

    fn member(self, what: &str) -> String {
        format!("{}_{what}", self.stem())
    }

    /// Such an answer.
    async fn get(self, world: &World, client: &TestClient) -> String {
        let tokens = world.tokens(client, &[]).await;
        let (answer, media_type) = match self {
            Self::IdToken => return tokens.id_token.unwrap(),
            Self::Userinfo => {
                let url = world.app.url("/userinfo");
                let answer = world.app.http.get(url).bearer_auth(&tokens.access_token);
                let answer = answer.send().await.unwrap();
                let media_type = answer.headers()["content-type"].clone();
                (answer.text().await.unwrap(), media_type)
            }
            Self::Introspection => {
                let fields = [("token", tokens.access_token.as_str())];
                let answer = client.post("/introspect", &fields).await;
                (answer.body, answer.headers["content-type"].clone())
            }
        };
        assert!(media_type.to_str().unwrap().ends_with("jwt"), "{media_type:?}");
        answer
    }
}

async fn signatures(world: &World, kind: Kind) {
    let (list, member) = (kind.list("signing_alg"), kind.member("signed_response_alg"));
    for alg in world.values(&list) {
        let client = world.register(json!({ member.as_str(): alg })).await;
        let answer = kind.get(world, &client).await;
        assert_eq!(world.verified(&answer, &alg).await["aud"], client.id, "{member} {alg}");
    }
    world.refuses_to_register(&member, &list, &UNLISTED_SIGNATURES, json!({})).await;
}

/// Registers an app with this encryption, and opens what it is answered.
async fn opens(world: &World, kind: Kind, alg: &str, enc: &str) {
    let mut members = json!({});
    members[kind.member("signed_response_alg")] = json!("ES256");
    members[kind.member("encrypted_response_alg")] = json!(alg);
    members[kind.member("encrypted_response_enc")] = json!(enc);
    let client = world.register(members).await;
    let (signed, header) = world.keys.open(&kind.get(world, &client).await);
    let told = (&header["alg"], &header["enc"], &header["cty"]);
    assert_eq!(told, (&json!(alg), &json!(enc), &json!("JWT")), "{}", kind.stem());
    assert!(header_of(&signed).contains_key("kid"));
    assert_eq!(world.verified(&signed, "ES256").await["aud"], client.id);
}

async fn algs(world: &World, kind: Kind) {
    let list = kind.list("encryption_alg");
    for alg in world.values(&list) {
        opens(world, kind, &alg, "A256GCM").await;
    }
    let member = kind.member("encrypted_response_alg");
    world.refuses_to_register(&member, &list, &UNLISTED_ALGS, json!({})).await;
}

async fn encs(world: &World, kind: Kind) {
    let list = kind.list("encryption_enc");
    for enc in world.values(&list) {
        opens(world, kind, "ECDH-ES", &enc).await;
    }
    let member = kind.member("encrypted_response_enc");
    let mut more: Value = json!({});
    more[kind.member("encrypted_response_alg")] = json!("ECDH-ES");
    world.refuses_to_register(&member, &list, &UNLISTED_ENCS, more).await;
}

pub async fn id_token_signatures(world: &World) {
    signatures(world, Kind::IdToken).await;
}

pub async fn id_token_algs(world: &World) {
    algs(world, Kind::IdToken).await;
}

pub async fn id_token_encs(world: &World) {
    encs(world, Kind::IdToken).await;
}

pub async fn userinfo_signatures(world: &World) {
    signatures(world, Kind::Userinfo).await;
}

pub async fn userinfo_algs(world: &World) {
    algs(world, Kind::Userinfo).await;
}

pub async fn userinfo_encs(world: &World) {
    encs(world, Kind::Userinfo).await;
}

pub async fn introspection_signatures(world: &World) {
    signatures(world, Kind::Introspection).await;
}

pub async fn introspection_algs(world: &World) {
    algs(world, Kind::Introspection).await;
}

pub async fn introspection_encs(world: &World) {
    encs(world, Kind::Introspection).await;
}

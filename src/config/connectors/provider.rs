//! Which provider it is, and by what it knows us: `preset` and what belongs to it.

use std::path::PathBuf;

use super::members::Members;
use super::{Credential, Dialect, Held, Plain, SecretMethod};
use crate::config::reading::told;

/// The members that stand for one provider, as they were written.
struct Written {
    preset: String,
    issuer: Option<String>,
    tenant: Option<String>,
    tenants: Vec<String>,
    endpoints: [Option<String>; 3],
    claims: [String; 4],
}

/// Presets, each with its issuer, title and scopes.
const PRESETS: [(&str, &str, &str, &str); 6] = [
    ("openid", "", "", "openid profile email"),
    ("google", "https://accounts.google.com", "Google", "openid profile email"),
    ("entra", "https://login.microsoftonline.com", "Microsoft", "openid profile email"),
    ("apple", "https://appleid.apple.com", "Apple", "openid name email"),
    ("github", "https://github.com", "GitHub", "read:user user:email"),
    ("oauth2", "", "", ""),
];

/// What a preset brings.
pub(super) struct Provider {
    pub issuer: String,
    pub title: Option<String>,
    pub scopes: &'static str,
    pub dialect: Dialect,
}

impl Members<'_> {
    pub(super) fn provider(&mut self) -> Provider {
        let written = self.written();
        let found = PRESETS.iter().find(|(name, ..)| *name == written.preset);
        let (_, default, title, scopes) = found.copied().unwrap_or(("", "", "", ""));
        let issuer = written.issuer.clone().unwrap_or_else(|| default.to_owned());
        if issuer.is_empty() {
            let name = self.name("issuer");
            self.reader.refuse(
                &name,
                "is not set: write the provider's issuer, as its discovery document has it",
            );
        } else if !is_issuer(&issuer) {
            let name = self.name("issuer");
            self.reader.refuse(
                &name,
                "is no issuer: write an https URL without query and fragment, like https://login.example.org",
            );
        }
        let (issuer, dialect) = self.dialect(written, issuer);
        let title = Some(title.to_owned()).filter(|title| !title.is_empty());
        Provider { issuer, title, scopes, dialect }
    }

    fn written(&mut self) -> Written {
        let preset = self.reader.take_if(
            self.name("preset"),
            "openid".to_owned(),
            |text: &String| is_preset(text),
            "What kind of provider it is: `openid`, `google`, `entra`, `apple`, `github`, or `oauth2` for others that are no OpenID providers.",
        );
        let issuer = self.reader.take(
            self.name("issuer"),
            told("that of the preset; `openid` and `oauth2` have none", None),
            "The identifier of the provider: `/.well-known/openid-configuration` below it is its discovery document.",
        );
        let tenant = self.reader.take(
            self.name("tenant"),
            None,
            "`entra`: the id of the tenant, or `organizations` where people of several come, who are named in `tenants`.",
        );
        let tenants = self.reader.take(
            self.name("tenants"),
            Vec::new(),
            "`entra`: the ids of the tenants whose people may come.",
        );
        let prefix = self.name("");
        let mut endpoint =
            |member: &str, meaning| self.reader.take(format!("{prefix}{member}"), None, meaning);
        let endpoints = [
            endpoint("authorization_endpoint", "`oauth2`: the page to which people are sent."),
            endpoint("token_endpoint", "`oauth2`: where codes become access tokens."),
            endpoint(
                "userinfo_endpoint",
                "`oauth2`: what tells about the person of an access token, as a JSON object.",
            ),
        ];
        let mut claim = |member: &str, default: &str, meaning| {
            self.reader.take(format!("{prefix}{member}"), default.to_owned(), meaning)
        };
        let claims = [
            claim(
                "subject_claim",
                "sub",
                "`oauth2`: the member of userinfo that never changes about a person.",
            ),
            claim("name_claim", "name", "`oauth2`: the member with their name."),
            claim("email_claim", "email", "`oauth2`: the member with their address."),
            claim(
                "email_verified_claim",
                "email_verified",
                "`oauth2`: the member that is `true` when the provider has made sure of the address.",
            ),
        ];
        Written { preset, issuer, tenant, tenants, endpoints, claims }
    }

    fn dialect(&mut self, written: Written, issuer: String) -> (String, Dialect) {
        let Written { preset, tenant, tenants, endpoints, claims, .. } = written;
        match preset.as_str() {
            "google" => (issuer, Dialect::Google),
            "apple" => (issuer, Dialect::Apple),
            "entra" => self.entra(&issuer, tenant, tenants),
            "github" => {
                let plain = github(&issuer);
                (issuer, Dialect::Plain(Box::new(plain)))
            }
            "oauth2" => {
                let names = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint"];
                for (member, endpoint) in names.iter().zip(&endpoints) {
                    if !endpoint.as_deref().is_some_and(is_issuer) {
                        let name = self.name(member);
                        self.reader.refuse(
                            &name,
                            "has to be the URL of the provider's endpoint, without a query",
                        );
                    }
                }
                let [authorization_endpoint, token_endpoint, userinfo_endpoint] =
                    endpoints.map(Option::unwrap_or_default);
                let [subject_claim, name_claim, email_claim, email_verified_claim] = claims;
                let plain = Plain {
                    authorization_endpoint,
                    token_endpoint,
                    userinfo_endpoint,
                    emails_endpoint: None,
                    subject_claim,
                    name_claim,
                    email_claim,
                    email_verified_claim,
                };
                (issuer, Dialect::Plain(Box::new(plain)))
            }
            _ => (issuer, Dialect::Standard),
        }
    }

    fn entra(
        &mut self,
        issuer: &str,
        tenant: Option<String>,
        tenants: Vec<String>,
    ) -> (String, Dialect) {
        let several = tenant
            .as_deref()
            .is_some_and(|tenant| ["organizations", "common", "consumers"].contains(&tenant));
        if tenant.is_none() {
            let name = self.name("tenant");
            self.reader.refuse(
                &name,
                "is not set: write the id of your tenant, as the Entra admin center shows it",
            );
        }
        if several && tenants.is_empty() {
            let name = self.name("tenants");
            self.reader.refuse(&name, "is empty: name the tenants whose people may come, or everybody with a Microsoft account could");
        }
        if !several && !tenants.is_empty() {
            let name = self.name("tenants");
            self.reader.refuse(
                &name,
                "is for the tenant `organizations`: people of the one that is named come anyway",
            );
        }
        let issuer = format!("{issuer}/{}/v2.0", tenant.unwrap_or_default());
        (issuer, Dialect::Entra { tenants })
    }

    pub(super) fn credential(&mut self, dialect: &Dialect) -> Credential {
        let file: Option<PathBuf> = self.reader.take(
            self.name("client_secret_file"),
            None,
            "The file with this server's secret at the provider; it is a public client without one.",
        );
        let method: Option<String> = self.reader.take_if(
            self.name("client_auth"),
            told("by the secret as the provider takes it, or none", None),
            |text: &Option<String>| text.as_deref().map_or(Ok(()), is_method),
            "How this server shows that it is itself: `client_secret_basic`, `client_secret_post`, or `private_key_jwt` with the keys of its own `jwks_uri`.",
        );
        let prefix = self.name("");
        let mut text =
            |member: &str, meaning| self.reader.take(format!("{prefix}{member}"), None, meaning);
        let team_id: Option<String> = text("team_id", "`apple`: the id of your team.");
        let key_id: Option<String> = text("key_id", "`apple`: the id of the key.");
        let key_file: Option<PathBuf> = self.reader.take(
            self.name("client_key_file"),
            None,
            "`apple`: the file with the key that Apple gave you (`.p8`), by which the secret is made.",
        );
        let held = |file: Option<PathBuf>, kept| file.map(Held::File).or(kept);
        let kept = self.kept.then_some(Held::Kept);
        if *dialect == Dialect::Apple {
            let Some(((team_id, key_id), held)) = team_id.zip(key_id).zip(held(key_file, kept))
            else {
                let name = self.name("client_key_file");
                self.reader.refuse(&name, "is missing, or `team_id` or `key_id`: Apple wants a secret that is made from all three");
                return Credential::Nothing;
            };
            return Credential::Apple { team_id, key_id, held };
        }
        let name = self.name("client_secret_file");
        match (method.as_deref(), held(file, kept)) {
            (Some("private_key_jwt"), None) => Credential::OwnKeys,
            (Some("private_key_jwt"), Some(_)) => {
                self.reader
                    .refuse(&name, "is not used with `private_key_jwt`: leave one of them out");
                Credential::OwnKeys
            }
            (Some("client_secret_basic"), Some(held)) => {
                Credential::Secret { held, method: Some(SecretMethod::Basic) }
            }
            (Some(_), Some(held)) => Credential::Secret { held, method: Some(SecretMethod::Post) },
            (None, Some(held)) => Credential::Secret { held, method: None },
            (Some(_), None) => {
                self.reader
                    .refuse(&name, "is missing: write the secret into a file, and name it here");
                Credential::Nothing
            }
            (None, None) => Credential::Nothing,
        }
    }
}

/// GitHub, or an Enterprise Server of one's own, whose API is below it.
fn github(issuer: &str) -> Plain {
    let issuer = issuer.trim_end_matches('/');
    let api = match issuer {
        "https://github.com" => "https://api.github.com".to_owned(),
        own => format!("{own}/api/v3"),
    };
    Plain {
        authorization_endpoint: format!("{issuer}/login/oauth/authorize"),
        token_endpoint: format!("{issuer}/login/oauth/access_token"),
        userinfo_endpoint: format!("{api}/user"),
        emails_endpoint: Some(format!("{api}/user/emails")),
        subject_claim: "id".to_owned(),
        name_claim: "name".to_owned(),
        email_claim: "email".to_owned(),
        email_verified_claim: String::new(),
    }
}

fn is_preset(text: &str) -> Result<(), String> {
    if PRESETS.iter().any(|(name, ..)| *name == text) {
        return Ok(());
    }
    let names = PRESETS.map(|(name, ..)| name).join(", ");
    Err(format!("is no preset: there are {names}"))
}

fn is_method(text: &str) -> Result<(), String> {
    match text {
        "client_secret_basic" | "client_secret_post" | "private_key_jwt" => Ok(()),
        _ => Err("is none of `client_secret_basic`, `client_secret_post` and `private_key_jwt`"
            .to_owned()),
    }
}

/// http only where `[outgoing]` lets requests go without TLS, which is asked when one is made.
fn is_issuer(text: &str) -> bool {
    let fits = |url: &url::Url| {
        ["https", "http"].contains(&url.scheme())
            && url.query().is_none()
            && url.fragment().is_none()
    };
    url::Url::parse(text).is_ok_and(|url| fits(&url))
}

//! What a browser's request tells besides its parameters.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::cookies::{self, Kind};
use super::{App, ClientAddress};
use crate::model::Digest;

/// The facts of a request to one of our pages.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The cookie that binds forms and sign-ins under way.
    pub cookie: Option<String>,
    /// The session cookie.
    pub session: Option<String>,
    /// The device cookie.
    pub device: Option<String>,
    /// The state cookie, which our frame in apps' pages compares.
    pub state: Option<String>,
    /// `User-Agent`, at most 300 bytes.
    pub user_agent: String,
    /// `Accept-Language`.
    pub languages: String,
    /// Where it comes from.
    pub address: ClientAddress,
    /// Whether the request says that another site made it.
    pub cross_site: bool,
    /// Whether the browser says that the answer is for a frame or a script, and for no window.
    pub framed: bool,
}

impl Browser {
    /// Reads the facts of a request.
    pub fn of(request: &HttpRequest, app: &App) -> Self {
        let issuer = &app.settings().issuer;
        let text = |name| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        Self {
            cookie: cookies::read(request, issuer, Kind::Browser),
            session: cookies::read(request, issuer, Kind::Session),
            device: cookies::read(request, issuer, Kind::Device),
            state: cookies::read(request, issuer, Kind::State),
            user_agent: cut(text(header::USER_AGENT), 300),
            languages: cut(text(header::ACCEPT_LANGUAGE), 200),
            address: ClientAddress::of(request, &app.settings().server.trusted_proxies),
            cross_site: is_cross_site(
                request.headers().get(header::ORIGIN).map(|value| value.to_str().unwrap_or("null")),
                text(header::HeaderName::from_static("sec-fetch-site")),
                &issuer.origin(),
            ),
            framed: !matches!(
                text(header::HeaderName::from_static("sec-fetch-dest")),
                "" | "document"
            ),
        }
    }

    /// The digest of the browser cookie.
    pub fn digest(&self) -> Option<Digest> {
        self.cookie.as_deref().map(Digest::of)
    }
}

/// Whether a form came from another site: by `Origin`, which browsers send with every POST, and by Fetch Metadata.
///
/// Our pages send no referrer, and from such pages browsers send `Origin: null` even to ourselves (Fetch section 3.2):
/// then Fetch Metadata has to say that it was us.
fn is_cross_site(origin: Option<&str>, fetch_site: &str, own_origin: &str) -> bool {
    match (origin, fetch_site) {
        (_, "cross-site" | "same-site") => true,
        (Some("null"), site) => site != "same-origin",
        (Some(origin), _) => origin != own_origin,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csr_01_other_origins_are_told_apart() {
        let own = "https://id.example";
        for (origin, site, cross) in [
            (Some(own), "same-origin", false),
            (None, "", false),
            (None, "none", false),
            (Some("null"), "", true),
            (Some("null"), "cross-site", true),
            (Some("null"), "same-origin", false),
            (Some("https://evil.example"), "", true),
            (Some(own), "cross-site", true),
            (None, "same-site", true),
        ] {
            assert_eq!(is_cross_site(origin, site, own), cross, "{origin:?} {site}");
        }
    }
}

//! What a browser is in the middle of, sealed into its pages.

use serde::{Deserialize, Serialize};

use super::{
    Acr, AuthorizationRequest, Digest, Linking, SessionId, Timestamp, UpstreamSession, UserId,
};

/// A sign-in under way: why it began, in which browser, and how far it has come.
///
/// It lives in the URL and the forms of the sign-in pages, encrypted and authenticated, and nowhere else:
/// so tabs, Back, restarts and other nodes all find it where they left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// What it is for.
    pub purpose: Purpose,
    /// When the request came in: `prompt=login` wants a sign-in after this.
    pub started_at: Timestamp,
    /// The digest of the browser's cookie; another browser's sign-in is not continued here.
    pub browser: Digest,
    /// The session cookie that this browser had then: a sign-in under it was made before, even in the same second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Digest>,
    /// What has been done for it.
    #[serde(default)]
    pub progress: Progress,
}

/// Where a sign-in leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Back to an app, with a code.
    Authorize(Box<AuthorizationRequest>),
    /// To the page on which a device is allowed.
    Device {
        /// The code that came along.
        user_code: Option<String>,
        /// Whether an old sign-in is not enough.
        fresh: bool,
        /// The weakest class of sign-in that will do.
        acr: Option<Acr>,
    },
    /// To a page of the account. `fresh`: with a sign-in newer than the interaction.
    Account {
        /// The page's path below `/account`, starting with a slash or empty.
        page: String,
        /// Whether an old sign-in is not enough.
        fresh: bool,
    },
}

/// The steps of an interaction that are done, but show in no session yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Whose password was right, and when; the second factor is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<(UserId, Timestamp)>,
    /// Where they signed in instead of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamSession>,
    /// The name or address that they typed, or that brought them to a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Who they are elsewhere, while it is not known whose account that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<Linking>,
    /// "Keep me signed in" was chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub persistent: bool,
    /// The session whose account was chosen on the account page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<SessionId>,
    /// The session cookie under which somebody asked to go on with another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<Digest>,
    /// The session in which consent was given for this very request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented: Option<SessionId>,
    /// The person cancelled, or allowed nothing: the app is told `access_denied`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
}

impl Interaction {
    /// Notes that somebody has signed in, and so chosen the account, and proved it to be theirs.
    pub fn signed_in(&mut self, session: SessionId) {
        let progress = &mut self.progress;
        (progress.password, progress.upstream, progress.declined) = (None, None, None);
        progress.chosen = Some(session);
        if let Some(linking) = &mut progress.linking {
            linking.proved = Some(session);
        }
    }

    /// The class of sign-in that it wants.
    pub fn wanted_acr(&self) -> Option<Acr> {
        match &self.purpose {
            Purpose::Authorize(request) => request.acr,
            Purpose::Device { acr, .. } => *acr,
            Purpose::Account { .. } => None,
        }
    }

    /// The app's request, when there is one behind this.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.purpose {
            Purpose::Authorize(request) => Some(request),
            Purpose::Account { .. } | Purpose::Device { .. } => None,
        }
    }
}

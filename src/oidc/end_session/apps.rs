//! Which apps a session reached, and which of them were told that it ended: Back-Channel Logout 1.0, Front-Channel
//! Logout 1.0.

use std::time::Duration;

use url::Url;

use crate::http::App;
use crate::model::{Client, ClientId, SessionId};
use crate::store::notices::{self, Delivery};
use crate::store::{self, StoreError};

/// How often, and how many times, the page looks whether the apps have answered: it waits for less than a second.
const LOOK_EVERY: Duration = Duration::from_millis(60);
const LOOKS: usize = 13;

/// The apps of a session that has ended.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// Those that confirmed that they know of it.
    pub told: Vec<ClientId>,
    /// Those that have not answered yet: they are asked again.
    pub pending: Vec<ClientId>,
    /// Those that are told by the page alone.
    pub framed: Vec<ClientId>,
    /// Those that can't be told, and find out when they come back.
    pub untold: Vec<ClientId>,
    /// The pages of apps that are loaded in frames.
    pub frames: Vec<AppFrame>,
}

/// An app's page that ends its own sign-in when it is loaded (Front-Channel Logout section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppFrame {
    /// The app.
    pub app: ClientId,
    /// The page, with `iss` and `sid` added.
    pub src: String,
    /// Scheme, host and port of the page.
    pub origin: String,
}

/// The apps that a session has reached so far.
pub(super) async fn reached(app: &App, session: SessionId) -> Result<Vec<ClientId>, StoreError> {
    app.read(move |db| store::grants::clients_of_session(db, session)).await
}

/// Who has been told of a session's end. `patient`: after a moment's wait for those that are being told.
pub(super) async fn told(
    app: &App,
    session: SessionId,
    patient: bool,
) -> Result<Reached, StoreError> {
    let apps = reached(app, session).await?;
    let frames = frames(app, session, &apps).await?;
    let looks = if patient { LOOKS } else { 1 };
    for look in 1..=looks {
        let notices = app.read(move |db| notices::of_session(db, session)).await?;
        let settled = !notices.iter().any(|(_, delivery)| *delivery == Delivery::Pending);
        if settled || look == looks {
            return Ok(sorted(apps, &notices, frames));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(Reached::default())
}

async fn frames(
    app: &App,
    session: SessionId,
    apps: &[ClientId],
) -> Result<Vec<AppFrame>, StoreError> {
    let mut frames = Vec::new();
    for id in apps {
        let client = app.client(id).await?;
        let issuer = app.settings().issuer.as_str();
        frames.extend(client.as_deref().and_then(|client| frame(client, issuer, session)));
    }
    Ok(frames)
}

/// Front-Channel Logout section 3: both parameters, always, and nothing else.
fn frame(client: &Client, issuer: &str, session: SessionId) -> Option<AppFrame> {
    let mut url = Url::parse(client.metadata.frontchannel_logout_uri.as_deref()?).ok()?;
    url.query_pairs_mut().append_pair("iss", issuer).append_pair("sid", &session.to_string());
    let origin = url.origin().ascii_serialization();
    Some(AppFrame { app: client.id.clone(), src: url.into(), origin })
}

fn sorted(apps: Vec<ClientId>, notices: &[(ClientId, Delivery)], frames: Vec<AppFrame>) -> Reached {
    let mut reached = Reached::default();
    for app in apps {
        let delivery = notices.iter().find(|(id, _)| *id == app).map(|(_, delivery)| *delivery);
        match delivery {
            Some(Delivery::Done) => reached.told.push(app),
            Some(Delivery::Pending) => reached.pending.push(app),
            Some(Delivery::Failed) | None if frames.iter().any(|frame| frame.app == app) => {
                reached.framed.push(app);
            }
            Some(Delivery::Failed) | None => reached.untold.push(app),
        }
    }
    Reached { frames, ..reached }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Timestamp;
    use crate::oidc::authorize::rules::tests::client;

    fn id(text: &str) -> ClientId {
        ClientId::parse(text).unwrap()
    }

    #[test]
    fn pain_9_the_page_tells_who_was_told_and_who_was_not() {
        let notices =
            [(id("a"), Delivery::Done), (id("b"), Delivery::Pending), (id("c"), Delivery::Failed)];
        let frame =
            |app: &str| AppFrame { app: id(app), src: String::new(), origin: String::new() };
        let apps = ["a", "b", "c", "d", "e"].map(id).to_vec();
        let reached = sorted(apps, &notices, vec![frame("a"), frame("e")]);
        assert_eq!(reached.told, [id("a")]);
        assert_eq!(reached.pending, [id("b")]);
        assert_eq!(reached.untold, [id("c"), id("d")]);
        assert_eq!(reached.framed, [id("e")]);
        assert_eq!(reached.frames.len(), 2, "whoever registered a page gets it loaded");
    }

    #[test]
    fn front_channel_logout_3_the_frame_gets_iss_and_sid_and_nothing_else() {
        let session = SessionId::new(Timestamp::from_seconds(1), &[7; 10]);
        for (uri, before) in [
            ("https://rp.example/out", "https://rp.example/out?"),
            ("https://rp.example/out?a=b%20c", "https://rp.example/out?a=b%20c&"),
        ] {
            let notes = client(&json!({"frontchannel_logout_uri": uri}));
            let frame = frame(&notes, "https://id.example/a", session).unwrap();
            let expected = format!("{before}iss=https%3A%2F%2Fid.example%2Fa&sid={session}");
            assert_eq!((frame.src, frame.origin.as_str()), (expected, "https://rp.example"));
        }
        assert_eq!(frame(&client(&json!({})), "https://id.example", session), None);
    }
}

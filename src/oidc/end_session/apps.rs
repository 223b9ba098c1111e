//! Which apps a session reached, and which of them were told that it ended (Back-Channel Logout 1.0).

use std::time::Duration;

use crate::http::App;
use crate::model::{ClientId, SessionId};
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
    /// Those that can't be told, and find out when they come back.
    pub untold: Vec<ClientId>,
}

/// The apps that a session has reached so far.
pub(super) async fn reached(app: &App, session: SessionId) -> Result<Vec<ClientId>, StoreError> {
    app.read(move |db| store::grants::clients_of_session(db, session)).await
}

/// Who has been told, after a moment's wait for those that are being told.
pub(super) async fn told(app: &App, session: SessionId) -> Result<Reached, StoreError> {
    let apps = reached(app, session).await?;
    for look in 0..LOOKS {
        let notices = app.read(move |db| notices::of_session(db, session)).await?;
        if look + 1 == LOOKS || !notices.iter().any(|(_, delivery)| *delivery == Delivery::Pending)
        {
            return Ok(sorted(apps, &notices));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(Reached::default())
}

fn sorted(apps: Vec<ClientId>, notices: &[(ClientId, Delivery)]) -> Reached {
    let mut reached = Reached::default();
    for app in apps {
        let delivery = notices.iter().find(|(id, _)| *id == app).map(|(_, delivery)| *delivery);
        match delivery {
            Some(Delivery::Done) => reached.told.push(app),
            Some(Delivery::Pending) => reached.pending.push(app),
            Some(Delivery::Failed) | None => reached.untold.push(app),
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pain_9_the_page_tells_who_was_told_and_who_was_not() {
        let id = |text: &str| ClientId::parse(text).unwrap();
        let notices =
            [(id("a"), Delivery::Done), (id("b"), Delivery::Pending), (id("c"), Delivery::Failed)];
        let reached = sorted(vec![id("a"), id("b"), id("c"), id("d")], &notices);
        assert_eq!(reached.told, [id("a")]);
        assert_eq!(reached.pending, [id("b")]);
        assert_eq!(reached.untold, [id("c"), id("d")]);
    }
}

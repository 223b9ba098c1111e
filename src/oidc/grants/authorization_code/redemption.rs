//! What redeeming a code writes: in one transaction, the grant, or the end of what a replay would have had (RFC 6749
//! section 4.1.2).

use std::sync::Arc;

use super::refusal::Refusal;
use crate::http::App;
use crate::identity::may_issue::may_issue;
use crate::model::{Client, EndReason, Event, Grant, Timestamp, User};
use crate::store::{self, Db, StoreError};

/// What the transaction needs.
pub(super) struct Redemption {
    pub(super) client: Arc<Client>,
    pub(super) grant: Grant,
    pub(super) granted: bool,
    pub(super) issued_at: Timestamp,
    pub(super) replay: Event,
}

/// Makes the verdict true in the database, in one transaction.
pub(super) async fn settle(
    redemption: &Arc<Redemption>,
    verdict: Result<(), Refusal>,
    now: Timestamp,
    app: &App,
) -> Result<Result<User, Refusal>, StoreError> {
    let work = redemption.clone();
    match verdict {
        Ok(()) => match app.write(move |db| redeem(&work, now, db)).await {
            // The client was there a moment ago, in memory
            Err(StoreError::Other(_)) if is_gone(&redemption.client, app).await? => {
                Ok(Err(Refusal::Outdated))
            }
            settled => settled,
        },
        Err(refusal) => {
            if matches!(refusal, Refusal::VerifierWrong | Refusal::Expired) {
                let burn = refusal == Refusal::VerifierWrong;
                app.write(move |db| harm(&work, burn, now, db)).await?;
            }
            Ok(Err(refusal))
        }
    }
}

async fn is_gone(client: &Client, app: &App) -> Result<bool, StoreError> {
    let id = client.id.clone();
    Ok(app.read(move |db| store::clients::find(db, &id)).await?.is_none())
}

/// A refusal is an `Ok`, so that the transaction commits what a replay must end.
fn redeem(
    redemption: &Redemption,
    now: Timestamp,
    db: &mut Db,
) -> Result<Result<User, Refusal>, StoreError> {
    let Redemption { client, grant, granted, issued_at, .. } = redemption;
    let user = store::users::find(db, grant.user_id)?;
    let session = store::sessions::find(db, grant.session_id)?;
    let consented = client.metadata.skip_consent
        || store::consents::find(db, grant.user_id, &grant.client_id)?.is_some();
    let user = match user {
        // What the person was when the code was made is what it was made for
        Some(user) if consented && user.updated_at <= *issued_at => user,
        _ => return harm(redemption, false, now, db).map(|()| Err(Refusal::Outdated)),
    };
    let there = if *granted { store::grants::find(db, grant.id)? } else { None };
    if let Err(barred) = may_issue(&user, client, session.as_ref(), there.as_ref(), now) {
        return harm(redemption, false, now, db).map(|()| Err(barred.into()));
    }
    let redeemed = if *granted {
        store::grants::redeem(db, grant)?
    } else {
        store::grants::insert(db, grant, None)?
    };
    if redeemed {
        return Ok(Ok(user));
    }
    harm(redemption, false, now, db).map(|()| Err(Refusal::Replayed))
}

/// Ends what the code gave already, if it did. `burn`: otherwise spends the code without giving anything.
fn harm(
    redemption: &Redemption,
    burn: bool,
    now: Timestamp,
    db: &mut Db,
) -> Result<(), StoreError> {
    let Redemption { grant, granted, replay, .. } = redemption;
    let reason = EndReason::CodeReplayed;
    let happened = match store::grants::find_by_code(db, &grant.code)? {
        Some(given) => store::grants::end(db, given.id, reason, now)?,
        None if burn && *granted => store::grants::end(db, grant.id, reason, now)?,
        None if burn && store::users::find(db, grant.user_id)?.is_some() => {
            store::grants::insert(db, grant, Some(reason))?
        }
        None => false,
    };
    if happened { store::events::append(db, replay) } else { Ok(()) }
}

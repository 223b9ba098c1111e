//! Requests of devices without a browser: RFC 8628. Each is decided once and redeemed once, by conditional UPDATEs.

use diesel::prelude::*;

use super::columns::{client_id, id as parse_id, moment, scopes};
use super::schema::device_requests;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Decision, DeviceRequest, Digest, SessionId, Timestamp, UserId};

/// How many there may be at a time, since strangers make them.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From one network.
    pub of_network: i64,
    /// Altogether.
    pub of_all: i64,
}

/// What became of a new request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is recorded.
    Recorded,
    /// One of its codes is another's.
    Taken,
    /// There are too many already.
    Crowded,
}

/// Records a request, unless there are too many that are not over yet.
pub fn insert(
    db: &mut Db,
    request: &DeviceRequest,
    bounds: Bounds,
) -> Result<Inserted, StoreError> {
    let alive = device_requests::expires_at.gt(request.created_at.seconds());
    let all: i64 = device_requests::table.filter(alive).count().get_result(db)?;
    let of_network: i64 = device_requests::table
        .filter(device_requests::network.eq(request.network.as_str()))
        .filter(alive)
        .count()
        .get_result(db)?;
    if all >= bounds.of_all || of_network >= bounds.of_network {
        return Ok(Inserted::Crowded);
    }
    let row = DeviceRow::of(request);
    let new = insert_if_new!(db, device_requests::table, &row)?;
    Ok(if new == 1 { Inserted::Recorded } else { Inserted::Taken })
}

/// By the digest of the code that the device polls with; also when it is over.
pub fn find(db: &mut Db, device_code: &Digest) -> Result<Option<DeviceRequest>, StoreError> {
    let row = device_requests::table.find(device_code.as_str()).select(DeviceRow::as_select());
    row.first(db).optional()?.map(DeviceRow::into_request).transpose()
}

/// By the keyed hash of the code that the person types; also when it is over.
pub fn find_by_user_code(
    db: &mut Db,
    user_code: &Digest,
) -> Result<Option<DeviceRequest>, StoreError> {
    let of_code = device_requests::table.filter(device_requests::user_code.eq(user_code.as_str()));
    let row = of_code.select(DeviceRow::as_select()).first(db).optional()?;
    row.map(DeviceRow::into_request).transpose()
}

/// True for the one decision that is the first, while there is time.
pub fn decide(db: &mut Db, device_code: &Digest, decision: &Decision) -> Result<bool, StoreError> {
    let open = device_requests::table
        .find(device_code.as_str())
        .filter(device_requests::decided_at.is_null())
        .filter(device_requests::expires_at.gt(decision.at.seconds()));
    let decided = diesel::update(open)
        .set((
            device_requests::decided_at.eq(decision.at.seconds()),
            device_requests::allowed.eq(decision.allowed),
            device_requests::user_id.eq(decision.user_id.to_string()),
            device_requests::session_id.eq(decision.session_id.to_string()),
        ))
        .execute(db)?;
    Ok(decided == 1)
}

/// True for the one redemption that is the first.
pub fn spend(db: &mut Db, device_code: &Digest, now: Timestamp) -> Result<bool, StoreError> {
    let allowed = device_requests::table
        .find(device_code.as_str())
        .filter(device_requests::allowed.eq(true))
        .filter(device_requests::spent_at.is_null());
    let spent = diesel::update(allowed).set(device_requests::spent_at.eq(now.seconds()));
    Ok(spent.execute(db)? == 1)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_requests, treat_none_as_default_value = false)]
struct DeviceRow {
    device_code: String,
    user_code: String,
    client_id: String,
    scopes: String,
    network: String,
    created_at: i64,
    expires_at: i64,
    decided_at: Option<i64>,
    allowed: Option<bool>,
    user_id: Option<String>,
    session_id: Option<String>,
    spent_at: Option<i64>,
    resources: String,
}

impl DeviceRow {
    fn of(request: &DeviceRequest) -> Self {
        Self {
            device_code: request.device_code.as_str().to_owned(),
            user_code: request.user_code.as_str().to_owned(),
            client_id: request.client_id.to_string(),
            scopes: request.scopes.to_string(),
            network: request.network.as_str().to_owned(),
            created_at: request.created_at.seconds(),
            expires_at: request.expires_at.seconds(),
            decided_at: None,
            allowed: None,
            user_id: None,
            session_id: None,
            spent_at: None,
            resources: request.resources.join(" "),
        }
    }

    fn into_request(self) -> Result<DeviceRequest, StoreError> {
        Ok(DeviceRequest {
            decision: self.decision()?,
            device_code: Digest::from_stored(self.device_code),
            user_code: Digest::from_stored(self.user_code),
            client_id: client_id(&self.client_id)?,
            scopes: scopes(&self.scopes)?,
            resources: self.resources.split_whitespace().map(str::to_owned).collect(),
            network: Digest::from_stored(self.network),
            created_at: Timestamp::from_seconds(self.created_at),
            expires_at: Timestamp::from_seconds(self.expires_at),
            spent: self.spent_at.is_some(),
        })
    }

    fn decision(&self) -> Result<Option<Decision>, StoreError> {
        let Self { decided_at, allowed, user_id, session_id, .. } = self;
        let (Some(at), Some(allowed), Some(user_id), Some(session_id)) =
            (moment(*decided_at), *allowed, user_id, session_id)
        else {
            return Ok(None);
        };
        let (user_id, session_id): (UserId, SessionId) =
            (parse_id(user_id)?, parse_id(session_id)?);
        Ok(Some(Decision { allowed, user_id, session_id, at }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scopes, hours, minutes, seconds};
    use crate::store::testing::{NOW, TestStore, client, on_both_databases, session, user};
    use crate::store::upkeep;

    on_both_databases!(
        dev_03_a_request_is_decided_once_and_redeemed_once_whatever_races,
        dev_03_after_its_time_nothing_is_decided_and_it_goes,
        strangers_requests_are_bounded_by_network_and_in_all,
    );

    const BOUNDS: Bounds = Bounds { of_network: 3, of_all: 5 };

    fn request(number: u8) -> DeviceRequest {
        DeviceRequest {
            device_code: Digest::of(format!("device {number}")),
            user_code: Digest::of(format!("user {number}")),
            client_id: client("notes").id,
            scopes: Scopes::parse("openid").unwrap(),
            resources: vec!["https://a.example/".into(), "https://b.example/".into()],
            network: Digest::of("network"),
            created_at: NOW,
            expires_at: NOW + minutes(10),
            decision: None,
            spent: false,
        }
    }

    fn decision(allowed: bool, at: Timestamp) -> Decision {
        Decision { allowed, user_id: user(1).id, session_id: session(1).id, at }
    }

    fn dev_03_a_request_is_decided_once_and_redeemed_once_whatever_races(store: &TestStore) {
        store.furnish();
        let code = request(1).device_code;
        store
            .write_blocking(|db| {
                assert_eq!(insert(db, &request(1), BOUNDS)?, Inserted::Recorded);
                assert_eq!(insert(db, &request(1), BOUNDS)?, Inserted::Taken);
                assert_eq!(find(db, &request(1).device_code)?, Some(request(1)));
                assert!(!spend(db, &request(1).device_code, NOW)?, "nobody has allowed it");
                Ok(())
            })
            .unwrap();
        let one = code.clone();
        assert_eq!(store.winners(8, move |db, _| decide(db, &one, &decision(true, NOW))), 1);
        assert_eq!(store.winners(8, move |db, _| spend(db, &code, NOW)), 1);
        let found = store.read_blocking(|db| find_by_user_code(db, &request(1).user_code)).unwrap();
        let expected =
            DeviceRequest { decision: Some(decision(true, NOW)), spent: true, ..request(1) };
        assert_eq!(found, Some(expected));
    }

    fn dev_03_after_its_time_nothing_is_decided_and_it_goes(store: &TestStore) {
        store.furnish();
        store.write_blocking(|db| insert(db, &request(1), BOUNDS)).unwrap();
        let late = decision(true, NOW + minutes(10));
        let decided = store.write_blocking(move |db| decide(db, &request(1).device_code, &late));
        assert!(!decided.unwrap());
        let sweep = |age| store.write_blocking(move |db| upkeep::sweep(db, NOW + age, 10)).unwrap();
        assert_eq!(sweep(minutes(10) + hours(1)), 0, "a late poll is told that it is over");
        assert_eq!(sweep(minutes(10) + hours(1) + seconds(1)), 1);
    }

    fn strangers_requests_are_bounded_by_network_and_in_all(store: &TestStore) {
        store.furnish();
        let elsewhere =
            |number| DeviceRequest { network: Digest::of("elsewhere"), ..request(number) };
        store
            .write_blocking(move |db| {
                for number in 1..=3 {
                    assert_eq!(insert(db, &request(number), BOUNDS)?, Inserted::Recorded);
                }
                assert_eq!(insert(db, &request(4), BOUNDS)?, Inserted::Crowded);
                assert_eq!(insert(db, &elsewhere(5), BOUNDS)?, Inserted::Recorded);
                assert_eq!(insert(db, &elsewhere(6), BOUNDS)?, Inserted::Recorded);
                assert_eq!(insert(db, &elsewhere(7), BOUNDS)?, Inserted::Crowded);
                let at = NOW + minutes(10);
                let later = DeviceRequest { created_at: at, ..elsewhere(8) };
                assert_eq!(insert(db, &later, BOUNDS)?, Inserted::Recorded, "those are over");
                Ok(())
            })
            .unwrap();
    }
}

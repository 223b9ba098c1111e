//! Links that sign a person in.

use diesel::prelude::*;

use super::columns::{client_id, id as parse_id};
use super::schema::links;
use super::{Db, StoreError};
use crate::model::{ClientId, Digest, Link, LinkEnd, LinkId, SessionId, Timestamp};

/// Records a new link.
pub fn insert(db: &mut Db, link: &Link) -> Result<(), StoreError> {
    diesel::insert_into(links::table).values(LinkRow::of(link)).execute(db)?;
    Ok(())
}

/// By what opens it.
pub fn find_by_token(db: &mut Db, token: &Digest) -> Result<Option<Link>, StoreError> {
    let row = links::table.filter(links::token.eq(token.as_str())).select(LinkRow::as_select());
    row.first(db).optional()?.map(LinkRow::into_link).transpose()
}

/// One of an app.
pub fn find(db: &mut Db, client: &ClientId, id: LinkId) -> Result<Option<Link>, StoreError> {
    let own = links::table.find(id.to_string()).filter(links::client_id.eq(client.as_str()));
    own.select(LinkRow::as_select()).first(db).optional()?.map(LinkRow::into_link).transpose()
}

/// True for the one caller that uses a link, or withdraws it, while it is open.
pub fn end(db: &mut Db, id: LinkId, now: Timestamp) -> Result<bool, StoreError> {
    let open = links::table
        .find(id.to_string())
        .filter(links::ended_at.is_null())
        .filter(links::expires_at.gt(now.seconds()));
    Ok(diesel::update(open).set(links::ended_at.eq(now.seconds())).execute(db)? == 1)
}

/// Notes for which session a link was used.
pub fn used_for(db: &mut Db, id: LinkId, session: SessionId) -> Result<(), StoreError> {
    diesel::update(links::table.find(id.to_string()))
        .set(links::session_id.eq(session.to_string()))
        .execute(db)?;
    Ok(())
}

/// Those of an app, or of all, newest first, at most `limit`.
pub fn list(db: &mut Db, client: Option<&ClientId>, limit: i64) -> Result<Vec<Link>, StoreError> {
    let all =
        links::table.select(LinkRow::as_select()).order(links::created_at.desc()).limit(limit);
    let rows: Vec<LinkRow> = match client {
        Some(client) => all.filter(links::client_id.eq(client.as_str())).load(db)?,
        None => all.load(db)?,
    };
    rows.into_iter().map(LinkRow::into_link).collect()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct LinkRow {
    id: String,
    token: String,
    client_id: String,
    user_id: String,
    purpose: String,
    target: String,
    data: Option<String>,
    on_get: bool,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    session_id: Option<String>,
}

impl LinkRow {
    fn of(link: &Link) -> Self {
        let session = link.ended.and_then(|ended| ended.session_id);
        Self {
            id: link.id.to_string(),
            token: link.token.as_str().to_owned(),
            client_id: link.client_id.to_string(),
            user_id: link.user_id.to_string(),
            purpose: link.purpose.clone(),
            target: link.target.clone(),
            data: link.data.clone(),
            on_get: link.on_get,
            created_at: link.created_at.seconds(),
            expires_at: link.expires_at.seconds(),
            ended_at: link.ended.map(|ended| ended.at.seconds()),
            session_id: session.map(|session| session.to_string()),
        }
    }

    fn into_link(self) -> Result<Link, StoreError> {
        let session_id = self.session_id.as_deref().map(parse_id).transpose()?;
        Ok(Link {
            id: parse_id(&self.id)?,
            token: Digest::from_stored(self.token),
            client_id: client_id(&self.client_id)?,
            user_id: parse_id(&self.user_id)?,
            purpose: self.purpose,
            target: self.target,
            data: self.data,
            on_get: self.on_get,
            created_at: Timestamp::from_seconds(self.created_at),
            expires_at: Timestamp::from_seconds(self.expires_at),
            ended: self.ended_at.map(|at| LinkEnd { at: Timestamp::from_seconds(at), session_id }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{UserId, minutes};
    use crate::store::testing::{NOW, TestStore, client, on_both_databases, session};

    on_both_databases!(
        a_link_comes_back_and_is_used_once,
        of_many_who_use_it_one_does,
        one_that_is_over_is_used_by_nobody,
    );

    fn link(number: u8) -> Link {
        Link {
            id: LinkId::new(NOW, &[number; 10]),
            token: Digest::of(format!("link {number}")),
            client_id: client("notes").id,
            user_id: UserId::new(NOW, &[1; 10]),
            purpose: "Confirm your address".to_owned(),
            target: "https://notes.example/welcome".to_owned(),
            data: Some("{\"a\":1}".to_owned()),
            on_get: false,
            created_at: NOW,
            expires_at: NOW + minutes(15),
            ended: None,
        }
    }

    fn furnish(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let user_id = session(1).user_id;
                insert(db, &Link { user_id, ..link(1) })?;
                insert(db, &Link { user_id, data: None, ..link(2) })
            })
            .unwrap();
    }

    fn a_link_comes_back_and_is_used_once(store: &TestStore) {
        furnish(store);
        store
            .write_blocking(|db| {
                let expected = Link { user_id: session(1).user_id, ..link(1) };
                assert_eq!(find_by_token(db, &link(1).token)?.as_ref(), Some(&expected));
                assert_eq!(find(db, &client("notes").id, link(1).id)?, Some(expected.clone()));
                assert_eq!(find(db, &client("photos").id, link(1).id)?, None);
                assert!(end(db, link(1).id, NOW)?);
                used_for(db, link(1).id, session(1).id)?;
                assert!(!end(db, link(1).id, NOW)?);
                let ended = Some(LinkEnd { at: NOW, session_id: Some(session(1).id) });
                let all = list(db, Some(&client("notes").id), 10)?;
                assert!(all.contains(&Link { ended, ..expected }) && all.len() == 2);
                assert!(list(db, Some(&client("photos").id), 10)?.is_empty());
                assert_eq!(list(db, None, 1)?.len(), 1);
                Ok(())
            })
            .unwrap();
    }

    fn of_many_who_use_it_one_does(store: &TestStore) {
        furnish(store);
        assert_eq!(store.winners(4, |db, _| end(db, link(1).id, NOW)), 1);
    }

    fn one_that_is_over_is_used_by_nobody(store: &TestStore) {
        furnish(store);
        store
            .write_blocking(|db| {
                assert!(!end(db, link(1).id, NOW + minutes(15))?);
                assert!(!end(db, link(9).id, NOW)?);
                assert!(end(db, link(1).id, NOW + minutes(14))?);
                Ok(())
            })
            .unwrap();
    }
}

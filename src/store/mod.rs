//! Room 2: the database. The only place with queries.
//!
//! [`Store::read`] and [`Store::write`] run a closure over a [`Db`]; the functions of the modules below
//! are what closures call. SQLite has one writer that groups the commits of concurrent requests and
//! answers after the commit; PostgreSQL runs both kinds on a pool and retries what it could not serialise,
//! so a closure may run more than once. An error of a store function has to be handed on with `?`: after it
//! PostgreSQL takes no further statement in the same transaction.

pub mod api_tokens;
pub mod assertions;
pub mod clients;
mod columns;
pub mod connectors;
pub mod consents;
mod db;
pub mod device_requests;
pub mod devices;
mod engine;
pub mod entitlements;
pub mod events;
pub mod grants;
pub mod identities;
pub mod initial_tokens;
pub mod links;
pub mod notices;
pub mod recovery_codes;
pub mod registrations;
pub mod revoked_tokens;
mod schema;
pub mod secrets;
pub mod session_data;
pub mod sessions;
pub mod signing_keys;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod upkeep;
pub mod upstream_sessions;
pub mod upstream_tokens;
pub mod users;

pub use db::Db;
pub use engine::{Store, StoreError};

/// Inserts a row unless its key, or what else has to be unique, is taken; gives the number of rows.
///
/// `Db` itself has no `on_conflict`, and a plain INSERT that fails would end PostgreSQL's transaction.
macro_rules! insert_if_new {
    ($db:expr, $table:expr, $row:expr) => {{
        let insert = diesel::insert_into($table).values($row).on_conflict_do_nothing();
        match $db {
            $crate::store::Db::Sqlite(connection) => insert.execute(connection),
            $crate::store::Db::Postgres(connection) => insert.execute(connection),
        }
    }};
}
use insert_if_new;

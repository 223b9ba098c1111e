//! Lists that may be long, read a page at a time.

use super::CliError;
use crate::http::App;
use crate::store::{Db, StoreError};

const PAGE: i64 = 500;

/// Hands on each record, in the order of their keys. `read` gives at most so many records after this key.
pub fn each<T, K>(
    app: &App,
    read: impl Fn(&mut Db, Option<&K>, i64) -> Result<Vec<T>, StoreError> + Copy + Send + 'static,
    key: fn(&T) -> &K,
    mut hand_on: impl FnMut(&T) -> Result<(), CliError>,
) -> Result<(), CliError>
where
    T: Send + 'static,
    K: Clone + Send + Sync + 'static,
{
    let mut after: Option<K> = None;
    loop {
        let from = after.clone();
        let page = app.store().read_blocking(move |db| read(db, from.as_ref(), PAGE))?;
        for record in &page {
            hand_on(record)?;
        }
        match page.last() {
            Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                after = Some(key(last).clone());
            }
            _ => return Ok(()),
        }
    }
}

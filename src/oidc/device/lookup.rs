//! Finding the request that a typed code means, while somebody may be guessing: RFC 8628 section 5.1.

use std::sync::Arc;
use std::time::Duration;

use crate::http::{App, Browser};
use crate::identity::throttle::{wait, window};
use crate::model::throttle::{Bucket, Failures};
use crate::model::{Client, DeviceRequest, Digest, Timestamp, UserCode};
use crate::session::SignedIn;
use crate::store::{self, Db, StoreError};

/// A request, and the app behind it.
pub struct Found {
    /// The request.
    pub request: DeviceRequest,
    /// The app.
    pub client: Arc<Client>,
    /// Its code, as it is shown.
    pub code: UserCode,
}

/// What came of a code.
#[derive(Debug, PartialEq, Eq)]
pub enum Looked {
    /// A request, which may be over.
    Found(Box<DeviceRequest>),
    /// There is none.
    Unknown,
    /// Not even looked for: wait.
    Wait(Duration),
}

/// Looks for a code, and counts it when there is none: for the person and for the address.
pub async fn look_up(
    app: &App,
    browser: &Browser,
    signed_in: &SignedIn,
    code: Digest,
) -> Result<Looked, StoreError> {
    let guess = Guess {
        buckets: [
            Bucket::device_code(signed_in.user.id),
            Bucket::address(&browser.address.network()),
        ],
        limits: app.settings().throttle,
        now: app.now(),
        code,
    };
    app.write(move |db| guess.judge(db)).await
}

struct Guess {
    buckets: [Bucket; 2],
    limits: crate::config::Throttle,
    now: Timestamp,
    code: Digest,
}

impl Guess {
    /// Counts before it looks, so that guesses at once, on whichever nodes, never are more than the limit. One that is
    /// right is taken off again, and forgives no others: a guesser could type a code of their own in between.
    fn judge(&self, db: &mut Db) -> Result<Looked, StoreError> {
        for bucket in &self.buckets {
            let failures = store::throttle::find(db, bucket)?;
            if let Some(wait) = self.wait(bucket, failures) {
                return Ok(Looked::Wait(wait));
            }
        }
        for bucket in &self.buckets {
            let window = window(bucket.kind, &self.limits);
            let counted = store::throttle::count(db, bucket, window, self.now)?;
            let before = Failures { count: counted.count - 1, ..counted };
            if let Some(wait) = self.wait(bucket, before) {
                return Ok(Looked::Wait(wait));
            }
        }
        let Some(request) = store::device_requests::find_by_user_code(db, &self.code)? else {
            return Ok(Looked::Unknown);
        };
        for bucket in &self.buckets {
            store::throttle::take_off(db, bucket)?;
        }
        Ok(Looked::Found(Box::new(request)))
    }

    fn wait(&self, bucket: &Bucket, failures: Failures) -> Option<Duration> {
        wait(bucket.kind, failures, &self.limits, self.now)
    }
}

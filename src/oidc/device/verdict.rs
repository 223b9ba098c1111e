//! What the person's browser is shown for a code, purely: RFC 8628 sections 3.3, 5.1 and 5.4.

use crate::model::client::{GrantType, Metadata};
use crate::model::{Acr, DeviceRequest, Session, Timestamp, User, minutes, seconds};

/// So long a sign-in that was made for this request stays good for it, where the app wants a younger one.
const READING_MINUTES: u64 = 10;

/// What can be done with a request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The person decides.
    Ask,
    /// It was decided before, its time is over, or the app may no longer ask.
    Over,
    /// The app wants a sign-in that is newer, or of a higher class.
    SignIn {
        /// A newer one.
        fresh: bool,
        /// Of this class.
        acr: Option<Acr>,
    },
}

/// Decides. `metadata`: of the app behind the request.
pub fn judge(
    request: &DeviceRequest,
    metadata: &Metadata,
    user: &User,
    session: &Session,
    now: Timestamp,
) -> Verdict {
    let open = request.decision.is_none() && now < request.expires_at;
    if !open || !metadata.may_use(GrantType::DeviceCode) {
        return Verdict::Over;
    }
    let acr = metadata.default_acr_values.iter().min().copied();
    let step_up = acr > Some(session.authentication.acr) && user.has_second_factor();
    let fresh = !session.opens(Some(&request.client_id))
        || !metadata.default_max_age.is_none_or(|most| is_young(request, session, most, now));
    if fresh || step_up { Verdict::SignIn { fresh, acr } } else { Verdict::Ask }
}

fn is_young(request: &DeviceRequest, session: &Session, most: u64, now: Timestamp) -> bool {
    let age = now.since(session.authentication.time);
    let for_this = session.authentication.time >= request.created_at;
    age <= seconds(most) || (for_this && age <= minutes(READING_MINUTES))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Decision, Digest, Scopes};
    use crate::oidc::authorize::rules::tests::client;
    use crate::store::testing::{self, NOW};

    fn request() -> DeviceRequest {
        DeviceRequest {
            device_code: Digest::of("device"),
            user_code: Digest::of("user"),
            client_id: client(&json!({})).id,
            scopes: Scopes::default(),
            resources: Vec::new(),
            network: Digest::of("network"),
            created_at: NOW,
            expires_at: NOW + minutes(10),
            decision: None,
            spent: false,
        }
    }

    fn ask(more: &serde_json::Value, request: &DeviceRequest, signed_in: i64, now: i64) -> Verdict {
        let mut members = json!({"grant_types": [GrantType::DeviceCode.as_str()]});
        for (name, value) in more.as_object().unwrap() {
            members[name] = value.clone();
        }
        let at = |seconds: i64| Timestamp::from_seconds(NOW.seconds() + seconds);
        let mut session = testing::session(1);
        session.authentication.time = at(signed_in);
        session.authentication.acr = Acr::OneFactor;
        judge(request, &client(&members).metadata, &testing::user(1), &session, at(now))
    }

    #[test]
    fn dev_03_what_is_decided_or_over_is_not_asked_again() {
        let user_id = testing::user(1).id;
        let decision =
            Decision { allowed: false, user_id, session_id: testing::session(1).id, at: NOW };
        let decided = DeviceRequest { decision: Some(decision), ..request() };
        assert_eq!(ask(&json!({}), &request(), -9_000, 599), Verdict::Ask);
        assert_eq!(ask(&json!({}), &request(), 0, 600), Verdict::Over);
        assert_eq!(ask(&json!({}), &decided, 0, 1), Verdict::Over);
        let other = json!({"grant_types": ["authorization_code"]});
        assert_eq!(ask(&other, &request(), 0, 1), Verdict::Over);
    }

    #[test]
    fn what_the_app_registered_about_sign_ins_holds_for_devices_too() {
        let fresh = Verdict::SignIn { fresh: true, acr: None };
        for (most, signed_in, now, expected) in [
            (60, -30, 30, Verdict::Ask),
            (60, -30, 31, fresh),
            (60, 1, 599, Verdict::Ask),
            (0, 1, 500, Verdict::Ask),
            (0, -1, 0, fresh),
        ] {
            let verdict = ask(&json!({"default_max_age": most}), &request(), signed_in, now);
            assert_eq!(verdict, expected, "{most} {signed_in} {now}");
        }
        // Core section 5.5.1.1: a class that the person can't reach is no error
        let two = json!({"default_acr_values": [Acr::TwoFactor]});
        assert_eq!(ask(&two, &request(), 0, 1), Verdict::Ask);
    }
}

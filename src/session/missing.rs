//! What an interaction still lacks: the rules of OpenID Connect Core section 3.1.2.3 and 3.1.2.4, purely.

use super::SignedIn;
use crate::model::{
    Access, AuthorizationRequest, Client, Consent, Interaction, Prompt, Purpose, Session,
    Timestamp, minutes, seconds,
};

/// How many minutes a sign-in made for a request stays good for it, where the request's `max_age` is shorter: so long
/// may a person read the consent page.
const READING_MINUTES: u64 = 10;

/// The next thing to be done by the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Sign in; `again`: there is a session, but it is too old, of somebody else, or `prompt=login`.
    SignIn {
        /// Whether somebody is signed in already.
        again: bool,
    },
    /// A second factor for the session there is.
    SecondFactor,
    /// Say whether the account that was just proved is to be linked.
    Link,
    /// Choose which account to go on with.
    ChooseAccount,
    /// Allow this.
    Consent(Access),
    /// A class of sign-in that the person has no means for.
    Unreachable,
}

/// What is missing next, in this order: sign-in, link, second factor, account, consent; `None`: nothing.
/// `client` and `consent`: of the app behind the interaction, if there is one.
pub fn missing(
    interaction: &Interaction,
    signed_in: Option<&SignedIn>,
    client: Option<&Client>,
    consent: Option<&Consent>,
    now: Timestamp,
) -> Option<Missing> {
    let Some(SignedIn { session, user }) = signed_in else {
        return Some(Missing::SignIn { again: false });
    };
    if !session.opens(client.map(|client| &client.id))
        || interaction.progress.declined.as_ref() == Some(&session.cookie)
        || !sign_in_will_do(interaction, session, now)
    {
        return Some(Missing::SignIn { again: true });
    }
    if let Some(linking) = &interaction.progress.linking {
        if linking.proved != Some(session.id) {
            return Some(Missing::SignIn { again: true });
        }
        return Some(Missing::Link);
    }
    let wanted = interaction.wanted_acr();
    // Core section 5.5.1.1: a class that the person can't reach is no error, and `acr` tells the truth, unless it is
    // essential
    if wanted > Some(session.authentication.acr) {
        if user.has_second_factor() {
            return Some(Missing::SecondFactor);
        }
        let essential =
            interaction.request().is_some_and(|request| !request.essential_acr.is_empty());
        if essential {
            return Some(Missing::Unreachable);
        }
    }
    let request = interaction.request()?;
    if request.prompts(Prompt::SelectAccount) && interaction.progress.chosen != Some(session.id) {
        return Some(Missing::ChooseAccount);
    }
    let just_allowed = interaction.progress.consented == Some(session.id);
    (!just_allowed && !consent_stands(request, client?, consent, session))
        .then(|| Missing::Consent(request.access()))
}

/// Whether the sign-in is recent enough, and the right person's.
fn sign_in_will_do(interaction: &Interaction, session: &Session, now: Timestamp) -> bool {
    let for_this = is_made_since(interaction, session);
    let request = match &interaction.purpose {
        Purpose::Account { fresh, .. } | Purpose::Device { fresh, .. } => {
            return for_this || !*fresh;
        }
        Purpose::Authorize(request) => request,
    };
    let right_person = request.hinted_user.is_none_or(|hinted| hinted == session.user_id);
    let prompted = !request.prompts(Prompt::Login) || for_this;
    let age = now.since(session.authentication.time);
    let young = request.max_age.is_none_or(|most| {
        if for_this {
            age <= seconds(most).max(minutes(READING_MINUTES))
        } else {
            // `max_age=0` means `prompt=login`, also within one second
            most > 0 && age <= seconds(most)
        }
    });
    right_person && prompted && young
}

/// Whether somebody signed in after the interaction began. Times are in seconds, so the cookie decides within one: every
/// sign-in brings a new one.
fn is_made_since(interaction: &Interaction, session: &Session) -> bool {
    session.authentication.time >= interaction.started_at
        && interaction.session.as_ref() != Some(&session.cookie)
}

/// Whether what is asked for was allowed before. For the owner's own apps the registration says so once for all, offline
/// access included: the other condition that Core section 11 leaves room for.
fn consent_stands(
    request: &AuthorizationRequest,
    client: &Client,
    consent: Option<&Consent>,
    session: &Session,
) -> bool {
    let ours =
        |consent: &&Consent| consent.user_id == session.user_id && consent.client_id == client.id;
    let allowed = consent.filter(ours).is_some_and(|consent| consent.covers(&request.access()));
    !request.prompts(Prompt::Consent) && (client.metadata.skip_consent || allowed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{
        Acr, Amr, Authentication, Claims, Details, Digest, Progress, RedirectUri, Response,
        ResponseType, Scopes, Secret, SessionId, TotpRecord, User, UserId, Username,
    };

    const STARTED: i64 = 10_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn user(byte: u8) -> UserId {
        UserId::new(at(1), &[byte; 10])
    }

    fn session_id(byte: u8) -> SessionId {
        SessionId::new(at(1), &[byte; 10])
    }

    /// Ada, who signed in with her password at this time and whose cookie is "now".
    fn ada(signed_in_at: i64) -> SignedIn {
        SignedIn {
            session: Session {
                id: session_id(1),
                cookie: Digest::of("now"),
                user_id: user(1),
                authentication: Authentication {
                    time: at(signed_in_at),
                    acr: Acr::OneFactor,
                    amr: vec![Amr::Pwd],
                },
                persistent: false,
                user_agent: String::new(),
                created_at: at(signed_in_at),
                seen_at: at(signed_in_at),
                ended_at: None,
                only_for: None,
            },
            user: User {
                id: user(1),
                username: Username::canonical("ada@example.org"),
                email: "ada@example.org".into(),
                email_verified: true,
                name: "Ada".into(),
                claims: Claims::default(),
                admin: false,
                disabled_at: None,
                totp: None,
                created_at: at(0),
                updated_at: at(0),
            },
        }
    }

    fn client(skip_consent: bool) -> Client {
        let json =
            json!({ "redirect_uris": ["https://rp.example/cb"], "skip_consent": skip_consent });
        let serde_json::Value::Object(members) = json else { panic!("an object") };
        Client {
            id: crate::model::ClientId::parse("notes").unwrap(),
            metadata: crate::model::client::Metadata::from_json(members).unwrap(),
            secrets: Vec::new(),
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn request(change: impl FnOnce(&mut AuthorizationRequest)) -> Interaction {
        let registered = client(true).metadata.redirect_uris;
        let mut request = AuthorizationRequest {
            client_id: crate::model::ClientId::parse("notes").unwrap(),
            redirect_uri: RedirectUri::of("https://rp.example/cb", &registered).unwrap(),
            response: Response::by_default(ResponseType::Code),
            scopes: Scopes::parse("openid").unwrap(),
            state: None,
            nonce: None,
            code_challenge: None,
            prompts: Vec::new(),
            max_age: None,
            login_hint: None,
            hinted_user: None,
            acr: None,
            essential_acr: Vec::new(),
            details: Details::default(),
            ui_locales: None,
            once: None,
        };
        change(&mut request);
        Interaction {
            purpose: Purpose::Authorize(Box::new(request)),
            started_at: at(STARTED),
            browser: Digest::of("browser"),
            session: Some(Digest::of("before")),
            progress: Progress::default(),
        }
    }

    /// With an app that asks for no consent.
    fn next(interaction: &Interaction, signed_in: &SignedIn, now: i64) -> Option<Missing> {
        missing(interaction, Some(signed_in), Some(&client(true)), None, at(now))
    }

    const AGAIN: Option<Missing> = Some(Missing::SignIn { again: true });

    #[test]
    fn a_session_of_a_link_is_good_for_the_app_of_the_link_alone() {
        let of = |client: &str| {
            let mut ada = ada(1);
            ada.session.only_for = Some(crate::model::ClientId::parse(client).unwrap());
            ada
        };
        let own = client(true).id;
        assert_eq!(next(&request(|_| ()), &of(own.as_str()), STARTED), None);
        assert_eq!(next(&request(|_| ()), &of("other"), STARTED), AGAIN);
        let account = Interaction {
            purpose: Purpose::Account { page: String::new(), fresh: false },
            ..request(|_| ())
        };
        let verdict = missing(&account, Some(&of(own.as_str())), None, None, at(STARTED));
        assert_eq!(verdict, AGAIN);
    }

    #[test]
    fn core_3_1_2_3_nobody_is_signed_in() {
        let first = Some(Missing::SignIn { again: false });
        assert_eq!(missing(&request(|_| ()), None, Some(&client(true)), None, at(STARTED)), first);
        assert_eq!(next(&request(|_| ()), &ada(1), STARTED), None);
    }

    #[test]
    fn core_3_1_2_1_prompt_login_wants_a_sign_in_after_the_request() {
        let mut wanted = request(|request| request.prompts = vec![Prompt::Login]);
        for (signed_in_at, cookie_before, expected) in [
            (STARTED - 1, "before", AGAIN),
            (STARTED, "before", None),
            (STARTED, "now", AGAIN),
            (STARTED + 9, "before", None),
        ] {
            wanted.session = Some(Digest::of(cookie_before));
            let verdict = next(&wanted, &ada(signed_in_at), STARTED + 9);
            assert_eq!(verdict, expected, "{signed_in_at} {cookie_before}");
        }
        wanted.session = None;
        assert_eq!(next(&wanted, &ada(STARTED), STARTED), None);
    }

    #[test]
    fn core_3_1_2_1_max_age() {
        for (max_age, signed_in_at, now, expected) in [
            (100, STARTED - 100, STARTED, None),
            (100, STARTED - 101, STARTED, AGAIN),
            (0, STARTED - 1, STARTED, AGAIN),
            // Made for this very request, and read about for a while
            (0, STARTED + 5, STARTED + 6, None),
            (0, STARTED + 5, STARTED + 605, None),
            (0, STARTED + 5, STARTED + 606, AGAIN),
            (3_600, STARTED + 5, STARTED + 3_605, None),
            (3_600, STARTED + 5, STARTED + 3_606, AGAIN),
        ] {
            let wanted = request(|request| request.max_age = Some(max_age));
            let verdict = next(&wanted, &ada(signed_in_at), now);
            assert_eq!(verdict, expected, "{max_age} {signed_in_at} {now}");
        }
        let mut same_second = request(|request| request.max_age = Some(0));
        same_second.session = Some(Digest::of("now"));
        assert_eq!(next(&same_second, &ada(STARTED), STARTED), AGAIN);
    }

    #[test]
    fn core_3_1_2_1_the_hinted_person_must_be_the_one() {
        for (hinted, expected) in [(user(1), None), (user(2), AGAIN)] {
            let wanted = request(|request| request.hinted_user = Some(hinted));
            assert_eq!(next(&wanted, &ada(1), STARTED), expected);
        }
    }

    #[test]
    fn core_5_5_1_1_a_second_factor_is_asked_of_whoever_has_one() {
        let totp = TotpRecord { sealed_secret: Secret::new("jwe".into()), last_step: None };
        for (acr, essential, enrolled, reached, expected) in [
            (Some(Acr::TwoFactor), false, true, Acr::OneFactor, Some(Missing::SecondFactor)),
            (Some(Acr::TwoFactor), false, true, Acr::TwoFactor, None),
            (Some(Acr::TwoFactor), false, false, Acr::OneFactor, None),
            (Some(Acr::TwoFactor), true, true, Acr::OneFactor, Some(Missing::SecondFactor)),
            (Some(Acr::TwoFactor), true, false, Acr::OneFactor, Some(Missing::Unreachable)),
            (Some(Acr::TwoFactor), true, false, Acr::TwoFactor, None),
            (Some(Acr::OneFactor), true, false, Acr::OneFactor, None),
            (Some(Acr::OneFactor), false, true, Acr::OneFactor, None),
            (None, false, true, Acr::OneFactor, None),
        ] {
            let wanted = request(|request| {
                request.acr = acr;
                request.essential_acr = acr.into_iter().filter(|_| essential).collect();
            });
            let mut signed_in = ada(1);
            signed_in.session.authentication.acr = reached;
            signed_in.user.totp = enrolled.then(|| totp.clone());
            assert_eq!(
                next(&wanted, &signed_in, STARTED),
                expected,
                "{acr:?} {essential} {enrolled}"
            );
        }
    }

    #[test]
    fn core_3_1_2_1_select_account_until_one_is_chosen() {
        let mut wanted = request(|request| request.prompts = vec![Prompt::SelectAccount]);
        assert_eq!(next(&wanted, &ada(1), STARTED), Some(Missing::ChooseAccount));
        wanted.progress.chosen = Some(session_id(2));
        assert_eq!(next(&wanted, &ada(1), STARTED), Some(Missing::ChooseAccount));
        wanted.progress.chosen = Some(session_id(1));
        assert_eq!(next(&wanted, &ada(1), STARTED), None);
        // "Another account", until somebody signs in under a new cookie
        wanted.progress.declined = Some(Digest::of("now"));
        assert_eq!(next(&wanted, &ada(1), STARTED), AGAIN);
        wanted.progress.declined = Some(Digest::of("before"));
        assert_eq!(next(&wanted, &ada(1), STARTED), None);
    }

    #[test]
    fn core_3_1_2_4_and_11_consent() {
        let ask = |scopes: &str| Some(Missing::Consent((&Scopes::parse(scopes).unwrap()).into()));
        let offline = "openid offline_access";
        for (scopes, prompt, skip, allowed, expected) in [
            ("openid email", None, false, None, ask("openid email")),
            ("openid email", None, false, Some("openid"), ask("openid email")),
            ("openid email", None, false, Some("openid email phone"), None),
            ("openid", Some(Prompt::Consent), false, Some("openid"), ask("openid")),
            ("openid email", None, true, None, None),
            ("openid", Some(Prompt::Consent), true, None, ask("openid")),
            (offline, None, true, None, None),
            (offline, None, false, Some("openid"), ask(offline)),
            (offline, None, false, Some(offline), None),
        ] {
            let mut wanted = request(|request| {
                request.scopes = Scopes::parse(scopes).unwrap();
                request.prompts = prompt.into_iter().collect();
            });
            let consent = allowed.map(|allowed| Consent {
                user_id: user(1),
                client_id: crate::model::ClientId::parse("notes").unwrap(),
                scopes: Scopes::parse(allowed).unwrap(),
                claims: ["name".to_owned()].into(),
                created_at: at(0),
                updated_at: at(0),
            });
            let verdict = |interaction: &Interaction, consent: Option<&Consent>| {
                let signed_in = ada(1);
                missing(interaction, Some(&signed_in), Some(&client(skip)), consent, at(STARTED))
            };
            assert_eq!(verdict(&wanted, consent.as_ref()), expected, "{scopes} {allowed:?} {skip}");
            // Given on the page for this very request, by this person
            wanted.progress.consented = Some(session_id(1));
            assert_eq!(verdict(&wanted, None), None, "{scopes} {skip}");
        }
    }

    #[test]
    fn core_5_5_single_claims_are_allowed_like_scopes() {
        let consent = Consent {
            user_id: user(1),
            client_id: crate::model::ClientId::parse("notes").unwrap(),
            scopes: Scopes::parse("openid").unwrap(),
            claims: ["name".to_owned()].into(),
            created_at: at(0),
            updated_at: at(0),
        };
        for (claims, is_missing) in [(vec!["name"], false), (vec!["name", "email"], true)] {
            let wanted = request(|request| {
                request.details.singles = claims.into_iter().map(str::to_owned).collect();
            });
            let asked = wanted.request().unwrap().access();
            let verdict =
                missing(&wanted, Some(&ada(1)), Some(&client(false)), Some(&consent), at(STARTED));
            assert_eq!(verdict, is_missing.then_some(Missing::Consent(asked)));
        }
    }

    #[test]
    fn otp_05_a_fresh_account_page_wants_a_sign_in_after_the_click() {
        for (fresh, signed_in_at, before, expected) in [
            (false, 1, "before", None),
            (true, STARTED - 1, "before", AGAIN),
            (true, STARTED, "now", AGAIN),
            (true, STARTED, "before", None),
        ] {
            let wanted = Interaction {
                purpose: Purpose::Account { page: "/password".into(), fresh },
                session: Some(Digest::of(before)),
                ..request(|_| ())
            };
            let verdict = missing(&wanted, Some(&ada(signed_in_at)), None, None, at(STARTED));
            assert_eq!(verdict, expected, "{fresh} {signed_in_at} {before}");
        }
    }
}

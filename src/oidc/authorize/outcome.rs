//! What a judged request comes to: a code, an error, or the sign-in pages (OpenID Connect Core sections 3.1.2.3 to
//! 3.1.2.5).

use actix_web::HttpResponse;

use super::Refusal;
use super::answer::{Target, with_state};
use super::issue;
use crate::http::{App, Browser, see_other};
use crate::model::{AuthorizationRequest, Client, Interaction, Prompt, Purpose, RedirectUri};
use crate::oidc::request_object::pushed;
use crate::session::{self, BrowserState, Missing, SignedIn};

/// Answers a request that has just come in.
pub(super) async fn of_request(
    request: AuthorizationRequest,
    client: &Client,
    browser: &Browser,
    app: &App,
) -> Result<HttpResponse, Refusal> {
    let silent = request.prompts(Prompt::None);
    let purpose = Purpose::Authorize(Box::new(request));
    let (interaction, cookie) = session::begin(app, browser, purpose);
    match of_interaction(&interaction, client, browser, app).await? {
        Outcome::Answered(response) => Ok(response),
        Outcome::Missing(missing) if silent => Err(silent_refusal(&missing)),
        Outcome::Missing(_) => {
            Ok(see_other(session::sealed_url(app, "/login", &interaction), cookie))
        }
    }
}

/// A request's answer, or what the person still has to do.
pub(super) enum Outcome {
    /// The way back to the app.
    Answered(HttpResponse),
    /// The sign-in pages come first.
    Missing(Missing),
}

/// Reads what there is of the person, and issues what was asked for when nothing is missing. Without it nothing is
/// written.
pub(super) async fn of_interaction(
    interaction: &Interaction,
    client: &Client,
    browser: &Browser,
    app: &App,
) -> Result<Outcome, Refusal> {
    let Some(request) = interaction.request() else {
        return Ok(Outcome::Missing(Missing::SignIn { again: false }));
    };
    let signed_in = session::current(app, browser).await?;
    let consent = match &signed_in {
        Some(signed_in) if !client.metadata.skip_consent => {
            session::consent(app, signed_in.user.id, client).await?
        }
        Some(_) | None => None,
    };
    let missing = session::missing(
        interaction,
        signed_in.as_ref(),
        Some(client),
        consent.as_ref(),
        app.now(),
    );
    match (missing, signed_in) {
        (Some(Missing::Unreachable), _) => Err(Refusal::ClassUnreachable),
        (Some(missing), _) => Ok(Outcome::Missing(missing)),
        (None, None) => Ok(Outcome::Missing(Missing::SignIn { again: false })),
        (None, Some(signed_in)) => {
            pushed::spend(request, app).await?;
            let given = issue::given(request, client, &signed_in, app).await?;
            let uri = &request.redirect_uri;
            let state = state_of(client, uri, browser, Some(&signed_in), app);
            let answer = Target::of(request).telling(&state).send(given, browser, app);
            Ok(Outcome::Answered(with_state(answer, state)))
        }
    }
}

fn state_of(
    client: &Client,
    redirect_uri: &RedirectUri,
    browser: &Browser,
    signed_in: Option<&SignedIn>,
    app: &App,
) -> BrowserState {
    session::browser_state(app, browser, signed_in, &client.id, redirect_uri.as_str())
}

/// What an app may watch that was told without a page that the person has to do something: whether that has changed.
pub(super) async fn state_of_silence(
    client: &Client,
    redirect_uri: &RedirectUri,
    browser: &Browser,
    app: &App,
) -> BrowserState {
    // Without the database it is only not known
    let signed_in = session::current(app, browser).await.unwrap_or_default();
    state_of(client, redirect_uri, browser, signed_in.as_ref(), app)
}

/// The error of `prompt=none` for what is missing: OpenID Connect Core section 3.1.2.6.
const fn silent_refusal(missing: &Missing) -> Refusal {
    match missing {
        // A second factor is part of signing in
        Missing::SignIn { .. } | Missing::SecondFactor | Missing::Link => Refusal::LoginRequired,
        Missing::ChooseAccount => Refusal::AccountSelectionRequired,
        Missing::Consent(_) => Refusal::ConsentRequired,
        Missing::Unreachable => Refusal::ClassUnreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scopes;

    #[test]
    fn aut_05_prompt_none_names_what_is_missing() {
        let consent = Missing::Consent((&Scopes::parse("openid").unwrap()).into());
        for (missing, error) in [
            (Missing::SignIn { again: false }, "login_required"),
            (Missing::SignIn { again: true }, "login_required"),
            (Missing::SecondFactor, "login_required"),
            (Missing::Link, "login_required"),
            (Missing::ChooseAccount, "account_selection_required"),
            (Missing::Unreachable, "unmet_authentication_requirements"),
            (consent, "consent_required"),
        ] {
            assert_eq!(silent_refusal(&missing).error(), error);
        }
    }
}

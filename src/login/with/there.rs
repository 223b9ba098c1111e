//! `GET /login/with`: the way to a provider.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{State, failed};
use crate::federation::{Attempt, Wanted};
use crate::http::{App, see_other};
use crate::login::flow::{Flow, Stop, finish};
use crate::login::machine::Step;
use crate::login::refusals::params;
use crate::model::{Acr, Prompt};
use crate::session::{self, Missing};

/// Sends somebody there. It is a link and no form, since it changes nothing, and the policy of the page need not know where the
/// provider's pages are.
pub async fn begin(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    finish(&request, &app, leave(&request, &app).await)
}

async fn leave(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    let query = params(request.query_string().as_bytes())?;
    let connectors = flow.connectors.clone();
    let connector = query.optional("with").and_then(|name| connectors.get(name));
    let link = flow.signed_in.as_ref().filter(|_| query.optional("link").is_some());
    let link = link.map(|signed_in| signed_in.session.id);
    let wanted_now = link.is_some() || flow.step() != Step::Done;
    let Some(connector) = connector.filter(|_| wanted_now) else {
        let url = session::url_of_sealed(app, "/login", &flow.sealed);
        return Err(Stop::answer(see_other(url, None)));
    };
    let texts = [(); 3].map(|()| session::fresh_value(app));
    let attempt = Attempt::new(connector, texts, flow.now);
    let mut wanted = wanted(&flow);
    // Who is to be linked shows themselves there once more
    wanted.again |= link.is_some();
    let state = State { attempt, interaction: flow.interaction, link };
    let tools = app.tools(connector).await?;
    let begun = connector.begin(&state.attempt, state.seal(app), &wanted, &tools).await;
    match begun {
        Ok(url) => Ok(see_other(url.as_str(), None)),
        Err(failure) => Err(failed(app, connector, &failure, &state.interaction)),
    }
}

/// What the app wants is wanted of the provider.
fn wanted(flow: &Flow) -> Wanted {
    let request = flow.interaction.request();
    let typed = flow.interaction.progress.username.clone().filter(|name| !name.is_empty());
    Wanted {
        again: flow.missing == Some(Missing::SignIn { again: true })
            || request.is_some_and(|request| request.prompts(Prompt::Login)),
        max_age: request.and_then(|request| request.max_age),
        second_factor: flow.interaction.wanted_acr() == Some(Acr::TwoFactor),
        login_hint: typed.or_else(|| request?.login_hint.clone()),
    }
}

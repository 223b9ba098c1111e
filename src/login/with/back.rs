//! `GET /login/callback/NAME`: the way back from a provider.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::account::newcomer;
use super::spent::{Spent, began, identity};
use super::{NAME, State, failed, refused};
use crate::config::FirstSignIn;
use crate::federation::{Answer, Connector, Person};
use crate::http::{App, Browser, see_other};
use crate::login::flow::{Flow, Stop, finish};
use crate::login::refusals::params;
use crate::model::{
    Acr, Amr, Authentication, Interaction, Linking, Progress, SessionId, Timestamp,
    UpstreamSession, User, days,
};
use crate::session::linking::Pending;
use crate::session::newcomer::{self, Account};
use crate::session::{self, NewSignIn};

/// The longest sealed interaction with one in it, since it travels in the address of the page for a second factor.
const LONGEST_CARRIED: usize = 6 * 1024;

/// Signs in who came back.
pub async fn callback(
    request: HttpRequest,
    connector: web::Path<String>,
    app: web::Data<App>,
) -> HttpResponse {
    finish(&request, &app, come_back(&request, &connector, &app).await)
}

async fn come_back(request: &HttpRequest, name: &str, app: &App) -> Result<HttpResponse, Stop> {
    let connectors = app.connectors().await?;
    let Some(connector) = connectors.get(name) else {
        let url = format!("{}/account", app.settings().issuer.path());
        return Err(Stop::answer(see_other(url, None)));
    };
    let browser = Browser::of(request, app);
    let query = params(request.query_string().as_bytes())?;
    let state = query.optional("state").and_then(|text| State::open(app, text));
    let state = state.filter(|state| is_ours(state, connector, &browser, app.now()));
    let state = state.ok_or_else(|| unsolicited(app, connector))?;
    let spent = Spent::new(connector, &state, app.now());
    if spent.is(app).await? {
        // Loaded once more, after Back for example: whoever is signed in by now goes on
        let url = session::sealed_url(app, "/login", &state.interaction);
        return Err(match session::current(app, &browser).await? {
            Some(_) => Stop::answer(see_other(url, None)),
            None => unsolicited(app, connector),
        });
    }
    let text = |name: &str| query.optional(name).map(str::to_owned);
    let answer = Answer {
        code: text("code"),
        error: text("error"),
        error_description: text("error_description"),
        iss: text("iss"),
        name: text(NAME),
    };
    let tools = app.tools(connector).await?;
    let person = connector.person(&state.attempt, answer, &tools).await;
    let person = person.map_err(|failure| failed(app, connector, &failure, &state.interaction))?;
    if let Some(session) = state.link {
        return link(&person, (connector, session), spent, &browser, app).await;
    }
    let user = match account(&person, connector, &state, app).await? {
        Whose::Theirs(user) => *user,
        Whose::ToBeProved(username) => {
            let flow = Flow::resume(app, browser, state.interaction).await?;
            return ask_for_proof(flow, (username, &person, connector), spent, app).await;
        }
    };
    let spent = spent.keeping(app, connector, &person);
    let flow = Flow::resume(app, browser, state.interaction).await?;
    let upstream = began(app, connector, &person);
    go_on(flow, (user, &person, upstream), spent, app).await
}

/// Back to the account page, which asks whether that is them. In another session than the one that wanted it nothing happens.
async fn link(
    person: &Person,
    (connector, wanted): (&Connector, SessionId),
    spent: Spent,
    browser: &Browser,
    app: &App,
) -> Result<HttpResponse, Stop> {
    let here = session::current(app, browser).await?.map(|signed_in| signed_in.session.id);
    if here != Some(wanted) || !app.write(move |db| spent.spend(db)).await? {
        return Err(unsolicited(app, connector));
    }
    let pending = Pending::new(wanted, identity(person, connector), shown(person), app.now());
    Ok(see_other(pending.url(app), None))
}

/// What the provider calls them.
fn shown(person: &Person) -> String {
    let shown = [&person.name, &person.email].into_iter().flatten().next();
    shown.unwrap_or(&person.subject).chars().take(60).collect()
}

/// To the sign-in here, after which they are asked whether to link.
async fn ask_for_proof(
    flow: Flow,
    (username, person, connector): (String, &Person, &Connector),
    spent: Spent,
    app: &App,
) -> Result<HttpResponse, Stop> {
    let mut interaction = flow.interaction.clone();
    if app.write(move |db| spent.spend(db)).await? {
        interaction.progress = Progress {
            linking: Some(Linking {
                identity: identity(person, connector),
                shown: shown(person),
                proved: None,
            }),
            username: Some(username),
            ..Progress::default()
        };
    }
    Ok(flow.go_on(app, interaction, Vec::new()).await?)
}

/// Of this connector, in this browser, and not from yesterday: RFC 9700 section 4.7.
fn is_ours(state: &State, connector: &Connector, browser: &Browser, now: Timestamp) -> bool {
    state.attempt.connector == connector.name
        && browser.digest().as_ref() == Some(&state.interaction.browser)
        && now < state.attempt.begun_at + days(1)
}

fn unsolicited(app: &App, connector: &Connector) -> Stop {
    let rule = "nobody in this browser waits for this answer: its state is damaged, another browser's, used, or a day old (RFC 9700 section 4.7)";
    let mend = "begin a new sign-in; the browser has to send its cookies";
    refused(
        app,
        connector,
        (StatusCode::BAD_REQUEST, "upstream-unknown"),
        (rule.to_owned(), mend),
        None,
    )
}

/// Whose account the person gets.
enum Whose {
    /// Theirs.
    Theirs(Box<User>),
    /// The one that they prove to be theirs, probably that of this name.
    ToBeProved(String),
}

async fn account(
    person: &Person,
    connector: &Connector,
    state: &State,
    app: &App,
) -> Result<Whose, Stop> {
    let newcomer = newcomer(&connector.name, &connector.settings, person);
    let interaction = Some(&state.interaction);
    let refuse = |text, rule: &str, mend| {
        let (status, rule) = (StatusCode::FORBIDDEN, rule.to_owned());
        refused(app, connector, (status, text), (rule, mend), interaction)
    };
    let policy = connector.settings.first_sign_in;
    let provable = app.settings().passwords.accepted && policy != FirstSignIn::Refuse;
    let username = newcomer.known.username.to_string();
    match newcomer::account(app, newcomer).await? {
        Account::Theirs(user) if user.disabled_at.is_none() => Ok(Whose::Theirs(user)),
        Account::Theirs(_) => Err(refuse(
            "upstream",
            "the account is disabled",
            "`hatcheck user enable` lets the person in again",
        )),
        Account::Taken if provable => Ok(Whose::ToBeProved(username)),
        Account::Nobodys if provable => Ok(Whose::ToBeProved(String::new())),
        Account::Taken => Err(refuse(
            "upstream-taken",
            "an account of that address is here already, and is not linked to this identity",
            "if it is the same person, name the domain in `domains` of the connector, or delete the account here",
        )),
        Account::Nobodys => Err(refuse(
            "upstream-nobody",
            "nobody here is linked to this identity, and the connector lets nobody new in",
            "add the person, or write first_sign_in = \"create\" for the connector",
        )),
    }
}

/// Their second factor here is asked for where the provider saw none, as after a password.
async fn go_on(
    flow: Flow,
    (user, person, upstream): (User, &Person, UpstreamSession),
    spent: Spent,
    app: &App,
) -> Result<HttpResponse, Stop> {
    let mut interaction = flow.interaction.clone();
    let time = person.auth_time.map_or(flow.now, |at| at.min(flow.now));
    if user.has_second_factor() && !person.second_factor {
        if !app.write(move |db| spent.spend(db)).await? {
            return Ok(flow.go_on(app, interaction, Vec::new()).await?);
        }
        interaction.progress.password = Some((user.id, flow.now));
        carry(&mut interaction, upstream, app);
        interaction.progress.declined =
            flow.signed_in.as_ref().map(|signed_in| signed_in.session.cookie.clone());
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    }
    let amr =
        if person.second_factor { vec![Amr::Upstream, Amr::Mfa] } else { vec![Amr::Upstream] };
    let acr = if person.second_factor { Acr::TwoFactor } else { Acr::OneFactor };
    let new = NewSignIn {
        user_id: user.id,
        authentication: Authentication { time, acr, amr },
        persistent: interaction.progress.persistent,
        only_for: None,
        upstream: Some(upstream),
    };
    let done = session::sign_in(app, &flow.browser, new, move |db| spent.spend(db)).await?;
    let Some((session, cookies)) = done else {
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    };
    interaction.signed_in(session);
    Ok(flow.go_on(app, interaction, cookies).await?)
}

/// Takes the session there along to the page for a second factor; without its ID token, where the address gets too long.
fn carry(interaction: &mut Interaction, upstream: UpstreamSession, app: &App) {
    let without = UpstreamSession { sealed_id_token: None, ..upstream.clone() };
    interaction.progress.upstream = Some(upstream);
    if session::seal(app, interaction).len() > LONGEST_CARRIED {
        interaction.progress.upstream = Some(without);
    }
}

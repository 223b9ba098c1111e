//! People whose passwords are kept elsewhere: asking the deployment's own providers.

use super::newcomer::{self, Account, Adoption, Newcomer, Profile};
use crate::http::{App, Checked, Known, Typed};
use crate::model::{User, Username};
use crate::store::StoreError;

/// What was found elsewhere.
pub enum Elsewhere {
    /// Nobody there has the name.
    Nobodys,
    /// Somebody has, and that is not their password.
    Wrong,
    /// It is; this is their account.
    Right(Box<User>),
    /// It can't be asked.
    Away,
}

/// Asks each in turn, until one knows the name.
pub async fn check(app: &App, username: &Username, typed: &str) -> Result<Elsewhere, StoreError> {
    for provider in app.extensions().authenticators() {
        match provider.check_password(app, Typed { username, password: typed }).await {
            Ok(Checked::NotTheirs) => {}
            Ok(Checked::Wrong) => return Ok(Elsewhere::Wrong),
            Ok(Checked::Right(known)) => return account(app, provider.name(), *known).await,
            Err(error) => {
                tracing::error!(provider = provider.name(), %error, "a provider can't be asked");
                return Ok(Elsewhere::Away);
            }
        }
    }
    Ok(Elsewhere::Nobodys)
}

async fn account(app: &App, provider: &str, known: Known) -> Result<Elsewhere, StoreError> {
    let adoption = if known.adopt { Adoption::Whole } else { Adoption::Never };
    let username = known.username.clone();
    let (provider_name, profile) = (provider.to_owned(), Profile::default());
    let newcomer = Newcomer { provider: provider_name, known, adoption, create: true, profile };
    match newcomer::account(app, newcomer).await? {
        Account::Theirs(user) => Ok(Elsewhere::Right(user)),
        Account::Taken | Account::Nobodys => {
            tracing::warn!(
                provider,
                %username,
                "somebody else has this name here: delete or rename that account, or let the provider adopt it"
            );
            Ok(Elsewhere::Wrong)
        }
    }
}

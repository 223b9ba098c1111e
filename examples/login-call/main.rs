//! A login call without a browser, for an app of the HAT's owner: user name and password in, tokens out.
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=own CLIENT_SECRET=… cargo run --example login-call -- ada@example.org
//! ```

mod login;

use std::env;
use std::io::{self, BufRead, Write};

use login::{Login, Next};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let username = env::args().nth(1).ok_or("say who signs in")?;
    let login =
        Login::new(&env::var("ISSUER")?, &env::var("CLIENT_ID")?, &env::var("CLIENT_SECRET")?);
    let tokens = match login.password(&username, &ask("Password")?).await? {
        Next::Done(tokens) => tokens,
        Next::SecondFactor(wanted) => login.second_factor(wanted, &ask("Code")?).await?,
    };
    println!("signed in, for {} seconds", tokens.expires_in);
    ask("Enter renews the tokens")?;
    let tokens = login.renew(tokens).await?;
    ask("Enter signs out")?;
    login.sign_out(&tokens.access_token).await
}

fn ask(what: &str) -> io::Result<String> {
    print!("{what}: ");
    io::stdout().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

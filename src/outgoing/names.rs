//! Names of hosts, resolved once for each connection, which goes to the addresses that were looked at.

use std::net::SocketAddr;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::may_reach;

/// Who knows the addresses of names.
#[derive(Clone)]
pub(super) enum Names {
    /// The system.
    OfTheSystem,
    /// A table of one's own: each look-up takes the next answer, and the last one stays.
    #[cfg(test)]
    OneAfterAnother(Arc<std::sync::Mutex<Vec<Vec<SocketAddr>>>>),
}

impl Names {
    async fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Self::OfTheSystem => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            #[cfg(test)]
            Self::OneAfterAnother(answers) => {
                let mut answers = answers.lock().map_err(|_| std::io::ErrorKind::Other)?;
                let more = answers.len() > 1;
                Ok(if more {
                    answers.remove(0)
                } else {
                    answers.first().cloned().unwrap_or_default()
                })
            }
        }
    }
}

/// Hands on addresses that may be reached: the connection goes to these, and nowhere else.
pub(super) struct Resolver {
    pub(super) allowed: Arc<[IpNet]>,
    pub(super) plain: bool,
    pub(super) names: Names,
}

/// A name that leads to an address that is barred.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is barred")]
pub(super) struct Barred;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, plain, names) = (self.allowed.clone(), self.plain, self.names.clone());
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            // One bad address among good ones is a mistake or an attack
            if found.iter().any(|address| !may_reach(address.ip(), &allowed, plain)) {
                return Err(Barred.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

//! An LDAP directory keeps the passwords: people are looked up by their e-mail address, and signed in by binding as them
//! (RFC 4511 section 4.2, RFC 4513 section 5.1).

use std::time::Duration;

use hatcheck::http::{Answering, App, Authenticator, Checked, Known, Typed, Unrecognised};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, ldap_escape};

/// How long the directory may take to be reached, and then for each answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// `invalidCredentials` (RFC 4511 appendix A).
const INVALID_CREDENTIALS: u32 = 49;
/// What is read of a person. An `entryUUID` is never given twice (RFC 4530).
const ATTRIBUTES: [&str; 3] = ["entryUUID", "mail", "cn"];

/// A directory.
pub struct Directory {
    /// Where it is, such as `ldaps://ldap.hat.example`.
    pub url: String,
    /// Below which entry people are, such as `ou=people,dc=hat,dc=example`.
    pub base: String,
    /// As whom people are looked up.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: String,
    /// The domain whose addresses it alone gives out: accounts of such a name that are here already become its people's.
    pub domain: Option<String>,
}

impl Directory {
    async fn connect(&self) -> Result<Ldap, LdapError> {
        let settings = LdapConnSettings::new().set_conn_timeout(PATIENCE);
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url).await?;
        ldap3::drive!(connection);
        ldap.with_timeout(PATIENCE)
            .simple_bind(&self.bind_dn, &self.bind_password)
            .await?
            .success()?;
        Ok(ldap)
    }

    /// The one entry with this address.
    async fn find(&self, ldap: &mut Ldap, address: &str) -> Result<Option<SearchEntry>, LdapError> {
        let filter = format!("(&(objectClass=inetOrgPerson)(mail={}))", ldap_escape(address));
        let search = ldap.with_timeout(PATIENCE);
        let found = search.search(&self.base, Scope::Subtree, &filter, ATTRIBUTES).await?;
        let mut entries = found.success()?.0.into_iter();
        let first = entries.next().filter(|_| entries.next().is_none());
        Ok(first.map(SearchEntry::construct))
    }

    async fn check(&self, typed: Typed<'_>) -> Result<Checked, LdapError> {
        let mut ldap = self.connect().await?;
        let Some(entry) = self.find(&mut ldap, typed.username.as_str()).await? else {
            return Ok(Checked::NotTheirs);
        };
        // An empty one would be no authentication at all (RFC 4513 section 5.1.2); none comes here, and none goes out
        if typed.password.is_empty() {
            return Ok(Checked::Wrong);
        }
        let bound = ldap.with_timeout(PATIENCE).simple_bind(&entry.dn, typed.password).await?;
        if bound.rc == INVALID_CREDENTIALS {
            return Ok(Checked::Wrong);
        }
        bound.success()?;
        Ok(self
            .known(&entry, typed)
            .map_or(Checked::NotTheirs, |known| Checked::Right(known.into())))
    }

    fn known(&self, entry: &SearchEntry, typed: Typed<'_>) -> Option<Known> {
        let of = |name: &str| entry.attrs.get(name)?.first().cloned();
        let domain = typed.username.as_str().split_once('@').map(|(_, domain)| domain);
        Some(Known {
            subject: of("entryUUID")?,
            username: typed.username.clone(),
            email: of("mail")?,
            email_verified: true,
            name: of("cn")?,
            adopt: self.domain.is_some() && self.domain.as_deref() == domain,
        })
    }
}

impl Authenticator for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn check_password<'a>(&'a self, _: &'a App, typed: Typed<'a>) -> Answering<'a, Checked> {
        Box::pin(async move {
            self.check(typed).await.map_err(|error| {
                tracing::error!(%error, "the directory can't be asked");
                Unrecognised::Unavailable
            })
        })
    }
}

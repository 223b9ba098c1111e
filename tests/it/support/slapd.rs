//! A real `OpenLDAP`, with a few people in it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::process::{free_address, soon};

/// Below which entry its people are.
pub const BASE: &str = "ou=people,dc=hat,dc=example";
/// As whom they are looked up.
pub const BIND_DN: &str = "cn=hatcheck,dc=hat,dc=example";
/// Its password.
pub const BIND_PASSWORD: &str = "looks people up";

/// A running directory, which goes with this.
pub struct Slapd {
    pub url: String,
    server: Child,
    folder: TempDir,
}

impl Slapd {
    /// Starts one with these people, each by address, name and password.
    pub async fn start(people: &[(&str, &str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let address = free_address();
        let url = format!("ldap://{address}");
        let server = prepare(folder.path(), people).args(["-h", &url]).spawn().unwrap();
        let slapd = Self { url, server, folder };
        slapd.listens(&address).await;
        slapd
    }

    /// Stops it; [`Slapd::again`] starts it with what it knew.
    pub fn stop(&mut self) {
        let _ = self.server.kill();
        self.server.wait().unwrap();
    }

    /// Starts it again.
    pub async fn again(&mut self) {
        self.server = program(self.folder.path()).args(["-h", &self.url]).spawn().unwrap();
        self.listens(self.url.strip_prefix("ldap://").unwrap()).await;
    }

    async fn listens(&self, address: &str) {
        soon("the directory listens", async || std::net::TcpStream::connect(address).is_ok()).await;
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Writes settings and people, and gives the command that serves them.
fn prepare(folder: &Path, people: &[(&str, &str, &str)]) -> Command {
    let path = folder.display();
    fs::create_dir(folder.join("db")).unwrap();
    let settings = format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         pidfile {path}/pid\ndatabase mdb\nsuffix \"dc=hat,dc=example\"\ndirectory {path}/db\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to * by dn.exact=\"{BIND_DN}\" read by * none\n"
    );
    fs::write(folder.join("slapd.conf"), settings).unwrap();
    let mut entries = format!(
        "dn: dc=hat,dc=example\nobjectClass: domain\ndc: hat\n\n\
         dn: {BIND_DN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: hatcheck\n\
         userPassword: {BIND_PASSWORD}\n\ndn: {BASE}\nobjectClass: organizationalUnit\nou: people\n\n"
    );
    for (n, (mail, name, password)) in people.iter().enumerate() {
        let _ = write!(
            entries,
            "dn: uid=u{n},{BASE}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: {name}\nsn: {name}\n\
             mail: {mail}\nuserPassword: {password}\n\n"
        );
    }
    fs::write(folder.join("people.ldif"), entries).unwrap();
    let added = Command::new("/usr/sbin/slapadd")
        .args(["-f", &format!("{path}/slapd.conf"), "-l", &format!("{path}/people.ldif")])
        .output()
        .expect("slapd is installed: run the tests with ./check, which installs it");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    program(folder)
}

fn program(folder: &Path) -> Command {
    let mut slapd = Command::new("/usr/sbin/slapd");
    slapd.args(["-d", "0", "-f"]).arg(folder.join("slapd.conf"));
    slapd.stdout(Stdio::null()).stderr(Stdio::null());
    slapd
}

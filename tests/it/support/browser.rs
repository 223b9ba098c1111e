//! A browser without a screen: cookies, redirects and forms, over real HTTP.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use url::{Url, form_urlencoded};

use super::html::{self, Form};

/// One browser, with its cookies.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    pub origin: String,
    base: String,
    pub cookies: BTreeMap<String, String>,
    pub set_cookies: Vec<String>,
    pub headers: Vec<(String, String)>,
}

/// What a request led to.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

/// Where following redirects ended.
#[derive(Clone, Debug)]
pub enum Landing {
    /// At a page of ours.
    Page(Page),
    /// At another site, which is not fetched.
    Away(Url),
}

impl Browser {
    /// A fresh browser for this issuer.
    pub fn new(http: reqwest::Client, issuer: &str) -> Self {
        let origin = Url::parse(issuer).unwrap().origin().ascii_serialization();
        Self {
            http,
            origin,
            base: issuer.to_owned(),
            cookies: BTreeMap::new(),
            set_cookies: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The same browser with the issuer's name leading to another node, as a load balancer would have it.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Sends what it sends from now on to another node.
    pub fn go_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// Where a URL is fetched: the issuer's at the node.
    fn target(&self, url: &Url) -> Url {
        if url.origin().ascii_serialization() != self.origin {
            return url.clone();
        }
        let mut target = Url::parse(&self.base).unwrap();
        target.set_path(url.path());
        target.set_query(url.query());
        target
    }

    /// One request, no redirects.
    pub async fn send(
        &mut self,
        method: Method,
        url: &Url,
        fields: Option<&[(String, String)]>,
    ) -> Page {
        let mut request =
            self.http.request(method.clone(), self.target(url)).header("accept", "text/html");
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let says = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        if method == Method::POST && !says("origin") {
            request = request.header(ORIGIN, &self.origin);
        }
        if method == Method::POST && !says("origin") && !says("sec-fetch-site") {
            request = request.header("sec-fetch-site", "same-origin");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(fields) = fields {
            let body =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            request =
                request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.expect("the server answers");
        let headers = response.headers().clone();
        for line in headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let status = response.status().as_u16();
        Page { url: url.clone(), status, headers, body: response.text().await.unwrap() }
    }

    /// Opens a URL and follows redirects as long as they stay at the issuer.
    pub async fn open(&mut self, url: &str) -> Landing {
        let url = Url::parse(url).unwrap();
        let page = self.send(Method::GET, &url, None).await;
        self.follow(page).await
    }

    /// Where a URL redirects to, at a server that may be gone.
    pub async fn try_open(&mut self, url: &str) -> Option<Url> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = self.http.get(url).header(COOKIE, cookies.join("; ")).send().await.ok()?;
        Url::parse(answer.headers().get(LOCATION)?.to_str().ok()?).ok()
    }

    /// Follows the redirects that start with this answer.
    pub async fn follow(&mut self, mut page: Page) -> Landing {
        for _ in 0..15 {
            let Some(location) = page.location() else { return Landing::Page(page) };
            if location.origin().ascii_serialization() != self.origin {
                return Landing::Away(location);
            }
            page = self.send(Method::GET, &location, None).await;
        }
        panic!("fifteen redirects, the last to {}", page.url);
    }

    /// Fills in a page's form (the first with all these fields) and presses its first button, or the one with this value.
    pub async fn submit(
        &mut self,
        page: &Page,
        fill: &[(&str, &str)],
        button: Option<&str>,
    ) -> Landing {
        let answer = self.press(page, fill, button).await;
        self.follow(answer).await
    }

    /// [`Browser::submit`] without following redirects.
    pub async fn press(
        &mut self,
        page: &Page,
        fill: &[(&str, &str)],
        button: Option<&str>,
    ) -> Page {
        let (url, fields) = page.filled(fill, button);
        self.send(Method::POST, &url, Some(&fields)).await
    }

    /// The value of our cookie whose name ends so.
    pub fn cookie(&self, suffix: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(name, _)| name.ends_with(suffix))
            .map(|(_, value)| value.as_str())
    }

    fn keep(&mut self, line: &str) {
        self.set_cookies.push(line.to_owned());
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let gone = value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0");
        if gone {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    /// Where this answer redirects to.
    pub fn location(&self) -> Option<Url> {
        let redirects = StatusCode::from_u16(self.status).unwrap().is_redirection();
        let location = self.headers.get(LOCATION).filter(|_| redirects)?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }

    /// The words of the page.
    pub fn text(&self) -> String {
        html::text(&self.body)
    }

    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.body)
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The JSON of the body.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    /// What submitting the form would send, and where.
    pub fn filled(
        &self,
        fill: &[(&str, &str)],
        button: Option<&str>,
    ) -> (Url, Vec<(String, String)>) {
        let has = |form: &Form, name: &str| {
            form.fields.iter().any(|(known, _)| known == name)
                || self.body.contains(&format!("name=\"{name}\""))
        };
        let offers = |form: &Form| {
            button.is_none_or(|value| {
                form.buttons.iter().any(|b| b.value == value || b.label.contains(value))
            })
        };
        let visible = |form: &Form, name: &str| {
            form.fields.iter().any(|(known, _)| known == name) || name == "persistent"
        };
        let forms = self.forms();
        let form = forms
            .iter()
            .find(|form| {
                offers(form) && fill.iter().all(|(name, _)| visible(form, name) && has(form, name))
            })
            .unwrap_or_else(|| {
                panic!(
                    "no form for {fill:?} {button:?} at {}: {} {}",
                    self.url,
                    self.status,
                    self.text()
                )
            });
        let mut fields = form.fields.clone();
        for (name, value) in fill {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, field)) => (*value).clone_into(field),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        let pressed = match button {
            Some(value) => {
                form.buttons.iter().find(|b| b.value == value || b.label.contains(value))
            }
            None => form.buttons.first(),
        };
        let mut action = form.action.clone();
        if let Some(pressed) = pressed {
            action = pressed.formaction.clone().or(action);
            if !pressed.name.is_empty() {
                fields.push((pressed.name.clone(), pressed.value.clone()));
            }
        }
        let target = action
            .filter(|action| !action.is_empty())
            .map_or(self.url.clone(), |action| self.url.join(&action).unwrap());
        (target, fields)
    }
}

impl Landing {
    /// The page, or a failure that says where it went instead.
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Away(url) => panic!("expected a page, went to {url}"),
        }
    }

    /// The address at the other site, or a failure that shows the page.
    pub fn away(self) -> Url {
        match self {
            Self::Away(url) => url,
            Self::Page(page) => {
                panic!("expected to leave, is at {} ({}): {}", page.url, page.status, page.text())
            }
        }
    }
}

/// A parameter of a redirect back to an app.
pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

//! The page that carries a response to the app in a form: OAuth 2.0 Form Post Response Mode section 2.

use actix_web::HttpResponse;
use askama::Template;

use super::answer::Member;
use crate::http::{Frame, Policy, html_under};
use crate::model::RedirectUri;

/// Sends the form off at once. It stands at the end of the page, so the form is there already; the policy allows this
/// very text and no other script.
const SCRIPT: &str = "document.forms[0].submit();";

/// The page. It sends itself by its script, and without scripts by its button. `framed`: the app that it goes to may
/// hold it in a frame, as it may every answer to `prompt=none`.
pub fn page(to: &RedirectUri, members: Vec<Member>, frame: Frame, framed: bool) -> HttpResponse {
    let app = to.csp_source();
    let page = Page { action: to.to_string(), app: app.clone(), members, script: SCRIPT, frame };
    let policy = Policy {
        form_targets: std::slice::from_ref(&app),
        own_forms: false,
        script: Some(SCRIPT),
        frames: &[],
        framed_by: framed.then_some(app.as_str()),
    };
    html_under(&policy, &page)
}

#[derive(Template)]
#[template(path = "oidc/form_post.html")]
struct Page {
    frame: Frame,
    action: String,
    app: String,
    members: Vec<Member>,
    script: &'static str,
}

#[cfg(test)]
mod tests {
    use super::SCRIPT;

    #[test]
    fn xss_03_the_script_ends_nowhere_but_at_its_end() {
        assert!(!SCRIPT.contains(['<', '&', '\n']));
    }
}

//! `prompt`: OpenID Connect Core section 3.1.2.1.

use crate::http::Params;
use crate::model::Prompt;
use crate::oidc::authorize::Refusal;
use crate::oidc::authorize::untrusted::cut;

/// The prompts, each once.
pub fn judge(params: &Params) -> Result<Vec<Prompt>, Refusal> {
    let mut prompts = Vec::new();
    for word in params.optional("prompt").unwrap_or_default().split(' ') {
        if word.is_empty() {
            continue;
        }
        let prompt = Prompt::parse(word).ok_or_else(|| Refusal::Prompt(cut(word)))?;
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(Refusal::PromptNoneWithOthers);
    }
    Ok(prompts)
}

//! The words on pages: Fluent messages, one file for each language under `locales/`.

/// The texts of the language chosen for one request.
#[derive(Clone)]
pub struct Texts;

impl Texts {
    /// Chooses a language: `ui_locales` first, then the browser's, then English.
    pub fn choose(_ui_locales: Option<&str>, _accept_language: &str) -> Self {
        todo!()
    }

    /// A message.
    pub fn get(&self, _id: &str) -> String {
        todo!()
    }

    /// A message with arguments.
    pub fn with(&self, _id: &str, _arguments: &[(&str, &str)]) -> String {
        todo!()
    }

    /// The language's tag, for the `lang` attribute.
    pub fn tag(&self) -> &'static str {
        todo!()
    }
}

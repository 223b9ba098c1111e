//! Just enough HTML to fill in forms as a person would.

use html5gum::{Token, Tokenizer};

/// A form of a page.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub action: Option<String>,
    pub fields: Vec<(String, String)>,
    pub buttons: Vec<Button>,
}

/// A submit button.
#[derive(Clone, Debug, Default)]
pub struct Button {
    pub name: String,
    pub value: String,
    pub formaction: Option<String>,
    pub label: String,
}

/// Every form of a page. Unchecked boxes are left out, as browsers leave them out.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut open: Option<Form> = None;
    let mut in_button = false;
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let attribute = |name: &str| {
                    tag.attributes
                        .get(name.as_bytes())
                        .map(|value| String::from_utf8_lossy(value).into_owned())
                };
                match tag.name.as_slice() {
                    b"form" => open = Some(Form { action: attribute("action"), ..Form::default() }),
                    b"button" => {
                        if let Some(form) = &mut open {
                            in_button = true;
                            form.buttons.push(Button {
                                name: attribute("name").unwrap_or_default(),
                                value: attribute("value").unwrap_or_default(),
                                formaction: attribute("formaction"),
                                label: String::new(),
                            });
                        }
                    }
                    b"input" => {
                        let skipped = attribute("type")
                            .is_some_and(|kind| kind == "checkbox" || kind == "radio")
                            && attribute("checked").is_none();
                        if let (Some(form), Some(name), false) =
                            (&mut open, attribute("name"), skipped)
                        {
                            form.fields.push((name, attribute("value").unwrap_or_default()));
                        }
                    }
                    _ => {}
                }
            }
            Token::String(text) if in_button => {
                if let Some(button) = open.as_mut().and_then(|form| form.buttons.last_mut()) {
                    button.label.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"form" => forms.extend(open.take()),
                b"button" => in_button = false,
                _ => {}
            },
            _ => {}
        }
    }
    forms
}

/// A start tag of a page.
#[derive(Clone, Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Every start tag of a page.
pub fn tags(html: &str) -> Vec<Tag> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let tag_of = |token| match token {
        Ok(Token::StartTag(tag)) => {
            let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value)));
            Some(Tag { name: text(&tag.name), attributes: attributes.collect() })
        }
        Ok(_) => None,
    };
    Tokenizer::new(html).filter_map(tag_of).collect()
}

/// The text of a page, without tags.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        if let Token::String(part) = token {
            text.push_str(&String::from_utf8_lossy(&part));
            text.push(' ');
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

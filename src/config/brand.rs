//! `[brand]`: how pages look.

use std::path::PathBuf;

use super::reading::Reader;

/// The largest logo, in bytes.
const LARGEST_LOGO: u64 = 256 * 1024;

/// `[brand]`
#[derive(Clone, Debug)]
pub struct Brand {
    /// `brand.name`: "Hatcheck".
    pub name: String,
    /// `brand.logo`: a file that is shown on every page (svg, png, webp or jpeg, at most 256 KiB).
    pub logo: Option<PathBuf>,
    /// `brand.accent`: the colour of buttons and links, like `#1d5c8f`.
    pub accent: Option<String>,
    /// `brand.accent_dark`: the same on dark pages.
    pub accent_dark: Option<String>,
    /// `brand.help_url`: a link under every page.
    pub help_url: Option<String>,
    /// `brand.privacy_url`
    pub privacy_url: Option<String>,
    /// `brand.terms_url`
    pub terms_url: Option<String>,
}

impl Brand {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            name: reader.take_if(
                "brand.name",
                "Hatcheck".to_owned(),
                short,
                "The name on every page.",
            ),
            logo: reader.take_if(
                "brand.logo",
                None,
                logo,
                "A file shown on every page: svg, png, webp or jpeg, at most 256 KiB.",
            ),
            accent: reader.take_if(
                "brand.accent",
                None,
                colour,
                "The colour of buttons and links, like `#1d5c8f`.",
            ),
            accent_dark: reader.take_if(
                "brand.accent_dark",
                None,
                colour,
                "The same on dark pages.",
            ),
            help_url: reader.take_if(
                "brand.help_url",
                None,
                link,
                "A link to help under every page.",
            ),
            privacy_url: reader.take_if(
                "brand.privacy_url",
                None,
                link,
                "A link to the privacy policy.",
            ),
            terms_url: reader.take_if("brand.terms_url", None, link, "A link to the terms of use."),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "the shape of all checks")]
fn short(name: &String) -> Result<(), String> {
    if name.chars().count() > 60 || name.chars().any(char::is_control) {
        return Err("is too long for a page: write at most 60 characters on one line".to_owned());
    }
    Ok(())
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn logo(path: &Option<PathBuf>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
    if !matches!(kind.as_str(), "svg" | "png" | "webp" | "jpg" | "jpeg") {
        return Err(
            "is no picture by its name: name a file that ends with .svg, .png, .webp or .jpeg"
                .to_owned(),
        );
    }
    match std::fs::metadata(path) {
        Ok(found) if found.len() > LARGEST_LOGO => {
            Err("is larger than 256 KiB: make it smaller".to_owned())
        }
        Ok(found) if !found.is_file() => Err("is no file: name a picture".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => {
            Err(format!("can't be read ({}: {error}): name a file that is there", path.display()))
        }
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn colour(text: &Option<String>) -> Result<(), String> {
    let is_colour = |text: &str| {
        text.strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if text.as_deref().is_none_or(is_colour) {
        return Ok(());
    }
    Err("is no colour: write it like \"#1d5c8f\"".to_owned())
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn link(text: &Option<String>) -> Result<(), String> {
    let is_link = |text: &str| {
        url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
    };
    if text.as_deref().is_none_or(is_link) {
        return Ok(());
    }
    Err("is no link: write it like \"https://example.org/help\"".to_owned())
}

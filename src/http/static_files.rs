//! The few files that pages need: the style sheet, the brand's colours, its logo, the script of the frame
//! in apps' pages. Each is served under a name that
//! carries a hash of its content, so that browsers may keep it for ever (RFC 8246).

use std::fmt::Write;
use std::fs;
use std::path::Path;

use actix_web::http::header;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::{App, handler};
use crate::config::{Brand, Settings};
use crate::model::Digest;

/// The largest logo that is served.
const LARGEST_LOGO: u64 = 256 * 1024;

/// How pages look: what templates show of the brand, and the files behind it.
pub struct Look {
    /// The name of the service.
    pub name: String,
    /// The path of the style sheet.
    pub style: String,
    /// The path of the brand's colours, when it has its own.
    pub colours: Option<String>,
    /// The path of the small picture that browsers show in tabs.
    pub icon: String,
    /// The path of the logo; ours when the brand has none.
    pub logo: String,
    /// The path of the script of the frame in apps' pages.
    pub check_session: String,
    /// A link under every page.
    pub help_url: Option<String>,
    /// A link under every page.
    pub privacy_url: Option<String>,
    /// A link under every page.
    pub terms_url: Option<String>,
    /// The issuer's path, before every path of ours: empty for most.
    pub base: String,
    files: Vec<File>,
}

struct File {
    path: String,
    media_type: &'static str,
    body: Bytes,
}

impl Look {
    /// Reads what the brand names, once.
    pub fn of(settings: &Settings) -> Self {
        let base = settings.issuer.path().to_owned();
        let brand = &settings.brand;
        let mut files = Vec::new();
        let mut add = |name: &str, extension: &str, media_type, body: Bytes| {
            let hash: String = Digest::of(&body).as_str().chars().take(16).collect();
            let path = format!("/static/{name}-{hash}.{extension}");
            let url = format!("{base}{path}");
            files.push(File { path, media_type, body });
            url
        };
        let sheet = Bytes::from_static(include_bytes!("../../static/style.css"));
        let style = add("style", "css", "text/css; charset=utf-8", sheet);
        let colours = colours(brand)
            .map(|sheet| add("brand", "css", "text/css; charset=utf-8", sheet.into()));
        let logo =
            brand.logo.as_deref().and_then(read_logo).map(|(extension, media_type, body)| {
                add("logo", extension, media_type, body.into())
            });
        let icon = Bytes::from_static(include_bytes!("../../static/icon.svg"));
        let icon = add("icon", "svg", "image/svg+xml", icon);
        let script = Bytes::from_static(include_bytes!("../../static/check-session.js"));
        let check_session = add("check-session", "js", "text/javascript; charset=utf-8", script);
        Self {
            name: brand.name.clone(),
            style,
            colours,
            logo: logo.unwrap_or_else(|| icon.clone()),
            icon,
            check_session,
            help_url: brand.help_url.clone(),
            privacy_url: brand.privacy_url.clone(),
            terms_url: brand.terms_url.clone(),
            base,
            files,
        }
    }

    /// Whether there is a link to show under pages.
    pub fn has_links(&self) -> bool {
        self.help_url.is_some() || self.privacy_url.is_some() || self.terms_url.is_some()
    }
}

/// The routes of the files.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/static/{name}", web::get().to(handler(serve)));
}

async fn serve(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let name = request.match_info().get("name").unwrap_or_default();
    let wanted = format!("/static/{name}");
    let Some(file) = app.look().files.iter().find(|file| file.path == wanted) else {
        return HttpResponse::NotFound()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("There is no such file.\n");
    };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
        // A logo may be an SVG: opened by itself it must not run anything
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ))
        .insert_header((header::CONTENT_TYPE, file.media_type))
        .body(file.body.clone())
}

/// The brand's colours as a style sheet; a colour is `#` and hexadecimal digits, whatever the settings hold.
fn colours(brand: &Brand) -> Option<String> {
    let light = brand.accent.as_deref().and_then(Colour::parse);
    let dark = brand.accent_dark.as_deref().and_then(Colour::parse);
    let mut sheet = String::new();
    if let Some(colour) = light {
        let _ = write!(sheet, ":root{{{}}}", colour.rules(Ground::LIGHT));
    }
    if let Some(colour) = dark.or(light) {
        let rules = colour.rules(Ground::DARK);
        let _ = write!(sheet, "@media (prefers-color-scheme:dark){{:root{{{rules}}}}}");
    }
    (!sheet.is_empty()).then_some(sheet)
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Colour(u8, u8, u8);

/// The ground that links stand on, and which way a colour moves to stand out from it.
#[derive(Clone, Copy)]
struct Ground {
    colour: Colour,
    towards: Colour,
}

impl Ground {
    const LIGHT: Self = Self { colour: Colour(0xff, 0xff, 0xff), towards: Colour(0, 0, 0) };
    const DARK: Self = Self { colour: Colour(0x1b, 0x20, 0x28), towards: Colour(0xff, 0xff, 0xff) };
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = match digits.len() {
            6 => number.to_be_bytes(),
            3 => {
                let nibble = |shift: u32| (number >> shift & 0xf) * 0x11;
                (nibble(8) << 16 | nibble(4) << 8 | nibble(0)).to_be_bytes()
            }
            _ => return None,
        };
        Some(Self(red, green, blue))
    }

    /// The rules for this colour, moved as far as WCAG 2.2's contrast of 4.5 to 1 for text wants.
    fn rules(self, ground: Ground) -> String {
        let link = (0..=20)
            .map(|step| self.mixed(ground.towards, step))
            .find(|colour| colour.contrast(ground.colour) >= 4.5)
            .unwrap_or(ground.towards);
        let (white, black) = (Colour(0xff, 0xff, 0xff), Colour(0x10, 0x14, 0x1a));
        let on = if self.contrast(white) >= 4.5 || self.contrast(white) > self.contrast(black) {
            white
        } else {
            black
        };
        let solid = (0..=20)
            .map(|step| self.mixed(if on == white { black } else { white }, step))
            .find(|colour| colour.contrast(on) >= 4.5)
            .unwrap_or(self);
        format!("--accent:{};--on-accent:{};--link:{}", solid.hex(), on.hex(), link.hex())
    }

    fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// `step` twentieths of the way to another colour.
    fn mixed(self, other: Self, step: u16) -> Self {
        let mix = |from: u8, to: u8| {
            let sum = u16::from(from) * (20 - step) + u16::from(to) * step;
            u8::try_from(sum / 20).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// WCAG 2.2's contrast ratio.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

/// A logo, told by its first bytes; without one that can be shown, pages show the name alone.
fn read_logo(path: &Path) -> Option<(&'static str, &'static str, Vec<u8>)> {
    let body = match fs::metadata(path) {
        Ok(facts) if facts.len() > LARGEST_LOGO => {
            tracing::warn!("brand.logo is larger than 256 KiB: pages do without it");
            return None;
        }
        Ok(_) => fs::read(path),
        Err(error) => Err(error),
    };
    let body = body
        .inspect_err(
            |error| tracing::warn!(%error, "brand.logo can't be read: pages do without it"),
        )
        .ok()?;
    let Some((extension, media_type)) = kind_of(&body) else {
        tracing::warn!("brand.logo is no svg, png, webp or jpeg: pages do without it");
        return None;
    };
    Some((extension, media_type, body))
}

fn kind_of(body: &[u8]) -> Option<(&'static str, &'static str)> {
    let starts = |magic: &[u8]| body.starts_with(magic);
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Some(("png", "image/png"));
    }
    if starts(b"\xff\xd8\xff") {
        return Some(("jpg", "image/jpeg"));
    }
    if starts(b"RIFF") && body.get(8..12) == Some(b"WEBP") {
        return Some(("webp", "image/webp"));
    }
    let text = std::str::from_utf8(body).ok()?;
    text.contains("<svg").then_some(("svg", "image/svg+xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_colour_is_made_readable_on_both_grounds() {
        for text in ["#1d5c8f", "#ffee00", "#000", "#fff", "#7f7f7f", "#e91e63"] {
            let colour = Colour::parse(text).unwrap();
            for ground in [Ground::LIGHT, Ground::DARK] {
                let rules = colour.rules(ground);
                let of = |name: &str| {
                    let value = rules.split(name).nth(1).unwrap();
                    Colour::parse(value.get(1..8).unwrap()).unwrap()
                };
                assert!(of("--link").contrast(ground.colour) >= 4.5, "{text}: {rules}");
                assert!(of("--accent").contrast(of("--on-accent")) >= 4.5, "{text}: {rules}");
            }
        }
    }

    #[test]
    fn only_colours_get_into_the_style_sheet() {
        for bad in ["red", "#12", "#12345g", "#1234567", "#fff;}body{display:none", "#+12", ""] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
        assert_eq!(Colour::parse("#1aF"), Some(Colour(0x11, 0xaa, 0xff)));
    }

    #[test]
    fn logos_are_told_by_their_content() {
        assert_eq!(kind_of(b"<?xml version='1.0'?><svg/>"), Some(("svg", "image/svg+xml")));
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\nx"), Some(("png", "image/png")));
        assert_eq!(kind_of(b"RIFF0000WEBPx"), Some(("webp", "image/webp")));
        assert_eq!(kind_of(b"<html>"), None);
        assert_eq!(kind_of(b"\xff\xfe"), None);
    }
}

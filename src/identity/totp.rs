//! Authenticator apps: RFC 6238 with SHA-1, six digits and 30 seconds, which every app knows.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Totp};
use unicode_normalization::UnicodeNormalization;

use crate::model::{Secret, Timestamp};

const STEP: u64 = 30;
/// The shortest secret that RFC 4226 section 4 allows, and the longest that apps take.
const SIZES: std::ops::RangeInclusive<usize> = 16..=64;
/// The quiet zone around a QR code (ISO/IEC 18004 section 5.3.8).
const QUIET: usize = 4;

/// A shared secret, 16 to 64 bytes.
#[derive(Clone, Debug)]
pub struct TotpSecret(Secret<Vec<u8>>);

impl TotpSecret {
    /// A new secret of 20 random bytes (RFC 4226 section 4).
    pub fn new(random: [u8; 20]) -> Self {
        Self(Secret::new(random.to_vec()))
    }

    /// A secret in base32, as people type it: blanks, dashes and case do not matter.
    pub fn from_base32(text: &str) -> Option<Self> {
        let plain: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
            .map(|c| c.to_ascii_uppercase())
            .take(200)
            .collect();
        let secret = totp_rs::Secret::try_from_base32(plain).ok()?;
        let bytes = secret.as_bytes();
        SIZES.contains(&bytes.len()).then(|| Self(Secret::new(bytes.to_vec())))
    }

    /// In base32, for people to type and to seal.
    pub fn to_base32(&self) -> String {
        self.totp("", "").secret().to_base32()
    }

    /// The `otpauth://` URL that authenticator apps read.
    pub fn url(&self, issuer_name: &str, account: &str) -> String {
        // A colon parts issuer and account in the label, and an empty account makes no URL
        let plain = |text: &str| text.replace(':', " ").trim().to_owned();
        let account = Some(plain(account)).filter(|text| !text.is_empty());
        let account = account.unwrap_or_else(|| "account".to_owned());
        self.totp(&plain(issuer_name), &account).to_url().unwrap_or_default()
    }

    /// The step whose code this is: the present one or one beside it, and after `last_step`.
    pub fn step_of(&self, code: &str, now: Timestamp, last_step: Option<i64>) -> Option<i64> {
        let typed = digits(code)?;
        let totp = self.totp("", "");
        let present = u64::try_from(now.seconds()).ok()? / STEP;
        // All three are always computed, and each is compared in constant time by the library
        let fitting = |step: u64| totp.check(&typed, step.saturating_mul(STEP)).is_some();
        let steps = [present.saturating_sub(1), present, present.saturating_add(1)];
        let found = steps.map(|step| fitting(step).then(|| i64::try_from(step).ok()).flatten());
        found.into_iter().flatten().find(|step| last_step.is_none_or(|last| *step > last))
    }

    /// The code of a moment, as the app shows it: for the demo's people, who may have no app.
    pub fn code_at(&self, now: Timestamp) -> String {
        self.totp("", "").generate(u64::try_from(now.seconds()).unwrap_or(0)).to_string()
    }

    fn totp(&self, issuer: &str, account: &str) -> Totp {
        let bytes = self.0.expose().clone().into_boxed_slice();
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP)
            .with_skew(0)
            .with_secret(totp_rs::Secret::new(bytes))
            .with_issuer(Some(issuer).filter(|text| !text.is_empty()))
            .with_account_name(account)
            .build_noncompliant()
    }
}

/// A code as the library wants it, from one as apps show it (`123 456`) and phones type it.
fn digits(code: &str) -> Option<String> {
    if code.len() > 64 {
        return None;
    }
    let plain: String = code.nfkc().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit())).then_some(plain)
}

/// The QR code of a URL as an SVG element without inline style.
///
/// Dark on white in any colour scheme, since scanners want it so. It is hidden from screen readers: the page says
/// beside it what it is, and gives the secret as text.
pub fn qr_svg(url: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(url, EcLevel::L) else {
        return String::new();
    };
    let width = code.width();
    let size = width + 2 * QUIET;
    let path = path(&code.to_colors(), width);
    format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" width=\"{side}\" \
         height=\"{side}\" role=\"img\" aria-hidden=\"true\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path stroke=\"#000\" d=\"{path}\"/></svg>",
        side = size * 5
    )
}

/// Every run of dark modules as a stroke of one module's height, each from where the last one ended.
fn path(modules: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in modules.chunks(width.max(1)).enumerate() {
        let (mut pen, mut x) = (None, 0);
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a String can't fail
                let _ = match pen {
                    None => write!(path, "M{} {}.5h{}", x + QUIET, y + QUIET, run.len()),
                    Some(pen) => write!(path, "m{} 0h{}", x - pen, run.len()),
                };
                pen = Some(x + run.len());
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn secret() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    fn code(step: i64) -> String {
        secret().totp("", "").generate(u64::try_from(step).unwrap() * STEP).to_string()
    }

    #[test]
    fn rfc_6238_appendix_b() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().step_of(code, at(seconds), None), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn otp_02_one_step_each_way_and_never_an_older_one() {
        let (present, now) = (41_152_263, at(1_234_567_890));
        for (offset, last, expected) in [
            (-2, None, false),
            (-1, None, true),
            (0, None, true),
            (1, None, true),
            (2, None, false),
            (-1, Some(-1), false),
            (-1, Some(0), false),
            (0, Some(-1), true),
            (0, Some(0), false),
            (1, Some(0), true),
            (1, Some(1), false),
            (0, Some(1), false),
        ] {
            let last = last.map(|last: i64| present + last);
            let found = secret().step_of(&code(present + offset), now, last);
            assert_eq!(found, expected.then_some(present + offset), "{offset} after {last:?}");
        }
    }

    #[test]
    fn codes_are_taken_as_apps_show_them_and_nothing_else() {
        let now = at(59);
        for good in ["287082", " 287 082 ", "287-082", "２８７０８２", "287\u{a0}082"] {
            assert_eq!(secret().step_of(good, now, None), Some(1), "{good}");
        }
        for bad in ["", "28708", "2870820", "+28708", "28708x", "٢٨٧٠٨٢", &"2".repeat(1_000)]
        {
            assert_eq!(secret().step_of(bad, now, None), None, "{bad}");
        }
        assert_eq!(secret().step_of("287082", at(-5), None), None);
        assert_eq!(secret().step_of("287082", at(i64::MAX), None), None);
    }

    #[test]
    fn rfc_4648_6_secrets_are_taken_as_people_type_them() {
        let base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(secret().to_base32(), base32);
        for good in [
            base32,
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ==",
        ] {
            assert_eq!(TotpSecret::from_base32(good).unwrap().to_base32(), base32);
        }
        for bad in ["", "GEZDGNBV", "not base32!", &"A".repeat(400)] {
            assert!(TotpSecret::from_base32(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_url_names_issuer_and_account() {
        assert_eq!(
            secret().url("Hat: check", "ada+x@example.org"),
            "otpauth://totp/Hat%20%20check:ada%2Bx%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hat%20%20check"
        );
        assert!(secret().url("", "").starts_with("otpauth://totp/account?secret="));
    }

    #[test]
    fn the_qr_code_is_small_scans_in_the_dark_and_has_no_style() {
        let svg = qr_svg(&secret().url("Hatcheck", "ada.lovelace@example.org"));
        assert!(svg.len() < 8_000, "{} bytes", svg.len());
        assert!(!svg.contains("style") && !svg.contains('&'), "{svg}");
        assert!(svg.contains("fill=\"#fff\"") && svg.contains("stroke=\"#000\""));
        // The upper finder pattern, outside a quiet zone of four modules
        assert!(svg.contains("d=\"M4 4.5h7"), "{svg}");
        assert_eq!(qr_svg(&"x".repeat(5_000)), "");
    }
}

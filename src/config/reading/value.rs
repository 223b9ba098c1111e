//! The kinds of values that settings have: how each is read, and how it is shown.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::Raw;

/// A kind of value.
pub(in crate::config) trait Value: Sized {
    /// Reads it; relative paths begin at `folder`. The error goes on after the setting's name and says what to write.
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String>;
    /// How it is written, with secrets hidden.
    fn show(&self) -> String;
}

impl Value for String {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        match raw.text("some text")? {
            "" => Err("is empty: write something, or leave the setting out".to_owned()),
            text => Ok(text.to_owned()),
        }
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for bool {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        raw.switch()
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for u32 {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        Self::try_from(raw.number()?)
            .map_err(|_| format!("is too large: the most is {}", Self::MAX))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for usize {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        Self::try_from(raw.number()?)
            .map_err(|_| format!("is too large: the most is {}", Self::MAX))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for PathBuf {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        Ok(folder.join(String::read(raw, folder)?))
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for SocketAddr {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        let text = raw.text("127.0.0.1:8080")?;
        let text = text
            .strip_prefix("localhost:")
            .map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
        text.parse().map_err(|_| {
            "is no IP address with a port: write it like \"127.0.0.1:8080\", \"0.0.0.0:8080\" or \"[::1]:8080\""
                .to_owned()
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Vec<String> {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        raw.list("name")
    }

    fn show(&self) -> String {
        self.join(", ")
    }
}

impl Value for Vec<IpNet> {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        raw.list("10.0.0.0/8")?.iter().map(|text| network(text)).collect()
    }

    fn show(&self) -> String {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// A network, or a single address; never all there is.
fn network(text: &str) -> Result<IpNet, String> {
    let network: IpNet = text
        .parse()
        .or_else(|_| text.parse().map(|ip: std::net::IpAddr| ip.into()))
        .map_err(|_| {
            format!(
                "has {text:?}, which is no network: write it like \"10.0.0.0/8\" or \"fd00::/8\""
            )
        })?;
    if network.prefix_len() == 0 {
        return Err(format!("has {text:?}, which is everybody: name the networks that are yours"));
    }
    Ok(network)
}

impl<T: Value> Value for Option<T> {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        T::read(raw, folder).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(Value::show).unwrap_or_default()
    }
}

const UNITS: [(&str, u64, &[&str]); 4] = [
    (" days", 86_400, &["d", "day", "days"]),
    ("h", 3_600, &["h", "hour", "hours"]),
    ("m", 60, &["m", "min", "minute", "minutes"]),
    ("s", 1, &["s", "sec", "second", "seconds"]),
];

impl Value for Duration {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        const MEND: &str =
            "is no length of time: write it like \"60s\", \"15m\", \"8h\" or \"30 days\"";
        let text = raw.text("8h")?;
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).unwrap_or_default();
        let unit = unit.trim();
        let (_, seconds, _) =
            UNITS.iter().find(|(_, _, names)| names.contains(&unit)).ok_or(MEND)?;
        let number: u64 = number.parse().map_err(|_| MEND)?;
        number.checked_mul(*seconds).map(Self::from_secs).ok_or_else(|| MEND.to_owned())
    }

    fn show(&self) -> String {
        let all = self.as_secs();
        let fits = |unit: u64| all != 0 && all.is_multiple_of(unit);
        match UNITS.iter().find(|(_, unit, _)| fits(*unit)) {
            Some((_, 86_400, _)) if all == 86_400 => "1 day".to_owned(),
            Some((name, unit, _)) => format!("{}{name}", all / unit),
            None => "0s".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_shown_alike() {
        let read = |text: &str| Duration::read(&Raw::Text(text.into()), Path::new(""));
        for (text, seconds, shown) in [
            ("60s", 60, "1m"),
            ("90s", 90, "90s"),
            ("15 minutes", 900, "15m"),
            ("8h", 28_800, "8h"),
            ("30 days", 2_592_000, "30 days"),
            ("1d", 86_400, "1 day"),
            ("0s", 0, "0s"),
        ] {
            let length = read(text).unwrap();
            assert_eq!((length.as_secs(), length.show().as_str()), (seconds, shown));
            assert_eq!(read(shown), Ok(length));
        }
        for text in ["", "8", "h", "8 weeks", "-1s", "1.5h", "99999999999999999999s", "8h 5m", "é"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Duration::read(&Raw::Number(8), Path::new("")).unwrap_err().contains("\"8h\""));
    }

    #[test]
    fn networks_are_never_everybody() {
        let read = |text: &str| Vec::<IpNet>::read(&Raw::Variable(text.into()), Path::new(""));
        assert_eq!(read("10.0.0.0/8, ::1").unwrap().show(), "10.0.0.0/8, ::1/128");
        assert_eq!(read("").unwrap(), []);
        assert!(read("0.0.0.0/0").is_err() && read("proxy").is_err());
    }
}

//! Parameters of a query or a form: each at most once (RFC 6749 section 3.1), within limits.

use url::form_urlencoded;

/// The longest form of any endpoint, in bytes; the server lets most be much shorter.
pub const LONGEST: usize = 512 * 1024;
/// The most parameters in one request.
const MOST: usize = 100;
/// The parameters that may come more than once (RFC 8707 section 2).
const REPEATED: [&str; 1] = ["resource"];

/// What came in, decoded. A parameter without a value counts as left out (RFC 6749 section 3.1).
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// Why parameters can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// Named more than once.
    #[error("the parameter {0} is given more than once (RFC 6749 section 3.1)")]
    Doubled(String),
    /// Required, and not there.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// Not of the form that it must have.
    #[error("the parameter {0} {1}")]
    Malformed(&'static str, &'static str),
    /// More than 100 parameters, or more bytes than any form may have.
    #[error("the request has too many parameters")]
    TooMany,
    /// Percent-encoded bytes that are no UTF-8.
    #[error("the request is no valid UTF-8")]
    Encoding,
}

impl Params {
    /// Decodes `application/x-www-form-urlencoded` text.
    pub fn parse(text: &[u8]) -> Result<Self, ParamError> {
        let (params, doubled) = Self::parse_noting_doubled(text)?;
        doubled.into_iter().next().map_or(Ok(params), |name| Err(ParamError::Doubled(name)))
    }

    /// Decodes like [`Params::parse`], but keeps the first of what came more than once, and names it: for an endpoint
    /// that has to look at other parameters before it knows whom to tell.
    pub fn parse_noting_doubled(text: &[u8]) -> Result<(Self, Vec<String>), ParamError> {
        if text.len() > LONGEST || text.split(|b| *b == b'&').count() > MOST {
            return Err(ParamError::TooMany);
        }
        let pairs: Vec<_> = form_urlencoded::parse(text).into_owned().collect();
        if pairs.iter().any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}'))
        {
            return Err(ParamError::Encoding);
        }
        Self::of_pairs_noting_doubled(pairs)
    }

    /// Parameters that stood elsewhere than in a query or a form.
    pub fn of_pairs_noting_doubled(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<String>), ParamError> {
        let mut params: Vec<(String, String)> = Vec::new();
        let mut doubled = Vec::new();
        for (name, value) in pairs {
            if params.len() == MOST {
                return Err(ParamError::TooMany);
            }
            let again = params.iter().any(|(known, _)| *known == name);
            if again && !REPEATED.contains(&name.as_ref()) {
                doubled.push(name.chars().take(64).collect());
            } else {
                params.push((name, value));
            }
        }
        Ok((Self(params), doubled))
    }

    /// Adds a parameter, unless it is there already.
    pub fn add_if_missing(&mut self, name: &str, value: &str) {
        if self.optional(name).is_none() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// A parameter that may be left out.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may come more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |(known, value): &&(String, String)| known == name && !value.is_empty();
        self.0.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub fn required(&self, name: &'static str) -> Result<&str, ParamError> {
        self.optional(name).ok_or(ParamError::Missing(name))
    }

    /// Every name and value, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6749_3_1_no_parameter_twice_and_empty_is_missing() {
        let params = Params::parse(b"a=1&b=&c=%C3%A9+x").unwrap();
        assert_eq!(
            (params.optional("a"), params.optional("b"), params.optional("c")),
            (Some("1"), None, Some("é x"))
        );
        assert_eq!(params.required("b"), Err(ParamError::Missing("b")));
        let two = Params::parse(b"resource=a&resource=b&resource=").unwrap();
        assert!(two.all("resource").eq(["a", "b"]));
        assert_eq!(Params::parse(b"a=1&a=1").unwrap_err(), ParamError::Doubled("a".into()));
        assert_eq!(Params::parse("a&".repeat(101).as_bytes()).unwrap_err(), ParamError::TooMany);
        assert_eq!(Params::parse(b"a=%ff").unwrap_err(), ParamError::Encoding);
    }
}

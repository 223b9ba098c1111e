//! Conditional requests: RFC 9110 section 13.

use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::Refusal;
use crate::model::Precondition;

/// Entity tags of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// `*`
    Any,
    /// Strong ones; weak ones never match (section 8.8.3.2), and are left out.
    These(Vec<String>),
}

/// The condition of a PUT. One is needed, or the later of two writers would undo what the earlier wrote (RFC 6585
/// section 3).
pub fn of_put(headers: &HeaderMap) -> Result<Precondition, Refusal> {
    match (tags(headers, &header::IF_MATCH)?, tags(headers, &header::IF_NONE_MATCH)?) {
        (Some(Tags::Any), None) => Ok(Precondition::Present),
        (Some(Tags::These(versions)), None) => Ok(Precondition::OneOf(versions)),
        (None, Some(Tags::Any)) => Ok(Precondition::Absent),
        (None, None) => Err(Refusal::Unconditional),
        (_, Some(_)) => Err(Refusal::Condition),
    }
}

/// The versions that a DELETE may delete; none when any.
pub fn of_delete(headers: &HeaderMap) -> Result<Option<Vec<String>>, Refusal> {
    match tags(headers, &header::IF_MATCH)? {
        Some(Tags::These(versions)) => Ok(Some(versions)),
        Some(Tags::Any) | None => Ok(None),
    }
}

/// Whether who asks has this version already: `If-None-Match`, which compares weakly (section 13.1.2).
pub fn has_already(headers: &HeaderMap, version: &str) -> bool {
    let mut values = headers.get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value.split(',').map(str::trim).any(|tag| {
            tag == "*" || unquoted(tag.strip_prefix("W/").unwrap_or(tag)) == Some(version)
        })
    })
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Refusal> {
    let mut found = None;
    for value in headers.get_all(name) {
        for tag in value.to_str().map_err(|_| Refusal::Condition)?.split(',').map(str::trim) {
            let tags = found.get_or_insert_with(|| Tags::These(Vec::new()));
            match (tags, tag) {
                (Tags::These(tags), "*") if tags.is_empty() => found = Some(Tags::Any),
                (Tags::These(_), weak) if weak.starts_with("W/") => {}
                (Tags::These(tags), tag) => {
                    tags.push(unquoted(tag).ok_or(Refusal::Condition)?.to_owned());
                }
                (Tags::Any, _) => return Err(Refusal::Condition),
            }
        }
    }
    Ok(found)
}

/// Our tags hold neither commas nor quotes, so one that does is none of ours.
fn unquoted(tag: &str) -> Option<&str> {
    tag.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn rfc_9110_13_1_what_a_put_asks_for() {
        let (is, not) = (header::IF_MATCH, header::IF_NONE_MATCH);
        let these = |tags: &[&str]| {
            Ok(Precondition::OneOf(tags.iter().copied().map(str::to_owned).collect()))
        };
        for (pairs, expected) in [
            (vec![], Err(Refusal::Unconditional)),
            (vec![(is.clone(), "\"a\"")], these(&["a"])),
            (vec![(is.clone(), "\"a\", \"b\"")], these(&["a", "b"])),
            (vec![(is.clone(), "\"a\""), (is.clone(), "\"b\"")], these(&["a", "b"])),
            (vec![(is.clone(), "W/\"a\"")], these(&[])),
            (vec![(is.clone(), "*")], Ok(Precondition::Present)),
            (vec![(not.clone(), "*")], Ok(Precondition::Absent)),
            (vec![(not.clone(), "\"a\"")], Err(Refusal::Condition)),
            (vec![(is.clone(), "*"), (not, "*")], Err(Refusal::Condition)),
            (vec![(is.clone(), "*, \"a\"")], Err(Refusal::Condition)),
            (vec![(is.clone(), "a")], Err(Refusal::Condition)),
            (vec![(is.clone(), "\"a")], Err(Refusal::Condition)),
            (vec![(is, "")], Err(Refusal::Condition)),
        ] {
            assert_eq!(of_put(&headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn rfc_9110_13_1_2_who_has_it_is_not_sent_it_again() {
        for (value, has) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(
                has_already(&headers(&[(header::IF_NONE_MATCH, value)]), "a"),
                has,
                "{value}"
            );
        }
        assert!(!has_already(&HeaderMap::new(), "a"));
    }
}

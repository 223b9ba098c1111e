//! What nobody declared: a slip of the pen, most likely, so the nearest name is told.

use super::{ConfigError, Place, Raw, Reader, named, variable_of};

/// Notes an error for everything that was given and never taken.
pub(super) fn find(reader: &mut Reader) {
    let known: Vec<&str> = reader.entries.iter().map(|entry| entry.name.as_ref()).collect();
    let mut errors = Vec::new();
    for (name, given) in &reader.given {
        let section = name.split('.').next().unwrap_or_default();
        let empty = named::SECTIONS.contains(&section) && given.raw == Raw::EMPTY;
        if empty || known.contains(&name.as_str()) || is_section(name, &known, reader) {
            continue;
        }
        let near = nearest(name, &known);
        if near.is_none() && is_of_others(&given.place) {
            continue;
        }
        let spell: fn(&str) -> String = match given.place {
            Place::Variable(_) => variable_of,
            Place::File(_) | Place::Line(..) | Place::Default => str::to_owned,
        };
        let shown = match &given.place {
            Place::Variable(variable) => variable.clone(),
            Place::File(_) | Place::Line(..) | Place::Default => name.clone(),
        };
        let sentence = if known.iter().any(|known| known.starts_with(&format!("{name}."))) {
            format!("{name} is a section: write [{name}] and its settings below it")
        } else {
            let mend = near.map_or_else(
                || "remove it; `hatcheck config show` lists all there are".to_owned(),
                |near| format!("write {}", spell(near)),
            );
            format!("there is no setting {shown}: {mend}")
        };
        errors.push(ConfigError { place: given.place.clone(), sentence });
    }
    reader.errors.append(&mut errors);
}

/// A variable without a section that resembles none of ours: scripts that start us use such names for themselves.
fn is_of_others(place: &Place) -> bool {
    matches!(place, Place::Variable(variable) if !variable.contains("__"))
}

/// An empty section of ours is no error.
fn is_section(name: &str, known: &[&str], reader: &Reader) -> bool {
    reader.sections.contains(name)
        && known.iter().any(|known| known.split('.').next() == Some(name) && known.contains('.'))
}

/// The known name that was likely meant: the same in another section, or one that differs by few letters.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let wanted = name.replace('-', "_").to_ascii_lowercase();
    let above = known.iter().find(|known| wanted.starts_with(&format!("{known}.")));
    if let Some(above) = above {
        return Some(above);
    }
    let mut by_distance: Vec<(usize, &str)> = known
        .iter()
        .map(|known| {
            let whole = distance(&wanted, known);
            let in_other_section = distance(&last(&wanted), &last(known)) * 2 + 1;
            (whole.min(in_other_section), *known)
        })
        .collect();
    by_distance.sort_unstable();
    by_distance.first().filter(|(far, _)| *far <= 3.min(wanted.len() / 2)).map(|(_, name)| *name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), diagonal) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push((above + 1).min(left + 1).min(diagonal + usize::from(x != y)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let known = ["issuer", "server.listen", "server.tls", "keys.dir", "tokens.access_token"];
        for (name, near) in [
            ("isuer", Some("issuer")),
            ("listen", Some("server.listen")),
            ("server.issuer", Some("issuer")),
            ("sever.listen", Some("server.listen")),
            ("token.access-token", Some("tokens.access_token")),
            ("tokens.acess_tokn", Some("tokens.access_token")),
            ("server.tls.key", Some("server.tls")),
            ("quite.different", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name, &known), near, "{name}");
        }
    }
}

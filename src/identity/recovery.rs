//! One-time recovery codes (look-up secrets of NIST SP 800-63B section 5.1.2): ten of 50 random bits, shown once.

use unicode_normalization::UnicodeNormalization;

use crate::model::{Digest, Secret, UserId};

/// How many codes a person gets.
pub const COUNT: usize = 10;

/// Crockford's: without `i`, `l`, `o` and `u`, which are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LETTERS: usize = 10;

/// Ten codes like `7k3qm-x9wtd` from random bytes.
pub fn codes(random: &[u8; 80]) -> Vec<Secret<String>> {
    random.as_chunks::<8>().0.iter().map(|bytes| Secret::new(code(*bytes))).collect()
}

fn code(random: [u8; 8]) -> String {
    let bits = u64::from_be_bytes(random);
    let letter = |n: usize| {
        let index = usize::try_from((bits >> (5 * n)) & 31).unwrap_or(0);
        ALPHABET.get(index).map_or('0', |letter| char::from(*letter))
    };
    let mut code: String = (0..LETTERS).map(letter).collect();
    code.insert(LETTERS / 2, '-');
    code
}

/// What is stored of a code as somebody typed it: case, blanks and dashes do not matter. Bound to the person.
pub fn digest(user_id: UserId, typed: &str) -> Digest {
    let canonical: String = typed
        .chars()
        .take(100)
        .nfkc()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    Digest::of(format!("recovery code\n{user_id}\n{canonical}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_different_codes_of_two_times_five_letters() {
        let mut random = [0; 80];
        for (n, byte) in random.iter_mut().enumerate() {
            *byte = u8::try_from(n * 3).unwrap();
        }
        let mut codes: Vec<_> = codes(&random).iter().map(|code| code.expose().clone()).collect();
        let letter = |c: char| ALPHABET.contains(&u8::try_from(c).unwrap());
        for code in &codes {
            let (front, back) = code.split_once('-').unwrap();
            assert!(
                front.len() == 5
                    && back.len() == 5
                    && (front.to_owned() + back).chars().all(letter)
            );
        }
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), COUNT);
    }

    #[test]
    fn otp_06_what_is_stored_is_a_digest_and_of_one_person_only() {
        let [ada, bob] =
            [1, 2].map(|n| UserId::new(crate::model::Timestamp::from_seconds(n), &[0; 10]));
        let stored = digest(ada, "7k3qm-x9wt0");
        assert!(!stored.as_str().contains("7k3qm"));
        for same in ["7K3QM-X9WT0", " 7k3qmx9wt0 ", "7k3qm x9wto", "７k3qm-x9wtO"] {
            assert_eq!(digest(ada, same), stored, "{same}");
        }
        assert_ne!(digest(ada, "7k3qm-x9wt1"), stored);
        assert_ne!(digest(bob, "7k3qm-x9wt0"), stored);
    }
}

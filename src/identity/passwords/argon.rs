//! One Argon2id hash (RFC 9106) as a PHC string, in memory that the caller keeps.

use argon2::password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::hasher::HashingError;
use super::password::Password;
use crate::config::Passwords;

const OUTPUT: usize = 32;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is. `rehashed`: the same password under today's parameters, when these have changed.
    Right {
        /// The new hash to store.
        rehashed: Option<String>,
    },
}

/// The blocks that a hash is computed in, kept from one to the next: touching 19 MiB of fresh memory takes time.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&mut self, params: &Params) -> &mut [Block] {
        let wanted = params.block_count();
        if self.0.len() != wanted {
            self.0 = Vec::new();
            self.0 = vec![Block::new(); wanted];
        }
        &mut self.0
    }
}

/// Hashes a new password under these settings.
pub(super) fn hash(
    password: &Password,
    salt: &[u8],
    settings: &Passwords,
    memory: &mut Memory,
) -> Result<String, HashingError> {
    let params = params(settings)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let output = output(&argon, &params, password, salt, memory)?;
    let phc = PasswordHash {
        algorithm: Ident::from(Algorithm::Argon2id),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(unreadable)?,
        salt: Some(Salt::new(salt).map_err(unreadable)?),
        hash: Some(output),
    };
    Ok(phc.to_string())
}

/// Compares with a stored hash, or hashes for nothing when there is none, so that both take the same time.
pub(super) fn verify(
    password: &Password,
    stored: Option<&str>,
    salt: &[u8],
    settings: &Passwords,
    memory: &mut Memory,
) -> Result<Verdict, HashingError> {
    let Some(stored) = stored else {
        hash(password, salt, settings, memory)?;
        return Ok(Verdict::Wrong);
    };
    let stored = PasswordHash::new(stored).map_err(unreadable)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(unreadable)?;
    let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from);
    let version = version.map_err(unreadable)?;
    let stored_params = Params::try_from(&stored).map_err(unreadable)?;
    let (Some(stored_salt), Some(stored_output)) = (&stored.salt, &stored.hash) else {
        return Err(HashingError::Unreadable);
    };
    let argon = Argon2::new(algorithm, version, stored_params.clone());
    let candidate = output(&argon, &stored_params, password, stored_salt.as_ref(), memory)?;
    // The comparison of two `Output`s takes the same time wherever they differ
    if candidate != *stored_output {
        return Ok(Verdict::Wrong);
    }
    let current = algorithm == Algorithm::Argon2id
        && version == Version::V0x13
        && stored_params == params(settings)?;
    let rehashed = if current { None } else { Some(hash(password, salt, settings, memory)?) };
    Ok(Verdict::Right { rehashed })
}

fn params(settings: &Passwords) -> Result<Params, HashingError> {
    Params::new(settings.memory_kib, settings.iterations, 1, Some(OUTPUT)).map_err(unreadable)
}

fn output(
    argon: &Argon2<'_>,
    params: &Params,
    password: &Password,
    salt: &[u8],
    memory: &mut Memory,
) -> Result<Output, HashingError> {
    let size = params.output_len().unwrap_or(OUTPUT);
    let mut out = zeroize::Zeroizing::new(vec![0; size]);
    let blocks = memory.of(params);
    argon
        .hash_password_into_with_memory(password.bytes(), salt, &mut out, blocks)
        .map_err(unreadable)?;
    Output::new(&out).map_err(unreadable)
}

fn unreadable<E>(_: E) -> HashingError {
    HashingError::Unreadable
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Passwords =
        Passwords { accepted: true, memory_kib: 16, iterations: 1, workers: 1, queue: 1 };

    fn password(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[test]
    fn log_05_only_the_exact_password_fits() {
        let mut memory = Memory::default();
        for text in [
            "x".repeat(128),
            "  blanks around  ".to_owned(),
            "zero\0 inside".to_owned(),
            "🔑🗝️🔐".to_owned(),
            "y".repeat(80),
        ] {
            let stored = hash(&password(&text), &[7; 16], &SETTINGS, &mut memory).unwrap();
            let mut fits = |candidate: &str| {
                let Some(candidate) = Password::typed(candidate) else { return false };
                let found =
                    verify(&candidate, Some(&stored), &[8; 16], &SETTINGS, &mut memory).unwrap();
                found == Verdict::Right { rehashed: None }
            };
            assert!(fits(&text));
            let mut changed = text.clone();
            changed.pop();
            assert!(!fits(&changed));
            changed.push('#');
            assert!(!fits(&changed));
            assert!(!fits(text.trim()) || text == text.trim());
            assert!(!fits(text.split('\0').next().unwrap()) || !text.contains('\0'));
            let (start, rest) = text.split_at_checked(72).unwrap_or((&text, ""));
            assert!(rest.is_empty() || !fits(start));
        }
    }

    #[test]
    fn rfc_9106_a_hash_under_other_parameters_is_made_anew() {
        let mut memory = Memory::default();
        let old = Passwords { memory_kib: 32, iterations: 2, ..SETTINGS };
        let secret = password("a good password");
        let stored = hash(&secret, &[1; 16], &old, &mut memory).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=32,t=2,p=1$"), "{stored}");
        let verdict = verify(&secret, Some(&stored), &[2; 16], &SETTINGS, &mut memory).unwrap();
        let Verdict::Right { rehashed: Some(new) } = verdict else { panic!("{verdict:?}") };
        assert!(new.starts_with("$argon2id$v=19$m=16,t=1,p=1$"), "{new}");
        let again = verify(&secret, Some(&new), &[3; 16], &SETTINGS, &mut memory).unwrap();
        assert_eq!(again, Verdict::Right { rehashed: None });
        let wrong = password("a bad password");
        let verdict = verify(&wrong, Some(&stored), &[2; 16], &SETTINGS, &mut memory).unwrap();
        assert_eq!(verdict, Verdict::Wrong);
    }

    #[test]
    fn a_damaged_hash_is_an_error_and_nobody_s_password() {
        let mut memory = Memory::default();
        for stored in ["", "$", "plain", "$argon2id$v=19$m=16,t=1,p=1$", "$scrypt$ln=1$AAAA$AAAA"] {
            let found =
                verify(&password("whatever"), Some(stored), &[0; 16], &SETTINGS, &mut memory);
            assert_eq!(found, Err(HashingError::Unreadable), "{stored}");
        }
    }
}

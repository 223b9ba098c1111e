//! Who gave a wrong client secret lately, in this worker: the others cost no look at the counters.

use std::collections::HashSet;

/// The most buckets that are remembered; the older half goes first.
const MOST: usize = 2_000;

/// The keys of buckets in which this worker counted a failure. The counts themselves are in the database.
#[derive(Default)]
pub struct Suspects {
    newer: HashSet<String>,
    older: HashSet<String>,
}

impl Suspects {
    /// Whether a failure was counted in this bucket.
    pub fn contains(&self, key: &str) -> bool {
        self.newer.contains(key) || self.older.contains(key)
    }

    /// Remembers a failure.
    pub fn add(&mut self, key: String) {
        if self.newer.len() >= MOST / 2 {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_memory_stays_bounded_and_the_latest_are_known() {
        let mut suspects = Suspects::default();
        for n in 0..10 * MOST {
            suspects.add(n.to_string());
        }
        assert!(suspects.newer.len() + suspects.older.len() <= MOST);
        assert!(suspects.contains(&(10 * MOST - 1).to_string()));
        assert!(!suspects.contains("0"));
    }
}

//! Refresh tokens and their families: RFC 6749 section 6, RFC 9700 section 4.14.
//!
//! A token names its grant and its generation. The secret of the next generation is derived from the one before with
//! a key of the server, so the row of the grant holds one digest and still every generation can be recognised, and a
//! repeated refresh gives the same successor.
//!
//! RFC 9700 section 4.14.2 would end the family as soon as a used token comes again. We accept it as long as its
//! successor has not been used, since a lost answer or a retry is far more common than a thief: who stole a token
//! gets the successor that its owner has too, the first of both to use that moves the family on, and the other's next
//! refresh is late. For `tokens.late_tab` after that it is refused and harms nobody (a late tab of the same browser);
//! afterwards it ends the family.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::{Purpose, Sealer};
use crate::model::{Digest, GrantId, RefreshState, Timestamp};

/// The most generations back that a token is recognised.
const MOST_STEPS: u32 = 10_000;
/// The most times of first use that a grant remembers.
const MOST_ADVANCES: usize = 128;

/// A refresh token, in parts.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    grant_id: GrantId,
    generation: u32,
    secret: [u8; 32],
}

/// What a presented refresh token is.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The newest, never used: the family moves on to this state.
    First(RefreshToken, RefreshState),
    /// The one before it: its successor once more.
    Repeat(RefreshToken),
    /// Older, but its successor was first used a moment ago: a late tab.
    Late,
    /// Older: somebody has an old token, and the family ends.
    Reused,
    /// No token of this family.
    Forged,
}

impl RefreshToken {
    /// The first token of a grant.
    pub const fn first(grant_id: GrantId, secret: [u8; 32]) -> Self {
        Self { grant_id, generation: 0, secret }
    }

    /// Reads a token's text; `None` when it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 52] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (grant_id, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, secret) = rest.split_first_chunk::<4>()?;
        Some(Self {
            grant_id: GrantId::from_bytes(*grant_id),
            generation: u32::from_be_bytes(*generation),
            secret: secret.try_into().ok()?,
        })
    }

    /// The text that the client gets.
    pub fn text(&self) -> String {
        let generation = self.generation.to_be_bytes();
        let bytes = [&self.grant_id.to_bytes()[..], &generation, &self.secret].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The grant that it claims to hang from.
    pub const fn grant_id(&self) -> GrantId {
        self.grant_id
    }

    /// The one token that follows this one.
    #[must_use]
    pub fn successor(&self, sealer: &Sealer) -> Self {
        let generation = self.generation.saturating_add(1);
        let message =
            [&self.grant_id.to_bytes()[..], &generation.to_be_bytes(), &self.secret].concat();
        let secret = sealer.mac(Purpose::Refresh, &message);
        Self { grant_id: self.grant_id, generation, secret }
    }

    /// The state of a family whose only token this is.
    pub fn state(&self) -> RefreshState {
        RefreshState {
            generation: i64::from(self.generation),
            digest: Digest::of(self.text()),
            advances: Vec::new(),
        }
    }
}

/// Judges a token against the state of its family. `derive` is [`RefreshToken::successor`].
pub fn judge(
    presented: &RefreshToken,
    state: &RefreshState,
    late_tab: Duration,
    now: Timestamp,
    derive: impl Fn(&RefreshToken) -> RefreshToken,
) -> Verdict {
    let steps = state.generation.checked_sub(i64::from(presented.generation));
    let Some(steps) = steps.and_then(|steps| u32::try_from(steps).ok()) else {
        return Verdict::Forged;
    };
    if steps > MOST_STEPS {
        return Verdict::Forged;
    }
    let newest = (0..steps).fold(presented.clone(), |token, _| derive(&token));
    if !state.digest.fits(newest.text()) {
        return Verdict::Forged;
    }
    match steps {
        0 => {
            let successor = derive(presented);
            let state = advanced(state, &successor, late_tab, now);
            Verdict::First(successor, state)
        }
        1 => Verdict::Repeat(newest),
        steps if is_late_tab(state, steps, late_tab, now) => Verdict::Late,
        _ => Verdict::Reused,
    }
}

/// Whether the successor of a token `steps` generations back was first used within the late-tab time. The last of
/// `advances` is the first use of the generation before the newest, and so on backwards.
fn is_late_tab(state: &RefreshState, steps: u32, late_tab: Duration, now: Timestamp) -> bool {
    let back = usize::try_from(steps).unwrap_or(usize::MAX).saturating_sub(1);
    let at = state.advances.len().checked_sub(back);
    let first_use = at.and_then(|at| state.advances.get(at));
    first_use.is_some_and(|at| now < *at + late_tab)
}

fn advanced(
    state: &RefreshState,
    successor: &RefreshToken,
    late_tab: Duration,
    now: Timestamp,
) -> RefreshState {
    let recent = state.advances.iter().copied().filter(|at| now < *at + late_tab);
    let mut advances: Vec<Timestamp> = recent.chain([now]).collect();
    let too_many = advances.len().saturating_sub(MOST_ADVANCES);
    advances.drain(..too_many);
    RefreshState { advances, ..successor.state() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::seconds;

    const LATE_TAB: Duration = seconds(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    /// Stands in for the keyed hash.
    fn derive(token: &RefreshToken) -> RefreshToken {
        let digest = Digest::of([&token.secret[..], b"+1"].concat());
        let secret = URL_SAFE_NO_PAD.decode(digest.as_str()).unwrap().try_into().unwrap();
        RefreshToken { grant_id: token.grant_id, generation: token.generation + 1, secret }
    }

    fn first() -> RefreshToken {
        RefreshToken::first(GrantId::from_bytes([7; 16]), [1; 32])
    }

    /// A family and every token it had; token n was first used at `uses[n]`.
    fn family(uses: &[i64]) -> (Vec<RefreshToken>, RefreshState) {
        let mut tokens = vec![first()];
        let mut state = first().state();
        for (n, used) in uses.iter().enumerate() {
            let verdict = judge(&tokens[n], &state, LATE_TAB, at(*used), derive);
            let Verdict::First(token, next) = verdict else { panic!("token {n} was used before") };
            tokens.push(token);
            state = next;
        }
        (tokens, state)
    }

    fn name(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::First(..) => "first",
            Verdict::Repeat(_) => "repeat",
            Verdict::Late => "late",
            Verdict::Reused => "reused",
            Verdict::Forged => "forged",
        }
    }

    #[test]
    fn the_text_holds_it_all() {
        let token = derive(&first());
        assert_eq!(token.text().len(), 70);
        assert!(RefreshToken::parse(&token.text()) == Some(token.clone()));
        for text in ["", "AAAA", &token.text().replacen('A', "", 1), &format!("{}A", token.text())]
        {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn ref_01_and_ref_02_and_pain_1_what_each_generation_is() {
        // R0 was used at 0, R1 at 100, R2 at 200; R3 is the newest
        let uses = [0, 100, 200];
        for (generation, now, expected) in [
            (3, 200, "first"),
            (3, 9_999, "first"),
            (2, 200, "repeat"),
            (2, 800_000, "repeat"),
            (1, 200, "late"),
            (1, 259, "late"),
            (1, 260, "reused"),
            (0, 200, "reused"),
        ] {
            let (tokens, state) = family(&uses);
            let verdict = judge(&tokens[generation], &state, LATE_TAB, at(now), derive);
            assert_eq!(name(&verdict), expected, "R{generation} at {now}");
        }
    }

    #[test]
    fn pain_1_a_late_tab_far_behind_is_judged_by_its_own_successors_first_use() {
        let (tokens, state) = family(&[0, 10, 20, 30]);
        // R1, the successor of R0, was first used at 10
        for (generation, now, expected) in [
            (0, 69, "late"),
            (0, 70, "reused"),
            (1, 79, "late"),
            (1, 80, "reused"),
            (2, 89, "late"),
        ] {
            let verdict = judge(&tokens[generation], &state, LATE_TAB, at(now), derive);
            assert_eq!(name(&verdict), expected, "R{generation} at {now}");
        }
    }

    #[test]
    fn ref_03_a_repeat_gives_the_same_successor() {
        let (tokens, state) = family(&[0]);
        let verdict = judge(&tokens[0], &state, LATE_TAB, at(600), derive);
        assert!(verdict == Verdict::Repeat(tokens[1].clone()), "{}", name(&verdict));
    }

    #[test]
    fn ref_04_what_is_not_authentic_harms_nobody() {
        let (tokens, state) = family(&[0, 100]);
        let mut guess = tokens[0].clone();
        guess.secret = [9; 32];
        let mut ahead = tokens[2].clone();
        ahead.generation = 3;
        let mut renumbered = tokens[0].clone();
        renumbered.generation = 1;
        for (what, token) in [("secret", guess), ("ahead", ahead), ("renumbered", renumbered)] {
            let verdict = judge(&token, &state, LATE_TAB, at(9_000), derive);
            assert_eq!(name(&verdict), "forged", "{what}");
        }
        let old = RefreshState { generation: i64::from(MOST_STEPS) + 1, ..state };
        assert_eq!(name(&judge(&tokens[0], &old, LATE_TAB, at(0), derive)), "forged");
    }

    #[test]
    fn a_family_remembers_as_many_uses_as_the_late_tab_needs() {
        let (_, slow) = family(&[0, 100, 200]);
        assert_eq!(slow.advances, [at(200)]);
        let (_, fast) = family(&(0..200).map(|n| n / 10).collect::<Vec<_>>());
        assert_eq!(fast.advances.len(), MOST_ADVANCES);
    }
}

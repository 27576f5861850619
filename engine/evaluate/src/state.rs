//! An assignment that can be asked for the tuples that agree with some codes.

use apportion_check::policy::DecisionId;
use apportion_facts::DecisionValues;
use rustc_hash::FxHashMap;

/// The tuples of every decision that exist and are not 0, found by any of their codes.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) decisions: Vec<Indexed>,
    /// What some decisions do not leave of what runs now; nothing for what runs now itself.
    pub(crate) moves: FxHashMap<DecisionId, Indexed>,
}

impl State {
    pub(crate) fn new(decisions: Vec<Indexed>) -> State {
        State { decisions, moves: FxHashMap::default() }
    }
}

/// The tuples of one decision.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub(crate) values: DecisionValues,
    /// For each index, where each code stands.
    postings: Vec<Posting>,
}

/// Positions of tuples by one code: `positions[start[code] .. start[code + 1]]`.
#[derive(Debug)]
struct Posting {
    start: Vec<u32>,
    positions: Vec<u32>,
}

/// Positions of tuples that may agree with what was asked for.
pub(crate) enum Candidates<'s> {
    All(std::ops::Range<u32>),
    Listed(&'s [u32]),
}

impl Indexed {
    pub(crate) fn new(values: DecisionValues) -> Indexed {
        let postings = (0..values.arity()).map(|index| Posting::new(&values, index)).collect();
        Indexed { values, postings }
    }

    /// The shortest list that holds every tuple with the codes that are given.
    pub(crate) fn candidates(&self, codes: &[Option<u32>]) -> Candidates<'_> {
        codes
            .iter()
            .zip(&self.postings)
            .filter_map(|(code, posting)| code.map(|code| posting.of(code)))
            .min_by_key(|positions| positions.len())
            .map_or(Candidates::All(0..self.values.len() as u32), Candidates::Listed)
    }
}

impl Candidates<'_> {
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Candidates::All(range) => Box::new(range.clone().map(|position| position as usize)),
            Candidates::Listed(list) => Box::new(list.iter().map(|position| *position as usize)),
        }
    }
}

impl Posting {
    fn new(values: &DecisionValues, index: usize) -> Posting {
        let codes = || values.iter().map(|(tuple, _)| tuple[index] as usize);
        let most = codes().max().map_or(0, |code| code + 1);
        let mut start = vec![0u32; most + 1];
        for code in codes() {
            start[code + 1] += 1;
        }
        for code in 0..most {
            start[code + 1] += start[code];
        }
        let mut next = start.clone();
        let mut positions = vec![0u32; values.len()];
        for (position, code) in codes().enumerate() {
            positions[next[code] as usize] = position as u32;
            next[code] += 1;
        }
        Posting { start, positions }
    }

    fn of(&self, code: u32) -> &[u32] {
        let code = code as usize;
        match (self.start.get(code), self.start.get(code + 1)) {
            (Some(first), Some(last)) => &self.positions[*first as usize..*last as usize],
            _ => &[],
        }
    }
}

//! What a part moves of what runs now.

use apportion_check::policy::InputId;
use apportion_ground::{Columns, Ground, Moves, Sort};
use rustc_hash::FxHashMap;

use super::{Choice, Finder, Maker};

/// What is moved of a choice.
pub(super) struct Moved {
    /// The column of the whole problem that counts it, for the choice's groups.
    pub(super) choice: Choice,
    /// The position of the choice that moves less the more there is of it.
    pub(super) of: usize,
    /// How much of the choice runs now.
    pub(super) runs: f64,
}

/// By row of an input: the tuples in which it is the host that run now, where their moves are counted.
pub(super) fn by_host(
    ground: &Ground,
    input: InputId,
    index: &[Option<usize>],
) -> Vec<Vec<(usize, Box<[u32]>)>> {
    let mut by_host = vec![Vec::new(); ground.spaces[input.index()].class_of.len()];
    for moves in ground.decisions.iter().filter_map(|it| it.moves.as_ref()) {
        let decision = moves.of.index();
        let Some(index) = index[decision] else { continue };
        for tuple in &moves.tuples {
            by_host[tuple[index] as usize].push((decision, tuple.clone()));
        }
    }
    by_host
}

impl Maker<'_> {
    /// What each row and code runs at hosts, as numbers that are the same where that is: of each tuple the decision, the
    /// other indices, and how much.
    pub(super) fn runs(&self) -> FxHashMap<(Sort, u32), Vec<u32>> {
        let placer = self.placer;
        let mut hosts: Vec<u32> = self.hosts.values().flatten().copied().collect();
        hosts.sort_unstable();
        let mut runs: FxHashMap<(Sort, u32), Vec<u32>> = FxHashMap::default();
        for (decision, tuple) in hosts.iter().flat_map(|it| &self.hosting.running[*it as usize]) {
            let Some(it) = placer.index.running.of(*decision, tuple) else { continue };
            let sorts = &placer.ground.decisions[*decision].sorts;
            for (index, (member, sort)) in tuple.iter().zip(sorts).enumerate() {
                let others = tuple.iter().enumerate().filter(|(other, _)| *other != index);
                let runs = runs.entry((*sort, *member)).or_default();
                runs.push(*decision as u32);
                runs.extend(others.map(|(_, other)| other));
                runs.push((it.runs as f32).to_bits());
            }
        }
        runs
    }

    /// Finds what runs now of each choice. What has no room for a choice is moved whatever the part does.
    pub(super) fn find_moves(&mut self, hosts: &[u32]) {
        let placer = self.placer;
        let finder = Finder::new(self);
        let mut moved: FxHashMap<usize, (usize, u32, f64)> = FxHashMap::default();
        for (decision, tuple) in hosts.iter().flat_map(|it| &self.hosting.running[*it as usize]) {
            let Some(it) = placer.index.running.of(*decision, tuple) else { continue };
            let column = placer.index.column_of(*decision, tuple);
            let choice = column.and_then(|column| finder.choice(*decision, column, tuple));
            if let Some(choice) = choice {
                moved.entry(choice).or_insert((it.decision, it.column, 0.0)).2 += it.runs;
            }
        }
        let mut moved: Vec<_> = moved.into_iter().collect();
        moved.sort_unstable_by_key(|(of, (decision, ..))| (*decision, *of));
        let moved = moved.into_iter().map(|(of, (decision, column, runs))| {
            let groups = self.choices[of].groups.clone();
            Moved { choice: Choice { decision, column, groups }, of, runs }
        });
        self.moves = moved.collect();
    }

    /// The columns of the part that count what is moved of a decision; they come after those that are decided.
    pub(super) fn count_moves(&self, number: usize, stated: &Moves, own: &mut Columns) {
        let mut moves = Moves::new(stated.of, stated.span);
        for moved in self.moves.iter().filter(|it| it.choice.decision == number) {
            own.tuples.extend_from_slice(&moved.choice.groups);
            own.lower.push(0.0);
            own.upper.push(moved.runs);
            own.most.push(moved.runs);
            moves.push(moved.of as u32, [(moved.choice.groups.clone(), moved.runs)]);
        }
        own.moves = Some(moves);
    }
}

//! The problem over classes, and from its counts to single rows.

use std::cmp::Ordering;
use std::time::Duration;

use apportion_evaluate::Verdict;
use apportion_facts::Assignment;
use apportion_ground::{Ground, Objective};
use apportion_lower::{Lowered, Resolution};
use apportion_solve::{Proof, Stop};
use apportion_unpack::{Improved, Index, Patience, Search, Singles, Unpacked, improve, unpack};

use crate::build::Outcome;
use crate::floors::with_floors;
use crate::levels::{Care, Levels, ROUNDING, Reached, progress, solve_levels};
use crate::request::{Options, Stage};
use crate::run::{Failure, Run};
use crate::size::single_columns;

/// When a search for better parts is to end, and what it prefers; see [`Search`].
pub(crate) struct Aim {
    pub(crate) gap: f64,
    pub(crate) patience: Option<Patience>,
    pub(crate) stay: bool,
}

/// The share of the time that is left to later levels by one that does not come to an end, of what that had itself.
const LATER_LEVELS: f64 = 0.125;
/// Columns above which the problem as it is would take longer to solve than anybody waits.
const MOST_SINGLE: u64 = 2_000_000;

impl Run<'_> {
    /// Solves over classes, which bounds every plan, then settles the members. `greedy` is a first plan.
    pub(crate) fn classes(&mut self, mut greedy: Singles) -> Result<Outcome, Failure> {
        let mut lowered = self.lower(Resolution::Classes)?;
        let first = embedded(&lowered, self.ground, &greedy);
        let rows = lowered.model.num_rows();
        self.hold_dominated(&mut lowered, &first);
        let size = self.size(&lowered);
        if !self.running.is_empty() {
            let resettled = self.resettled(&lowered, greedy);
            if let Some(mut levels) = resettled.levels {
                let assignment = self.assignment_of(&resettled.singles);
                let verdict = self.judge(&assignment);
                if verdict.holds() {
                    let worth = self.worth(&lowered, &resettled.singles);
                    self.bound_later(&lowered, rows, &mut levels, &worth);
                    return Ok(self.outcome(levels, Some((assignment, verdict)), size, false));
                }
            }
            greedy = resettled.singles;
        }
        let mut start = embedded(&lowered, self.ground, &greedy);
        lowered.shift(&mut start);
        let packer = self.packer(&greedy);
        let is_first_alone = self.ground.objectives.iter().skip(1).all(|it| self.counts_bins(it));
        let relaxed = packer.as_ref().filter(|_| is_first_alone);
        let relaxed =
            relaxed.and_then(|_| self.relaxed(&lowered, &self.request.options, self.observer));
        let options = Options { time_limit: self.half_the_time(), ..self.request.options.clone() };
        let mut levels = relaxed.unwrap_or_else(|| {
            solve_levels(&mut lowered, Some(start), &options, Care::Usual, self.observer)
        });
        self.timings.solve += levels.seconds;
        let Some(point) = &levels.point else {
            // No sum of placements obeys the rules, so no placement does.
            return Ok(self.outcome(levels, None, size, true));
        };
        let (counts, unpacked) = self.unpacked(&lowered, point);
        if self.observer.interrupted() {
            levels.stopped = Stop::Interrupted;
        }
        // Of those that are as good, the one that moves least comes first.
        let mut candidates = [&greedy, &unpacked.filled, &unpacked.singles]
            .map(|singles| (self.worth(&lowered, singles), singles));
        candidates.sort_by(|(a, _), (b, _)| self.compare(a, b));
        // The judge's time grows with the plan, so it sees the most promising first.
        let mut best = None;
        for (_, singles) in candidates {
            let assignment = self.assignment_of(singles);
            let verdict = self.judge(&assignment);
            if verdict.holds() {
                best = Some((singles, assignment, verdict));
                break;
            }
        }
        let Some((singles, assignment, verdict)) = best else {
            // What counts cannot see breaks a rule: the problem as it is has the last word, if it may speak.
            if self.is_over() || single_columns(self.ground) > MOST_SINGLE {
                let nothing = Levels { point: None, proof: Proof::None, ..levels };
                return Ok(self.outcome(nothing, None, size, false));
            }
            return self.single(&self.assignment_of(&greedy));
        };
        let packed =
            packer.and_then(|packer| self.pack(&packer, &lowered, &counts, singles, &mut levels));
        let (singles, judged) = match &packed {
            Some((singles, judged)) => (singles, judged.clone()),
            None => (singles, (assignment, verdict)),
        };
        let point = embedded(&lowered, self.ground, singles);
        let worth = self.worth(&lowered, singles);
        levels.attain(&lowered, &worth);
        self.bound_later(&lowered, rows, &mut levels, &worth);
        let better = match with_floors(self.ground, &lowered, &levels, &point) {
            Some(kept) => {
                let index = Index::new(&kept);
                let mut run = self.over(&kept, &index);
                let better = run.improve(singles, &mut levels);
                self.timings = run.timings;
                better
            }
            None => self.improve(singles, &mut levels),
        };
        Ok(self.outcome(levels, Some(better.unwrap_or(judged)), size, false))
    }

    /// The counts of a point over classes, and what its members have of them.
    pub(crate) fn unpacked(
        &mut self,
        lowered: &Lowered<'_>,
        point: &[f64],
    ) -> (Vec<f64>, Unpacked) {
        self.observer.stage(Stage::Unpack);
        let begun = self.observer.elapsed();
        let counts = lowered.class_values(point);
        let interrupted = || self.observer.interrupted() || self.is_late();
        let unpacked = unpack(self.index, &counts, &self.running, &interrupted);
        self.timings.lift += self.observer.elapsed() - begun;
        (counts, unpacked)
    }

    /// Whether a level counts bins: of those, classes know too little to be worth asking.
    fn counts_bins(&self, objective: &Objective) -> bool {
        self.ground.tallies.iter().any(|tally| Some(tally.level) == objective.level)
    }

    /// A better plan than `start`, if one is found in the time that is left; what ended the search is noted.
    pub(crate) fn improve(
        &mut self,
        start: &Singles,
        levels: &mut Levels,
    ) -> Option<(Assignment, Verdict)> {
        let stay = !self.running.is_empty();
        let aim = Aim { gap: self.request.options.gap, patience: None, stay };
        let improved = self.improved(start, &levels.reached, &aim);
        if !improved.is_settled && levels.stopped == Stop::Completed {
            levels.stopped = self.stop();
        }
        if improved.taken == 0 {
            return None;
        }
        let assignment = self.assignment_of(&improved.singles);
        let verdict = self.judge(&assignment);
        verdict.holds().then_some((assignment, verdict))
    }

    /// Searches small parts of a plan for better ones, under what is known of each level.
    pub(crate) fn improved(&mut self, start: &Singles, reached: &[Reached], aim: &Aim) -> Improved {
        let bounds: Vec<Option<f64>> = reached.iter().map(|level| level.bound).collect();
        let options = &self.request.options;
        let begun = self.observer.elapsed();
        let observer = self.observer;
        let stage_of = |objective: usize| match self.ground.objectives[objective].level {
            Some(level) => Stage::Improve(level.index()),
            None => Stage::Mend,
        };
        let mut improving = 0;
        let mut value_there = None;
        let mut is_proven = true;
        if !self.ground.objectives.is_empty() {
            observer.stage(stage_of(improving));
        }
        let limit = self.end_of_search();
        let is_over =
            || limit.is_some_and(|limit| observer.elapsed() > limit) || observer.interrupted();
        let is_late = |objective: usize| {
            let is_last = objective + 1 == self.ground.objectives.len();
            let later = LATER_LEVELS.powi(objective as i32 + 1);
            let until = limit.map(|limit| limit - later * (limit - begun));
            !is_last && until.is_some_and(|until| observer.elapsed() > until)
        };
        let improved = improve(
            self.index,
            start,
            &mut Search {
                bounds: &bounds,
                gap: aim.gap,
                seed: options.seed.into(),
                patience: aim.patience,
                stay: aim.stay,
                is_late: &is_late,
                is_over: &is_over,
                heard: &mut |objective, value| {
                    if objective != improving {
                        let known = reached.get(improving);
                        is_proven &= self.is_held(improving, value_there, known);
                        improving = objective;
                        observer.stage(stage_of(objective));
                    }
                    value_there = Some(value);
                    let bound = bounds.get(objective).copied().flatten();
                    let bound = bound.filter(|_| is_proven);
                    observer.progress(&progress(value, bound, observer.elapsed() - begun));
                },
            },
        );
        self.timings.improve += self.observer.elapsed() - begun;
        improved
    }

    /// Whether a level has a value that is no worse than what bounds of later ones are proven under.
    fn is_held(&self, objective: usize, value: Option<f64>, reached: Option<&Reached>) -> bool {
        let stated = &self.ground.objectives[objective];
        stated.shares.is_empty()
            && value.zip(reached).is_some_and(|(value, reached)| {
                let held = reached.held.unwrap_or_default();
                let worse = if stated.maximize { held - value } else { value - held };
                reached.allows(worse, stated.slack, ROUNDING)
            })
    }

    /// What the levels are worth of a plan, the most important first. Of bins it is what classes know of them.
    pub(crate) fn worth(&self, lowered: &Lowered<'_>, singles: &Singles) -> Vec<f64> {
        let point = embedded(lowered, self.ground, singles);
        let beyond = self.index.beyond_means(singles);
        let levels = lowered.objectives.iter().zip(beyond);
        levels.map(|(objective, beyond)| objective.goal.at(&point) + beyond).collect()
    }

    /// The better of two lists of levels' values comes first.
    pub(crate) fn compare(&self, a: &[f64], b: &[f64]) -> Ordering {
        let levels = self.ground.objectives.iter().zip(a.iter().zip(b));
        for (level, (a, b)) in levels {
            let difference = if level.maximize { b - a } else { a - b };
            if difference.abs() > 1e-9 * a.abs().max(b.abs()) {
                return difference.total_cmp(&0.0);
            }
        }
        Ordering::Equal
    }

    /// Whether the time is up by so much that even what was found cannot be settled any more.
    fn is_late(&self) -> bool {
        let limit = self.request.options.time_limit.map(|limit| limit.as_secs_f64());
        limit.is_some_and(|limit| self.observer.elapsed() > limit * 1.05 + 0.1)
    }

    /// A limit that leaves half of the time: whatever is found better later counts for less than what is found at all.
    pub(crate) fn half_the_time(&self) -> Option<Duration> {
        let elapsed = self.observer.elapsed();
        let half = |limit: Duration| Duration::from_secs_f64((limit.as_secs_f64() + elapsed) / 2.0);
        self.request.options.time_limit.map(half)
    }
}

pub(crate) fn embedded(lowered: &Lowered<'_>, ground: &Ground, singles: &Singles) -> Vec<f64> {
    let sorted: Vec<Vec<(&[u32], f64)>> =
        (0..ground.decisions.len()).map(|decision| singles.sorted(decision)).collect();
    let all = sorted.iter().enumerate().flat_map(|(decision, list)| {
        list.iter().map(move |(tuple, value)| (decision as u32, *tuple, *value))
    });
    lowered.embed(all)
}

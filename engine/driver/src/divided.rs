//! Problems of which everything can be divided: the problem over classes is the problem itself.
//!
//! What a class has, each of its members has an equal part of: rows over members are sums divided by their number, and
//! members are alike, so that a plan of sums is a plan. Fair shares are then found over classes, however many members
//! these have.

use apportion_lower::Resolution;
use apportion_solve::Stop;
use apportion_unpack::Singles;

use crate::build::Outcome;
use crate::classes::embedded;
use crate::levels::{Care, solve_levels};
use crate::run::{Failure, Run};

impl Run<'_> {
    /// Whether shares are to be fair of what can be divided at will, and nothing is said of single rows but by sums.
    pub(crate) fn is_divided(&self) -> bool {
        let ground = self.ground;
        self.seeks_shares()
            && ground.decisions.iter().all(|columns| !columns.whole)
            && ground.families.iter().all(|family| family.reliefs.is_empty())
            && ground.instances.is_empty()
            && ground.packings.is_empty()
            && ground.tallies.is_empty()
            && ground.peaks.is_empty()
            && self.running.is_empty()
    }

    /// Solves over classes and divides what they have. `greedy` is a first plan.
    pub(crate) fn divided(&mut self, greedy: Singles) -> Result<Outcome, Failure> {
        let mut lowered = self.lower(Resolution::Classes)?;
        let mut start = embedded(&lowered, self.ground, &greedy);
        self.hold_dominated(&mut lowered, &start);
        let size = self.size(&lowered);
        lowered.shift(&mut start);
        let options = self.request.options.clone();
        let mut levels =
            solve_levels(&mut lowered, Some(start), &options, Care::Usual, self.observer);
        self.timings.solve += levels.seconds;
        let Some(point) = &levels.point else {
            return Ok(self.outcome(levels, None, size, true));
        };
        let (_, unpacked) = self.unpacked(&lowered, point);
        let assignment = self.assignment_of(&unpacked.singles);
        let verdict = self.judge(&assignment);
        if !verdict.holds() {
            return self.classes(greedy);
        }
        if self.observer.interrupted() {
            levels.stopped = Stop::Interrupted;
        }
        Ok(self.outcome(levels, Some((assignment, verdict)), size, true))
    }
}

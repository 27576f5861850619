//! After a change: the plan that runs, mended where the change is.
//!
//! What runs now stays where the rules still allow it and the room that is left is filled, which moves nothing. Then
//! small parts are searched, those with the most room first, where what left made it: as long as they bring something,
//! and all of them where what runs is too far from the best to be left as it is. The linear relaxation over classes,
//! solved in milliseconds, bounds what a full solve could still gain: it is done only if that is more than the gap that
//! was asked for, or, where the plan that runs was cut short of it, more than that had left to gain and twice the gap.

use apportion_ground::Running;
use apportion_lower::Lowered;
use apportion_solve::Stop;
use apportion_unpack::{Patience, Singles};

use crate::classes::Aim;
use crate::levels::Levels;
use crate::run::Run;

/// The plan that runs, mended.
pub(crate) struct Resettled {
    pub(crate) singles: Singles,
    /// What is proven of it; present where no full solve is worth its moves, or the time is up.
    pub(crate) levels: Option<Levels>,
}

/// By how much the gap of a plan that was cut short may become wider, as a multiple of the gap that was asked for, before
/// all is planned anew, which moves most of what runs.
const WIDER: f64 = 2.0;
/// What a plan that was cut short may have left to gain and still count as good, as a multiple of the same.
const MOST_HAD: f64 = 10.0;
/// Parts in a row that may bring nothing, where less has changed than that.
const LEAST_PATIENCE: usize = 16;

impl Run<'_> {
    /// `start` is what runs now, as far as it is still allowed, with the room that is left filled.
    pub(crate) fn resettled(&mut self, lowered: &Lowered<'_>, mut start: Singles) -> Resettled {
        // What runs now and is broken is mended before every level, of which the search knows nothing.
        let mends = self.ground.objectives.first().is_none_or(|it| it.level.is_none());
        // Of shares the search and the bound know the least alone.
        if mends || self.seeks_shares() {
            return Resettled { singles: start, levels: None };
        }
        // Prices that were found in a world before prove a bound in no time, which often is near enough.
        if let Some(bound) = self.before.bound(lowered) {
            let levels = Levels::bounded(lowered, Some(bound));
            let resettled = self.mended_in_parts(start, levels);
            if resettled.levels.is_some() {
                return resettled;
            }
            start = resettled.singles;
        }
        let Some(levels) = self.relaxed(lowered, &self.request.options, self.observer) else {
            return Resettled { singles: start, levels: None };
        };
        self.timings.solve += levels.seconds;
        self.mended_in_parts(start, levels)
    }

    /// Small parts searched for better ones, under what `levels` prove.
    fn mended_in_parts(&mut self, start: Singles, mut levels: Levels) -> Resettled {
        let allowed = self.allowed_gap();
        let aim = Aim {
            gap: self.had_gap().max(self.request.options.gap),
            patience: Some(Patience {
                parts: self.changed(&start).max(LEAST_PATIENCE),
                gap: allowed,
            }),
            stay: true,
        };
        let improved = self.improved(&start, &levels.reached, &aim);
        if !improved.is_settled {
            levels.stopped = self.stop();
        }
        let bound = levels.reached[0].bound;
        let gap = bound.map(|bound| (bound - improved.levels[0]).abs() / improved.levels[0].abs());
        let is_near = gap.is_some_and(|gap| gap <= allowed + 1e-9);
        levels.point = None;
        let is_last = is_near || levels.stopped != Stop::Completed;
        Resettled { singles: improved.singles, levels: is_last.then_some(levels) }
    }

    /// How far the plan that runs was from its bound, as a share, as far as that counts as good; 0 where nothing is
    /// known of it.
    fn had_gap(&self) -> f64 {
        let had = self.request.world.current.gap.into_iter().chain(self.before.gap);
        had.reduce(f64::min).unwrap_or(0.0).min(MOST_HAD * self.request.options.gap)
    }

    /// How far from its bound a plan may be, as a share: as far as was asked for; or, where the plan that runs was cut
    /// short of that, a little farther than it was.
    fn allowed_gap(&self) -> f64 {
        let (asked, had) = (self.request.options.gap, self.had_gap());
        if had <= asked { asked } else { had + WIDER * asked }
    }

    /// How many places of what runs now are no longer there or could not be kept.
    fn changed(&self, start: &Singles) -> usize {
        let stays = |it: &&Running| start.value(it.decision as usize, &it.at) >= it.value;
        let kept = self.running.iter().filter(stays).count();
        self.running.len() - kept + self.request.world.current.departed.len()
    }
}

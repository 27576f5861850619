//! How far a run has come, in one line.

use std::time::Duration;

use apportion_check::policy::{Policy, Type};
use apportion_driver::Stage;
use apportion_solve::Progress;
use apportion_units::{Unit, amount, format_number};

/// What a level is called, and the unit that it is shown in.
pub(crate) struct Level {
    name: String,
    unit: Option<Unit>,
}

impl Level {
    /// The levels of a policy, most important first.
    pub(crate) fn of(policy: &Policy) -> Vec<Level> {
        let levels = policy.levels.iter().map(|level| Level {
            name: level.name.to_string(),
            unit: match &level.value.ty {
                Type::Number(dimension) => apportion_check::unit_for(*dimension),
                _ => None,
            },
        });
        levels.collect()
    }

    fn value(&self, value: f64) -> String {
        match &self.unit {
            Some(unit) => amount(unit.value_from_base(value), &unit.name, 6),
            None => format_number(value, 6),
        }
    }
}

/// A run at one moment.
pub(crate) struct Moment<'m> {
    pub(crate) levels: &'m [Level],
    pub(crate) stage: Option<Stage>,
    pub(crate) progress: Option<&'m Progress>,
    /// Seconds since the run began.
    pub(crate) elapsed: f64,
    pub(crate) limit: Option<Duration>,
}

impl Moment<'_> {
    /// The time, what is being done, and what is known of its level: a terminal may be too narrow for the end.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{:.0} s", self.elapsed.floor());
        if let Some(limit) = self.limit {
            let left = (limit.as_secs_f64() - self.elapsed).max(0.0);
            line.push_str(&format!(", {:.0} s left", left.ceil()));
        }
        if let Some(stage) = self.stage {
            let known = self.progress.map_or_else(Vec::new, |progress| self.known(progress));
            let parts: Vec<String> = std::iter::once(self.work(stage)).chain(known).collect();
            line.push_str(&format!(": {}", parts.join(", ")));
        }
        line
    }

    fn work(&self, stage: Stage) -> String {
        match stage {
            Stage::Ground => "reading the policy over the facts".to_owned(),
            Stage::Lower => "building the problem".to_owned(),
            Stage::Start => "making a first plan".to_owned(),
            Stage::Mend => "mending what is broken now".to_owned(),
            Stage::Solve(level) => self.on("solving", level),
            Stage::Unpack => "settling single placements".to_owned(),
            Stage::Pack => "filling machines by patterns".to_owned(),
            Stage::Improve(level) => self.on("improving rows for", level),
            Stage::Judge => "checking every rule".to_owned(),
            Stage::Reasons => "finding why rows are refused".to_owned(),
        }
    }

    /// Work on a level; those before it are done.
    fn on(&self, work: &str, level: usize) -> String {
        let all = self.levels.len();
        match self.levels.get(level) {
            Some(Level { name, .. }) => format!("{work} `{name}`, {level} of {all} levels done"),
            None => work.to_owned(),
        }
    }

    fn known(&self, progress: &Progress) -> Vec<String> {
        let (Some(Stage::Solve(at)) | Some(Stage::Improve(at))) = self.stage else {
            return Vec::new();
        };
        let Some(level) = self.levels.get(at) else { return Vec::new() };
        let gap = progress.gap.map(|gap| gap * 100.0);
        let known = [
            gap.filter(|it| it.is_finite()).map(|it| format!("gap {} %", format_number(it, 3))),
            progress
                .incumbent
                .filter(|it| it.is_finite())
                .map(|it| format!("best {}", level.value(it))),
            progress
                .bound
                .filter(|it| it.is_finite())
                .map(|it| format!("bound {}", level.value(it))),
        ];
        known.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use apportion_driver::Stage;
    use apportion_solve::Progress;
    use expect_test::{Expect, expect};

    use super::{Level, Moment};

    fn check(stage: Stage, known: Option<[f64; 3]>, limit: Option<u64>, expected: Expect) {
        let usd = apportion_units::parse_unit("USD").expect("a currency").unit;
        let levels = [
            Level { name: "service".into(), unit: None },
            Level { name: "cost".into(), unit: Some(usd) },
        ];
        let some = |value: f64| (!value.is_nan()).then_some(value);
        let progress = known.map(|[incumbent, bound, gap]| Progress {
            incumbent: some(incumbent),
            bound: some(bound),
            gap: some(gap),
            nodes: 7,
            seconds: 3.0,
        });
        let moment = Moment {
            levels: &levels,
            stage: Some(stage),
            progress: progress.as_ref(),
            elapsed: 12.7,
            limit: limit.map(Duration::from_secs),
        };
        expected.assert_eq(&moment.line());
    }

    #[test]
    fn a_level_shows_its_value_bound_gap_and_the_levels_done() {
        let known = Some([812.4, 800.1, 0.0151]);
        check(
            Stage::Solve(1),
            known,
            None,
            expect![
                "12 s: solving `cost`, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD"
            ],
        );
        check(
            Stage::Improve(0),
            known,
            None,
            expect![
                "12 s: improving rows for `service`, 0 of 2 levels done, gap 1.51 %, best 812.4, bound 800.1"
            ],
        );
    }

    #[test]
    fn a_limit_shows_what_is_left_of_it() {
        check(
            Stage::Ground,
            None,
            Some(30),
            expect!["12 s, 18 s left: reading the policy over the facts"],
        );
        check(Stage::Judge, None, Some(10), expect!["12 s, 0 s left: checking every rule"]);
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        check(
            Stage::Solve(0),
            Some([f64::NAN, 1234567.0, f64::NAN]),
            Some(60),
            expect!["12 s, 48 s left: solving `service`, 0 of 2 levels done, bound 1 234 567"],
        );
        check(
            Stage::Solve(0),
            Some([0.0, f64::INFINITY, f64::INFINITY]),
            None,
            expect!["12 s: solving `service`, 0 of 2 levels done, best 0"],
        );
        check(Stage::Solve(2), Some([1.0, 1.0, 0.0]), None, expect!["12 s: solving"]);
        check(
            Stage::Mend,
            Some([1.0, 1.0, 0.0]),
            None,
            expect!["12 s: mending what is broken now"],
        );
    }
}

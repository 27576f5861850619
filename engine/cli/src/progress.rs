//! How far a run has come, in one line.

mod line;

use std::time::Duration;

use apportion_check::policy::{Policy, Type};
use apportion_driver::Stage;
use apportion_solve::Progress;
use apportion_units::{Unit, amount, format_number};

use self::line::{Part, fitted};

/// What a level is called, and the unit that it is shown in.
struct Level {
    name: String,
    unit: Option<Unit>,
}

impl Level {
    /// The levels of a policy, most important first.
    fn of(policy: &Policy) -> Vec<Level> {
        let levels = policy.levels.iter().map(|level| Level {
            name: level.name.to_string(),
            unit: match &level.value.ty {
                Type::Number(dimension) => apportion_check::unit_for(*dimension),
                _ => None,
            },
        });
        levels.collect()
    }
}

/// What is being done and what is known of it.
pub(crate) struct Course {
    levels: Vec<Level>,
    limit: Option<Duration>,
    stage: Option<Stage>,
    /// The level that is or was worked on last.
    level: Option<usize>,
    /// What is known of that level, or of what is mended before all of them.
    known: Progress,
}

impl Course {
    /// Of a run that begins.
    pub(crate) fn new(policy: &Policy, limit: Option<Duration>) -> Course {
        Course {
            levels: Level::of(policy),
            limit,
            stage: None,
            level: None,
            known: Progress::default(),
        }
    }

    /// A stage begins. What is known of its level stays known.
    pub(crate) fn begin(&mut self, stage: Stage) {
        let level = match stage {
            Stage::Solve(level) | Stage::Pack(level) | Stage::Improve(level) => Some(level),
            Stage::Mend => None,
            _ => self.level,
        };
        if level != self.level || stage == Stage::Mend {
            self.known = Progress::default();
        }
        (self.stage, self.level) = (Some(stage), level);
    }

    /// More is known.
    pub(crate) fn hear(&mut self, progress: &Progress) {
        self.known = *progress;
    }

    /// The time, what is being done, how many levels are done, and what is known of the one at hand: in at most so
    /// many characters, the most important first to be said and last to be left out. `elapsed` is in seconds.
    pub(crate) fn line(&self, elapsed: f64, room: usize) -> String {
        let Progress { gap, incumbent, bound, .. } = self.known;
        let parts =
            [self.work(), self.done(), self.gap(gap), self.best(incumbent), self.bound(bound)];
        fitted(&self.time(elapsed), &parts, room)
    }

    fn time(&self, elapsed: f64) -> Part {
        let since = format!("{:.0} s", elapsed.floor());
        let Some(limit) = self.limit else { return vec![(11, since)] };
        let left = (limit.as_secs_f64() - elapsed).max(0.0);
        let left = format!("{:.0} s left", left.ceil());
        vec![(10, format!("{since}, {left}")), (11, left)]
    }

    fn work(&self) -> Part {
        let Some(stage) = self.stage else { return Part::new() };
        let (long, short) = match stage {
            Stage::Ground => ("reading the policy over the facts", "reading"),
            Stage::Lower => ("building the problem", "building"),
            Stage::Start => ("making a first plan", "starting"),
            Stage::Mend => ("mending what is broken now", "mending"),
            Stage::Solve(_) => ("solving", "solving"),
            Stage::Unpack => ("settling single placements", "settling"),
            Stage::Pack(_) => ("filling machines by patterns for", "filling"),
            Stage::Improve(_) => ("improving rows for", "improving"),
            Stage::Judge => ("checking every rule", "checking"),
            Stage::Reasons => ("finding why rows are refused", "explaining"),
        };
        let is_for = matches!(stage, Stage::Solve(_) | Stage::Pack(_) | Stage::Improve(_));
        let level = self.level.filter(|_| is_for).and_then(|level| self.levels.get(level));
        match level {
            Some(Level { name, .. }) => vec![
                (1, format!("{long} `{name}`")),
                (3, format!("{short} `{name}`")),
                (4, format!("`{name}`")),
            ],
            None => vec![(1, long.trim_end_matches(" for").to_owned()), (3, short.to_owned())],
        }
    }

    /// Levels before the one at hand are done; once reasons are sought, none is at hand.
    fn done(&self) -> Part {
        let all = self.levels.len();
        if all == 0 || self.stage.is_none_or(|stage| stage == Stage::Reasons) {
            return Part::new();
        }
        let done = self.level.unwrap_or(0);
        vec![(2, format!("{done} of {all} levels done")), (9, format!("{done}/{all} levels"))]
    }

    fn gap(&self, gap: Option<f64>) -> Part {
        let gap = gap.map(|gap| gap * 100.0).filter(|gap| gap.is_finite());
        gap.map(|gap| (8, format!("gap {} %", format_number(gap, 3)))).into_iter().collect()
    }

    fn best(&self, value: Option<f64>) -> Part {
        self.value("best", value).map(|(best, _)| (7, best)).into_iter().collect()
    }

    fn bound(&self, value: Option<f64>) -> Part {
        let bound = self.value("bound", value);
        bound.map_or_else(Part::new, |(bound, bare)| vec![(5, bound), (6, bare)])
    }

    /// A value of the level at hand, with its unit and without.
    fn value(&self, what: &str, value: Option<f64>) -> Option<(String, String)> {
        let value = value.filter(|value| value.is_finite())?;
        let unit = self.level.and_then(|level| self.levels.get(level)?.unit.as_ref());
        let value = unit.map_or(value, |unit| unit.value_from_base(value));
        let name = unit.map_or("", |unit| &unit.name);
        let bare = format!("{what} {}", format_number(value, 6));
        Some((format!("{what} {}", amount(value, name, 6)), bare))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use apportion_driver::Stage;
    use apportion_solve::Progress;
    use expect_test::{Expect, expect};

    use super::{Course, Level};

    /// A run of two levels that is in a stage, after others.
    fn course(stages: &[Stage], known: Option<[f64; 3]>, limit: Option<u64>) -> Course {
        let usd = apportion_units::parse_unit("USD").expect("a currency").unit;
        let some = |value: f64| (!value.is_nan()).then_some(value);
        let mut course = Course {
            levels: vec![
                Level { name: "service".into(), unit: None },
                Level { name: "cost".into(), unit: Some(usd) },
            ],
            limit: limit.map(Duration::from_secs),
            stage: None,
            level: None,
            known: Progress::default(),
        };
        let (last, before) = stages.split_last().expect("a stage");
        before.iter().for_each(|stage| course.begin(*stage));
        if let Some([incumbent, bound, gap]) = known {
            let (incumbent, bound, gap) = (some(incumbent), some(bound), some(gap));
            course.hear(&Progress { incumbent, bound, gap, nodes: 7, seconds: 3.0 });
        }
        course.begin(*last);
        course
    }

    fn check(stages: &[Stage], known: Option<[f64; 3]>, limit: Option<u64>, expected: Expect) {
        expected.assert_eq(&course(stages, known, limit).line(12.7, 200));
    }

    #[test]
    fn a_level_shows_its_value_bound_gap_and_the_levels_done() {
        let known = Some([812.4, 800.1, 0.0151]);
        check(
            &[Stage::Solve(1), Stage::Solve(1)],
            known,
            None,
            expect![
                "12 s: solving `cost`, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD"
            ],
        );
        check(
            &[Stage::Solve(0), Stage::Pack(0)],
            known,
            None,
            expect![
                "12 s: filling machines by patterns for `service`, 0 of 2 levels done, gap 1.51 %, best 812.4, bound 800.1"
            ],
        );
        check(
            &[Stage::Pack(0), Stage::Improve(0)],
            known,
            None,
            expect![
                "12 s: improving rows for `service`, 0 of 2 levels done, gap 1.51 %, best 812.4, bound 800.1"
            ],
        );
    }

    #[test]
    fn what_is_known_of_a_level_stays_known_until_another_one_begins() {
        let known = Some([812.4, 800.1, 0.0151]);
        check(
            &[Stage::Solve(1), Stage::Judge],
            known,
            None,
            expect![
                "12 s: checking every rule, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD"
            ],
        );
        check(
            &[Stage::Solve(1), Stage::Reasons],
            known,
            None,
            expect![
                "12 s: finding why rows are refused, gap 1.51 %, best 812.4 USD, bound 800.1 USD"
            ],
        );
        check(
            &[Stage::Solve(1), Stage::Improve(0)],
            known,
            None,
            expect!["12 s: improving rows for `service`, 0 of 2 levels done"],
        );
        check(
            &[Stage::Mend, Stage::Solve(0)],
            known,
            None,
            expect!["12 s: solving `service`, 0 of 2 levels done"],
        );
    }

    #[test]
    fn a_limit_shows_what_is_left_of_it() {
        check(
            &[Stage::Ground],
            None,
            Some(30),
            expect!["12 s, 18 s left: reading the policy over the facts, 0 of 2 levels done"],
        );
        check(
            &[Stage::Judge],
            None,
            Some(10),
            expect!["12 s, 0 s left: checking every rule, 0 of 2 levels done"],
        );
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let without_gap = Some([f64::NAN, 1234567.0, f64::NAN]);
        check(
            &[Stage::Solve(0), Stage::Solve(0)],
            without_gap,
            Some(60),
            expect!["12 s, 48 s left: solving `service`, 0 of 2 levels done, bound 1 234 567"],
        );
        let without_bound = Some([0.0, f64::INFINITY, f64::INFINITY]);
        check(
            &[Stage::Solve(0), Stage::Solve(0)],
            without_bound,
            None,
            expect!["12 s: solving `service`, 0 of 2 levels done, best 0"],
        );
        check(
            &[Stage::Solve(2), Stage::Solve(2)],
            Some([1.0, 1.0, 0.0]),
            None,
            expect!["12 s: solving, 2 of 2 levels done, gap 0 %, best 1, bound 1"],
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_whole_the_most_important_last() {
        let improving =
            course(&[Stage::Improve(1), Stage::Improve(1)], Some([812.4, 800.1, 0.0151]), Some(30));
        let judging = course(&[Stage::Judge], None, Some(30));
        let lines = |course: &Course| -> String {
            let line = |room: usize| {
                let line = course.line(12.7, room);
                assert!(line.chars().count() <= room);
                format!("{room:>3} |{line}\n")
            };
            [120, 100, 80, 70, 60, 50, 40, 30, 20, 10, 0].map(line).concat()
        };
        expect![[r#"
            120 |12 s, 18 s left: improving rows for `cost`, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD
            100 |12 s, 18 s left: improving `cost`, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD
             80 |12 s, 18 s left: 1/2 levels, gap 1.51 %, best 812.4 USD, bound 800.1 USD
             70 |12 s, 18 s left: 1/2 levels, gap 1.51 %, best 812.4 USD, bound 800.1
             60 |12 s, 18 s left: 1/2 levels, gap 1.51 %, best 812.4 USD
             50 |12 s, 18 s left: 1/2 levels, gap 1.51 %
             40 |12 s, 18 s left: 1/2 levels, gap 1.51 %
             30 |12 s, 18 s left: 1/2 levels
             20 |12 s, 18 s left
             10 |18 s left
              0 |
        "#]].assert_eq(&lines(&improving));
        expect![[r#"
            120 |12 s, 18 s left: checking every rule, 0 of 2 levels done
            100 |12 s, 18 s left: checking every rule, 0 of 2 levels done
             80 |12 s, 18 s left: checking every rule, 0 of 2 levels done
             70 |12 s, 18 s left: checking every rule, 0 of 2 levels done
             60 |12 s, 18 s left: checking every rule, 0 of 2 levels done
             50 |12 s, 18 s left: checking, 0 of 2 levels done
             40 |12 s, 18 s left: checking, 0/2 levels
             30 |12 s, 18 s left: 0/2 levels
             20 |12 s, 18 s left
             10 |18 s left
              0 |
        "#]]
        .assert_eq(&lines(&judging));
    }
}

//! How far a run has come, in one line.

mod line;

use std::time::Duration;

use apportion_check::policy::{Policy, Type};
use apportion_driver::Stage;
use apportion_plan::Plan;
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

/// What is being done.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Work {
    /// A stage of planning.
    Stage(Stage),
    /// A fleet is parted.
    Deal,
    /// Parts of a fleet are planned apart, of which so many are solved.
    Parts { solved: usize, all: usize },
}

/// What is being done and what is known of it.
pub(crate) struct Course {
    levels: Vec<Level>,
    limit: Option<Duration>,
    work: Option<Work>,
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
            work: None,
            level: None,
            known: Progress::default(),
        }
    }

    /// Work begins. What is known of its level stays known.
    pub(crate) fn begin(&mut self, work: Work) {
        let level = match work {
            Work::Stage(
                Stage::Solve(level) | Stage::Share { level, .. } | Stage::Improve(level),
            ) => Some(level),
            Work::Stage(Stage::Pack) | Work::Parts { .. } => Some(0),
            Work::Stage(Stage::Mend) => None,
            _ => self.level,
        };
        let is_of_another = match (self.work, work) {
            // What is known of some parts is not known of more of them, nor of the whole.
            (Some(Work::Parts { .. }), _) | (_, Work::Parts { .. }) => true,
            // A solve that is done again begins with nothing.
            (_, Work::Stage(Stage::Mend | Stage::Solve(_))) => true,
            _ => level != self.level,
        };
        if is_of_another {
            self.known = Progress::default();
        }
        (self.work, self.level) = (Some(work), level);
    }

    /// More is known; what is not told again stays known.
    pub(crate) fn hear(&mut self, progress: &Progress) {
        let incumbent = progress.incumbent.or(self.known.incumbent);
        let bound = progress.bound.or(self.known.bound);
        let gap = |(best, bound): (f64, f64)| (bound - best).abs() / best.abs();
        let gap = progress.gap.or_else(|| incumbent.zip(bound).map(gap));
        self.known = Progress { incumbent, bound, gap, ..*progress };
    }

    /// Planning ends; what is known of the first level is what the plan says of it.
    pub(crate) fn end(&mut self, plan: &Plan) {
        let base = |value: f64| {
            let unit = self.levels.first().and_then(|level| level.unit.as_ref());
            unit.map_or(value, |unit| unit.value_to_base(value))
        };
        if let Some(level) = plan.levels.first() {
            let (incumbent, bound) = (level.value.map(base), level.bound.map(base));
            self.level = Some(0);
            self.known = Progress { incumbent, bound, ..Progress::default() };
        }
    }

    /// What is known of the first level, if that is at hand.
    pub(crate) fn first_level(&self) -> Option<&Progress> {
        (self.level == Some(0)).then_some(&self.known)
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
        let Some(limit) = self.limit else { return vec![(12, since)] };
        let left = (limit.as_secs_f64() - elapsed).max(0.0);
        let left = format!("{:.0} s left", left.ceil());
        vec![(11, format!("{since}, {left}")), (12, left)]
    }

    fn work(&self) -> Part {
        let stage = match self.work {
            Some(Work::Stage(stage)) => stage,
            Some(Work::Deal) => return vec![(3, "dealing rows to parts".to_owned())],
            Some(Work::Parts { .. }) | None => return Part::new(),
        };
        let words = |long: &str, short: &str| vec![(1, long.to_owned()), (3, short.to_owned())];
        let level = self.level.and_then(|level| self.levels.get(level));
        let on = |long: &str, short: &str| match level {
            Some(Level { name, .. }) => vec![
                (1, format!("{long} `{name}`")),
                (3, format!("{short} `{name}`")),
                (4, format!("`{name}`")),
            ],
            None => vec![(3, short.to_owned())],
        };
        match stage {
            Stage::Ground => words("reading the policy over the facts", "reading"),
            Stage::Lower => words("building the problem", "building"),
            Stage::Start => words("making a first plan", "starting"),
            Stage::Mend => words("mending what is broken now", "mending"),
            Stage::Solve(_) => on("solving", "solving"),
            Stage::Share { settled, all, .. } => vec![
                (3, format!("{settled} of {all} shares settled")),
                (8, format!("{settled}/{all} shares")),
            ],
            Stage::Unpack => words("settling single placements", "settling"),
            Stage::Pack => on("filling machines by patterns for", "filling"),
            Stage::Improve(_) => on("improving rows for", "improving"),
            Stage::Judge => words("checking every rule", "checking"),
            Stage::Reasons => words("finding why rows are refused", "explaining"),
        }
    }

    /// Levels before the one at hand are done; once reasons are sought, none is at hand.
    fn done(&self) -> Part {
        let (long, short) = match (self.work, self.levels.len()) {
            (Some(Work::Parts { solved, all }), _) => {
                (format!("{solved} of {all} parts solved"), format!("{solved}/{all} parts"))
            }
            (None | Some(Work::Stage(Stage::Reasons)), _) | (_, 0) => return Part::new(),
            (_, all) => {
                let done = self.level.unwrap_or(0);
                (format!("{done} of {all} levels done"), format!("{done}/{all} levels"))
            }
        };
        vec![(2, long), (10, short)]
    }

    /// Of parts it is the gap to what is proven of plans in these parts.
    fn gap(&self, gap: Option<f64>) -> Part {
        let Some(gap) = gap.filter(|gap| gap.is_finite()) else { return Part::new() };
        let what = match self.work {
            Some(Work::Parts { .. }) => "their gap",
            _ => "gap",
        };
        vec![(9, format!("{what} {} %", format_number(gap * 100.0, 3)))]
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

    use super::{Course, Level, Work};

    /// A run of two levels in which something becomes known in the first work; then come the others.
    fn course(works: &[Work], known: Option<[f64; 3]>, limit: Option<u64>) -> Course {
        let usd = apportion_units::parse_unit("USD").expect("a currency").unit;
        let some = |value: f64| (!value.is_nan()).then_some(value);
        let mut course = Course {
            levels: vec![
                Level { name: "service".into(), unit: None },
                Level { name: "cost".into(), unit: Some(usd) },
            ],
            limit: limit.map(Duration::from_secs),
            work: None,
            level: None,
            known: Progress::default(),
        };
        let (first, others) = works.split_first().expect("work");
        course.begin(*first);
        if let Some([incumbent, bound, gap]) = known {
            let (incumbent, bound, gap) = (some(incumbent), some(bound), some(gap));
            course.hear(&Progress { incumbent, bound, gap, nodes: 7, seconds: 3.0 });
        }
        others.iter().for_each(|work| course.begin(*work));
        course
    }

    fn check(stages: &[Stage], known: Option<[f64; 3]>, limit: Option<u64>, expected: Expect) {
        let works: Vec<Work> = stages.iter().copied().map(Work::Stage).collect();
        expected.assert_eq(&course(&works, known, limit).line(12.7, 200));
    }

    #[test]
    fn a_level_shows_its_value_bound_gap_and_the_levels_done() {
        let known = Some([812.4, 800.1, 0.0151]);
        check(
            &[Stage::Solve(1)],
            known,
            None,
            expect![
                "12 s: solving `cost`, 1 of 2 levels done, gap 1.51 %, best 812.4 USD, bound 800.1 USD"
            ],
        );
        check(
            &[Stage::Solve(0), Stage::Pack],
            known,
            None,
            expect![
                "12 s: filling machines by patterns for `service`, 0 of 2 levels done, gap 1.51 %, best 812.4, bound 800.1"
            ],
        );
        check(
            &[Stage::Pack, Stage::Improve(0)],
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
        check(
            &[Stage::Solve(0), Stage::Solve(0)],
            known,
            None,
            expect!["12 s: solving `service`, 0 of 2 levels done"],
        );
    }

    #[test]
    fn what_is_not_told_again_stays_known() {
        let mut course =
            course(&[Work::Stage(Stage::Solve(1))], Some([800.0, f64::NAN, f64::NAN]), None);
        course.hear(&Progress { bound: Some(600.0), ..Progress::default() });
        expect!["12 s: solving `cost`, 1 of 2 levels done, gap 25 %, best 800 USD, bound 600 USD"]
            .assert_eq(&course.line(12.7, 200));
    }

    #[test]
    fn a_level_of_shares_shows_how_many_are_settled() {
        let share = |settled| Work::Stage(Stage::Share { level: 0, settled, all: 20 });
        let line = |works: &[Work], room| {
            course(works, Some([0.12, 0.12, 0.0]), Some(30)).line(12.7, room)
        };
        expect!["12 s, 18 s left: 3 of 20 shares settled, 0 of 2 levels done, gap 0 %, best 0.12, bound 0.12"].assert_eq(&line(&[share(0), share(3)], 100));
        expect!["12 s, 18 s left: 3/20 shares, 0/2 levels, gap 0 %, best 0.12"]
            .assert_eq(&line(&[share(0), share(3)], 60));
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
            &[Stage::Solve(0)],
            without_gap,
            Some(60),
            expect!["12 s, 48 s left: solving `service`, 0 of 2 levels done, bound 1 234 567"],
        );
        let without_bound = Some([0.0, f64::INFINITY, f64::INFINITY]);
        check(
            &[Stage::Solve(0)],
            without_bound,
            None,
            expect!["12 s: solving `service`, 0 of 2 levels done, best 0"],
        );
        check(
            &[Stage::Solve(2)],
            Some([1.0, 1.0, 0.0]),
            None,
            expect!["12 s: solving, 2 of 2 levels done, gap 0 %, best 1, bound 1"],
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_whole_the_most_important_last() {
        let known = Some([812.4, 800.1, 0.0151]);
        let improving = Work::Stage(Stage::Improve(1));
        let improving = course(&[improving], known, Some(30));
        let judging = course(&[Work::Stage(Stage::Judge)], None, Some(30));
        let parts = Work::Parts { solved: 3, all: 8 };
        let parts = course(&[parts], known, Some(30));
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
             80 |12 s, 18 s left: `cost`, 1/2 levels, gap 1.51 %, best 812.4 USD, bound 800.1 USD
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
        expect![[r#"
            120 |12 s, 18 s left: 3 of 8 parts solved, their gap 1.51 %, best 812.4, bound 800.1
            100 |12 s, 18 s left: 3 of 8 parts solved, their gap 1.51 %, best 812.4, bound 800.1
             80 |12 s, 18 s left: 3 of 8 parts solved, their gap 1.51 %, best 812.4, bound 800.1
             70 |12 s, 18 s left: 3/8 parts, their gap 1.51 %, best 812.4, bound 800.1
             60 |12 s, 18 s left: 3/8 parts, their gap 1.51 %, best 812.4
             50 |12 s, 18 s left: 3/8 parts, their gap 1.51 %
             40 |12 s, 18 s left: 3/8 parts
             30 |12 s, 18 s left: 3/8 parts
             20 |12 s, 18 s left
             10 |18 s left
              0 |
        "#]]
        .assert_eq(&lines(&parts));
    }

    #[test]
    fn parts_of_a_fleet_show_how_many_are_solved() {
        let line = |works: &[Work]| course(works, None, Some(30)).line(12.7, 200);
        expect!["12 s, 18 s left: dealing rows to parts, 0 of 2 levels done"]
            .assert_eq(&line(&[Work::Deal]));
        let parts = Work::Parts { solved: 0, all: 8 };
        expect!["12 s, 18 s left: 0 of 8 parts solved"].assert_eq(&line(&[Work::Deal, parts]));
        expect!["12 s, 18 s left: making a first plan, 0 of 2 levels done"]
            .assert_eq(&line(&[parts, Work::Stage(Stage::Start)]));
    }
}

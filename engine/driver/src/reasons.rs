//! Why something that was asked for is not in a plan, in words that are no surer than what was found.

use std::collections::BTreeMap;

use apportion_check::policy::RuleId;
use apportion_ground::Bars;
use apportion_plan::{Level, LevelState, Status};
use apportion_units::{counted, format_number};
use apportion_unpack::{Cause, Prospect, Prospects};

use crate::build::Builder;
use crate::refused::Missing;

/// How far the plan came.
pub(crate) struct Reached {
    pub(crate) status: Status,
    pub(crate) levels: Vec<Level>,
}

/// What reasons are found from.
pub(crate) struct Court<'c> {
    pub(crate) builder: &'c Builder<'c>,
    pub(crate) reached: &'c Reached,
    pub(crate) prospects: Prospects<'c>,
}

/// Why an objective that gains from one more unit has not got it.
enum Given {
    /// The search ended before it was settled.
    Stopped,
    /// The plan may be that share from the best.
    Gap(f64),
    /// It was given up for a later level.
    Slack(usize, usize),
    /// Nothing is known that speaks against it.
    Nothing,
}

/// Rules without room, and whether that is sure.
struct Full {
    /// By rule, at how many places it alone is counted; absent where it has no room at any.
    rules: Vec<(RuleId, Option<u64>)>,
    sure: bool,
}

impl Court<'_> {
    /// Why a row that is shut out of every place gets nothing.
    pub(crate) fn barred(&self, missing: &Missing, bars: Option<&Bars>) -> String {
        let ground = self.builder.ground;
        let Some(bars) = bars else {
            let shut = ground.shut_out.iter();
            let shut = shut.filter(|it| it.decision.index() == missing.decision && it.tuples > 0);
            let rules: Vec<RuleId> = shut.filter_map(|it| it.rule).collect();
            return match rules.is_empty() {
                true => "no place is eligible".to_owned(),
                false => format!("no place is eligible, what may bind: {}", self.called(&rules)),
            };
        };
        let decision = &self.builder.policy.decisions[missing.decision].name;
        let condition = bars.condition.then(|| format!("the `where` of `{decision}`"));
        let rules = bars.rules.iter().map(|rule| self.name(*rule));
        let names: Vec<String> = condition.into_iter().chain(rules).collect();
        match names.is_empty() {
            true => "no place is eligible".to_owned(),
            false => format!("no place is eligible: {}", names.join(", ")),
        }
    }

    /// Why a row gets no more.
    pub(crate) fn reason(&self, missing: &Missing) -> String {
        let whole = self.builder.ground.decisions[missing.decision].whole;
        let unit = if whole { 1.0 } else { missing.amount * 1e-3 };
        let mut prospect = self.prospects.of(missing.decision, missing.row, unit);
        let by_itself = prospect.blocked.keys().flatten();
        let together = by_itself.copied().any(|it| matches!(it, Cause::Condition(_)));
        if prospect.fits.is_none() && together && missing.amount > unit {
            // What one unit alone may not do, all of them may.
            let all = self.prospects.of(missing.decision, missing.row, missing.amount);
            prospect.fits = all.fits;
            prospect.blocked.extend(all.blocked);
        }
        match &prospect.fits {
            Some(gains) => self.fitting(&prospect, gains),
            None => self.unfitting(missing, &prospect, whole),
        }
    }

    /// The reason where one more fits.
    fn fitting(&self, prospect: &Prospect, gains: &[f64]) -> String {
        let first = gains.iter().position(|gain| *gain != 0.0);
        let sought = gains.iter().position(|gain| *gain > 0.0);
        match (first, sought) {
            (Some(first), Some(sought)) if first == sought => match self.given(first, gains) {
                Given::Stopped => "not settled: the search was stopped".to_owned(),
                Given::Gap(gap) => {
                    let gap = format_number(gap * 100.0, 2);
                    format!("left open: this plan is at most {gap} % from the best possible")
                }
                Given::Slack(level, later) => {
                    let (level, later) = (self.level(level), self.level(later));
                    format!("given up within the slack of {level} for {later}")
                }
                Given::Nothing => "one more would fit by every rule".to_owned(),
            },
            (Some(first), Some(sought)) => {
                let (first, sought) = (self.level(first), self.level(sought));
                format!("one more would worsen {first}, which comes before {sought}")
            }
            _ if prospect.gives_room => "one more would fit by every rule".to_owned(),
            _ => not_sought(prospect),
        }
    }

    /// The reason where one more fits nowhere.
    fn unfitting(&self, missing: &Missing, prospect: &Prospect, whole: bool) -> String {
        let sought = prospect.alone.iter().position(|gain| *gain > 0.0);
        if sought.is_none() && !prospect.gives_room {
            return not_sought(prospect);
        }
        let full = full(&prospect.blocked).unwrap_or_else(|| {
            let rules = self.prospects.rules_of(missing.decision, missing.row);
            Full { rules: rules.into_iter().map(|rule| (rule, None)).collect(), sure: false }
        });
        let slack = sought.filter(|at| self.may_be_slack(*at, prospect.alone[*at]));
        let unsettled = sought.is_some_and(|at| self.is_unsettled(at));
        let mut names: Vec<String> = full
            .rules
            .iter()
            .map(|(rule, places)| match places {
                Some(places) if full.sure && slack.is_none() && !unsettled => {
                    let places = counted(*places as usize, "place", "places");
                    format!("{} ({places})", self.name(*rule))
                }
                _ => self.name(*rule),
            })
            .collect();
        names.extend(slack.map(|at| format!("the slack of {}", self.level(at))));
        let names = names.join(", ");
        let room = match (full.sure && slack.is_none(), whole) {
            (true, true) => format!("no room for one more: {names}"),
            (true, false) => format!("no room for more: {names}"),
            (false, _) if names.is_empty() => {
                return NOT_FOUND.to_owned();
            }
            (false, _) => format!("what may bind: {names}"),
        };
        match unsettled {
            true => format!("not settled: the search was stopped ({room})"),
            false => room,
        }
    }

    /// Why the objective at a position, which gains from one more, does not have it.
    fn given(&self, at: usize, gains: &[f64]) -> Given {
        if self.is_unsettled(at) {
            return Given::Stopped;
        }
        let later = (at + 1..gains.len()).find(|later| gains[*later] < 0.0);
        if let Some(later) = later.filter(|_| self.has_slack(at)) {
            return Given::Slack(at, later);
        }
        let gap = self.level_of(at).and_then(|level| self.reached.levels[level].gap);
        match gap {
            Some(gap) if gap > 1e-9 => Given::Gap(gap),
            _ => Given::Nothing,
        }
    }

    /// Whether a limit or an interruption ended the search before a level was proven.
    fn is_unsettled(&self, at: usize) -> bool {
        let level = self.level_of(at).map(|level| &self.reached.levels[level]);
        self.reached.status == Status::Stopped
            && self.builder.outcome.stop() != apportion_solve::Stop::Completed
            && level.is_some_and(|level| level.state != LevelState::Proven)
    }

    fn has_slack(&self, at: usize) -> bool {
        let objective = &self.builder.ground.objectives[at];
        let slack = objective.slack;
        (slack.absolute > 0.0 || slack.relative > 0.0)
            && at + 1 < self.builder.ground.objectives.len()
    }

    /// Whether an objective is so far below its best, with slack for it, that the unit may be what is missing.
    fn may_be_slack(&self, at: usize, gain: f64) -> bool {
        let Some(level) = self.level_of(at).filter(|_| self.has_slack(at)) else { return false };
        let verdict = self.builder.outcome.judged.as_ref().map(|(_, verdict)| verdict);
        let value = verdict.and_then(|verdict| verdict.levels.get(level)).map(|it| it.value);
        match (self.reached.levels[level].gap, value) {
            (Some(gap), Some(value)) => gap * value.abs() >= gain * (1.0 - 1e-6),
            _ => true,
        }
    }

    fn level_of(&self, at: usize) -> Option<usize> {
        self.builder.ground.objectives[at].level.map(|level| level.index())
    }

    fn level(&self, at: usize) -> String {
        match self.level_of(at) {
            Some(level) => format!("`{}`", self.builder.policy.levels[level].name),
            None => self.mended(),
        }
    }

    /// What comes before every level.
    fn mended(&self) -> String {
        let rules = self.builder.policy.rules.iter().filter(|rule| rule.is_warned());
        let (kept, warned): (Vec<_>, Vec<_>) = rules.partition(|rule| rule.is_preemption());
        let [kept, warned] = [kept, warned].map(|rules| {
            let titles: Vec<String> = rules.into_iter().map(|rule| rule.title()).collect();
            titles.join(", ")
        });
        match (kept.is_empty(), warned.is_empty()) {
            (true, true) => "what runs now breaks".to_owned(),
            (false, true) => format!("what is kept of what runs now ({kept})"),
            (true, false) => format!("what is to warn or what runs now breaks ({warned})"),
            (false, false) => format!("what is to warn or what runs now breaks ({warned}, {kept})"),
        }
    }

    fn called(&self, rules: &[RuleId]) -> String {
        let names: Vec<String> = rules.iter().map(|rule| self.name(*rule)).collect();
        names.join(", ")
    }

    fn name(&self, rule: RuleId) -> String {
        self.builder.policy.rules[rule.index()].title()
    }
}

const NOT_FOUND: &str = "not found within the work allowed";

/// What is said where no objective was seen to gain: that none does is known only where every place was looked at.
fn not_sought(prospect: &Prospect) -> String {
    let said = if prospect.is_cut { NOT_FOUND } else { "nothing that is sought asks for it" };
    said.to_owned()
}

/// The rules that have no room at any place, else as few as have none at one of each; nothing where none is known.
fn full(blocked: &BTreeMap<Vec<Cause>, u64>) -> Option<Full> {
    let open = || blocked.iter().filter(|(causes, _)| !causes.is_empty());
    let rule = |cause: &Cause| match cause {
        Cause::Sum(rule) | Cause::Condition(rule) => Some(*rule),
        Cause::Unknown => None,
    };
    let sure = open().all(|(causes, _)| causes.iter().all(|it| matches!(it, Cause::Sum(_))));
    let mut left: Vec<(Vec<RuleId>, u64)> = open()
        .map(|(causes, places)| (causes.iter().filter_map(rule).collect(), *places))
        .filter(|(rules, _): &(Vec<RuleId>, u64)| !rules.is_empty())
        .collect();
    let mut rules: Vec<RuleId> = left.iter().flat_map(|(rules, _)| rules.clone()).collect();
    rules.sort();
    rules.dedup();
    let everywhere = rules.iter().filter(|rule| left.iter().all(|(it, _)| it.contains(rule)));
    let everywhere: Vec<(RuleId, Option<u64>)> = everywhere.map(|rule| (*rule, None)).collect();
    if !everywhere.is_empty() {
        return Some(Full { rules: everywhere, sure });
    }
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let count = |rule: &RuleId| -> u64 {
            left.iter().filter(|(it, _)| it.contains(rule)).map(|(_, places)| places).sum()
        };
        let best = rules.iter().max_by_key(|rule| (count(rule), std::cmp::Reverse(**rule)))?;
        chosen.push((*best, Some(count(best))));
        left.retain(|(it, _)| !it.contains(best));
    }
    (!chosen.is_empty()).then_some(Full { rules: chosen, sure })
}

//! A plan that stands, and the rows that arrive beside it one by one.
//!
//! The next solve may place a row better; until then it runs where it was put, and every rule is kept:
//!
//! ```text
//! let grounded = ground_request(&request)?;
//! let index = Index::new(&grounded.ground);
//! let mut standing = Standing::new(&request, &schema, &index, "pods")?;
//! for row in standing.read(&bytes)? {
//!     let decision = standing.admit(&row);
//! }
//! ```

use std::collections::BTreeMap;

use apportion_check::policy::{InputId, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_facts::WorldFacts;
use apportion_ground::{Ground, Joint, Kinds};
use apportion_unpack::{Admission, Arrivals, Index, Placement, Unfit};
use apportion_world::schema::Schema;
use apportion_world::{InputBytes, LaterRows};

use crate::build::{shown, unit_name};
use crate::names::Names;
use crate::request::Request;

/// What runs now, as a plan that rows of one input arrive beside.
pub struct Standing<'s> {
    request: &'s Request<'s>,
    ground: &'s Ground,
    input: InputId,
    kinds: Kinds<'s>,
    later: LaterRows<'s>,
    arrivals: Arrivals<'s>,
    /// What rows that arrived have been given, by key.
    admitted: BTreeMap<String, Vec<Placement>>,
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: String,
    /// The class of the rows that are like it, if there are any.
    class: Option<u32>,
}

impl Row {
    /// The number of its kind: what is worked out once for all rows of a kind is kept.
    pub fn class(&self) -> Option<u32> {
        self.class
    }
}

/// What is decided of a row that arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It is placed.
    Placed {
        /// Where, and how much.
        places: Vec<Placed>,
        /// By how much each level gets better, in base units, those that the policy names; below 0: worse.
        gains: Vec<f64>,
    },
    /// No rule set leaves it a place.
    Refused {
        /// Rules that stand in the way, with the number of places at which each does, the most first. None: a
        /// decision's own `where`, a `forbid` or a `permit` shuts it out of every place.
        rules: Vec<(String, u64)>,
    },
    /// No row of the standing plan is like it in all that the policy reads: the next solve has to place it.
    NewKind,
    /// A row with its key has arrived already.
    Known,
}

/// A value of one tuple, in the author's and the data's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The decision.
    pub decision: String,
    /// The words of its indices, as a plan's JSON has them.
    pub at: Vec<String>,
    /// In the decision's unit.
    pub value: f64,
    /// The unit; `1` for plain numbers.
    pub unit: String,
}

impl<'s> Standing<'s> {
    /// The plan is what runs now in the request's world, which `schema` was used to load; `index` is of the request's
    /// ground policy. Refused are policies under which a row of the input cannot be judged by itself.
    pub fn new(
        request: &'s Request<'s>,
        schema: &'s Schema,
        index: &'s Index<'s>,
        input: &str,
    ) -> Result<Standing<'s>, Box<Diagnostic>> {
        let policy = request.policy;
        let missing = || Box::new(Diagnostic::error("unknown-name", format!("no input `{input}`")));
        let position = policy.inputs.iter().position(|it| it.name == input).ok_or_else(missing)?;
        let id = InputId(position as u32);
        let later = LaterRows::new(schema, request.world, input).ok_or_else(missing)?;
        let facts = WorldFacts::new(policy, request.world, request.settings);
        let ground = index.ground();
        let kinds = Kinds::new(policy, &facts, id, &ground.spaces[position]);
        let kinds = kinds.map_err(|joint| Box::new(refused_for(input, joint)))?;
        let entries = request.world.current.entries.iter();
        let values = entries.map(|it| (it.decision as usize, &*it.at, it.value));
        let arrivals = Arrivals::beside(policy, index, values, id);
        let arrivals = arrivals.map_err(|unfit| Box::new(unfit_for(request, input, unfit)))?;
        let admitted = BTreeMap::new();
        Ok(Standing { request, ground, input: id, kinds, later, arrivals, admitted })
    }

    /// Reads rows, laid out as the input's own.
    pub fn read(&mut self, bytes: &InputBytes) -> Result<Vec<Row>, Vec<Diagnostic>> {
        let world = self.later.read(bytes)?;
        let facts = WorldFacts::new(self.request.policy, world, self.request.settings);
        let table = &world.tables[self.input.index()];
        let rows = table.keys.iter().zip(0..).map(|(key, row)| Row {
            key: world.symbols.text(*key).to_owned(),
            class: self.kinds.class(&facts, row),
        });
        Ok(rows.collect())
    }

    /// Places a row if the rules allow it, and keeps its place for it.
    pub fn admit(&mut self, row: &Row) -> Decision {
        if self.admitted.contains_key(&row.key) {
            return Decision::Known;
        }
        let Some(class) = row.class else { return Decision::NewKind };
        match self.arrivals.admit(class) {
            Admission::Refused(rules) => {
                let rules = rules.into_iter();
                Decision::Refused { rules: rules.map(|(it, at)| (self.rule(it), at)).collect() }
            }
            Admission::Placed { placements, gains } => {
                let places = placements.iter().map(|it| self.placed(row, it)).collect();
                self.admitted.insert(row.key.clone(), placements);
                let levels = self.ground.objectives.iter().zip(gains);
                let gains = levels.filter(|(it, _)| it.level.is_some()).map(|(_, gain)| gain);
                Decision::Placed { places, gains: gains.collect() }
            }
        }
    }

    /// Frees what a row has, whether it arrived or is of the plan; gives whether it had anything.
    pub fn release(&mut self, key: &str) -> bool {
        if let Some(placements) = self.admitted.remove(key) {
            placements.iter().for_each(|it| self.arrivals.take_back(it));
            return !placements.is_empty();
        }
        let row = self.request.world.row(self.input.index(), key);
        row.is_some_and(|row| self.arrivals.leave(row) != 0.0)
    }

    fn placed(&self, row: &Row, placement: &Placement) -> Placed {
        let decision = &self.request.policy.decisions[placement.decision];
        let Request { policy, world, .. } = self.request;
        let names = Names { policy, world, words: &self.ground.words };
        let mut at = names.tuple(placement.decision, &placement.at);
        at[placement.arriving] = row.key.clone();
        let unit = decision.unit.as_ref();
        Placed {
            decision: decision.name.to_string(),
            at,
            value: shown(placement.amount, unit),
            unit: unit_name(unit),
        }
    }

    fn rule(&self, rule: RuleId) -> String {
        self.request.policy.rules[rule.index()].name.to_string()
    }
}

const ONE_BY_ONE: &str = "cannot be placed one by one";

fn refused_for(input: &str, joint: Joint) -> Diagnostic {
    let message = format!("rows of `{input}` {ONE_BY_ONE}");
    let finding = Diagnostic::error("joint-rows", message);
    match joint {
        Joint::Identity => finding.note("the policy tells its rows apart by which row they are"),
        Joint::Condition => finding.note("a condition is stated of its rows, other than by a sum"),
        Joint::Facts(span) => finding.at(span, "this is worth something else with one more row"),
    }
}

fn unfit_for(request: &Request<'_>, input: &str, unfit: Unfit) -> Diagnostic {
    let policy = request.policy;
    let rule = |rule: RuleId| &policy.rules[rule.index()];
    let finding = Diagnostic::error("joint-rows", format!("rows of `{input}` {ONE_BY_ONE}"));
    match unfit {
        Unfit::Tied(it) => finding.at(rule(it).span, "this rule ties its rows to each other"),
        Unfit::TooMany(it) => finding.at(rule(it).span, "this rule is stated for too many places"),
        Unfit::Decision(it) => {
            let decision = &policy.decisions[it];
            let label = format!("`{}` has two of its rows, or parts of a whole", decision.name);
            finding.at(decision.span, label)
        }
    }
}

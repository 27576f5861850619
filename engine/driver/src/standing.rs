//! A plan that stands, and the rows that arrive beside it one by one.
//!
//! The next solve may place a row better; until then it runs where it was put, and every rule is kept:
//!
//! ```text
//! let mut standing = Standing::new(&request, &schema, "pods")?;
//! for row in standing.read(&bytes)? {
//!     let decision = standing.admit(&row);
//! }
//! ```
//!
//! A row that is like none before it makes the policy be ground anew, with that row in the world: what it may have is then
//! worked out as for every other row. That takes as long as grounding does, once for each kind of row.

use std::collections::{BTreeMap, BTreeSet};

use apportion_check::policy::{InputId, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_facts::WorldFacts;
use apportion_ground::{Ground, Joint, Kinds};
use apportion_unpack::{Admission, Arrivals, Index, Placement, Unfit};
use apportion_world::schema::Schema;
use apportion_world::{InputBytes, LaterRows, World};
use self_cell::self_cell;

use crate::build::{shown, unit_name};
use crate::names::Names;
use crate::request::Request;
use crate::run::ground_facts;

/// What runs now, as a plan that rows of one input arrive beside.
pub struct Standing<'s> {
    request: &'s Request<'s>,
    input: InputId,
    kinds: Kinds<'s>,
    later: LaterRows<'s>,
    beside: Beside,
    /// What rows that arrived have been given, by key.
    admitted: BTreeMap<String, Vec<Placement>>,
    /// Rows of the plan that have left.
    left: BTreeSet<u32>,
}

self_cell! {
    struct Indexed {
        owner: Ground,
        #[covariant]
        dependent: Index,
    }
}

self_cell! {
    /// The rows that arrive beside the plan, over what they are compiled from.
    struct Beside {
        owner: Indexed,
        #[not_covariant]
        dependent: Arrivals,
    }
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: String,
    /// The class of the rows that are like it.
    class: u32,
}

impl Row {
    /// The number of its kind: what is worked out once for all rows of a kind is kept.
    pub fn class(&self) -> u32 {
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
    /// The plan is what runs now in the request's world, which `schema` was used to load. Refused are policies under
    /// which a row of the input cannot be judged by itself.
    pub fn new(
        request: &'s Request<'s>,
        schema: &'s Schema,
        input: &str,
    ) -> Result<Standing<'s>, Vec<Diagnostic>> {
        let policy = request.policy;
        let missing = || vec![Diagnostic::error("unknown-name", format!("no input `{input}`"))];
        let position = policy.inputs.iter().position(|it| it.name == input).ok_or_else(missing)?;
        let id = InputId(position as u32);
        let later = LaterRows::new(schema, request.world, input).ok_or_else(missing)?;
        let left = BTreeSet::new();
        let indexed = indexed(request, request.world)?;
        let facts = WorldFacts::new(policy, request.world, request.settings);
        let kinds = Kinds::new(policy, &facts, id, &indexed.borrow_owner().spaces[position]);
        let kinds = kinds.map_err(|joint| vec![refused_for(request, id, joint)])?;
        let beside = beside(request, indexed, id, &left)?;
        Ok(Standing { request, input: id, kinds, later, beside, admitted: BTreeMap::new(), left })
    }

    /// Reads rows, laid out as the input's own. Findings are errors: a cell that cannot be used, a key that is taken, a
    /// fact that the policy needs and a row lacks.
    pub fn read(&mut self, bytes: &InputBytes) -> Result<Vec<Row>, Vec<Diagnostic>> {
        let world = self.later.read(bytes)?;
        let facts = WorldFacts::new(self.request.policy, world, self.request.settings);
        let known = self.kinds.len();
        let table = &world.tables[self.input.index()];
        let (mut rows, mut firsts) = (Vec::with_capacity(table.keys.len()), Vec::new());
        for (key, row) in table.keys.iter().zip(0..) {
            let seen = self.kinds.len();
            let class = self.kinds.class(&facts, row);
            if class == seen {
                firsts.push(row);
            }
            rows.push(Row { key: world.symbols.text(*key).to_owned(), class });
        }
        if !firsts.is_empty() {
            self.compile(&firsts).inspect_err(|_| self.kinds.truncate(known))?;
        }
        Ok(rows)
    }

    /// Works out what rows of new kinds may have; `firsts` are the first of each among the rows that were read.
    fn compile(&mut self, firsts: &[u32]) -> Result<(), Vec<Diagnostic>> {
        let Standing { request, input, later, beside: known, admitted, left, .. } = self;
        let mut again = admitted.clone();
        let grown = later.take_in(firsts, |world| {
            let mut grown = beside(request, indexed(request, world)?, *input, left)?;
            let mut placements = again.values_mut().flatten();
            let stays = grown
                .with_dependent_mut(|_, arrivals| placements.all(|it| arrivals.give_again(it)));
            known.with_dependent_mut(|_, known| {
                grown.with_dependent_mut(|_, arrivals| arrivals.learn(known));
            });
            let why = "a new kind of row changes what others may have";
            if stays { Ok(grown) } else { Err(vec![one_by_one(request, *input).note(why)]) }
        })?;
        self.beside = grown;
        self.admitted = again;
        Ok(())
    }

    /// How many kinds of rows are compiled.
    pub fn kinds(&self) -> u32 {
        self.kinds.len()
    }

    /// Places a row if the rules allow it, and keeps its place for it.
    pub fn admit(&mut self, row: &Row) -> Decision {
        if self.admitted.contains_key(&row.key) {
            return Decision::Known;
        }
        match self.beside.with_dependent_mut(|_, arrivals| arrivals.admit(row.class)) {
            Admission::Refused(rules) => {
                let rules = rules.into_iter();
                Decision::Refused { rules: rules.map(|(it, at)| (self.rule(it), at)).collect() }
            }
            Admission::Placed { placements, gains } => {
                let places = placements.iter().map(|it| self.placed(row, it)).collect();
                self.admitted.insert(row.key.clone(), placements);
                let levels = self.ground().objectives.iter().zip(gains);
                let gains = levels.filter(|(it, _)| it.level.is_some()).map(|(_, gain)| gain);
                Decision::Placed { places, gains: gains.collect() }
            }
        }
    }

    /// Frees what a row has, whether it arrived or is of the plan; gives whether it had anything.
    pub fn release(&mut self, key: &str) -> bool {
        let Standing { request, input, beside, admitted, left, .. } = self;
        if let Some(placements) = admitted.remove(key) {
            beside.with_dependent_mut(|_, arrivals| {
                placements.iter().for_each(|it| arrivals.take_back(it));
            });
            return !placements.is_empty();
        }
        let Some(row) = request.world.row(input.index(), key) else { return false };
        left.insert(row);
        beside.with_dependent_mut(|_, arrivals| arrivals.leave(row)) != 0.0
    }

    fn ground(&self) -> &Ground {
        self.beside.borrow_owner().borrow_owner()
    }

    fn placed(&self, row: &Row, placement: &Placement) -> Placed {
        let decision = &self.request.policy.decisions[placement.decision];
        let Request { policy, world, .. } = self.request;
        let names = Names { policy, world, words: &self.ground().words };
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

/// The policy over the request's world, or one that has more rows of the input that arrives.
fn indexed(request: &Request<'_>, world: &World) -> Result<Indexed, Vec<Diagnostic>> {
    let facts = WorldFacts::new(request.policy, world, request.settings);
    let grounded = ground_facts(request, &facts, &|| false);
    let ground = grounded.ground.ok_or(grounded.findings)?;
    Ok(Indexed::new(ground, |ground| Index::new(ground)))
}

/// What runs now, but for rows that have left.
fn beside(
    request: &Request<'_>,
    indexed: Indexed,
    input: InputId,
    left: &BTreeSet<u32>,
) -> Result<Beside, Vec<Diagnostic>> {
    let entries = request.world.current.entries.iter();
    let values = entries.map(|it| (it.decision as usize, &*it.at, it.value));
    let beside = Beside::try_new(indexed, |indexed| {
        let mut arrivals =
            Arrivals::beside(request.policy, indexed.borrow_dependent(), values, input)?;
        left.iter().for_each(|row| {
            arrivals.leave(*row);
        });
        Ok(arrivals)
    });
    beside.map_err(|unfit| vec![unfit_for(request, input, unfit)])
}

fn one_by_one(request: &Request<'_>, input: InputId) -> Diagnostic {
    let input = &request.policy.inputs[input.index()].name;
    Diagnostic::error("joint-rows", format!("rows of `{input}` cannot be placed one by one"))
}

fn refused_for(request: &Request<'_>, input: InputId, joint: Joint) -> Diagnostic {
    let finding = one_by_one(request, input);
    match joint {
        Joint::Identity => finding.note("the policy tells its rows apart by which row they are"),
        Joint::Condition => finding.note("a condition is stated of its rows, other than by a sum"),
        Joint::Facts(span) => finding.at(span, "this is worth something else with one more row"),
    }
}

fn unfit_for(request: &Request<'_>, input: InputId, unfit: Unfit) -> Diagnostic {
    let policy = request.policy;
    let rule = |rule: RuleId| &policy.rules[rule.index()];
    let finding = one_by_one(request, input);
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

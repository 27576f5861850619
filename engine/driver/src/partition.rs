//! A fleet in parts that are planned apart, and what each part may use of what all of them share.
//!
//! A part is a world of some of the rows, with a share of every right side that no dealt row has for itself. Every
//! hard row of the whole is the sum of its parts' rows, or lies in one part with all that it speaks of, so that plans of
//! the parts are together a plan of the whole; rows for which neither is so keep what they speak of in one part.
//! What is lost is what only placements across parts could gain. Rows are dealt
//!
//! * by [`Way::Blocks`]: what can be placed together stays together, so that nothing is lost but what shared right sides
//!   cost;
//! * at [`Way::Random`]: each part is a small copy of the whole (Narayanan et al., "Solving Large-Scale Granular
//!   Resource Allocation Problems Efficiently with POP", SOSP 2021).
//!
//! A policy is refused where a part would read its facts in another way than the whole does.
//!
//! Start reading at [`partition`].

mod deal;
mod refusal;
mod shares;
mod ties;

use apportion_check::policy::{InputId, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_ground::{Ground, Quantifier, Slack, Sort};
use apportion_world::World;
use apportion_world::schema::Schema;
use serde::{Deserialize, Serialize};

use crate::names::Names;
use crate::request::Request;
use crate::run::{Failure, Grounded, ground_request};

pub use shares::Share;
pub(crate) use shares::apply;

/// How to part a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// How rows are dealt.
    pub way: Way,
    /// Into how many parts at most.
    pub parts: usize,
    /// Decides which of rows that are alike go where.
    pub seed: u64,
}

/// How rows are dealt to parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Of every class, each part has its share.
    Random,
    /// What the policy lets be placed together is in one part.
    Blocks,
}

/// A fleet in parts.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The parts, none without rows.
    pub parts: Vec<Part>,
    /// The rules whose right sides several parts share.
    pub shared: Vec<String>,
    /// Whether plans of the parts come to as much as plans of the whole: no placement and no rule is across parts.
    pub is_exact: bool,
    /// Whether a plan's first level is the sum of what it is of the parts.
    pub is_sum: bool,
}

/// One part of a fleet.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its rows.
    pub world: World,
    /// What it has of what several parts share.
    pub shares: Vec<Share>,
}

/// Parts the fleet of a request, whose world was read with `schema`.
pub fn partition(
    request: &Request<'_>,
    schema: &Schema,
    parting: &Parting,
) -> Result<Partition, Failure> {
    let Grounded { ground, .. } = ground_request(request)?;
    let fleet = Fleet { request, schema, ground: &ground, dealt: dealt(&ground) };
    let refused = |finding: Box<Diagnostic>| Failure::Findings(vec![*finding]);
    fleet.refuse().map_err(refused)?;
    let mut ties = ties::Ties::new(&fleet, parting.way == Way::Blocks).map_err(refused)?;
    match parting.way {
        Way::Blocks => ties.tie_blocks(),
        Way::Random => ties.tie_running_if_even(parting.parts),
    }
    let dealt = deal::deal(&fleet, &mut ties, parting).map_err(refused)?;
    let shared = shares::shares(&fleet, &dealt);
    let kept = dealt.kept();
    let parts = kept.iter().zip(shared.by_part).filter_map(|(kept, shares)| {
        Some(Part { world: request.world.subset(schema, kept)?, shares })
    });
    let parts: Vec<Part> = parts.collect();
    if parts.len() < kept.len() {
        return Err(refused(fleet.broken_reference()));
    }
    let adds_up = fleet.adds_up();
    let is_exact = parting.way == Way::Blocks && shared.rules.is_empty() && adds_up;
    let first = ground.objectives.first();
    let is_sum = adds_up && first.is_some_and(|objective| objective.value.constant == 0.0);
    let rule = |rule: &RuleId| request.policy.rules[rule.index()].name.to_string();
    let shared = shared.rules.iter().map(rule).collect();
    Ok(Partition { parts, shared, is_exact, is_sum })
}

/// A fleet that is to be parted.
struct Fleet<'f> {
    request: &'f Request<'f>,
    schema: &'f Schema,
    ground: &'f Ground,
    /// By input: whether its rows are dealt. All parts have those of the other inputs.
    dealt: Vec<bool>,
}

impl Fleet<'_> {
    /// The input whose rows something ranges over, if they are dealt.
    fn dealt(&self, sort: Sort) -> Option<InputId> {
        match sort {
            Sort::Rows(input) if self.dealt[input.index()] => Some(input),
            Sort::Rows(_) | Sort::Codes => None,
        }
    }

    /// The members of a class, or the code itself.
    fn members(&self, sort: Sort, class: u32) -> &[u32] {
        match sort {
            Sort::Rows(input) => self.ground.spaces[input.index()].members(class),
            Sort::Codes => &[],
        }
    }

    /// Whether every level of the whole is the sum of what it is of the parts, and nothing is given up of one for another.
    fn adds_up(&self) -> bool {
        let Ground { objectives, families, instances, tallies, .. } = self.ground;
        let is_sum = objectives.iter().all(|objective| {
            let keeps_all = objective.slack == Slack::default();
            objective.level.is_some() && objective.value.pieces.is_empty() && keeps_all
        });
        // What is stated for no dealt row is paid for by each part.
        let is_dealt = |quantifier: &Quantifier| self.dealt(quantifier.sort).is_some();
        // What several parts put into bins together may take fewer of them.
        let is_counted_apart = tallies.iter().all(|it| it.quantifiers.iter().any(is_dealt));
        let mut soft_families = families.iter().filter(|family| family.soft.is_some());
        let mut soft_instances = instances.iter().filter(|instance| instance.soft.is_some());
        is_sum
            && is_counted_apart
            && soft_families.all(|it| it.quantifiers.iter().any(is_dealt))
            && soft_instances.all(|it| it.key.iter().any(|(it, _)| is_dealt(it)))
    }

    fn names(&self) -> Names<'_> {
        let Request { policy, world, .. } = self.request;
        Names { policy, world, words: &self.ground.words }
    }
}

/// The inputs of which decisions are made row by row.
fn dealt(ground: &Ground) -> Vec<bool> {
    let mut dealt = vec![false; ground.spaces.len()];
    for sort in ground.decisions.iter().flat_map(|columns| &columns.sorts) {
        if let Sort::Rows(input) = sort {
            dealt[input.index()] = true;
        }
    }
    dealt
}

//! What one more row of a class may be given, worked out once per class.

use apportion_check::policy::{InputId, RuleId};
use apportion_ground::{Ground, Sense, Sort};

use super::own::{Own, room};
use crate::bins::Items;
use crate::place::Placer;
use crate::touch::{TOLERANCE, Touch};

/// What the policy allows one more row of a class.
pub(super) struct Kind {
    /// The columns that it may have a part in; the most valuable first where none is [`Choice::bends`].
    pub(super) choices: Vec<Choice>,
    /// Whether what a unit of a choice gains is the same at every place.
    pub(super) is_plain: bool,
    /// How many tuples must have something.
    pub(super) required: usize,
    /// How many single rows of its own are broken as long as it has nothing.
    pub(super) demands: u64,
    /// The rule of the first of them.
    pub(super) demanded_by: Option<RuleId>,
}

/// One column, with the row that arrives held fixed.
pub(super) struct Choice {
    pub(super) decision: usize,
    pub(super) column: u32,
    /// The position of the row that arrives among the indices.
    pub(super) arriving: usize,
    /// How many members each index has to choose from; 1 for the row that arrives.
    pub(super) sizes: Vec<usize>,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// By objective: how much better it gets with each unit, by the sums alone.
    pub(super) gains: Vec<f64>,
    /// Rows that must hold, those first that are the same at every place.
    pub(super) hard: Vec<Part>,
    /// How many are the same at every place.
    pub(super) fixed: usize,
    /// Rows that may be broken at a price.
    pub(super) soft: Vec<Part>,
    /// Whether one unit fits a place or does not, by rows of others alone, and gains the same everywhere.
    pub(super) is_simple: bool,
    /// Whether several parts may be in one single row.
    pub(super) is_entangled: bool,
    /// Conditions that must hold.
    pub(super) formulas: Vec<u32>,
    /// Whether what is gained is more than a sum.
    pub(super) bends: bool,
    /// Whether any part puts items into bins.
    pub(super) has_bins: bool,
}

/// A choice's part in a class row, with the row that arrives held fixed.
pub(super) struct Part {
    pub(super) family: u32,
    pub(super) rule: RuleId,
    /// The objective that pays where it is broken, and the price.
    pub(super) payer: Option<(usize, f64)>,
    /// The single row of the first members.
    pub(super) first: usize,
    /// The room before anything is placed.
    pub(super) room: f64,
    pub(super) takes: f64,
    /// What the row may be short of.
    pub(super) short: f64,
    /// One over the row's size; 0 where it has none.
    pub(super) share: f64,
    pub(super) sense: Sense,
    /// Whether some of its single rows may be broken as what runs now breaks them.
    pub(super) relieved: bool,
    /// Whether it is a row of the row that arrives, which no other row of the input has a part in.
    pub(super) is_own: bool,
    /// The distance to the single row of the next member of each index.
    pub(super) strides: Vec<usize>,
    pub(super) untied: Vec<(usize, usize)>,
    /// Where the row stands for bins: what one unit puts into them.
    pub(super) items: Option<Items>,
}

impl Part {
    /// Whether more takes room, in one single row of others, and nothing excuses that there is none.
    fn is_simple(&self) -> bool {
        let takes = self.takes > 0.0 && self.sense != Sense::Equal;
        takes && self.untied.is_empty() && !self.is_own && !self.relieved
    }
}

impl Choice {
    /// Whether a row of a peak is that of the row that arrives.
    pub(super) fn is_own(&self, touch: &Touch<'_>) -> bool {
        touch.strides[self.arriving] > 0
    }
}

impl Kind {
    pub(super) fn new(
        placer: &Placer<'_>,
        own: &Own,
        input: InputId,
        class: u32,
        reads: &Reads,
    ) -> Kind {
        let ground = placer.ground;
        let mut choices = Vec::new();
        for (decision, columns) in ground.decisions.iter().enumerate() {
            // What arrives runs nowhere yet.
            if columns.moves.is_some() {
                continue;
            }
            let arriving = columns.sorts.iter().position(|sort| *sort == Sort::Rows(input));
            let Some(arriving) = arriving else { continue };
            let of_class = (0..columns.len()).filter(|at| columns.tuple(*at)[arriving] == class);
            let made = of_class.map(|at| choice(placer, own, (decision, at, arriving), reads));
            choices.extend(made);
        }
        let is_plain = choices.iter().all(|it: &Choice| it.soft.is_empty() && !it.bends);
        if is_plain {
            choices.sort_by(|a, b| super::better(&b.gains, &a.gains));
        }
        let required = choices.iter().filter(|it| it.lower > 0.0);
        let required = required.map(|it| it.sizes.iter().product::<usize>()).sum();
        let (demands, demanded_by) = own.demands(placer, class);
        Kind { choices, is_plain, required, demands, demanded_by }
    }
}

/// Which conditions and which bent goals read each column.
pub(super) struct Reads {
    pub(super) instances: Vec<Vec<u32>>,
    pub(super) bends: Vec<bool>,
}

impl Reads {
    pub(super) fn new(ground: &Ground) -> Reads {
        let pieces = crate::part::columns_of_pieces(ground);
        let instances = crate::part::instances_of_columns(ground, &pieces);
        let mut bends: Vec<bool> = instances
            .iter()
            .map(|list| list.iter().any(|it| ground.instances[*it as usize].soft.is_some()))
            .collect();
        let sought = ground.objectives.iter().flat_map(|it| &it.value.pieces);
        for column in sought.flat_map(|(piece, _)| &pieces[*piece as usize]) {
            bends[*column as usize] = true;
        }
        Reads { instances, bends }
    }
}

fn choice(
    placer: &Placer<'_>,
    own: &Own,
    (decision, at, arriving): (usize, usize, usize),
    reads: &Reads,
) -> Choice {
    let (ground, index) = (placer.ground, placer.index);
    let columns = &ground.decisions[decision];
    let column = columns.first + at as u32;
    let sizes = columns.tuple(at).iter().zip(&columns.sorts).enumerate();
    let sizes = sizes.map(|(position, (class, sort))| match position == arriving {
        true => 1,
        false => crate::slack::size(*sort, *class, &ground.spaces),
    });
    let part = |touch: Touch<'_>| part(placer, own, &touch, arriving);
    let hard: Vec<Touch<'_>> = index.hard.of(column).collect();
    let is_entangled = hard
        .iter()
        .enumerate()
        .any(|(number, touch)| hard[..number].iter().any(|other| touch.is_beside(other)));
    let (mut hard, told): (Vec<Part>, Vec<Part>) = hard.into_iter().map(part).partition(|part| {
        !is_entangled && part.untied.is_empty() && part.strides.iter().all(|stride| *stride == 0)
    });
    let fixed = hard.len();
    hard.extend(told);
    let gains = ground.objectives.iter().enumerate().map(|(objective, stated)| {
        let cost = placer.worth.cost(objective, column);
        if stated.maximize { cost } else { -cost }
    });
    let of_column = &reads.instances[column as usize];
    let formulas = of_column.iter().filter(|it| ground.instances[**it as usize].soft.is_none());
    let formulas: Vec<u32> = formulas.copied().collect();
    let bends = reads.bends[column as usize];
    let soft: Vec<Part> = index.soft.of(column).map(part).collect();
    let is_simple = !is_entangled
        && !bends
        && formulas.is_empty()
        && soft.is_empty()
        && hard[fixed..].iter().all(Part::is_simple);
    let has_bins = hard.iter().any(|part| part.items.is_some());
    Choice {
        decision,
        column,
        arriving,
        sizes: sizes.collect(),
        lower: columns.lower[at],
        upper: ground.declared[column as usize],
        gains: gains.collect(),
        hard,
        fixed,
        soft,
        is_simple,
        is_entangled,
        formulas,
        bends,
        has_bins,
    }
}

fn part(placer: &Placer<'_>, own: &Own, touch: &Touch<'_>, arriving: usize) -> Part {
    let number = touch.family as usize;
    let family = &placer.ground.families[number];
    let is_own = own.has(touch.family);
    let mut strides = touch.strides.to_vec();
    strides[arriving] = 0;
    let takes = touch.takes.abs();
    let short = (TOLERANCE * touch.right.max(takes)).min(1e-3 * takes);
    Part {
        family: touch.family,
        rule: family.rule,
        payer: placer.worth.payer(number),
        first: touch.first,
        room: room(family, placer.slacks.row_of(number, touch.first)),
        takes: touch.takes,
        short,
        share: if touch.right > 0.0 && !is_own { 1.0 / touch.right } else { 0.0 },
        sense: family.sense,
        relieved: !family.reliefs.is_empty() && !is_own,
        is_own,
        strides,
        untied: touch.untied.to_vec(),
        items: touch.items,
    }
}

//! Dealing rows to parts.

use std::collections::BTreeMap;

use apportion_diagnostic::Diagnostic;
use fastrand::Rng;

use super::ties::Ties;
use super::{Fleet, Parting, Way};

/// Which part each row is in.
pub(super) struct Dealt {
    pub(super) parts: usize,
    /// By input and row; none for a row that all parts have.
    pub(super) owners: Vec<Vec<Option<u32>>>,
}

impl Dealt {
    /// The rows of each part, by input.
    pub(super) fn kept(&self) -> Vec<Vec<Vec<u32>>> {
        (0..self.parts as u32).map(|part| self.kept_by(part)).collect()
    }

    fn kept_by(&self, part: u32) -> Vec<Vec<u32>> {
        let kept = self.owners.iter().map(|owners| {
            let rows = owners.iter().zip(0..);
            let rows = rows.filter(|(owner, _)| owner.is_none_or(|owner| owner == part));
            rows.map(|(_, row)| row).collect()
        });
        kept.collect()
    }
}

/// Rows that are tied together: input and row.
type Block = Vec<(usize, u32)>;

/// The share of all rows from which on a block is as good as the whole.
const LARGEST_BLOCK: f64 = 0.9;

/// Deals blocks of tied rows so that the parts are of about one size.
pub(super) fn deal(
    fleet: &Fleet<'_>,
    ties: &mut Ties<'_>,
    parting: &Parting,
) -> Result<Dealt, Box<Diagnostic>> {
    let blocks = blocks(fleet, ties);
    let rows: usize = blocks.iter().map(Vec::len).sum();
    let largest = blocks.iter().map(Vec::len).max().unwrap_or(0);
    let is_by_blocks = parting.way == Way::Blocks;
    // Blocks are as large as the policy makes them; at random no part may have more than twice its share.
    let is_uneven = match parting.way {
        Way::Blocks => largest as f64 > LARGEST_BLOCK * rows as f64,
        Way::Random => largest.saturating_mul(parting.parts.min(rows)) > 2 * rows,
    };
    // One part is the whole, whatever hangs together.
    let parts = parting.parts.min(blocks.len()).max(1);
    if parting.parts > 1 && (parts < 2 || is_uneven) {
        let rules: Vec<_> = ties.rules.iter().copied().collect();
        let others: Vec<_> = ties.others.iter().cloned().collect();
        return Err(fleet.tied(parting.parts, blocks.len(), &rules, &others, is_by_blocks));
    }
    let part_of = match parting.way {
        Way::Blocks => by_size(&blocks, parts),
        Way::Random => by_kind(fleet, &blocks, parts, parting.seed),
    };
    let tables = &fleet.request.world.tables;
    let mut owners: Vec<_> = tables.iter().map(|table| vec![None; table.keys.len()]).collect();
    for (block, part) in blocks.iter().zip(part_of) {
        block.iter().for_each(|(input, row)| owners[*input][*row as usize] = Some(part));
    }
    Ok(Dealt { parts, owners })
}

fn blocks(fleet: &Fleet<'_>, ties: &mut Ties<'_>) -> Vec<Block> {
    let mut blocks: BTreeMap<u32, Block> = BTreeMap::new();
    for (input, table) in fleet.request.world.tables.iter().enumerate() {
        for row in (0..table.keys.len() as u32).filter(|_| fleet.dealt[input]) {
            blocks.entry(ties.root(input, row)).or_default().push((input, row));
        }
    }
    blocks.into_values().collect()
}

/// The part of each block: the largest first, each to the part that has the least (Graham, "Bounds on
/// multiprocessing timing anomalies", 1969).
fn by_size(blocks: &[Block], parts: usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(blocks[*at].len()));
    let mut sizes = vec![0; parts];
    let mut owners = vec![0; blocks.len()];
    for at in order {
        let least = (0..parts).min_by_key(|part| sizes[*part]).unwrap_or(0);
        sizes[least] += blocks[at].len();
        owners[at] = least as u32;
    }
    owners
}

/// The part of each block: those that are alike are dealt one by one, in an order that the seed decides, and each
/// kind goes on at the part where the one before it stopped.
fn by_kind(fleet: &Fleet<'_>, blocks: &[Block], parts: usize, seed: u64) -> Vec<u32> {
    let mut kinds: BTreeMap<Vec<(usize, u32)>, Vec<usize>> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        let class = |(input, row): &(usize, u32)| {
            (*input, fleet.ground.spaces[*input].class_of[*row as usize])
        };
        let mut kind: Vec<_> = block.iter().map(class).collect();
        kind.sort_unstable();
        kinds.entry(kind).or_default().push(at);
    }
    let mut rng = Rng::with_seed(seed);
    let mut owners = vec![0; blocks.len()];
    let mut next = 0;
    for mut alike in kinds.into_values() {
        rng.shuffle(&mut alike);
        for at in alike {
            owners[at] = next;
            next = (next + 1) % parts as u32;
        }
    }
    owners
}

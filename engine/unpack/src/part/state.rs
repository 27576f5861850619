//! A part as a ground policy of its own.

use apportion_ground::{Columns, Entry, Ground, Instance, Linear, Objective, Slack, Sort};

use super::Maker;
use super::formulas::Substitution;

impl Maker<'_> {
    /// The part as a ground policy.
    pub(super) fn ground(&self, candidates: &[(u32, usize)]) -> Ground {
        let whole = self.placer.ground;
        let mut part = Ground { words: whole.words.clone(), ..Ground::default() };
        let mut choices = self.choices.iter().zip(&self.most).peekable();
        for (number, columns) in whole.decisions.iter().enumerate() {
            let mut own = Columns {
                first: part.decisions.iter().map(|it| it.len() as u32).sum(),
                sorts: vec![Sort::Codes; columns.sorts.len()],
                tuples: Vec::new(),
                lower: Vec::new(),
                upper: Vec::new(),
                most: Vec::new(),
                decision: columns.decision,
                whole: columns.whole,
                moves: None,
            };
            while let Some((choice, most)) = choices.next_if(|(it, _)| it.decision == number) {
                let sizes = choice.groups.iter().map(|group| self.groups[*group as usize].len());
                let lower = columns.lower[(choice.column - columns.first) as usize];
                own.tuples.extend_from_slice(&choice.groups);
                own.lower.push(lower * sizes.product::<usize>() as f64);
                own.upper.push(*most);
                own.most.push(*most);
            }
            if let Some(moves) = &columns.moves {
                self.count_moves(number, moves, &mut own);
            }
            part.decisions.push(own);
        }
        self.families(&mut part);
        self.tallies(&mut part);
        let of_column = self.choices.iter().zip(0..).map(|(choice, at)| (choice.column, at));
        let mut terms = Substitution::new(whole, &self.placer.totals, of_column);
        for (number, objective) in whole.objectives.iter().enumerate() {
            let mut value = Linear::default();
            if let Some(Entry { span, .. }) = objective.value.entries.first() {
                let moves = self.moves.iter().map(|moved| &moved.choice);
                for (choice, column) in self.choices.iter().chain(moves).zip(0..) {
                    let cost = self.placer.worth.cost(number, choice.column);
                    if cost != 0.0 {
                        value.entries.push(Entry { column, value: cost, span: *span });
                    }
                }
            }
            // Where it alone is sought, each row that no longer comes to it counts, whatever others come to.
            let is_alone = number == self.objective
                && objective.penalties == 0.0
                && objective.value.entries.is_empty()
                && objective.value.pieces.len() == 1;
            for (piece, factor) in &objective.value.pieces {
                if let Some(peak) = self.placer.index.peaks.of_piece(*piece) {
                    if let Some(piece) = self.peak(peak, is_alone) {
                        value.pieces.push((terms.pieces.len() as u32, *factor));
                        terms.pieces.push(piece);
                    }
                    continue;
                }
                if terms.reads_any(&self.hosting.pieces[*piece as usize]) {
                    value.pieces.push((terms.piece(*piece), *factor));
                }
            }
            part.objectives.push(Objective {
                level: objective.level,
                maximize: objective.maximize,
                value,
                penalties: objective.penalties,
                slack: Slack::default(),
                shares: Vec::new(),
            });
        }
        let mut read: Vec<u32> = candidates
            .iter()
            .flat_map(|(column, _)| &self.hosting.instances[*column as usize])
            .copied()
            .collect();
        read.sort_unstable();
        read.dedup();
        for number in read {
            let instance = &whole.instances[number as usize];
            let formula = terms.formula(&instance.formula);
            let Instance { rule, span, soft, relief, .. } = *instance;
            part.instances.push(Instance { rule, span, key: Vec::new(), formula, soft, relief });
        }
        part.pieces = terms.pieces;
        part
    }
}

//! The rows of a part: what the rest of the plan leaves of them.

use apportion_ground::{Family, Ground, Sense, Term, Tie};

use super::{Maker, Row, tied_size};
use crate::place::each_tuple;

impl Maker<'_> {
    /// Makes the rows that choices have a part in.
    pub(super) fn rows(&mut self, candidates: &[(u32, usize)]) {
        let some_untied = candidates.iter().any(|(column, _)| {
            self.placer.index.touches(*column).any(|touch| !touch.untied.is_empty())
        });
        // Rows that name their members come first, so that the others find them made.
        for untied in [false, true] {
            for number in 0..self.choices.len() {
                self.rows_of(number, untied, some_untied);
            }
            for moved in 0..self.moves.len() {
                self.rows_of(self.choices.len() + moved, untied, some_untied);
            }
        }
    }

    fn rows_of(&mut self, number: usize, untied: bool, some_untied: bool) {
        // What is moved counts as if all of it were, until the part says less.
        let (choice, runs) = match number.checked_sub(self.choices.len()) {
            None => (&self.choices[number], 0.0),
            Some(at) => (&self.moves[at].choice, self.moves[at].runs),
        };
        let columns = &self.placer.ground.decisions[choice.decision];
        let sorts = &columns.sorts;
        let groups: Vec<&[u32]> =
            choice.groups.iter().map(|group| &*self.groups[*group as usize]).collect();
        let sizes: Vec<f64> = groups.iter().map(|members| members.len() as f64).collect();
        let first = self.first(columns, &choice.groups);
        let placer = self.placer;
        for touch in placer.index.touches(choice.column) {
            if touch.untied.is_empty() == untied {
                continue;
            }
            let size = tied_size(&touch, &sizes);
            touch.each_single(&first, &mut |single| {
                let key = (touch.family, single);
                if self.covered.contains(&key) {
                    return true;
                }
                let row = *self.row_of.entry(key).or_insert_with(|| {
                    self.rows.push(Row {
                        family: touch.family,
                        size,
                        room: placer.slacks.room(touch.family as usize, single),
                        given: 0.0,
                        entries: Vec::new(),
                    });
                    self.rows.len() as u32 - 1
                });
                let row = &mut self.rows[row as usize];
                let takes = touch.takes * row.size / size;
                row.entries.push((number as u32, takes));
                row.given += takes * runs;
                true
            });
            if some_untied && size > 1.0 && !untied {
                let places: Vec<Vec<u32>> = groups
                    .iter()
                    .zip(sorts)
                    .zip(touch.strides)
                    .map(|((members, sort), stride)| {
                        let members = if *stride > 0 { members } else { &members[..1] };
                        members.iter().map(|it| placer.place_of(*sort, *it)).collect()
                    })
                    .collect();
                let covered = &mut self.covered;
                let mut place = vec![0; places.len()];
                each_tuple(&places, 0, &mut place, &mut |places| {
                    if places != first {
                        touch.each_single(places, &mut |single| {
                            covered.insert((touch.family, single));
                            true
                        });
                    }
                });
            }
        }
    }

    pub(super) fn families(&self, part: &mut Ground) {
        let whole = self.placer.ground;
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| row.family);
        for rows in rows.chunk_by(|a, b| a.family == b.family) {
            let stated = &whole.families[rows[0].family as usize];
            let terms = whole.decisions.iter().map(|columns| Term {
                decision: columns.decision,
                span: stated.span,
                ties: vec![Tie::Free; columns.sorts.len()],
            });
            let mut family = Family {
                rule: stated.rule,
                span: stated.span,
                quantifiers: Vec::new(),
                sense: if stated.sense == Sense::Equal { Sense::Equal } else { Sense::LessEqual },
                terms: terms.collect(),
                keys: Vec::new(),
                start: vec![0],
                columns: Vec::new(),
                values: Vec::new(),
                right: Vec::new(),
                soft: stated.soft,
                reliefs: Vec::new(),
            };
            for row in rows {
                let mut entries = row.entries.clone();
                entries.sort_by_key(|(choice, _)| *choice);
                let mut entries = entries.chunk_by(|a, b| a.0 == b.0).peekable();
                for columns in &part.decisions {
                    let end = columns.first + columns.len() as u32;
                    while let Some(parts) = entries.next_if(|parts| parts[0].0 < end) {
                        family.columns.push(parts[0].0);
                        family.values.push(parts.iter().map(|(_, value)| value).sum());
                    }
                    family.start.push(family.columns.len() as u32);
                }
                family.right.push(row.room * row.size + row.given);
            }
            part.families.push(family);
        }
    }
}

//! Extremes that levels keep small or great, where single rows are told apart.
//!
//! Classes know the mean of their members; what a plan is worth is told by what the greatest, or the least, of all single
//! rows is.

use apportion_ground::{Ground, Piece};

use crate::place::Placer;
use crate::touch::{Touch, Touches, peaked, starts};

/// Where the single rows of extremes are.
pub(crate) struct Peaks {
    /// The rows that each column counts in; a touch's family is the number of the peak.
    pub(crate) touches: Touches,
    kinds: Vec<Kind>,
    /// The rows with nothing placed.
    nothing: Loads,
}

struct Kind {
    piece: u32,
    /// Whether it is the greatest, else the least.
    is_greatest: bool,
    /// The objective that has it as a part.
    objective: usize,
}

/// By peak, what each single row comes to.
#[derive(Clone, Default)]
pub(crate) struct Loads {
    peaks: Vec<Vec<f64>>,
}

/// What two single rows may differ by and still count as the same, as a share of them.
const ROUNDING: f64 = 1e-9;

impl Peaks {
    pub(crate) fn new(ground: &Ground) -> Peaks {
        let starts = ground.peaks.iter().map(|peak| {
            starts(ground, &peak.quantifiers, (0..peak.len()).map(|row| peak.key(row)))
        });
        let starts: Vec<Vec<usize>> = starts.collect();
        let kinds = ground.peaks.iter().map(|peak| {
            let has = |(piece, _): &(u32, f64)| *piece == peak.piece;
            let mut objectives = ground.objectives.iter();
            Kind {
                piece: peak.piece,
                is_greatest: matches!(ground.pieces[peak.piece as usize], Piece::Max(_)),
                objective: objectives.position(|it| it.value.pieces.iter().any(has)).unwrap_or(0),
            }
        });
        let loads = ground.peaks.iter().zip(&starts).map(|(peak, starts)| {
            let rows = peak.constants.iter().zip(starts.windows(2));
            rows.flat_map(|(constant, own)| vec![*constant; own[1] - own[0]]).collect()
        });
        let nothing = Loads { peaks: loads.collect() };
        Peaks { touches: peaked(ground, &starts), kinds: kinds.collect(), nothing }
    }

    /// What single rows come to where nothing is placed.
    pub(crate) fn nothing(&self) -> Loads {
        self.nothing.clone()
    }

    /// The number of the peak behind a piece.
    pub(crate) fn of_piece(&self, piece: u32) -> Option<usize> {
        self.kinds.binary_search_by_key(&piece, |it| it.piece).ok()
    }

    /// The peaks of an objective.
    pub(crate) fn of_objective(&self, objective: usize) -> impl Iterator<Item = usize> {
        (0..self.kinds.len()).filter(move |peak| self.kinds[*peak].objective == objective)
    }

    /// Whether a peak is the greatest of its rows, else the least.
    pub(crate) fn is_greatest(&self, peak: usize) -> bool {
        self.kinds[peak].is_greatest
    }

    /// The rows of a column that more of it takes away from what their peaks are to be: a greatest that it makes greater,
    /// and a least that it changes, as none of its rows needs to be above the others.
    fn worsened(&self, column: u32) -> impl Iterator<Item = Touch<'_>> {
        let touches = self.touches.of(column).filter(|touch| touch.takes != 0.0);
        touches.filter(|touch| touch.takes > 0.0 || !self.is_greatest(touch.family as usize))
    }

    /// What a single row comes to where nothing is placed.
    pub(crate) fn without_any(&self, peak: usize, single: usize) -> f64 {
        self.nothing.rows(peak)[single]
    }

    /// By how much a column at a tuple changes single rows of a peak, each once.
    pub(crate) fn changes<'t>(
        touches: impl Iterator<Item = Touch<'t>>,
        places: &[u32],
        amount: f64,
    ) -> Vec<(usize, f64)> {
        let mut changes: Vec<(usize, f64)> = Vec::new();
        for touch in touches {
            touch.each_single(places, &mut |single| {
                let more = touch.takes * amount;
                match changes.iter_mut().find(|(known, _)| *known == single) {
                    Some((_, all)) => *all += more,
                    None => changes.push((single, more)),
                }
                true
            });
        }
        changes
    }

    /// The greatest, or the least, of some of the rows of a peak.
    pub(crate) fn extreme(&self, peak: usize, rows: impl Iterator<Item = f64>) -> f64 {
        match self.kinds[peak].is_greatest {
            true => rows.fold(f64::NEG_INFINITY, f64::max),
            false => rows.fold(f64::INFINITY, f64::min),
        }
    }
}

impl Loads {
    /// Adds an amount of a column at a tuple whose members have these places.
    pub(crate) fn add(&mut self, peaks: &Peaks, column: u32, places: &[u32], amount: f64) {
        self.add_to(peaks.touches.of(column), places, amount);
    }

    /// Adds an amount of a column to some of the rows that it counts in.
    pub(crate) fn add_to<'t>(
        &mut self,
        touches: impl Iterator<Item = Touch<'t>>,
        places: &[u32],
        amount: f64,
    ) {
        for touch in touches {
            let rows = &mut self.peaks[touch.family as usize];
            touch.each_single(places, &mut |single| {
                rows[single] += touch.takes * amount;
                true
            });
        }
    }

    /// What the single rows of a peak come to.
    pub(crate) fn rows(&self, peak: usize) -> &[f64] {
        &self.peaks[peak]
    }

    /// What a peak is.
    pub(crate) fn value(&self, peaks: &Peaks, peak: usize) -> f64 {
        peaks.extreme(peak, self.rows(peak).iter().copied())
    }

    /// What a peak is, that is `before`, where single rows of it change by so much; each is named once.
    pub(crate) fn value_after(
        &self,
        peaks: &Peaks,
        (peak, before): (usize, f64),
        changes: &[(usize, f64)],
    ) -> f64 {
        let rows = self.rows(peak);
        let leaves = |(single, more): &(usize, f64)| {
            let after = rows[*single] + more;
            rows[*single] == before && peaks.extreme(peak, [before, after].into_iter()) != after
        };
        let changed = changes.iter().map(|(single, more)| rows[*single] + more);
        if !changes.iter().any(leaves) {
            return peaks.extreme(peak, changed.chain([before]));
        }
        let others = rows.iter().enumerate();
        let others = others.filter(|(single, _)| changes.iter().all(|(known, _)| known != single));
        peaks.extreme(peak, changed.chain(others.map(|(_, load)| *load)))
    }

    /// How many single rows come to as much as the greatest, or as little as the least, of all peaks of an objective.
    pub(crate) fn reaching(&self, peaks: &Peaks, objective: usize) -> usize {
        let reaching = peaks.of_objective(objective).map(|peak| {
            let value = self.value(peaks, peak);
            let rows = self.rows(peak).iter();
            rows.filter(|load| (*load - value).abs() <= ROUNDING * value.abs()).count()
        });
        reaching.sum()
    }
}

/// What each peak would be if every class were even: no member of one should come to more, or less, as far as its rules
/// allow.
#[derive(Clone, Default)]
pub(crate) struct Targets {
    peaks: Vec<f64>,
}

impl Targets {
    /// Of counts, which have one value per column.
    pub(crate) fn of_counts(ground: &Ground, counts: &[f64]) -> Targets {
        let column = |column: u32| counts[column as usize];
        let meaning = apportion_ground::Meaning { pieces: &ground.pieces, column };
        Targets { peaks: ground.peaks.iter().map(|peak| meaning.piece(peak.piece)).collect() }
    }
}

impl Placer<'_> {
    /// By how much units at a member of an index would take single rows beyond what their peaks are to be, as a share of
    /// these; of rows that tell only members of this index apart.
    pub(crate) fn beyond(&self, column: u32, index: usize, place: u32, units: f64) -> f64 {
        let Placer { loads, targets, .. } = self;
        let peaks = &self.index.peaks;
        if targets.peaks.is_empty() {
            return 0.0;
        }
        let mut beyond = 0.0f64;
        for touch in peaks.worsened(column).filter(|touch| tells_only(touch, index)) {
            let peak = touch.family as usize;
            let target = targets.peaks[peak];
            touch.each_single_of(index, place, &mut |single| {
                let load = loads.rows(peak)[single] + touch.takes * units;
                let over = if touch.takes < 0.0 { target - load } else { load - target };
                beyond = beyond.max(over / target.abs().max(f64::MIN_POSITIVE));
                true
            });
        }
        // What arithmetic leaves is nothing.
        if beyond > ROUNDING { beyond } else { 0.0 }
    }

    /// How many units of a column at a tuple take no single row beyond what its peak is to be; at least `least`.
    pub(crate) fn units_within(&self, column: u32, places: &[u32], least: f64) -> f64 {
        let Placer { loads, targets, .. } = self;
        let peaks = &self.index.peaks;
        let mut units = f64::INFINITY;
        if targets.peaks.is_empty() {
            return units;
        }
        for touch in peaks.worsened(column) {
            let peak = touch.family as usize;
            touch.each_single(places, &mut |single| {
                let room = (targets.peaks[peak] - loads.rows(peak)[single]) / touch.takes;
                units = units.min(room.max(least));
                true
            });
        }
        units
    }
}

fn tells_only(touch: &Touch<'_>, index: usize) -> bool {
    let mut told = (0..touch.strides.len()).filter(|at| touch.strides[*at] > 0);
    told.next() == Some(index) && told.next().is_none()
}

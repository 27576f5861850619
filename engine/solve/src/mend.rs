//! A point whose whole columns are as they should be, and the others not.

use apportion_mip::Model;

use crate::{Highs, Settings, Solver, Watch};

/// The best point that has the whole columns of `point`, rounded, as far as their bounds allow: columns that may be
/// divided make up for what its rows lack. None if there is none, or not in time.
pub fn mended(
    model: &Model,
    point: &[f64],
    settings: &Settings,
    watch: &dyn Watch,
) -> Option<Vec<f64>> {
    let mut fixed = model.clone();
    let columns = &mut fixed.columns;
    for (column, integer) in columns.integer.iter_mut().enumerate() {
        if std::mem::take(integer) {
            let (lower, upper) = (columns.lower[column], columns.upper[column]);
            let value = point[column].round().max(lower).min(upper);
            (columns.lower[column], columns.upper[column]) = (value, value);
        }
    }
    Highs::new().solve(&fixed, None, settings, watch).point
}

//! What a share can be at most by one row alone: a backlog, a quota, a capacity that is all its own.
//!
//! A row `sum of a[c] x[c] <= b` without parts below 0, in which every column of the share `sum of s[c] x[c]` has a part,
//! lets the share be at most the greatest `s[c] / a[c]` times `b`.

use apportion_lower::Shares;
use apportion_mip::Model;

/// By group: the least such limit; infinite where no row states one.
pub(super) fn limits(model: &Model, shares: &Shares) -> Vec<f64> {
    let groups = shares.sums.len();
    let mut limits = vec![f64::INFINITY; groups];
    let mut sizes = vec![0usize; groups];
    let mut own = vec![(usize::MAX, 0.0); model.num_columns()];
    for (group, share) in shares.sums.iter().enumerate() {
        for (column, value) in share.costs.iter() {
            own[column as usize] = (group, value);
            sizes[group] += 1;
        }
    }
    let lower = &model.columns.lower;
    let mut seen: Vec<(usize, usize, f64)> = Vec::new();
    for row in 0..model.num_rows() {
        let upper = model.rows.upper[row];
        let is_sum = |(column, value): (u32, f64)| value >= 0.0 && lower[column as usize] >= 0.0;
        if !upper.is_finite() || !model.rows.terms(row).all(is_sum) {
            continue;
        }
        seen.clear();
        for (column, value) in model.rows.terms(row).filter(|(_, value)| *value > 0.0) {
            let (group, part) = own[column as usize];
            if group == usize::MAX {
                continue;
            }
            let rate = part / value;
            match seen.last_mut().filter(|last| last.0 == group) {
                Some(last) => (last.1, last.2) = (last.1 + 1, last.2.max(rate)),
                None => seen.push((group, 1, rate)),
            }
        }
        for (group, count, rate) in &seen {
            // Columns of a group that do not follow each other are not counted together, which loses a limit at most.
            if *count == sizes[*group] {
                let limit = shares.sums[*group].offset + rate * upper;
                limits[*group] = limits[*group].min(limit);
            }
        }
    }
    limits
}

//! How a search ended, in words.

use apportion_units::format_number;

use crate::model::{LevelState, Plan};

/// The stop of a plan for single rows that was made from a proven one for rows taken together.
const UNPACKING: &str = "unpacking";

/// What ended the search of a plan that is not proven as near to the best as was asked for.
pub fn ended(plan: &Plan) -> String {
    match plan.stopped_by.as_deref() {
        Some(UNPACKING) => match gap(plan) {
            Some(gap) => format!("at most {} from the best possible", percent(gap)),
            None => "not known to be the best possible".to_owned(),
        },
        Some("tangents") => "fair but for the error of its tangents".to_owned(),
        Some("ranks") => "fair for the groups with the least".to_owned(),
        Some("interrupt") => "interrupted".to_owned(),
        by => format!("stopped by {}", by.unwrap_or("a limit").replace('_', " ")),
    }
}

/// Whether a plan is as far as it is from the best because single rows were placed one by one.
pub fn is_settled_by_rows(plan: &Plan) -> bool {
    plan.stopped_by.as_deref() == Some(UNPACKING)
}

/// The largest distance of a level from what is proven possible, as a share of its value; none where nothing is
/// proven of the first level that is not settled.
pub fn gap(plan: &Plan) -> Option<f64> {
    let open = plan.levels.iter().find(|level| level.state != LevelState::Proven);
    if open.is_some_and(|level| level.gap.is_none()) {
        return None;
    }
    Some(plan.levels.iter().filter_map(|level| level.gap).fold(0.0, f64::max))
}

/// A share as a percentage of at most three digits.
pub fn percent(share: f64) -> String {
    format!("{} %", format_number(share * 100.0, 3))
}

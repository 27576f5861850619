//! The amounts that rows allow.

use apportion_ground::Sense;

use super::kind::Part;
use super::own::is_broken;

/// The whole amounts that rows allow.
#[derive(Clone, Copy)]
pub(super) struct Interval {
    pub(super) least: f64,
    pub(super) most: f64,
    /// Rows that are broken unless something is placed, and that the amounts mend.
    pub(super) mended: u64,
    /// The room that the least leaves, in shares of the rows' sizes.
    pub(super) room: f64,
}

impl Interval {
    /// Keeps the amounts that leave a single row with so much room; gives whether there are any.
    pub(super) fn narrow(&mut self, part: &Part, takes: f64, room: f64, relief: f64) -> bool {
        let most_short = relief + part.short;
        if part.is_own && relief == 0.0 && is_broken(part.sense, room, part.room) {
            self.mended += 1;
        }
        self.room += (room - takes * self.least) * part.share;
        self.bound(takes, room + most_short);
        if part.sense == Sense::Equal {
            self.bound(-takes, most_short - room);
        }
        self.least <= self.most
    }

    /// Keeps the amounts of which `takes` each fit into `room`.
    fn bound(&mut self, takes: f64, room: f64) {
        if takes > 0.0 {
            if room < takes * self.most {
                self.most = (room / takes).floor();
            }
        } else if room < takes * self.least {
            self.least = if takes < 0.0 { (room / takes).ceil() } else { f64::INFINITY };
        }
    }
}

//! The most room in any single row of a class row, which spares looking at each where there is none.

use rustc_hash::FxHashMap;

use crate::slack::Slacks;
use crate::touch::Touch;

/// By family and first single row of a class row: no less than the room in any of its single rows. What is known holds as
/// long as no room grows.
#[derive(Clone, Default)]
pub(crate) struct Roomiest {
    most: FxHashMap<(u32, usize), f64>,
}

impl Roomiest {
    /// No less than the room in any single row of the class row that a column touches.
    pub(crate) fn of(&mut self, touch: &Touch<'_>, slacks: &Slacks) -> f64 {
        let most = || slacks.most_room(touch.family as usize, touch.first);
        *self.most.entry((touch.family, touch.first)).or_insert_with(most)
    }

    /// Forgets all: somewhere there is more room.
    pub(crate) fn clear(&mut self) {
        self.most.clear();
    }
}

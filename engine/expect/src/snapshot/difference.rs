//! The lines in which two plans differ.

use similar::{ChangeTag, DiffOp, TextDiff};

/// How many lines around one that differs are shown.
const AROUND: usize = 2;
/// How many lines two plans have together, up to which lines that were put in or taken out are told apart: the time of that
/// grows with the square of what differs.
const MOST_COMPARED: usize = 20_000;

/// The line of the kept plan from which on the two differ, from 1, and what differs: below the place of each stretch in its
/// file its lines, each with a sign.
pub(super) fn difference(file: &str, kept: &str, planned: &str) -> (usize, Vec<String>) {
    let same = kept.lines().zip(planned.lines()).take_while(|(kept, planned)| kept == planned);
    let same = same.count();
    if kept.lines().count() + planned.lines().count() > MOST_COMPARED {
        let sides = [('-', kept), ('+', planned)]
            .map(|(sign, text)| text.lines().nth(same).map(|line| format!("  {sign} {line}")));
        let place = format!("{file}:{}, the first of many lines", same + 1);
        return (same + 1, [Some(place)].into_iter().chain(sides).flatten().collect());
    }
    let diff = TextDiff::from_lines(kept, planned);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let begin = group.first().map_or(0, |op| op.old_range().start);
        lines.push(format!("{file}:{}", begin + 1));
        for change in group.iter().flat_map(|op: &DiffOp| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("  {sign} {}", change.value().trim_end_matches('\n')));
        }
    }
    (same + 1, lines)
}

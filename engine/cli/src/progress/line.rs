//! One line of a terminal, however narrow that is.

/// Something that a line says, in the forms that it may take, each with the squeeze at which it gives way to the next.
/// After the last one it is left out.
pub(super) type Part = Vec<(u8, String)>;

/// A squeeze at which nothing is left.
const MOST: u8 = 12;

/// The first part, then the others, in at most so many characters. The line is squeezed until it fits, so that what
/// has no room is left out whole.
pub(super) fn fitted(first: &Part, others: &[Part], room: usize) -> String {
    let mut lines = (0..=MOST).map(|squeeze| squeezed(first, others, squeeze));
    lines.find(|line| line.chars().count() <= room).unwrap_or_default()
}

fn squeezed(first: &Part, others: &[Part], squeeze: u8) -> String {
    let form = |part: &Part| part.iter().find(|(until, _)| squeeze < *until).cloned();
    let said = |part: &Part| form(part).map(|(_, text)| text);
    let others: Vec<String> = others.iter().filter_map(said).collect();
    let first = said(first).into_iter();
    let rest = (!others.is_empty()).then(|| others.join(", "));
    first.chain(rest).collect::<Vec<_>>().join(": ")
}

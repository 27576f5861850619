//! Misspelled words: `fro w in workloads: …` is read as `for w in workloads: …`.

use smol_str::SmolStr;

use crate::Parsed;
use crate::ast::Range;
use crate::build::line_of;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::kind::{KEYWORDS, Kind, word_kind};
use crate::layout::Layout;
use crate::parse::{parse_layout, rule_of};

/// A word, and what it was probably meant to be.
struct Guess {
    token: usize,
    /// What the token is, and what it would be.
    kinds: (Kind, Kind),
    range: Range,
    meant: &'static str,
    place: &'static str,
}

/// The most words of an item that are tried as another word.
const MOST_GUESSES: usize = 8;

/// Reads an item that has errors again, each likely misspelling put right that leaves fewer errors.
pub(crate) fn repair(text: &str, mut layout: Layout, parsed: Parsed) -> Parsed {
    let mut best = parsed;
    let mut right = Vec::new();
    for guess in guesses(text, &layout) {
        let (before, after) = guess.kinds;
        layout.respell(guess.token, guess.meant, after);
        let mended = parse_layout(text, &layout);
        if mended.errors.len() < best.errors.len() {
            best = mended;
            right.push(guess.into_error(text));
        } else {
            layout.unspell(before);
        }
    }
    best.errors.append(&mut right);
    best.errors.sort_by_key(|error| error.range.start);
    best
}

/// Words that stand before another operand, where no name can, and resemble a word of the language; and `=`, which
/// other languages compare with.
fn guesses(text: &str, layout: &Layout) -> Vec<Guess> {
    let is = |at: usize, kind: Kind| layout.kind(at) == kind as u8;
    let mut guesses = Vec::new();
    let mut meant_so = assignments(layout.kind(0));
    for (at, range) in layout.ranges.iter().enumerate() {
        if is(at, Kind::Assign) && meant_so > 0 {
            meant_so -= 1;
        } else if is(at, Kind::Assign) {
            let (kinds, place) = ((Kind::Assign, Kind::Equal), Place::Inside.words(layout));
            guesses.push(Guess { token: at, kinds, range: *range, meant: "==", place });
        }
        // Only an item begins with a word and a brace: `objective {`.
        let before_brace = at == 0 && is(1, Kind::BraceOpen);
        if !is(at, Kind::Word) || !(NEXT.contains(&layout.kind(at + 1)) || before_brace) {
            continue;
        }
        let before = at.checked_sub(1).map_or(0, |before| layout.kind(before));
        let place = match before {
            0 => Place::Item,
            _ if LINE_STARTS.iter().any(|start| *start as u8 == before) => Place::Line,
            _ => Place::Inside,
        };
        let word = text.get(range.start as usize..range.end as usize).unwrap_or_default();
        if let Some(meant) = nearest(word, place) {
            let place = place.words(layout);
            let kinds = (Kind::Word, word_kind(meant));
            guesses.push(Guess { token: at, kinds, range: *range, meant, place });
        }
        if guesses.len() >= MOST_GUESSES {
            break;
        }
    }
    guesses
}

/// How many `=` an item has that give a value, if it starts with a token of this kind; they come before any that may
/// have been meant to compare.
fn assignments(kind: u8) -> usize {
    let is = |kinds: &[Kind]| kinds.iter().any(|it| *it as u8 == kind);
    if is(&[Kind::Let, Kind::Param, Kind::Report]) {
        1
    } else if is(&[Kind::Rule, Kind::Budget, Kind::Objective, Kind::Place, Kind::Decide]) {
        0
    } else {
        usize::MAX
    }
}

/// The word of the language that is nearest to `word`: within a third of its length, and no other one
/// is as near.
fn nearest(word: &str, place: Place) -> Option<&'static str> {
    let other = ELSEWHERE.iter().find(|(known, _)| *known == word);
    if let Some((_, meant)) = other.filter(|(_, meant)| place.admits(word_kind(meant))) {
        return Some(meant);
    }
    let most = word.chars().count() / 3;
    let distance = |keyword: &str| {
        let edits = strsim::osa_distance(word, keyword);
        (edits <= most).then(|| (edits, word.len().abs_diff(keyword.len())))
    };
    let fitting = KEYWORDS.iter().filter(|(_, kind)| place.admits(*kind));
    let mut near: Vec<_> =
        fitting.filter_map(|(keyword, _)| Some((distance(keyword)?, *keyword))).collect();
    near.sort_unstable();
    match near[..] {
        [(first, _), (second, _), ..] if first == second => None,
        [(_, keyword), ..] => Some(keyword),
        [] => None,
    }
}

/// Words of other languages, each with ours for it.
const ELSEWHERE: [(&str, &str); 1] = [("when", "where")];

/// Tokens after which a line of a block starts.
const LINE_STARTS: [Kind; 6] =
    [Kind::Line, Kind::Semicolon, Kind::BraceOpen, Kind::Colon, Kind::Then, Kind::Else];

/// Kinds of token that can follow a word of the language and never a name.
const NEXT: std::ops::RangeInclusive<u8> = Kind::Word as u8..=Kind::Text as u8;

/// Where a word stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Item,
    Line,
    Inside,
}

impl Place {
    fn admits(self, kind: Kind) -> bool {
        let line = matches!(kind, Kind::For | Kind::If | Kind::Soft | Kind::Key)
            || (Kind::Eligibility..=Kind::Direction).contains(&kind);
        match self {
            Place::Item => kind.starts_item(),
            Place::Line => line,
            Place::Inside => !kind.starts_item() && kind != Kind::Aggregate,
        }
    }

    /// What a word of this place starts.
    fn words(self, layout: &Layout) -> &'static str {
        match self {
            Place::Item => "an item",
            Place::Line => rule_of(layout.kind(0)).map_or("a line", line_of),
            Place::Inside => "a clause",
        }
    }
}

impl Guess {
    fn into_error(self, text: &str) -> SyntaxError {
        let found = text.get(self.range.start as usize..self.range.end as usize);
        let kind = SyntaxErrorKind::Misspelled {
            found: SmolStr::new(found.unwrap_or_default()),
            meant: SmolStr::new_static(self.meant),
            place: self.place,
        };
        SyntaxError { kind, range: self.range }
    }
}

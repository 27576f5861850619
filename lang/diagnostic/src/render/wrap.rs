//! Prose in lines of a width.

use unicode_width::UnicodeWidthStr;

/// The lines of one paragraph: the first has room for `first` characters, the others for `rest`. What stands in
/// backticks stays in one piece, and a piece that is wider than a line has a line to itself.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    if text.width() <= first {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut room = first;
    for word in words(text) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        let wanted = line.width() + usize::from(!line.is_empty()) + word.width();
        if line.is_empty() || wanted <= room {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
            room = rest;
        }
    }
    lines
}

/// The pieces between blanks, blanks inside backticks apart.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (0, false);
    // A backtick without its partner quotes nothing.
    let mut partners = text.matches('`').count() / 2 * 2;
    for (at, character) in text.char_indices() {
        match character {
            '`' if partners > 0 => {
                quoted = !quoted;
                partners -= 1;
            }
            ' ' if !quoted => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

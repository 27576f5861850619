use proptest::prelude::*;

use crate::{Applicability, Diagnostic, RenderOptions, Sources, Span, render_with, to_json};

/// Line and column by counting, one character after the other.
fn counted(text: &str, offset: usize) -> (u32, u32) {
    let (mut line, mut column) = (1, 1);
    for (at, character) in text.char_indices() {
        if at + character.len_utf8() > offset {
            break;
        }
        (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    (line, column)
}

proptest! {
    #[test]
    fn a_place_is_what_counting_gives(text in "[a-zé\u{1F600}\n\r]{0,40}", offset in 0u32..60) {
        let mut sources = Sources::default();
        let id = sources.add("a", text.as_str());
        let place = sources.get(id).expect("just added").line_column(offset);
        prop_assert_eq!((place.line, place.column), counted(&text, offset as usize));
    }

    #[test]
    fn any_text_and_any_span_can_be_drawn(
        text in "\\PC{0,20}[\n\t\u{1b}é ]{0,5}\\PC{0,20}",
        message in "[ -~\u{7}…×`\n]{0,60}",
        (a, b) in (0u32..120, 0u32..120),
        width in 0usize..130,
        (color, ascii) in (any::<bool>(), any::<bool>()),
    ) {
        let mut sources = Sources::default();
        let id = sources.add("a", text.as_str());
        let span = Span::new(id, a.min(b), a.max(b));
        let finding = Diagnostic::error("code", "headline")
            .at(span, message.clone())
            .because_of(Span::new(id, a, a), "")
            .note(message.clone())
            .evidence(message.clone())
            .fix(Applicability::Safe, message, vec![]);
        let drawn = render_with(&finding, &sources, &RenderOptions { width, color, ascii });
        prop_assert!(drawn.ends_with('\n'));
        // What is shown never steers the terminal.
        let escapes = drawn.matches('\u{1b}').count();
        prop_assert_eq!(escapes, if color { drawn.matches("\u{1b}[").count() } else { 0 });
        prop_assert_eq!(serde_json::to_value(to_json(&finding, &sources)).is_ok(), true);
    }

    #[test]
    fn prose_keeps_to_the_width_and_loses_no_word(
        text in "([a-z]{1,12}|`[a-z]{1,8} [a-z]{1,8}`)( ([a-z]{1,12}|`[a-z]{1,8} [a-z]{1,8}`)){0,30}",
        width in 40usize..120,
    ) {
        let finding = Diagnostic::error("code", "headline").help(text.clone());
        let options = RenderOptions { width, ..RenderOptions::default() };
        let drawn = render_with(&finding, &Sources::default(), &options);
        let help: Vec<&str> = drawn.lines().skip(2).collect();
        prop_assert!(help.iter().all(|line| line.len() <= width), "{}", drawn);
        let joined = help.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(joined, format!("help: {text}"));
    }
}

//! What must hold for every text, however broken.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::FLEET;
use crate::ast::ExprKind;
use crate::{
    MAX_NESTING, MAX_TEXT_BYTES, Parsed, SyntaxErrorKind, TokenClass, decode, parse_file,
    parse_item, split, tokens,
};

/// Reads a text and checks what must hold for all of them; gives the number of errors.
#[track_caller]
fn survives(text: &str) -> usize {
    let joined: String = tokens(text).iter().map(|token| slice(text, token.range)).collect();
    assert_eq!(joined, text, "tokens, end to end, are the text");
    let mut end = 0;
    let mut count = 0;
    for (chunk, Parsed { item, errors }) in parse_file(text) {
        assert!(end <= chunk.start && chunk.start <= chunk.end, "chunks follow each other");
        assert_trivia(&text[end as usize..chunk.start as usize]);
        end = chunk.end;
        let own = chunk.text(text);
        assert_eq!(own.len(), (chunk.end - chunk.start) as usize);
        assert!(own.get(item.range.start as usize..item.range.end as usize).is_some());
        for error in &errors {
            let place = own.get(error.range.start as usize..error.range.end as usize);
            assert!(place.is_some(), "{error:?} lies outside of {own:?}");
        }
        count += errors.len();
    }
    assert_trivia(&text[end as usize..]);
    count
}

fn slice(text: &str, range: crate::ast::Range) -> &str {
    &text[range.start as usize..range.end as usize]
}

#[track_caller]
fn assert_trivia(text: &str) {
    for token in tokens(text) {
        assert!(is_trivia(token.class), "{text:?} lies between two items");
    }
}

fn is_trivia(class: TokenClass) -> bool {
    use TokenClass::{Blank, Comment, DocComment, Newline};
    matches!(class, Blank | Newline | Comment | DocComment)
}

/// The policy of these tests and every policy among the examples, where there are any.
fn policies() -> Vec<String> {
    let mut policies = vec![FLEET.to_owned()];
    // Asked when the tests run: clones may share what is built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let mut folders = vec![std::path::Path::new(&package).join("../../examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "alloc") {
                policies.extend(std::fs::read_to_string(path));
            }
        }
    }
    policies
}

#[test]
fn whole_policies_have_no_errors() {
    for policy in policies() {
        assert_eq!(survives(&policy), 0, "{policy}");
    }
}

#[test]
fn every_prefix_gives_a_tree() {
    for policy in policies() {
        for (end, _) in policy.char_indices() {
            // Items before the last are the same for every prefix.
            let start = split(&policy[..end]).last().map_or(0, |chunk| chunk.start as usize);
            survives(&policy[start..end]);
        }
    }
}

#[test]
fn every_deleted_token_gives_a_tree_and_hides_no_other_item() {
    let (mut seen, mut near) = (0, 0);
    for policy in policies() {
        let items = split(&policy);
        for token in tokens(&policy) {
            let at = items.partition_point(|chunk| chunk.end <= token.range.start);
            let Some(item) = items.get(at).filter(|item| item.start <= token.range.start) else {
                continue;
            };
            // The item alone, with one that must be found after it.
            let (start, end) = (item.start as usize, item.end as usize);
            let (from, to) = (token.range.start as usize, token.range.end as usize);
            let text = format!("{}{}\nlet after = 1\n", &policy[start..from], &policy[to..end]);
            let errors = survives(&text);
            if is_trivia(token.class) {
                continue;
            }
            assert!(errors <= 3, "more than three errors in {text}");
            if let Some(line) = first_error_line(&text) {
                let deleted = policy[start..from].matches('\n').count();
                seen += 1;
                near += usize::from(line.abs_diff(deleted) <= 1);
            }
            let last = split(&text).pop().map(|last| last.name);
            assert_eq!(last.as_deref(), Some("after"), "the item after it was swallowed in {text}");
        }
    }
    assert!(near * 100 >= seen * 95, "{near} of {seen} first errors are within one line");
}

/// The line, from 0, of the first error of a text whose first item begins with its first byte.
fn first_error_line(text: &str) -> Option<usize> {
    let (chunk, parsed) =
        parse_file(text).into_iter().find(|(_, parsed)| !parsed.errors.is_empty())?;
    let start = chunk.start + parsed.errors.first()?.range.start;
    Some(text[..start as usize].matches('\n').count())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_tree(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = decode(&bytes) {
            survives(text);
        }
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_give_a_tree(words in prop::collection::vec(any::<prop::sample::Index>(), 0..200)) {
        let all = tokens(FLEET);
        let text: String = words.iter().map(|at| slice(FLEET, all[at.index(all.len())].range)).collect();
        survives(&text);
        survives(&format!("rule soup {{\n{text}"));
        survives(&format!("let soup = {text}"));
    }

    #[test]
    fn an_item_has_the_same_tree_wherever_it_stands(blank in "[ \n]{0,20}(// x\n)?") {
        let moved = format!("{blank}\n{FLEET}");
        let trees = |text| parse_file(text).into_iter().map(|(_, parsed)| parsed).collect::<Vec<_>>();
        prop_assert_eq!(trees(&moved), trees(FLEET));
    }
}

#[test]
fn an_edit_of_one_item_leaves_the_trees_of_the_others() {
    let edited = FLEET.replace("1_200_000 USD", "7 USD");
    let (before, after) = (parse_file(FLEET), parse_file(&edited));
    assert_eq!(before.len(), after.len());
    let changed: Vec<_> = before.iter().zip(&after).filter(|(old, new)| old.1 != new.1).collect();
    assert_eq!(changed.len(), 1);
    let key =
        |(chunk, _): &(crate::Chunk, Parsed)| (chunk.keyword, chunk.name.clone(), chunk.ordinal);
    assert!(before.iter().map(key).eq(after.iter().map(key)));
}

/// Reads `text` and wants it to be refused for its depth.
#[track_caller]
fn too_deep(text: &str) {
    let errors = parse_item(text).errors;
    let limited = |kind: &SyntaxErrorKind| {
        matches!(kind, SyntaxErrorKind::TooDeep { .. } | SyntaxErrorKind::TooLong { .. })
    };
    assert!(errors.iter().any(|error| limited(&error.kind)), "{errors:.3?}");
}

#[test]
fn deep_texts_meet_a_limit() {
    let many = 50_000;
    for (before, after) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("a[", "]"),
        ("-", ""),
        ("!", ""),
        ("a ? ", " : 1"),
        ("a ? 1 : ", ""),
        ("1 + ", ""),
        ("a.", ""),
        ("sum(w in ws: ", ")"),
    ] {
        too_deep(&format!("let x = {}a{}", before.repeat(many), after.repeat(many)));
        too_deep(&format!("let x = {}", before.repeat(many)));
    }
    for before in ["for w in ws: ", "if a then ", "if a then b else ", "for w in ws: {"] {
        too_deep(&format!("rule x {{ {}a }}", before.repeat(many)));
    }
    too_deep(&format!("param x: {}count", "set<".repeat(many)));
    too_deep(&format!("param x: {}count", "map<a, ".repeat(many)));
    too_deep(&format!("rule x because \"{{{}a}}\" {{}}", "(".repeat(many)));
    too_deep(&format!("let x = {}", "(".repeat(MAX_TEXT_BYTES - 10)));
    too_deep(&format!("let x = {}", "(a + ".repeat(60) + &"a + ".repeat(990)));
}

#[test]
fn texts_just_below_the_limits_are_read() {
    let depth = MAX_NESTING;
    for (before, after) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(a: ", ")"),
        ("a[", "]"),
        ("-", ""),
        ("a ? ", " : 1"),
        ("sum(w in ws: ", ")"),
    ] {
        let (before, after) = (before.repeat(depth), after.repeat(depth));
        assert_eq!(parse_item(&format!("let x = {before}1{after}")).errors, []);
    }
    assert_eq!(parse_item(&format!("let x = {}a", "a ? 1 : ".repeat(490))).errors, []);
    let parsed = parse_item(&format!("let x = {}a", "a + ".repeat(450)));
    assert_eq!(parsed.errors, []);
    let crate::ast::ItemKind::Let(it) = parsed.item.kind else { panic!("no let") };
    assert!(matches!(it.value.kind, ExprKind::Binary(..)));
    let parsed = parse_item(&format!("rule x {{ {}a <= 1 }}", "for w in ws: ".repeat(depth - 2)));
    assert_eq!(parsed.errors, []);
}

#[test]
fn long_broken_texts_take_time_in_proportion() {
    for piece in
        ["{ ", "( ", "rule x { ", "\nrule x {", "fro w in ws: x\n", "} ", "\" ", "}\n{ ", "a ? "]
    {
        let text = piece.repeat(200_000 / piece.len());
        let started = Instant::now();
        survives(&text);
        assert!(started.elapsed() < Duration::from_secs(30), "{piece:?}: {:?}", started.elapsed());
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let error = crate::DecodeError::NotUtf8 { offset: 18, line: 2, byte: 0xff };
    assert_eq!(decode(b"let a = 1\nlet b = \xff"), Err(error));
    assert_eq!(decode("\u{feff}let a = 1".as_bytes()), Ok("let a = 1"));
    let large = vec![b' '; MAX_TEXT_BYTES + 1];
    assert_eq!(decode(&large), Err(crate::DecodeError::TooLarge { bytes: MAX_TEXT_BYTES + 1 }));
    assert_eq!(decode(&large[1..]).map(str::len), Ok(MAX_TEXT_BYTES));
}

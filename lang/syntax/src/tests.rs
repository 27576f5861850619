//! Texts and their trees.

mod dump;
mod expressions;
mod recovery;
mod robust;
mod splitting;

use apportion_diagnostic::{Sources, render};
use expect_test::{Expect, expect_file};

use crate::{Parsed, parse_file};

/// A policy with every construct of the language.
const FLEET: &str = include_str!("tests/fleet.alloc");

/// Compares the trees and errors of a text with what is expected.
#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&show(text));
}

fn show(text: &str) -> String {
    let mut out = String::new();
    let mut sources = Sources::default();
    for (chunk, Parsed { item, errors }) in parse_file(text) {
        out += &(dump::item(&item) + "\n");
        let source = sources.add("policy.alloc", chunk.text(text));
        for error in errors {
            out += &render(&error.diagnostic(source, None), &sources);
        }
    }
    out
}

#[test]
fn every_construct_has_its_tree() {
    expect_file!["tests/fleet.txt"].assert_eq(&show(FLEET));
}

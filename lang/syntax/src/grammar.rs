//! The grammar as pest reads it, and how tightly operators bind.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

/// Matches kinds of tokens, one character each.
#[derive(pest_derive::Parser)]
#[grammar = "tokens.pest"]
#[grammar = "grammar.pest"]
pub(crate) struct Grammar;

/// Loosest first. As in CEL; `..` is the loosest of all, `??` stands between comparing and adding.
pub(crate) static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::range, Assoc::Left))
        .op(Op::infix(Rule::conditional, Assoc::Right))
        .op(Op::infix(Rule::or, Assoc::Left))
        .op(Op::infix(Rule::and, Assoc::Left))
        .op(Op::infix(Rule::compare, Assoc::Left) | Op::infix(Rule::member, Assoc::Left))
        .op(Op::infix(Rule::default, Assoc::Left))
        .op(Op::infix(Rule::add, Assoc::Left))
        .op(Op::infix(Rule::multiply, Assoc::Left))
        .op(Op::prefix(Rule::negate) | Op::prefix(Rule::not))
        .op(Op::postfix(Rule::field) | Op::postfix(Rule::call) | Op::postfix(Rule::index))
});

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use crate::kind::Kind;

    /// Ranges of kinds that have a name of their own in the grammar.
    const GROUPS: &[(&str, Kind, Kind)] = &[
        ("END", Kind::Line, Kind::BraceClose),
        ("INFIX", Kind::Range, Kind::Percent),
        ("COMPARE", Kind::Equal, Kind::Greater),
        ("MULTIPLY", Kind::Star, Kind::Percent),
        ("NAME", Kind::Word, Kind::Of),
        ("LINE_WORD", Kind::Eligibility, Kind::Direction),
    ];

    #[test]
    fn the_grammar_and_the_lexer_agree_on_the_characters() {
        let mut text =
            String::from("// One character for each kind of token. A test writes this file.\n\n");
        for (kind, name) in Kind::ALL {
            text += &format!("{name} = _{{ \"\\x{:02X}\" }}\n", *kind as u8);
        }
        for (name, first, last) in GROUPS {
            let (first, last) = (*first as u8, *last as u8);
            text += &format!("{name} = _{{ '\\x{first:02X}'..'\\x{last:02X}' }}\n");
        }
        expect_file!["tokens.pest"].assert_eq(&text);
    }
}

//! What is said of broken texts, and what is read all the same.

use expect_test::expect;

use super::check;

#[test]
fn a_word_that_starts_no_line_is_read_as_the_nearest_that_does() {
    check(
        "rule a {\n  fro w in jobs: x[w] <= 1\n}",
        expect![[r#"
        rule a
          for w in jobs:
            (x[w] LessEqual 1)
        error[unexpected-word]: `fro` is not a word that can start a line of a rule
         --> policy.alloc:2:3
          |
        2 |   fro w in jobs: x[w] <= 1
          |   ^^^ did you mean `for`?
          |
          = note: read as `for`, so that the rest could be checked
          = fix (safe): `fro` -> `for`
    "#]],
    );
}

#[test]
fn a_word_that_starts_no_item_is_read_as_the_nearest_that_does() {
    check(
        "let b = 1\nrulle a {\n  x <= 1\n}\nlet c = 2",
        expect![[r#"
        let b = 1
        rule a
          (x LessEqual 1)
        error[unexpected-word]: `rulle` is not a word that can start an item
         --> policy.alloc:1:1
          |
        1 | rulle a {
          | ^^^^^ did you mean `rule`?
          |
          = note: read as `rule`, so that the rest could be checked
          = fix (safe): `rulle` -> `rule`
        let c = 2
    "#]],
    );
    check(
        "hello world",
        expect![[r#"
        unknown
        error[unexpected-word]: `hello` is not a word that can start an item
         --> policy.alloc:1:1
          |
        1 | hello world
          | ^^^^^ not read from here on
          |
          = help: an item starts with a word such as `let`, `rule` or `input`
    "#]],
    );
}

#[test]
fn a_misspelled_word_inside_an_item_is_put_right() {
    check(
        "rule a becuase \"of it\" { x <= 1 }",
        expect![[r#"
        rule a because "of it"
          (x LessEqual 1)
        error[unexpected-word]: `becuase` is not a word that can start a clause
         --> policy.alloc:1:8
          |
        1 | rule a becuase "of it" { x <= 1 }
          |        ^^^^^^^ did you mean `because`?
          |
          = note: read as `because`, so that the rest could be checked
          = fix (safe): `becuase` -> `because`
    "#]],
    );
    check(
        "compliancy a cites \"law\" { x <= 1 }",
        expect![[r#"
        compliance a cites "law"
          (x LessEqual 1)
        error[unexpected-word]: `compliancy` is not a word that can start an item
         --> policy.alloc:1:1
          |
        1 | compliancy a cites "law" { x <= 1 }
          | ^^^^^^^^^^ did you mean `compliance`?
          |
          = note: read as `compliance`, so that the rest could be checked
          = fix (safe): `compliancy` -> `compliance`
    "#]],
    );
}

#[test]
fn a_comparison_without_its_right_side_does_not_hide_the_next_line() {
    check(
        "rule a {\n  for p in ps: sum(w in ws: x[w, p]) <=\n  for p in ps: y[p] <= 1\n}",
        expect![[r#"
            rule a
              for p in ps:
                (sum(w in ws: x[w, p]) LessEqual MISSING)
              for p in ps:
                (y[p] LessEqual 1)
            error[expected-amount]: this comparison has no right-hand side
             --> policy.alloc:2:38
              |
            2 |   for p in ps: sum(w in ws: x[w, p]) <=
              |                                      ^^ an amount must follow `<=`
              |
        "#]],
    );
    check(
        "rule a {\n  for p in ps: sum(w in ws: x[w, p]) <=\n}",
        expect![[r#"
        rule a
          for p in ps:
            (sum(w in ws: x[w, p]) LessEqual MISSING)
        error[expected-amount]: this comparison has no right-hand side
         --> policy.alloc:2:38
          |
        2 |   for p in ps: sum(w in ws: x[w, p]) <=
          |                                      ^^ an amount must follow `<=`
          |
    "#]],
    );
}

#[test]
fn bins_without_all_of_their_parts_are_read() {
    check(
        "let a = bins(p in ps: x[p] each p.s)",
        expect![[r#"
        let a = bins(p in ps: x[p] each p.s in MISSING)
        error[expected-sign]: expected `in` after `s`, found `)`
         --> policy.alloc:1:36
          |
        1 | let a = bins(p in ps: x[p] each p.s)
          |                                    ^ `in` must stand before this
          |
    "#]],
    );
    check(
        "let a = bins(p in ps: x[p] each in 1)",
        expect![[r#"
        let a = bins(p in ps: x[p] each 1 in MISSING)
        error[expected-amount]: expected an amount after `each`, found `in`
         --> policy.alloc:1:33
          |
        1 | let a = bins(p in ps: x[p] each in 1)
          |                                 ^^ an amount must stand before this
          |
    "#]],
    );
}

#[test]
fn a_bad_line_does_not_hide_the_next() {
    check(
        "rule a {\n  ) <= 3\n  x <= 1 = 2\n  = { y }\n  z <= 2\n}",
        expect![[r#"
        rule a
          (x LessEqual 1)
          (z LessEqual 2)
        error[unexpected-sign]: `)` cannot start a line of a rule
         --> policy.alloc:2:3
          |
        2 |   ) <= 3
          |   ^ not read from here on
          |
        error[unexpected-sign]: `=` cannot follow `1` in a line of a rule
         --> policy.alloc:3:10
          |
        3 |   x <= 1 = 2
          |          ^ not read from here on
          |
    "#]],
    );
    check(
        "entity A {\n  12: string\n  b string\n  c:\n  d: count\n}",
        expect![[r#"
            entity A
              b: MISSING
              c: MISSING
              d: count^1
            error[unexpected-sign]: `12` cannot start a field of an entity
             --> policy.alloc:2:3
              |
            2 |   12: string
              |   ^^ not read from here on
              |
            error[expected-sign]: expected `:` after `b`, found `string`
             --> policy.alloc:3:5
              |
            3 |   b string
              |     ^^^^^^ `:` must stand before this
              |
            error[expected-type]: expected a type or a unit after `:`
             --> policy.alloc:4:4
              |
            4 |   c:
              |    ^ a type or a unit must follow
              |
        "#]],
    );
    check(
        "objective {\n  a: maximize\n  b: x\n  c: minimize y\n}",
        expect![[r#"
        objective
          a: maximize MISSING
          b: minimize x
          c: minimize y
        error[expected-amount]: expected an amount after `maximize`
         --> policy.alloc:2:6
          |
        2 |   a: maximize
          |      ^^^^^^^^ an amount must follow
          |
        error[expected-sign]: expected `maximize` or `minimize` after `:`, found `x`
         --> policy.alloc:3:6
          |
        3 |   b: x
          |      ^ `maximize` or `minimize` must stand before this
          |
    "#]],
    );
}

#[test]
fn an_open_parenthesis_ends_with_its_line() {
    check(
        "rule a {\n  sum(w in ws: x[w <= 1\n  y <= 2\n}",
        expect![[r#"
        rule a
          sum(w in ws: x[(w LessEqual 1)])
          (y LessEqual 2)
        error[expected-sign]: expected `,` or `]` after `1`
         --> policy.alloc:2:23
          |
        2 |   sum(w in ws: x[w <= 1
          |                       ^ `,` or `]` must follow
          |
    "#]],
    );
}

#[test]
fn an_open_brace_does_not_swallow_the_next_item() {
    check(
        "rule a {\n  for w in ws: {\n    x <= 1\n\nlet b = 2",
        expect![[r#"
        rule a
          for w in ws:
            (x LessEqual 1)
        error[unclosed-brace]: this `{` is never closed
         --> policy.alloc:1:8
          |
        1 | rule a {
          |        ^ no `}` belongs to it
          |
          = note: the item ends before the next word that starts an item on a line of its own
        error[unclosed-brace]: this `{` is never closed
         --> policy.alloc:2:16
          |
        2 |   for w in ws: {
          |                ^ no `}` belongs to it
          |
          = note: the item ends before the next word that starts an item on a line of its own
        let b = 2
    "#]],
    );
}

#[test]
fn whatever_is_missing_is_named() {
    check(
        "rule where { a }",
        expect![[r#"
            rule MISSING
              a
            error[expected-name]: expected a name after `rule`, found `where`
             --> policy.alloc:1:6
              |
            1 | rule where { a }
              |      ^^^^^ a name must stand before this
              |
              = help: `where` is a word of the language: choose another name
        "#]],
    );
    check(
        "use a.{b c}",
        expect![[r#"
        use a.{b, c}
        error[expected-sign]: expected `,` after `b`, found `c`
         --> policy.alloc:1:10
          |
        1 | use a.{b c}
          |          ^ `,` must stand before this
          |
    "#]],
    );
    check(
        "budget b: spend { alert 3 }",
        expect![[r#"
        budget b: spend <= MISSING
          alert at 3
        error[expected-sign]: expected `<=` and a limit after `spend`, found `{`
         --> policy.alloc:1:17
          |
        1 | budget b: spend { alert 3 }
          |                 ^ `<=` and a limit must stand before this
          |
        error[expected-sign]: expected `at` after `alert`, found `3`
         --> policy.alloc:1:25
          |
        1 | budget b: spend { alert 3 }
          |                         ^ `at` must stand before this
          |
    "#]],
    );
    check(
        "place jobs onto sites s as x: count",
        expect![[r#"
        place jobs MISSING onto sites s as x: count^1
        error[expected-name]: expected a name after `jobs`, found `onto`
         --> policy.alloc:1:12
          |
        1 | place jobs onto sites s as x: count
          |            ^^^^ a name must stand before this
          |
    "#]],
    );
    check(
        "decide x: count in 3",
        expect![[r#"
        decide x: count^1
        error[expected-sign]: expected `..` and a greatest value after `3`
         --> policy.alloc:1:20
          |
        1 | decide x: count in 3
          |                    ^ `..` and a greatest value must follow
          |
    "#]],
    );
    check(
        "let z = f(, a) + [1, , 2",
        expect![[r#"
        let z = (f(a) Add [1, 2])
        error[expected-amount]: expected an amount after `(`, found `,`
         --> policy.alloc:1:11
          |
        1 | let z = f(, a) + [1, , 2
          |           ^ an amount must stand before this
          |
        error[expected-amount]: expected an amount after `,`, found `,`
         --> policy.alloc:1:22
          |
        1 | let z = f(, a) + [1, , 2
          |                      ^ an amount must stand before this
          |
        error[expected-sign]: expected `,` or `]` after `2`
         --> policy.alloc:1:24
          |
        1 | let z = f(, a) + [1, , 2
          |                        ^ `,` or `]` must follow
          |
    "#]],
    );
    check(
        "let z = {a: 1, b}",
        expect![[r#"
        let z = {a: 1, b: MISSING}
        error[expected-sign]: expected `:` and a value after `b`, found `}`
         --> policy.alloc:1:17
          |
        1 | let z = {a: 1, b}
          |                 ^ `:` and a value must stand before this
          |
    "#]],
    );
}

#[test]
fn bad_texts_and_characters_are_named() {
    check(
        "let a = \"\\q\nlet b = 5 €",
        expect![[r#"
        let a = ""
        error[unclosed-text]: this text has no closing quote
         --> policy.alloc:1:9
          |
        1 | let a = "\q
          |         ^^^ opened here
          |
          = note: a text ends on the line on which it begins; `\n` in it is a new line
        error[unknown-escape]: `\q` has no meaning in a text
         --> policy.alloc:1:10
          |
        1 | let a = "\q
          |          ^^
          |
          = help: a backslash itself is written `\\`; others are `\n`, `\t`, `\"`, `\{`
        let b = 5
        error[unknown-character]: the character `€` (U+20AC) has no meaning here
         --> policy.alloc:1:11
          |
        1 | let b = 5 €
          |           ^
          |
    "#]],
    );
    check(
        "rule x because \"{w.id + } and {} {a b}\" { a }",
        expect![[r#"
        rule x because <(w.id Add MISSING)> " and " <MISSING> " " <a>
          a
        error[expected-amount]: expected an amount after `+`
         --> policy.alloc:1:23
          |
        1 | rule x because "{w.id + } and {} {a b}" { a }
          |                       ^ an amount must follow
          |
        error[expected-amount]: expected an amount
         --> policy.alloc:1:32
          |
        1 | rule x because "{w.id + } and {} {a b}" { a }
          |                                ^ an amount must follow
          |
        error[unexpected-word]: `b` cannot follow `a` in a hole of a text
         --> policy.alloc:1:37
          |
        1 | rule x because "{w.id + } and {} {a b}" { a }
          |                                     ^ not read from here on
          |
    "#]],
    );
}

#[test]
fn limits_are_named() {
    check(
        &format!("let a = {}1", "1 +\n".repeat(500)),
        expect![[r#"
        let a = MISSING
        error[text-too-deep]: this expression has more than 1000 operands and operators in a row
         --> policy.alloc:1:9
          |
        1 | let a = 1 +
          |         ^ not read
          |
          = note: the limit is 1000
          = help: add many terms with `sum(… in …: …)`, or name parts with `let`
    "#]],
    );
    check(
        &format!("let a = {}", "(".repeat(70)),
        expect![[r#"
        unknown
        error[text-too-deep]: brackets, `for` or `if` lie more than 64 deep here
         --> policy.alloc:1:73
          |
        1 | let a = ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((
          |                                                                         ^ not read
          |
          = note: the limit is 64
          = help: name inner parts with `let`
    "#]],
    );
}

#[test]
fn a_pattern_without_all_of_its_parts_is_read() {
    let check_head =
        |head: &str, expected| check(&format!("pattern a({head}) {{ x[p] <= b }}"), expected);
    check_head(
        "x[p in P, q in Q]: quantity, over[p]: key, b: cores = 1 core",
        expect![[r#"
        pattern a(x[p in P, q in Q]: quantity^1, over[p]: key^1, b: cores^1 = 1<core^1>)
          (x[p] LessEqual b)
    "#]],
    );
    check_head(
        "x[p in]: quantity",
        expect![[r#"
        pattern a(x[p in MISSING]: quantity^1)
          (x[p] LessEqual b)
        error[expected-name]: expected a name after `in`, found `]`
         --> policy.alloc:1:17
          |
        1 | pattern a(x[p in]: quantity) { x[p] <= b }
          |                 ^ a name must stand before this
          |
    "#]],
    );
    check_head(
        "x[]: quantity",
        expect![[r#"
        pattern a(x: quantity^1)
          (x[p] LessEqual b)
        error[expected-name]: expected a name after `[`, found `]`
         --> policy.alloc:1:13
          |
        1 | pattern a(x[]: quantity) { x[p] <= b }
          |             ^ a name must stand before this
          |
    "#]],
    );
    check_head(
        "x[p in P: quantity",
        expect![[r#"
        pattern a(x[p in P]: quantity^1)
          (x[p] LessEqual b)
        error[expected-sign]: expected `,` or `]` after `P`, found `:`
         --> policy.alloc:1:19
          |
        1 | pattern a(x[p in P: quantity) { x[p] <= b }
          |                   ^ `,` or `]` must stand before this
          |
    "#]],
    );
    check_head(
        "x[p in P]",
        expect![[r#"
        pattern a(x[p in P]: MISSING)
          (x[p] LessEqual b)
        error[expected-sign]: expected `:` after `]`, found `)`
         --> policy.alloc:1:20
          |
        1 | pattern a(x[p in P]) { x[p] <= b }
          |                    ^ `:` must stand before this
          |
    "#]],
    );
}

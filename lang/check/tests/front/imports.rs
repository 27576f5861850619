//! Modules: what `use` brings, and what it cannot bring.

use std::sync::Arc;

use apportion_check::Project;
use expect_test::{Expect, expect};

/// Checks a project of modules, the first of which is the entry: each finding with the text that it underlines.
#[track_caller]
fn check(modules: &[(&str, &str)], expected: Expect) {
    let files = modules.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text)));
    let checked = Project::new(files.collect(), modules[0].0).checked();
    let lines = checked.diagnostics.iter().map(|finding| {
        let place = finding.primary().and_then(|span| {
            let source = checked.sources.get(span.source)?;
            Some((&source.path, source.text.get(span.start as usize..span.end as usize)?))
        });
        let Some((path, text)) = place else { return format!("{finding:?}\n") };
        format!("{path}: {}: {} `{text}`\n", finding.code, finding.message)
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn a_module_brings_all_its_names_or_those_that_are_listed() {
    let sizes = ("sizes.alloc", "param small: number = 1\nparam large: number = 2\n");
    check(&[("main.alloc", "use sizes.*\nlet a = small + large"), sizes], expect![""]);
    check(&[("main.alloc", "use sizes\nlet a = small + large"), sizes], expect![""]);
    check(&[("main.alloc", "use sizes.small\nlet a = small"), sizes], expect![""]);
    check(
        &[("main.alloc", "use sizes.{small}\nlet a = small + large"), sizes],
        expect![[r#"
            main.alloc: unknown-name: nothing is called `large` here `large`
        "#]],
    );
}

#[test]
fn modules_are_looked_for_beside_the_entry_and_in_the_library() {
    check(
        &[
            ("policy/main.alloc", "use std.resources.cpu\nuse deep.sizes.*\nlet a = small"),
            ("policy/deep/sizes.alloc", "param small: cpu = 1 core\n"),
        ],
        expect![[r#"
            policy/deep/sizes.alloc: unknown-name: there is no type or unit `cpu` `cpu`
        "#]],
    );
    check(
        &[("policy/main.alloc", "use sizes.*"), ("sizes.alloc", "")],
        expect![[r#"
            policy/main.alloc: unknown-module: there is no module `sizes` `use sizes.*`
        "#]],
    );
}

#[test]
fn a_name_that_the_module_does_not_declare_is_refused() {
    check(
        &[("main.alloc", "use sizes.{smal}"), ("sizes.alloc", "param small: number = 1\n")],
        expect![[r#"
            main.alloc: unknown-name: `sizes.alloc` declares no `smal` `use sizes.{smal}`
        "#]],
    );
}

#[test]
fn modules_that_use_each_other_are_refused_where_the_circle_closes() {
    let a = ("a.alloc", "use b.*\nparam one: number = 1\n");
    let b = ("b.alloc", "use a.*\nparam two: number = one\n");
    check(
        &[("main.alloc", "use a.*\nlet sum = one + two"), a, b],
        expect![[r#"
            b.alloc: import-cycle: `a` uses this module, straight or through others `use a.*`
        "#]],
    );
}

#[test]
fn a_module_that_uses_itself_is_a_circle_too() {
    check(
        &[("main.alloc", "use main.*\nparam one: number = 1")],
        expect![[r#"
            main.alloc: import-cycle: `main` uses this module, straight or through others `use main.*`
        "#]],
    );
}

#[test]
fn an_own_item_hides_an_imported_one() {
    check(
        &[
            ("main.alloc", "use sizes.*\nparam small: cores = 1 core\nlet a = small + 1 core"),
            ("sizes.alloc", "param small: number = 1\n"),
        ],
        expect![""],
    );
}

#[test]
fn an_override_names_the_module_that_declares_the_rule() {
    let rules = ("rules.alloc", "use deep.*\nrule demand { 1 <= 2 }\n");
    let deep = ("deep.alloc", "rule supply { 1 <= 2 }\n");
    let main = "use rules.{demand} open demand\ntighten rules.demand { 2 <= 3 }\n\
                loosen rules.demand soft at cost, 1 credit\nobjective { cost: minimize penalties }";
    check(&[("main.alloc", main), rules, deep], expect![""]);
    check(
        &[("main.alloc", "use rules.*\ntighten rules.supply { 2 <= 3 }"), rules, deep],
        expect![[r#"
            main.alloc: unknown-name: `rules` declares no rule `supply` `supply`
        "#]],
    );
    check(
        &[("main.alloc", "use rules.*\ntighten deep.supply { 2 <= 3 }"), rules, deep],
        expect![[r#"
            main.alloc: unknown-module: this file uses no module `deep` `deep.supply`
        "#]],
    );
}

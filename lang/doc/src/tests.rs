//! What is read of a module, and what names find.

use expect_test::{Expect, expect};

use crate::{find, library, own, page, read};

const MAIN: &str = r#"// A fleet.
//
// Its pools are named by the sales department.
edition 2026

use shared.*

/// The share of every pool that stays free.
param headroom: ratio = 8 % in 0 % .. 50 %

/// Where work runs.
entity Pool {
  /// As the inventory has it.
  key id: string
  capacity: amounts   // of every resource
  price: USD/h? in 1 USD/h .. 2 USD/h
}
/// No pool is overfull.
rule capacity soft at cost, 3 credit   // while it is short
  because "{p.id} is full" {
  for p in pools: x[p] <= 1
}
/// At most so much of each.
pattern few(x[p in P]: quantity, over[p]: key = p, most: cores = 3 cores in 0 cores .. 9 cores) { for p in P: x[p] <= most }
priority w by w.class { gold = 3 }
/// What is sought.
objective {
  service: maximize sum(p in {a, b}: x[p])
  cost: minimize penalties slack 1 %
}
test "nothing" { expect x == 1 }
"#;

const BROKEN: &str = "/// Half of it.\nrule half {\n  for p in\n}\nrule { }\nlet = 3\nfoo bar\n/// Whole.\nlet whole = 3";

/// In the place of the library, so that what is added to that changes nothing here.
const RESOURCES: &str = "// What is allocated.\n/// Processor time.\nresource cpu: cores";
const TOPOLOGY: &str = "// Where work may be.
/// All in few groups.
pattern few(x[p in P]: quantity, groups: number) { count(p in P: x[p] != 0) <= groups }
/// All groups alike.
pattern spread(x[p in P]: quantity) { for p in P: x[p] <= 1 }
";

/// What is printed for a name.
#[track_caller]
fn check(name: Option<&str>, expected: Expect) {
    let files = [
        ("policy/shared/half.alloc".to_owned(), BROKEN.into()),
        ("policy/main.alloc".to_owned(), MAIN.into()),
    ];
    let mut modules = own(&files, "policy/main.alloc");
    modules.push(read("std.resources", "std/resources.alloc", RESOURCES));
    modules.push(read("std.topology", "std/topology.alloc", TOPOLOGY));
    let printed = match find(&modules, name) {
        Ok(answer) => page(&answer),
        Err(finding) => apportion_diagnostic::render(&finding, &Default::default()),
    };
    expected.assert_eq(&printed);
}

#[test]
fn without_a_name_all_modules_are_listed() {
    check(
        None,
        expect![[r#"
        main           A fleet.
        shared.half
        std.resources  What is allocated.
        std.topology   Where work may be.
    "#]],
    );
}

#[test]
fn a_module_shows_what_it_declares() {
    check(
        Some("main"),
        expect![[r#"
            main, policy/main.alloc

                A fleet.

                Its pools are named by the sales department.

            param headroom: ratio = 8 % in 0 % .. 50 %
                The share of every pool that stays free.

            entity Pool {
              /// As the inventory has it.
              key id: string
              capacity: amounts   // of every resource
              price: USD/h? in 1 USD/h .. 2 USD/h
            }
                Where work runs.

            rule capacity soft at cost, 3 credit because "{p.id} is full"
                No pool is overfull.

            pattern few(x[p in P]: quantity, over[p]: key = p, most: cores = 3 cores in 0 cores .. 9 cores)
                At most so much of each.

            priority w by w.class { gold = 3 }

            level service: maximize sum(p in {a, b}: x[p])
                What is sought.

            level cost: minimize penalties slack 1 %
                What is sought.
        "#]],
    );
}

#[test]
fn a_module_with_mistakes_shows_what_can_be_read() {
    check(
        Some("shared.half"),
        expect![[r#"
        shared.half, policy/shared/half.alloc

        rule half
            Half of it.

        let whole = 3
            Whole.
    "#]],
    );
}

#[test]
fn an_item_is_found_by_its_name_alone_and_in_its_module() {
    check(
        Some("few"),
        expect![[r#"
            pattern main.few, policy/main.alloc:24

                At most so much of each.

                parameter  type                         where it is left out
                x[p in P]  quantity                     -
                over[p]    key                          p
                most       cores in 0 cores .. 9 cores  3 cores

            pattern few(x[p in P]: quantity, over[p]: key = p, most: cores = 3 cores in 0 cores .. 9 cores) { for p in P: x[p] <= most }

            pattern std.topology.few, std/topology.alloc:3

                All in few groups.

                parameter  type      where it is left out
                x[p in P]  quantity  -
                groups     number    -

            pattern few(x[p in P]: quantity, groups: number) { count(p in P: x[p] != 0) <= groups }
        "#]],
    );
    check(
        Some("main.Pool"),
        expect![[r#"
        entity main.Pool, policy/main.alloc:12

            Where work runs.

        entity Pool {
          /// As the inventory has it.
          key id: string
          capacity: amounts   // of every resource
          price: USD/h? in 1 USD/h .. 2 USD/h
        }
    "#]],
    );
    check(
        Some("cost"),
        expect![[r#"
        level main.cost, policy/main.alloc:29

            What is sought.

        cost: minimize penalties slack 1 %
    "#]],
    );
    check(
        Some("main.capacity"),
        expect![[r#"
        rule main.capacity, policy/main.alloc:19

            No pool is overfull.

        rule capacity soft at cost, 3 credit   // while it is short
          because "{p.id} is full" {
          for p in pools: x[p] <= 1
        }
    "#]],
    );
}

#[test]
fn a_path_lists_the_modules_below_it() {
    check(
        Some("std"),
        expect![[r#"
        std.resources  What is allocated.
        std.topology   Where work may be.
    "#]],
    );
}

#[test]
fn what_is_unknown_is_told_with_what_is_near() {
    check(
        Some("std.topologie"),
        expect![[r#"
        error[unknown-name]: there is no module and nothing else that is called `std.topologie`

          help: did you mean `std.topology`?
    "#]],
    );
    check(
        Some("std.topology.spred"),
        expect![[r#"
        error[unknown-name]: there is no module and nothing else that is called `std.topology.spred`

          help: did you mean `std.topology.spread`?
    "#]],
    );
    check(
        Some("headrom"),
        expect![[r#"
        error[unknown-name]: there is no module and nothing else that is called `headrom`

          help: did you mean `headroom`?
    "#]],
    );
    check(
        Some("qwertz"),
        expect![[r#"
        error[unknown-name]: there is no module and nothing else that is called `qwertz`

          help: `apportion doc` lists the modules
    "#]],
    );
    check(
        Some(""),
        expect![[r#"
        error[unknown-name]: there is no module and nothing else that is called ``

          help: `apportion doc` lists the modules
    "#]],
    );
}

#[test]
fn everything_in_the_library_says_what_it_is() {
    for module in library() {
        assert!(module.doc.is_some(), "{}", module.name);
        for item in &module.items {
            assert!(item.doc.is_some(), "{}.{}", module.name, item.name);
        }
    }
}

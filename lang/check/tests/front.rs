//! What the checker says of small policies, and that it says something of any text.

#[path = "front/bins.rs"]
mod bins;
#[path = "front/definitions.rs"]
mod definitions;
#[path = "front/edits.rs"]
mod edits;
#[path = "front/imports.rs"]
mod imports;
#[path = "front/patterns.rs"]
mod patterns;
#[path = "front/refused.rs"]
mod refused;
#[path = "front/stages.rs"]
mod stages;
#[path = "front/statements.rs"]
mod statements;
#[path = "front/types.rs"]
mod types;
#[path = "front/units.rs"]
mod units;

use apportion_check::check_text;
use expect_test::{Expect, expect};
use proptest::prelude::*;

const WORLD: &str = "resource cpu: cores
resource memory: GiB
enum Market { on_demand, spot }
entity Pool { key id: string; capacity: amounts; price: map<Market, USD/core/h>; reclaim: 1/h? }
entity Job { key id: string; request: amounts; replicas: count; latency: duration?; class: enum { gold, batch } }
input pools: Pool
input jobs: Job
place jobs j onto pools p via Market m as x: count <= j.replicas where p.price.has(m)
decide used[p in pools]: cores
";

/// Checks items that stand below the world: each finding with the text that it underlines.
#[track_caller]
fn check(items: &str, expected: Expect) {
    let text = format!("{WORLD}{items}");
    let found = check_text("main.alloc", &text).diagnostics;
    let lines = found.iter().map(|finding| {
        let span = finding.primary().map_or(0..0, |span| span.start as usize..span.end as usize);
        format!("{}: {} `{}`\n", finding.code, finding.message, &text[span])
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn a_good_policy_has_no_findings_and_a_policy() {
    assert!(check_text("main.alloc", WORLD).policy.is_some());
    check("rule fits { for j in jobs: x[j, *, *] <= j.replicas }", expect![""]);
}

#[test]
fn every_mistake_is_found_at_once_and_none_follows_from_another() {
    check(
        "let a = sum(p in pools: p.capasity[cpu] + 1 core)\nlet b = nobody",
        expect![[r#"
        unknown-field: `Pool` has no field `capasity` `capasity`
        unknown-name: nothing is called `nobody` here `nobody`
    "#]],
    );
}

proptest! {
    #[test]
    fn no_part_of_a_policy_makes_the_checker_panic(from in 0..WORLD.len(), length in 0..80usize) {
        let to = (from + length).min(WORLD.len());
        check_text("main.alloc", &WORLD[..from]);
        check_text("main.alloc", &format!("{}{}", &WORLD[..from], &WORLD[to..]));
    }
}

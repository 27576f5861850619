//! What fields, parameters, maps, sets, enums and amounts are, and how they are read.

use expect_test::expect;

use super::check;

#[test]
fn an_entity_has_one_key_which_is_a_text() {
    check(
        "entity A { size: count }",
        expect![[r#"
        type-mismatch: `A` has no key `A`
    "#]],
    );
    check(
        "entity A { key id: string; key name: string }",
        expect![[r#"
        duplicate-name: a second key `name`
    "#]],
    );
    check(
        "entity A { key id: count }\nentity B { key id: string? }",
        expect![[r#"
        type-mismatch: a key is a text `count`
        type-mismatch: a key is a text `string?`
    "#]],
    );
    check(
        "entity A { key id: string; size: count; size: cores }",
        expect![[r#"
        duplicate-name: the field `size` is there already `size`
    "#]],
    );
}

#[test]
fn a_field_with_a_default_is_never_absent_and_its_default_fits_it() {
    check(
        "entity A { key id: string; size: count? = 3 }",
        expect![[r#"
        type-mismatch: a field with a default is never absent `count?`
    "#]],
    );
    check(
        "entity A { key id: string; size: cores = 3 GiB; market: Market = late }",
        expect![[r#"
        unit-mismatch: the default must be cores, and this is memory `3 GiB`
        enum-value-unknown: `Market` has no value `late` `late`
    "#]],
    );
    check(
        "entity A { key id: string; market: Market = spot; tags: set<string> = {}; gang: bool = false }",
        expect![""],
    );
}

#[test]
fn a_range_is_written_in_numbers_of_the_same_unit() {
    check(
        "entity A { key id: string; size: cores in 1 .. 2 cores; load: ratio in 0 % .. 50 % }",
        expect![[r#"
            unit-missing: the least value must be cores, and this number has no unit `1`
        "#]],
    );
    check(
        "param p: duration = 24 h in 1 h .. 7 d\nparam q: number = 3 in 1 .. 2",
        expect![[r#"
        out-of-range: the default is outside of the range that is allowed `3`
    "#]],
    );
    check(
        "param p: number = 3 in 5\nparam q: number in 1 h .. 2",
        expect![[r#"
        type-mismatch: a range is expected after `in` `5`
        unit-mismatch: the least value must be plain number, and this is time `1 h`
    "#]],
    );
}

#[test]
fn a_type_that_nobody_declared_is_refused_beside_the_one_that_was_meant() {
    check(
        "entity A { key id: string; pool: Pol; size: GiBB; kind: strin }",
        expect![[r#"
        unknown-name: there is no type or unit `Pol` `Pol`
        unknown-name: there is no type or unit `GiBB` `GiBB`
        unknown-name: there is no type or unit `strin` `strin`
    "#]],
    );
}

#[test]
fn an_optional_is_guarded_before_it_is_read() {
    check(
        "let late[j in jobs] = j.latency + 1 ms",
        expect![[r#"
        optional-unguarded: `latency` may be absent here `j.latency`
    "#]],
    );
    check("let fine[j in jobs] = has(j.latency) ? j.latency : 1 ms", expect![""]);
    check("let fine[j in jobs] = j.latency ?? 1 ms", expect![""]);
    check("rule fine { for j in jobs: !has(j.latency) || j.latency > 1 ms }", expect![""]);
    check("rule fine { for j in jobs where has(j.latency): j.latency > 1 ms }", expect![""]);
    check(
        "rule late { for j in jobs: has(j.latency) || j.latency > 1 ms }",
        expect![[r#"
        optional-unguarded: `latency` may be absent here `j.latency`
    "#]],
    );
    check(
        "rule late { for j in jobs, k in jobs where has(k.latency): j.latency > 1 ms }",
        expect![[r#"
            optional-unguarded: `latency` may be absent here `j.latency`
        "#]],
    );
}

#[test]
fn an_entry_of_a_map_may_be_absent_too() {
    check(
        "let cost[p in pools] = p.price[spot]",
        expect![[r#"
        optional-unguarded: this entry may be absent here `p.price[spot]`
    "#]],
    );
    check("let cost[p in pools] = p.price.has(spot) ? p.price.spot : 0", expect![""]);
    check(
        "let cost[p in pools] = p.price.has(spot) ? p.price.on_demand : 0",
        expect![[r#"
        optional-unguarded: this entry may be absent here `p.price.on_demand`
    "#]],
    );
}

#[test]
fn a_tuple_that_a_decision_has_is_known_to_have_what_its_where_asks_for() {
    check(
        "let spend = sum(j in jobs, p in pools, m in Market: x[j, p, m] * j.request[cpu] * p.price[m])",
        expect![""],
    );
    check(
        "let spend = sum(j in jobs, p in pools, m in Market: x[j, p, spot] * j.request[cpu] * p.price[m])",
        expect![[r#"
            optional-unguarded: this entry may be absent here `p.price[m]`
        "#]],
    );
}

#[test]
fn forbidding_fails_closed_so_that_it_needs_no_guard_and_takes_no_default() {
    check("rule quick { forbid x[j, p, *] where j.latency < 1 ms }", expect![""]);
    check(
        "entity Site { key id: string; country: string = \"DE\" }\ninput sites: Site
         decide y[s in sites]: flag\ncompliance home { forbid y[s] where s.country != \"DE\" }",
        expect![[r#"
            default-in-compliance: a compliance rule cannot read `country`, which has a default `country`
        "#]],
    );
}

#[test]
fn a_word_of_an_enum_is_found_by_what_it_is_compared_with() {
    check("rule a { for j in jobs where j.class == gold: x[j, *, spot] == 0 }", expect![""]);
    check(
        "rule a { for j in jobs where j.class in {gold, batch}: x[j, *, spot] == 0 }",
        expect![""],
    );
    check(
        "rule a { for j in jobs where j.class == spot: x[j, *, spot] == 0 }",
        expect![[r#"
        type-mismatch: cannot compare a value of `Job.class` with a value of `Market` `spot`
    "#]],
    );
    check(
        "rule a { for j in jobs where j.class in {gold, silver}: x[j, *, spot] == 0 }",
        expect![[r#"
            enum-value-unknown: `Job.class` has no value `silver` `silver`
        "#]],
    );
    check(
        "enum Other { spot, late }\nlet either = spot\nlet other = Other.spot\nlet late2 = late",
        expect![[r#"
            ambiguous-name: `spot` is a value of `Market` and of `Other` `spot`
        "#]],
    );
    check(
        "enum Twice { a, b, a }",
        expect![[r#"
        duplicate-name: the value `a` is there already `a`
    "#]],
    );
}

#[test]
fn an_enum_is_written_in_place_in_a_field_only_and_once() {
    check(
        "param p: enum { a, b } = a",
        expect![[r#"
            type-mismatch: an enum is written in place in a field only, and once `enum { a, b }`
        "#]],
    );
    check(
        "decide d: enum { a, b }\ndecide e: count",
        expect![[r#"
        type-mismatch: an enum is written in place in a field only, and once `enum { a, b }`
    "#]],
    );
    check(
        "entity A { key id: string; both: map<enum { a, b }, enum { c, d }> }",
        expect![[r#"
        type-mismatch: an enum is written in place in a field only, and once `enum { c, d }`
    "#]],
    );
    check(
        "entity A { key id: string; some: set<enum { a, b }>; cost: map<enum { c }, USD> }",
        expect![""],
    );
}

#[test]
fn keys_and_elements_have_the_type_of_what_they_are_looked_up_in() {
    check(
        "entity A { key id: string; tags: set<string>; near: map<Pool, duration> }\ninput all: A
           let a = count(x in all where \"a\" in x.tags && size(x.near) > 0)
           let b = count(x in all, p in pools where p in x.tags)
           let c = count(x in all, p in pools where x.near.has(p) && x.near[p] < 1 s)
           let d = count(x in all where x.near[3] < 1 s)
           let e = count(x in all where x.near[\"a\", \"b\"] < 1 s)",
        expect![[r#"
            type-mismatch: a `Pool` cannot be in a set of a text `p in x.tags`
            type-mismatch: the key must be a `Pool`, and this is plain number `3`
            type-mismatch: an entry is read by one key `x.near["a", "b"]`
        "#]],
    );
    check(
        "let odd = count(j in jobs where 3 in j.replicas)\nlet odd2 = count(j in jobs where j.id[3] == \"a\")",
        expect![[r#"
            type-mismatch: nothing can be in plain number `3 in j.replicas`
            type-mismatch: a text has no entries `j.id[3]`
        "#]],
    );
    check(
        "let odd = sum(n in {1, 2, \"c\"}: 1)\nlet odd2 = sum(n in [1 core, 2 GiB]: n)",
        expect![[r#"
            type-mismatch: a text among values that are plain number `"c"`
            type-mismatch: memory among values that are cores `2 GiB`
        "#]],
    );
}

#[test]
fn amounts_of_different_resources_are_not_put_together() {
    check(
        "let all[p in pools] = sum(r in resources: p.capacity[r])",
        expect![[r#"
        unit-mismatch: amounts of different resources cannot be put together `p.capacity[r]`
    "#]],
    );
    check(
        "let share[p in pools] = sum(r in resources: p.capacity[r] / p.capacity[r])",
        expect![""],
    );
    check(
        "let each[p in pools, r in resources] = p.capacity[r]\nlet all = each[*, *]\nlet cores = each[*, cpu]",
        expect![[r#"
            unit-mismatch: amounts of different resources cannot be put together `each[*, *]`
        "#]],
    );
    check(
        "rule room { for p in pools, r in resources: sum(j in jobs: x[j, p, *] * j.request[r]) <= p.capacity[r] }",
        expect![""],
    );
    check(
        "rule odd { for p in pools, r in resources, s in resources: p.capacity[r] <= p.capacity[s] }",
        expect![[r#"
            unit-mismatch: cannot compare the resource's unit with the resource's unit `p.capacity[s]`
        "#]],
    );
    check(
        "rule odd { for p in pools: p.capacity[p.price.has(spot) ? cpu : memory] <= 3 cores }",
        expect![[r#"
            not-implemented: a resource that an expression chooses cannot be compiled yet `p.capacity[p.price.has(spot) ? cpu : memory]`
        "#]],
    );
}

#[test]
fn a_let_keeps_to_the_type_that_it_declares() {
    check(
        "let a[j in jobs]: duration = j.latency ?? 1 h\nlet b: cores = 3 GiB\nlet c: string = 3",
        expect![[r#"
            unit-mismatch: `b` is declared as cores and is memory `3 GiB`
            type-mismatch: `c` is declared as a text and is plain number `3`
        "#]],
    );
}

#[test]
fn rows_are_read_by_index_and_an_input_is_no_value() {
    check(
        "let a = pools\nlet b = Pool\nlet c = Market\nlet d = cpu + 1",
        expect![[r#"
        type-mismatch: `pools` is an input, and no value `pools`
        type-mismatch: `Pool` is an entity, and no value `Pool`
        type-mismatch: `Market` is an enum, and no value `Market`
        type-mismatch: cannot add a resource and plain number `1`
    "#]],
    );
    check(
        "input more: Pool\ninput none: Nobody",
        expect![[r#"
        duplicate-name: `Pool` has an input already `Pool`
        unknown-name: there is no entity `Nobody` `Nobody`
    "#]],
    );
    check(
        "let a[p in pools] = p.zone\nlet b[p in pools] = p.id.size\nlet c[p in pools] = p.capcity[cpu]",
        expect![[r#"
            unknown-field: `Pool` has no field `zone` `zone`
            unknown-field: a text has no fields `size`
            unknown-field: `Pool` has no field `capcity` `capcity`
        "#]],
    );
}

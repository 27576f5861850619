//! Parameters: texts, defaults, units, ranges; and the slots that they make.

use std::fmt::Write;

use apportion_check::policy::*;
use apportion_diagnostic::{SourceId, Span};
use apportion_facts::{Given, Settings};
use apportion_units::{Base, Dimension, Unit, parse_unit};
use expect_test::{Expect, expect};

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn unit(text: &str) -> Unit {
    match parse_unit(text) {
        Ok(unit) => unit.unit,
        Err(error) => panic!("{error}"),
    }
}

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, stage: Stage::Ground, span: span() }
}

fn duration() -> Type {
    Type::Number(Dimension::of(Base::Second))
}

fn seconds(number: f64) -> Expr {
    expr(ExprKind::Number(number), duration())
}

fn ratio(number: f64) -> Expr {
    expr(ExprKind::Number(number), Type::Number(Dimension::PLAIN))
}

fn param(name: &str, ty: Type, default: Option<Expr>) -> Param {
    Param {
        name: name.into(),
        ty,
        default,
        least: None,
        most: None,
        whole: false,
        unit: None,
        span: span(),
    }
}

/// `horizon`, `headroom`, `step` (a twelfth of the horizon), `market`, `strict`, `label`, `spares`.
fn policy() -> Policy {
    let horizon = Param {
        least: Some(seconds(3_600.0)),
        most: Some(seconds(604_800.0)),
        unit: Some(unit("h")),
        ..param("horizon", duration(), Some(seconds(86_400.0)))
    };
    let read = Box::new(expr(ExprKind::Param(ParamId(1)), duration()));
    let twelfth =
        expr(ExprKind::Arithmetic(Arithmetic::Divide, read, Box::new(ratio(12.0))), duration());
    let spares = Param {
        whole: true,
        least: Some(ratio(0.0)),
        ..param("spares", Type::Number(Dimension::PLAIN), Some(ratio(0.0)))
    };
    let market = expr(ExprKind::EnumValue(EnumId(0), 0), Type::Enum(EnumId(0)));
    let ratio_type = Type::Number(Dimension::PLAIN);
    Policy {
        enums: vec![Enum {
            name: "Market".into(),
            values: vec!["reserved".into(), "spot".into()],
            span: span(),
        }],
        params: vec![
            param("step", duration(), Some(twelfth)),
            horizon,
            param("headroom", ratio_type, Some(ratio(0.08))),
            param("market", Type::Enum(EnumId(0)), Some(market)),
            param("strict", Type::Bool, Some(expr(ExprKind::Bool(false), Type::Bool))),
            param("label", Type::Text, Some(expr(ExprKind::Text("a".into()), Type::Text))),
            spares,
        ],
        slots: vec![Slots {
            name: "hours".into(),
            over: expr(ExprKind::Param(ParamId(1)), duration()),
            every: expr(ExprKind::Param(ParamId(0)), duration()),
            aligned: false,
            span: span(),
        }],
        ..Policy::default()
    }
}

#[track_caller]
fn check_policy(policy: &Policy, given: &[(&str, &str)], expected: Expect) {
    let given: Vec<_> = given
        .iter()
        .map(|(name, text)| Given {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            origin: "--param".to_owned(),
        })
        .collect();
    let mut text = String::new();
    match Settings::new(policy, &given, 0.0) {
        Ok(settings) => {
            for (param, id) in policy.params.iter().zip(0..) {
                let _ = writeln!(text, "{} = {:?}", param.name, settings.value(ParamId(id)));
            }
            for (slots, id) in policy.slots.iter().zip(0..) {
                let (count, length) = settings.slots(SlotsId(id));
                let _ = writeln!(text, "{}: {count} of {length} s", slots.name);
            }
        }
        Err(findings) => {
            for finding in findings {
                assert!(finding.message.chars().count() <= 100, "{}", finding.message);
                let label = finding.labels.first().map_or("", |label| label.text.as_str());
                let _ = writeln!(text, "{}: {}; {label}", finding.code, finding.message);
                for note in &finding.notes {
                    let _ = writeln!(text, "  {}", note.text);
                }
            }
        }
    }
    expected.assert_eq(&text);
}

#[track_caller]
fn check(given: &[(&str, &str)], expected: Expect) {
    check_policy(&policy(), given, expected);
}

#[test]
fn defaults_may_read_parameters_declared_later() {
    check(
        &[],
        expect![[r#"
        step = Some(Number(7200.0))
        horizon = Some(Number(86400.0))
        headroom = Some(Number(0.08))
        market = Some(Enum(0))
        strict = Some(Bool(false))
        label = Some(Text("a"))
        spares = Some(Number(0.0))
        hours: 12 of 7200 s
    "#]],
    );
}

#[test]
fn texts_are_read_by_type() {
    check(
        &[
            ("horizon", "2 d"),
            ("headroom", "10 %"),
            ("market", "spot"),
            ("strict", "true"),
            ("label", " b "),
            ("spares", "2"),
        ],
        expect![[r#"
            step = Some(Number(14400.0))
            horizon = Some(Number(172800.0))
            headroom = Some(Number(0.1))
            market = Some(Enum(1))
            strict = Some(Bool(true))
            label = Some(Text(" b "))
            spares = Some(Number(2.0))
            hours: 12 of 14400 s
        "#]],
    );
}

#[test]
fn a_plain_number_and_a_percentage_are_both_ratios() {
    check(
        &[("headroom", "0.3")],
        expect![[r#"
        step = Some(Number(7200.0))
        horizon = Some(Number(86400.0))
        headroom = Some(Number(0.3))
        market = Some(Enum(0))
        strict = Some(Bool(false))
        label = Some(Text("a"))
        spares = Some(Number(0.0))
        hours: 12 of 7200 s
    "#]],
    );
}

#[test]
fn the_last_text_counts() {
    check(
        &[("headroom", "1 %"), ("headroom", "2 %")],
        expect![[r#"
        step = Some(Number(7200.0))
        horizon = Some(Number(86400.0))
        headroom = Some(Number(0.02))
        market = Some(Enum(0))
        strict = Some(Bool(false))
        label = Some(Text("a"))
        spares = Some(Number(0.0))
        hours: 12 of 7200 s
    "#]],
    );
}

#[test]
fn every_bad_text_is_reported_at_once() {
    check(
        &[
            ("horizon", "5 GiB"),
            ("horizon", "5"),
            ("horizon", "5 fortnights"),
            ("horizon", "1 month"),
            ("horizon", "soon"),
            ("headroom", "8 h"),
            ("market", "spott"),
            ("strict", "yes"),
            ("spares", "1.5"),
            ("horizn", "1 h"),
            ("colour", "red"),
        ],
        expect![[r#"
            unit-mismatch: --param: `horizon` cannot be `5 GiB`; this is memory, but time is expected, in `h` or the like
            unit-unstated: --param: `horizon` cannot be `5`; a unit is missing: time is expected, in `h` or the like
            unknown-unit: --param: `horizon` cannot be `5 fortnights`; there is no unit `fortnights`
            month-as-duration: --param: `horizon` cannot be `1 month`; a `month` is a stretch of the calendar, not a duration
            type-mismatch: --param: `horizon` cannot be `soon`; time is expected, in `h` or the like
            unit-mismatch: --param: `headroom` cannot be `8 h`; this is time, but a plain number is expected
            enum-value-unknown: --param: `market` cannot be `spott`; one of `reserved`, `spot` is expected
            type-mismatch: --param: `strict` cannot be `yes`; `true` or `false` is expected
            out-of-range: --param: `spares` cannot be `1.5`; a whole number is expected
            unknown-name: --param: the policy has no parameter `horizn`; 
              did you mean `horizon`?
            unknown-name: --param: the policy has no parameter `colour`; 
              its parameters are `step`, `horizon`, `headroom`, `market`, `strict`, `label`, `spares`
        "#]],
    );
}

#[test]
fn a_value_stays_in_its_range() {
    check(
        &[("horizon", "30 min"), ("spares", "-1")],
        expect![[r#"
        out-of-range: --param: `horizon` cannot be `30 min`; the least is 1 h
        out-of-range: --param: `spares` cannot be `-1`; the least is 0
    "#]],
    );
    check(
        &[("horizon", "10 d")],
        expect![[r#"
        out-of-range: --param: `horizon` cannot be `10 d`; the most is 168 h
    "#]],
    );
}

#[test]
fn a_long_text_is_shortened_in_the_message() {
    let long = "x".repeat(1_000);
    check(
        &[("horizon", &long), (&long, "1")],
        expect![[r#"
            type-mismatch: --param: `horizon` cannot be `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`; time is expected, in `h` or the like
            unknown-name: --param: the policy has no parameter `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`; 
              its parameters are `step`, `horizon`, `headroom`, `market`, `strict`, `label`, `spares`
        "#]],
    );
}

#[test]
fn a_parameter_without_default_must_be_given() {
    let mut policy = policy();
    policy.params[5].default = None;
    check_policy(
        &policy,
        &[],
        expect![[r#"
        unset-parameter: nobody gives the parameter `label` a value; it has no default
          set it with `--param label=…` or in the manifest
    "#]],
    );
}

#[test]
fn defaults_that_read_each_other_are_a_mistake() {
    let mut policy = policy();
    policy.params[1].default = Some(expr(ExprKind::Param(ParamId(0)), duration()));
    check_policy(
        &policy,
        &[],
        expect![[r#"
            definition-cycle: the default of `step` reads itself; needs its own value
            bad-value: `horizon` has no value; this expression did not pass the checker
            bad-value: `step` has no value; this expression did not pass the checker
        "#]],
    );
}

#[test]
fn a_default_without_a_value_is_a_mistake() {
    let mut policy = policy();
    let zero = Box::new(ratio(0.0));
    let division = ExprKind::Arithmetic(Arithmetic::Divide, Box::new(seconds(1.0)), zero);
    policy.params[0].default = Some(expr(division, duration()));
    check_policy(
        &policy,
        &[],
        expect![[r#"
        bad-value: `step` has no value; division by zero
    "#]],
    );
}

#[test]
fn slots_fill_their_stretch_exactly() {
    check(
        &[("step", "7 h")],
        expect![[r#"
        out-of-range: the last slot of `hours` is cut off; not a multiple of one slot's length
    "#]],
    );
    check(
        &[("step", "2 d")],
        expect![[r#"
        out-of-range: the last slot of `hours` is cut off; not a multiple of one slot's length
    "#]],
    );
    check(
        &[("step", "0 s")],
        expect![[r#"
        out-of-range: a slot of `hours` has no length; more than 0 s is needed
    "#]],
    );
    check(
        &[("step", "1 ms")],
        expect![[r#"
        out-of-range: `hours` has more than 1000000 slots; the limit is 1 000 000 slots
    "#]],
    );
}

//! The conformance cases of the Common Expression Language, as expressions of this language.
//!
//! `CEL_SPEC` names a clone of github.com/google/cel-spec: each case of `tests/simple/testdata` is then either evaluated as it
//! stands, with the value or the error that it expects, or told by [`misfit`] to be of what this language has not. How many
//! there are of either is `CONFORMANCE.md`, which `UPDATE_EXPECT=1` rewrites.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use apportion_check::check_text;
use apportion_check::eval::{Evaluator, Limits, Value};
use expect_test::expect_file;
use regex::Regex;

use crate::build::{Row, shown};
use crate::textproto::{Node, parse};

/// What an expression comes to: its value as text, or that it has none.
fn value_of(source: &str) -> Result<String, String> {
    let checked = check_text("main.alloc", &format!("let v = {source}\n"));
    let Some(policy) = checked.policy else {
        let findings = checked.diagnostics.iter().map(|it| it.message.to_string());
        return Err(findings.collect::<Vec<_>>().join("; "));
    };
    let Some(last) = policy.lets.last() else { return Err("no expression".to_owned()) };
    let row = Row::default();
    let evaluator = Evaluator::new(&policy, &row, Limits::default());
    let mut frame = vec![Value::Absent; last.frame];
    evaluator
        .eval(&last.value, &mut frame)
        .map(|value| shown(&value))
        .map_err(|error| format!("{:?}", error.kind))
}

/// What has no like in this language, by a text that cases of it have.
const MISFITS: [(&str, &str); 18] = [
    (r#"(^|[^\w])[rR]?[bB][rR]?["']|bytes\("#, "no bytes"),
    (r"\bnull\b", "no null: what is absent is absent"),
    (r"\d[uU]\b|\b(uint|int|double)\(", "one type of number"),
    (r"\b0x", "no hexadecimal numbers"),
    (
        r"\b(timestamp|duration)\(|\.get(Date|Day|Full|Hours|Milli|Min|Month|Sec)",
        "time is written as `2027-01-31`, `24 h`",
    ),
    (
        r"\b(type|dyn|bool|string)\(|\b(int|uint|double|bool|list|map|null_type)\b",
        "types are no values, and are known before",
    ),
    (
        r"\.(exists|all|exists_one|existsOne|map|filter|transform\w*|sortBy)\(",
        "aggregations have binders: `all(x in s: …)`",
    ),
    (
        r"\b(math|strings|ip|cel|optional|base64|proto|lists|sets|net)\.|\b(ip|cidr|isIP|isCIDR)\(|\[\?|\{\?|\.\?",
        "functions of extensions",
    ),
    (
        r"\.(charAt|indexOf|lastIndexOf|join|replace|split|substring|trim|format|reverse|quote|first|last|range|slice|flatten|distinct|sort|or|orValue|hasValue|value|isGlobal\w*|contains(IP|CIDR))\(",
        "functions of extensions",
    ),
    (r"TestAllTypes|google\.|\bhas\(|NestedEnum|GlobalEnum", "no messages"),
    (r#"\{\s*("|'|\w+)[^{}]*?\s*:"#, "maps are facts, and not written in expressions"),
    (r#"(^|[^\w])[rR]["']|"""|'''|\\[^n"\\]"#, "texts have the escapes `\\n`, `\\\"` and `\\\\`"),
    (
        r"\d{16}|\d{10}\)? \* \d{10}|\d\.\d{17}|e\d{3}",
        "whole numbers are exact up to 2^53, and nothing is infinite",
    ),
    (r"^\s*\[|==\s*\[|\[[^\]]*\]\s*(==|\+|!=|\[)|\[\s*\[", "lists are for `in` and `size`"),
    (r"\b(true|false) (<|>)", "`true` and `false` have no order"),
    (r"\d %", "after a number, `%` is a unit"),
    (r"(^|[^\w.])\.\d", "a number begins with a digit"),
    (r"(\bx|\)) \|\| true$", "errors are not absorbed by the other side"),
];

/// Cases by file, section and name, each with an expression of the same facts and what it comes to; `error` is either kind.
const CASES: [(&str, &str, &str); 59] = [
    ("basic/self_eval_zeroish/self_eval_int_zero", "0", "0.0"),
    ("basic/self_eval_zeroish/self_eval_string_empty_quotes", "\"\"", "\"\""),
    ("basic/self_eval_zeroish/self_eval_bool_false", "false", "false"),
    (
        "basic/self_eval_nonzeroish/self_eval_int_negative_min",
        "-9007199254740992",
        "-9007199254740992.0",
    ),
    ("basic/self_eval_nonzeroish/self_eval_float_negative_exp", "-2.3e+1", "-23.0"),
    (
        "basic/self_eval_nonzeroish/self_eval_string_escape",
        "'line one\\nline two'",
        "\"line one\\nline two\"",
    ),
    ("basic/variables/unbound_is_runtime_error", "nobody", "error"),
    ("basic/functions/binop", "2 + 3", "5.0"),
    ("basic/functions/unbound", "nothing_is(3)", "error"),
    ("comparisons/eq_literal/eq_int", "7 == 7", "true"),
    ("comparisons/eq_literal/not_eq_int", "-2 == -3", "false"),
    ("comparisons/eq_literal/eq_double", "0.5 == 0.50", "true"),
    ("comparisons/eq_literal/eq_string", "'' == \"\"", "true"),
    ("comparisons/eq_literal/not_eq_string", "'b' == 'c'", "false"),
    ("comparisons/eq_literal/eq_string_unicode", "'ƒ' == 'ƒ'", "true"),
    ("comparisons/eq_literal/eq_bool", "false == false", "true"),
    ("comparisons/eq_literal/no_string_normalization", "'Fran\u{327}' == 'Franc'", "false"),
    ("comparisons/ne_literal/ne_int", "6 != 7", "true"),
    ("comparisons/ne_literal/not_ne_double", "9.5e3 != 9500.0", "false"),
    ("comparisons/ne_literal/ne_string", "'' != 'x'", "true"),
    ("comparisons/ne_literal/ne_bool", "true != false", "true"),
    ("comparisons/lt_literal/lt_int", "-5 < 0", "true"),
    ("comparisons/lt_literal/not_lt_double", "4.5 < 4.5", "false"),
    ("comparisons/lt_literal/lt_string_empty_to_nonempty", "'' < 'x'", "true"),
    ("comparisons/lt_literal/lt_string_case", "'Z' < 'z'", "true"),
    ("comparisons/lt_literal/lt_string_length", "'abc' < 'abcd'", "true"),
    ("comparisons/lt_literal/not_lt_string_same", "'moon' < 'moon'", "false"),
    ("comparisons/gt_literal/gt_string_unicode", "'φ' > 'β'", "true"),
    ("comparisons/lte_literal/lte_int_eq", "2 <= 2", "true"),
    ("comparisons/gte_literal/gte_string_unicode_gt", "'φ' >= 'β'", "true"),
    ("comparisons/in_list_literal/elem_not_in_empty_list", "'none' in []", "false"),
    ("comparisons/in_list_literal/elem_in_list", "3 in [9, 3]", "true"),
    ("comparisons/in_list_literal/elem_not_in_list", "4 in [9, 3]", "false"),
    ("fp_math/fp_math/add_positive_positive", "2.25 + 4.5", "6.75"),
    ("fp_math/fp_math/sub_positive_negative", "2.0 - -3.5", "5.5"),
    ("fp_math/fp_math/multiply_negative_negative", "-2.5 * -4.0", "10.0"),
    ("fp_math/fp_math/divide_positive_negative", "5.0 / -2.0", "-2.5"),
    ("fp_math/fp_math/negative", "-(7.5)", "-7.5"),
    ("integer_math/int64_math/add_negative_negative", "-30 + (-12)", "-42.0"),
    ("integer_math/int64_math/multiply_zero", "0 * 77", "0.0"),
    ("integer_math/int64_math/divide_zero", "12 / 0", "error"),
    ("integer_math/int64_math/unary_minus_pos", "-(12)", "-12.0"),
    ("lists/in/empty", "8 in []", "false"),
    ("lists/in/middle", "'b' in ['a', 'b', 'c']", "true"),
    ("lists/size/list", "size([6, 7])", "2.0"),
    ("logic/conditional/true_case", "true ? 5 : 6", "5.0"),
    ("logic/conditional/false_case", "false ? 'yes' : 'no'", "\"no\""),
    ("logic/conditional/error_case", "(4 / 0 > 1) ? 1 : 2", "error"),
    ("logic/AND/all_true", "true && true", "true"),
    ("logic/AND/short_circuit_error_right", "false && 3 / 0 > 1", "false"),
    ("logic/AND/error_right", "true && 3 / 0 > 1", "error"),
    ("logic/OR/all_false", "false || false", "false"),
    ("logic/OR/short_circuit_error_right", "true || 3 / 0 > 1", "true"),
    ("logic/NOT/not_true", "!true", "false"),
    ("string/size/unicode", "size('ῆῶ')", "2.0"),
    ("string/starts_with/basic_true", "'boat'.startsWith('bo')", "true"),
    ("string/ends_with/basic_false", "'boat'.endsWith('bo')", "false"),
    ("string/matches/basic", "'copper'.matches('c.*r')", "true"),
    ("string/contains/contains_false", "'copper'.contains('tin')", "false"),
];

#[test]
fn expressions_of_the_same_facts_come_to_the_same() {
    for (name, source, expected) in CASES {
        let value = value_of(source).unwrap_or_else(|_| "error".to_owned());
        assert_eq!(value, expected, "{name}: {source}");
    }
}

/// A case of the specification.
struct Case {
    name: String,
    source: String,
    /// Whether it declares variables, their values, or a namespace.
    declares: bool,
    expected: Expected,
}

enum Expected {
    /// A value as text; none where it is of a type that this language has not.
    Value(Option<String>),
    Error,
}

/// What became of a case.
enum Outcome {
    Same,
    Misfit(&'static str),
    Differs(String),
}

#[test]
fn the_cases_of_the_specification_are_evaluated_or_told_apart() {
    let Ok(folder) = std::env::var("CEL_SPEC") else {
        return eprintln!("not run: CEL_SPEC names no clone of github.com/google/cel-spec");
    };
    let misfits: Vec<(Regex, &str)> = MISFITS
        .iter()
        .map(|(text, why)| (Regex::new(text).expect("a regular expression"), *why))
        .collect();
    let folder = Path::new(&folder).join("tests/simple/testdata");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("the cases").flatten().map(|it| it.path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "textproto"));
    files.sort();
    let (mut table, mut differences) = (String::new(), String::new());
    let mut names = Vec::new();
    for file in files {
        let cases = cases(&std::fs::read_to_string(&file).expect("a text"));
        let (mut same, mut apart) = (0, 0);
        let mut whys: BTreeMap<&str, u32> = BTreeMap::new();
        for case in &cases {
            match outcome(case, &misfits) {
                Outcome::Same => same += 1,
                Outcome::Misfit(why) => *whys.entry(why).or_default() += 1,
                Outcome::Differs(how) => {
                    apart += 1;
                    let _ =
                        writeln!(differences, "| {} | {} |", case.name, how.replace('|', "\\|"));
                }
            }
        }
        let whys: Vec<String> = whys.iter().map(|(why, count)| format!("{count}: {why}")).collect();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(
            table,
            "| {stem} | {} | {same} | {apart} | {} |",
            cases.len(),
            whys.join("<br>")
        );
        names.extend(cases.into_iter().map(|case| case.name));
    }
    for (name, ..) in CASES {
        assert!(names.iter().any(|it| it == name), "the specification has no {name}");
    }
    let page = PAGE.replace("TABLE", &table).replace("DIFFERENCES", &differences);
    expect_file!["CONFORMANCE.md"].assert_eq(&page);
}

const PAGE: &str = "# Conformance cases of the Common Expression Language

The cases of `tests/simple/testdata` of github.com/google/cel-spec, evaluated as they stand. Written by the test
`conformance::the_cases_of_the_specification_are_evaluated_or_told_apart` where `CEL_SPEC` names a clone of it.

| File | Cases | Same | Other | Not of this language, and why |
|---|---|---|---|---|
TABLE
## Other values

| Case | Here |
|---|---|
DIFFERENCES";

fn outcome(case: &Case, misfits: &[(Regex, &'static str)]) -> Outcome {
    if case.declares {
        return Outcome::Misfit("reads variables that the case declares");
    }
    let misfit =
        misfits.iter().find(|(regex, _)| regex.is_match(&case.source)).map(|(_, why)| *why);
    let expected = match (&case.expected, misfit) {
        (Expected::Value(None), _) => return Outcome::Misfit(misfit.unwrap_or("no such type")),
        (Expected::Error, Some(why)) => return Outcome::Misfit(why),
        (Expected::Error, None) => "an error",
        (Expected::Value(Some(value)), _) => value,
    };
    match (value_of(&case.source), &case.expected, misfit) {
        (Err(_), Expected::Error, _) => Outcome::Same,
        (Ok(value), _, _) if value == expected => Outcome::Same,
        (_, _, Some(why)) => Outcome::Misfit(why),
        (Ok(value), ..) => {
            Outcome::Differs(format!("`{}` is {value}, not {expected}", case.source))
        }
        (Err(error), ..) => Outcome::Differs(format!("`{}` is refused: {error}", case.source)),
    }
}

fn cases(text: &str) -> Vec<Case> {
    let file = parse(text);
    let name = |node: &Node| node.get("name").map_or(String::new(), |it| it.text().to_owned());
    let mut cases = Vec::new();
    for section in file.all("section") {
        for test in section.all("test") {
            let declares =
                ["type_env", "bindings", "container"].iter().any(|it| test.get(it).is_some());
            let is_error = ["eval_error", "any_eval_errors", "unknown"]
                .iter()
                .any(|it| test.get(it).is_some());
            let result = test
                .get("value")
                .or_else(|| test.get("typed_result").and_then(|it| it.get("result")));
            cases.push(Case {
                name: format!("{}/{}/{}", name(&file), name(section), name(test)),
                source: test.get("expr").map_or(String::new(), |it| it.text().to_owned()),
                declares,
                expected: match (is_error, result) {
                    (true, _) => Expected::Error,
                    (false, Some(value)) => Expected::Value(expected(value)),
                    (false, None) => Expected::Value(Some("true".to_owned())),
                },
            });
        }
    }
    cases
}

/// A value of the specification as this language shows it.
fn expected(value: &Node) -> Option<String> {
    let Node::Message(fields) = value else { return None };
    let (kind, value) = fields.first()?;
    match kind.as_str() {
        "bool_value" => Some(value.text().to_owned()),
        "int64_value" | "uint64_value" | "double_value" => {
            value.text().parse::<f64>().ok().map(|number| format!("{:?}", number + 0.0))
        }
        "string_value" => Some(format!("{:?}", value.text())),
        "list_value" => {
            let values: Option<Vec<String>> = value.all("values").map(expected).collect();
            values.map(|values| format!("[{}]", values.join(", ")))
        }
        _ => None,
    }
}

//! Whatever is done to the text of a policy, the checker says something of it, never panics, and a project
//! that lived through many edits says the same as one that was just made.

use std::sync::Arc;

use apportion_check::{Checked, Project};
use apportion_diagnostic::{Diagnostic, Severity};
use apportion_syntax::{TokenClass, split, tokens};
use proptest::prelude::*;
use proptest::sample::Index;

/// The policies that stand in the repository, with the module that they import.
const POLICIES: [(&str, &str); 4] = [
    ("edge-fleet", include_str!("../../../../examples/edge-fleet/policy/main.alloc")),
    ("cloud-purchase", include_str!("../../../../examples/cloud-purchase/policy/main.alloc")),
    ("gpu-cluster", include_str!("../../../../examples/gpu-cluster/policy/main.alloc")),
    ("std.resources", include_str!("../../../../stdlib/std/resources.alloc")),
];

/// A policy of three modules that import each other, without cycles.
const MODULES: [(&str, &str); 4] = [
    (
        "policy/main.alloc",
        "use facts.* open sane\nuse facts.shapes.{Pool, pools}\n\
         tighten facts.sane { weight <= 50 }\n\
         loosen facts.sane soft at cost, 1 USD/h until 2027-01-31\n\
         sla firm for 90 % of served { forbid x[j, p, spot] where j.class == gold }\n\
         place jobs j onto pools p via Market m as x: count <= j.replicas where p.price.has(m)\n\
         let served[j in jobs] = x[j, *, *]\n\
         let spend = sum(j in jobs, p in pools, m in Market: x[j, p, m] * j.request[cpu] * p.price[m])\n\
         rule demand because \"{j.id}\" { for j in jobs: served[j] <= j.replicas }\n\
         rule late soft at cost, 1 USD/h { forbid x[j, p, spot] where j.class == gold }\n\
         priority j by j.class { gold = weight; batch = 1 }\n\
         budget month: spend <= 100 USD per month\n\
         report spend by p.tier\n\
         objective { service: maximize sum(j in jobs: served[j] * priority(j)); cost: minimize spend + penalties }\n",
    ),
    (
        "policy/facts.alloc",
        "use facts.shapes.*\nparam weight: number = 10 in 1 .. 100\n\
         entity Job { key id: string; class: enum { gold, batch }; request: amounts; replicas: count }\n\
         input jobs: Job max 1_000\nrule sane { weight >= 2 }\n",
    ),
    (
        "policy/facts/shapes.alloc",
        "use std.resources.{cpu, memory}\nenum Market { on_demand, spot }\n\
         entity Pool { key id: string; tier: enum { edge, cloud }; price: map<Market, USD/core/h> }\n\
         input pools: Pool\n",
    ),
    (
        "policy/tests/fleet.alloc",
        "use main.*\n\
         test \"gold comes first\" {\n\
           given pools = [{ id: \"a\", tier: edge, price: { spot: 0.5 USD/core/h } }]\n\
           given jobs from \"fixtures/jobs.csv\"\n\
           given weight = 5\n\
           given now = 2026-11-28T06:00:00Z\n\
           expect served[\"web\"] == 2 && x[\"web\", \"a\", *] >= 1\n\
           expect budget.month < 50 %\n\
           expect all(j in jobs: served[j] <= 3) by demand, month\n\
         }\n\
         test \"too much\" { expect infeasible by demand }\n",
    ),
];

fn project(files: &[(&str, String)]) -> Project {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(text.as_str())));
    Project::new(owned.collect(), files[0].0)
}

/// What a project says, having made sure that it makes sense.
#[track_caller]
fn findings(project: &Project) -> Vec<Diagnostic> {
    let (findings, sources) = project.diagnostics();
    let Checked { policy, diagnostics, .. } = project.checked();
    assert_eq!(findings, diagnostics, "both questions have one answer");
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(policy.is_none(), failed, "there is a policy where there is no error");
    let written = format!("{policy:?}");
    assert!(!written.contains("kind: Unknown"), "a mistake that nobody reported: {written}");
    for finding in &findings {
        finding.clone().map_spans(|span| {
            let source = sources.get(span.source).map(|source| &source.text);
            let stretch = source.and_then(|text| text.get(span.start as usize..span.end as usize));
            assert!(stretch.is_some(), "{span:?} is no stretch of a text: {finding:?}");
            span
        });
    }
    findings
}

#[test]
fn any_policy_that_lacks_one_token_is_checked_to_its_end() {
    for (name, text) in POLICIES {
        const PATH: &str = "policy/main.alloc";
        let mut project = project(&[(PATH, text.to_owned())]);
        assert_eq!(findings(&project), [], "{name}");
        for hole in stretches(text) {
            let without = format!("{}{}", &text[..hole.start], &text[hole.end..]);
            project.set_text(PATH, without);
            findings(&project);
        }
        project.set_text(PATH, text);
        assert_eq!(findings(&project), [], "{name}");
    }
}

#[test]
fn tests_that_lack_one_token_are_checked_to_their_end() {
    let files = MODULES.map(|(path, text)| (path, text.to_owned()));
    let mut project = project(&files);
    assert_eq!(findings(&project), []);
    let (path, text) = MODULES[3];
    for hole in stretches(text) {
        project.set_text(path, format!("{}{}", &text[..hole.start], &text[hole.end..]));
        findings(&project);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn after_any_edits_a_project_says_what_a_new_one_says(edits in prop::collection::vec(edit(), 1..12)) {
        let original = MODULES.map(|(path, text)| (path, text.to_owned()));
        let mut files = original.clone();
        let mut edited = project(&files);
        prop_assert_eq!(findings(&edited), []);
        for (file, edit) in edits {
            let file = file.index(files.len());
            edit.apply(&mut files[file].1, MODULES[file].1);
            edited.set_text(files[file].0, files[file].1.as_str());
            prop_assert_eq!(findings(&edited), findings(&project(&files)), "{:#?}", files);
        }
        for (path, text) in &original {
            edited.set_text(path, text.as_str());
        }
        prop_assert_eq!(findings(&edited), []);
    }
}

/// What may happen to a file.
#[derive(Clone, Debug)]
enum Edit {
    DeleteToken(Index),
    DoubleToken(Index),
    SwapTokens(Index, Index),
    DeleteItem(Index),
    MoveItem(Index, Index),
    InsertItem(&'static str, Index),
    Empty,
    Restore,
}

/// Items that fit into any of the modules, or into none.
const ITEMS: [&str; 10] = [
    "use main.*",
    "use facts.*",
    "use facts.shapes.*",
    "use nowhere.to.be_found",
    "use facts.{nobody}",
    "let weight = served",
    "let priority = 1",
    "entity Pool { key id: string }",
    "rule demand { 1 <= 2 }",
    "slots hours over 24 h every weight * 1 h",
];

fn edit() -> impl Strategy<Value = (Index, Edit)> {
    let at = any::<Index>;
    let edit = prop_oneof![
        at().prop_map(Edit::DeleteToken),
        at().prop_map(Edit::DoubleToken),
        (at(), at()).prop_map(|(a, b)| Edit::SwapTokens(a, b)),
        at().prop_map(Edit::DeleteItem),
        (at(), at()).prop_map(|(from, to)| Edit::MoveItem(from, to)),
        (prop::sample::select(&ITEMS[..]), at()).prop_map(|(item, to)| Edit::InsertItem(item, to)),
        Just(Edit::Empty),
        Just(Edit::Restore),
    ];
    (at(), edit)
}

impl Edit {
    fn apply(&self, text: &mut String, original: &str) {
        match self {
            Edit::DeleteToken(at) => {
                if let Some(hole) = pick(stretches(text), at) {
                    text.replace_range(hole, "");
                }
            }
            Edit::DoubleToken(at) => {
                if let Some(token) = pick(stretches(text), at) {
                    let again = format!(" {}", &text[token.clone()]);
                    text.insert_str(token.end, &again);
                }
            }
            Edit::SwapTokens(a, b) => {
                let (a, b) = (pick(stretches(text), a), pick(stretches(text), b));
                if let (Some(a), Some(b)) = (a, b)
                    && a.end <= b.start
                {
                    let (first, second) = (text[a.clone()].to_owned(), text[b.clone()].to_owned());
                    text.replace_range(b, &first);
                    text.replace_range(a, &second);
                }
            }
            Edit::DeleteItem(at) => {
                if let Some(item) = pick(items(text), at) {
                    text.replace_range(item, "");
                }
            }
            Edit::MoveItem(from, to) => {
                if let Some(item) = pick(items(text), from) {
                    let moved = text[item.clone()].to_owned();
                    text.replace_range(item, "");
                    insert(text, &moved, to);
                }
            }
            Edit::InsertItem(item, to) => insert(text, item, to),
            Edit::Empty => text.clear(),
            Edit::Restore => *text = original.to_owned(),
        }
    }
}

/// Puts an item on a line of its own, before an item or at the end.
fn insert(text: &mut String, item: &str, before: &Index) {
    let starts = items(text).into_iter().map(|item| item.start).chain([text.len()]);
    let start = *before.get(&starts.collect::<Vec<_>>());
    text.insert_str(start, &format!("\n{item}\n"));
}

type Stretch = std::ops::Range<usize>;

fn pick(stretches: Vec<Stretch>, at: &Index) -> Option<Stretch> {
    (!stretches.is_empty()).then(|| at.get(&stretches).clone())
}

/// Where each token stands.
fn stretches(text: &str) -> Vec<Stretch> {
    let blank = |class| {
        matches!(
            class,
            TokenClass::Blank | TokenClass::Newline | TokenClass::Comment | TokenClass::DocComment
        )
    };
    let tokens = tokens(text).into_iter().filter(|token| !blank(token.class));
    tokens.map(|token| token.range.start as usize..token.range.end as usize).collect()
}

/// Where each item stands.
fn items(text: &str) -> Vec<Stretch> {
    split(text).iter().map(|item| item.start as usize..item.end as usize).collect()
}

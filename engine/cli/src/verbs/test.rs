//! `apportion test`

mod junit;
mod page;
mod text;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use apportion_check::policy::{Data, InputId, Policy, Test};
use apportion_connect::Project;
use apportion_diagnostic::{Diagnostic, Severity, Sources, Span};
use apportion_expect::{Outcome, RuleUse, Tested, run as run_tests};
use apportion_facts::Given;

use crate::args::{Common, Test as Arguments, TestFormat};
use crate::exit::Exit;
use crate::findings::Report;
use crate::observer::{Counter, listen_for_interrupts};
use crate::verbs::check::is_unread;
use crate::verbs::plan::limits;

/// What a manifest and tests call what runs now.
const CURRENT: &str = "current";

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    listen_for_interrupts()?;
    let here = [PathBuf::from(".")];
    let paths = if it.paths.is_empty() { &here[..] } else { &it.paths };
    let mut report = Report::new(common);
    let (mut opened, mut refused) = (Vec::new(), Exit::Done);
    for path in paths {
        match open(path, it.env.as_deref()) {
            Ok(project) => {
                report.add(&project.warnings, &project.sources)?;
                opened.push(project);
            }
            Err((findings, sources)) => {
                report.add(&findings, &sources)?;
                let unread = findings.iter().any(is_unread);
                refused = if unread { Exit::Usage } else { Exit::Findings };
            }
        }
    }
    if refused != Exit::Done {
        report.end()?;
        return Ok(refused);
    }
    let tests: usize = opened.iter().map(|project| project.chosen(it).len()).sum();
    if let (Some(filter), 0) = (&it.filter, tests) {
        eprintln!("error: no test has `{filter}` in its sentence");
        return Ok(Exit::Usage);
    }
    let counter = Counter::new(common, tests);
    let runs: Vec<Run<'_>> = opened.iter().map(|project| project.run(it, &counter)).collect();
    counter.end();
    let printed = match it.format {
        TestFormat::Text => text::printed(&runs, it, common),
        TestFormat::Json => serde_json::to_string_pretty(&page::of(&runs, it))? + "\n",
        TestFormat::Junit => junit::printed(&runs, it),
    };
    std::io::stdout().lock().write_all(printed.as_bytes())?;
    let passed = runs.iter().flat_map(|run| &run.tested).all(|it| it.outcome == Outcome::Passed);
    Ok(if passed { Exit::Done } else { Exit::Findings })
}

/// A policy that was checked, in its project if it has one.
struct Opened {
    project: Project,
    has_manifest: bool,
    /// The only module whose tests are run, if one of tests was asked for.
    module: Option<String>,
    policy: Policy,
    sources: Sources,
    warnings: Vec<Diagnostic>,
}

/// The results of one policy's tests.
struct Run<'o> {
    policy: &'o Policy,
    sources: &'o Sources,
    tested: Vec<Tested>,
    /// How many tests of the policy were not asked for.
    left_out: usize,
}

/// The project of a folder; a file's, or the file by itself where no project holds it.
fn open(path: &Path, env: Option<&str>) -> Result<Opened, (Vec<Diagnostic>, Sources)> {
    let of_tests = Project::of_tests(path, env);
    let (project, has_manifest, module) = match (of_tests, Project::open(path, env)) {
        (Some((project, module)), _) => (project, true, Some(module)),
        (None, Ok(project)) => (project, true, None),
        // A policy by itself has no environments.
        (None, Err(_)) if path.is_file() && env.is_none() => (Project::alone(path)?, false, None),
        (None, Err(failure)) => return Err(failure),
    };
    let policy = &project.manifest.policy;
    let checked = apportion_check::Project::new(project.files.clone(), policy).checked();
    let (sources, findings) = (checked.sources, checked.diagnostics);
    match checked.policy {
        Some(policy) => {
            let warnings = findings;
            Ok(Opened { project, has_manifest, module, policy, sources, warnings })
        }
        None => Err((findings, sources)),
    }
}

impl Opened {
    fn chosen(&self, it: &Arguments) -> Vec<&Test> {
        let filter = it.filter.as_ref().map(|filter| filter.to_lowercase());
        let file = |test: &Test| self.sources.get(test.span.source).map(|it| it.path.as_str());
        let chosen = |test: &&Test| {
            filter.as_ref().is_none_or(|filter| test.name.to_lowercase().contains(filter))
                && self.module.as_ref().is_none_or(|module| file(test) == Some(module))
        };
        self.policy.tests.iter().filter(chosen).collect()
    }

    fn run(&self, it: &Arguments, counter: &Counter) -> Run<'_> {
        let tests = self.chosen(it);
        let manifest = &self.project.manifest;
        let own = manifest.params.iter().map(|(name, text)| (name, text, "apportion.toml"));
        let from_line = it.params.iter().map(|(name, text)| (name, text, "--param"));
        let params = own.chain(from_line).map(|(name, text, origin)| Given {
            name: name.clone(),
            text: text.clone(),
            origin: origin.to_owned(),
        });
        let project = apportion_expect::Project {
            name: &manifest.name,
            policy: &self.policy,
            sources: &self.sources,
            has_manifest: self.has_manifest,
            params: params.collect(),
            files: self.files(&tests),
            options: limits(manifest, None, None),
        };
        let tested = run_tests(&project, &tests, counter);
        let left_out = self.policy.tests.len() - tests.len();
        Run { policy: &self.policy, sources: &self.sources, tested, left_out }
    }

    /// What the files hold that the tests need, each read once.
    fn files(&self, tests: &[&Test]) -> BTreeMap<apportion_expect::FileOf, apportion_expect::File> {
        let mut files = BTreeMap::new();
        for test in tests {
            let inputs = self.policy.inputs.iter().zip(0..);
            let given = inputs.map(|(input, id)| (input.name.as_str(), test.rows(InputId(id))));
            for (input, data) in given.chain([(CURRENT, test.current())]) {
                let path = match data {
                    Some((Data::Written(_), _)) => continue,
                    Some((Data::File(path), _)) => Some(path.to_string()),
                    None => None,
                };
                let key = (input.to_owned(), path);
                if files.contains_key(&key) {
                    continue;
                }
                let read = match &key.1 {
                    Some(path) => Some(self.project.read_fixture(input, path)),
                    None => self.project.read_input(input),
                };
                if let Some(read) = read {
                    files.insert(key, read);
                }
            }
        }
        files
    }
}

impl Run<'_> {
    /// The file and the line of a place in the policy.
    fn place(&self, span: Span) -> (&str, u32) {
        match self.sources.get(span.source) {
            Some(source) => (&source.path, source.line_column(span.start).line),
            None => ("", 0),
        }
    }

    /// What the tests made of each rule, in the policy's order.
    fn coverage(&self) -> Vec<(String, Span, RuleUse)> {
        let rules = self.policy.rules.iter().enumerate();
        let coverage = rules.map(|(number, rule)| {
            let mut all = RuleUse::default();
            self.tested.iter().for_each(|tested| all += tested.rules[number]);
            (rule.title(), rule.span, all)
        });
        coverage.collect()
    }
}

/// The findings of a test that are the reason of its outcome.
fn errors(tested: &Tested) -> impl Iterator<Item = &Diagnostic> {
    tested.findings.iter().filter(|finding| finding.severity == Severity::Error)
}

//! `apportion test`

mod junit;
mod page;
mod snapshots;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use apportion_check::policy::{Data, ForecastId, InputId, Policy, Test};
use apportion_connect::Project;
use apportion_diagnostic::{Diagnostic, Severity, Sources, Span};
use apportion_expect::{
    Outcome, RuleUse, SNAPSHOTS, Tested, keepers, run as run_tests, snapshot_file, snapshot_folder,
};
use apportion_facts::Given;

use crate::args::{Common, Test as Arguments, TestFormat};
use crate::exit::Exit;
use crate::findings::Report;
use crate::observer::{Counter, listen_for_interrupts};
use crate::verbs::check::is_unread;
use crate::verbs::plan::limits;
use snapshots::{Fate, Scope, Touched, unused_finding};

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
    let mut runs: Vec<Run<'_>> = opened.iter().map(|project| project.run(it, &counter)).collect();
    counter.end();
    let mut unkept = None;
    for (project, run) in opened.iter().zip(&mut runs) {
        if let Err(error) = project.keep(run, it) {
            unkept.get_or_insert(error);
        }
        let unused = run.touched.iter().filter(|it| it.fate == Fate::Unused);
        let unused: Vec<Diagnostic> = unused.map(|it| unused_finding(&it.file)).collect();
        report.add(&unused, &project.sources)?;
    }
    let printed = match it.format {
        TestFormat::Text => text::printed(&runs, it, common),
        TestFormat::Json => serde_json::to_string_pretty(&page::of(&runs, it))? + "\n",
        TestFormat::Junit => junit::printed(&runs, it),
    };
    std::io::stdout().lock().write_all(printed.as_bytes())?;
    // What was found out is told, whatever became of the files.
    if let Some(error) = unkept {
        return Err(error);
    }
    let passed = runs.iter().flat_map(|run| &run.tested).all(|it| it.outcome == Outcome::Passed);
    Ok(if passed { Exit::Done } else { Exit::Findings })
}

/// A policy that was checked, in its project if it has one.
struct Opened {
    project: Project,
    has_manifest: bool,
    /// The only module whose tests are run, if one of tests was asked for.
    module: Option<String>,
    /// Whether a policy was named, and not the folder of a project.
    is_file: bool,
    policy: Policy,
    /// The files that the policy is made of or that test it.
    modules: Vec<String>,
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
    /// The files of plans that are not as they were or should not be.
    touched: Vec<Touched>,
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
    let (sources, findings, modules) = (checked.sources, checked.diagnostics, checked.modules);
    match checked.policy {
        Some(policy) => {
            let warnings = findings;
            let is_file = path.extension().is_some_and(|it| it == "alloc");
            Ok(Opened {
                project,
                has_manifest,
                module,
                is_file,
                policy,
                modules,
                sources,
                warnings,
            })
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
            main_policy: &self.project.main_policy,
            has_manifest: self.has_manifest,
            params: params.collect(),
            files: self.files(&tests),
            snapshots: snapshots::read(&self.project.folder, self.snapshots(tests.iter().copied())),
            keeps_plans: it.update,
            options: limits(manifest, None, None),
        };
        let tested = run_tests(&project, &tests, counter);
        let left_out = self.policy.tests.len() - tests.len();
        let (policy, sources) = (&self.policy, &self.sources);
        Run { policy, sources, tested, left_out, touched: Vec::new() }
    }

    /// The files in which tests keep their plans, from the project's folder.
    fn snapshots<'t>(&self, tests: impl Iterator<Item = &'t Test>) -> BTreeSet<String> {
        let keeping = tests.filter(|test| test.snapshot().is_some());
        let main_policy = &self.project.main_policy;
        keeping.map(|test| snapshot_file(main_policy, &self.sources, test)).collect()
    }

    /// Keeps the plans of the tests that were run, where that was asked for. Where all were run, those that no test keeps any
    /// more are removed, or named. What was done before an error is told too.
    fn keep(&self, run: &mut Run<'_>, it: &Arguments) -> anyhow::Result<()> {
        let folder = &self.project.folder;
        if it.update {
            snapshots::write(folder, &run.tested, &mut run.touched)?;
        }
        if it.filter.is_some() {
            return Ok(());
        }
        let main_policy = &self.project.main_policy;
        let scope = match self.is_file {
            // What other policies of the folder keep is not looked at.
            true => Scope {
                folder: snapshot_folder(
                    main_policy,
                    self.module.as_ref().unwrap_or(&self.project.manifest.policy),
                ),
                is_deep: false,
            },
            false => Scope { folder: SNAPSHOTS.to_owned(), is_deep: true },
        };
        let used = self.snapshots(self.policy.tests.iter());
        let is_own = |file: &str| {
            !used.contains(file) && keepers(main_policy, file).is_some_and(|it| self.is_free(&it))
        };
        let unused = snapshots::kept(folder, scope, is_own)?;
        if it.update {
            return snapshots::remove(folder, unused, &mut run.touched);
        }
        run.touched.extend(unused.into_iter().map(|file| Touched { file, fate: Fate::Unused }));
        Ok(())
    }

    /// Whether no other policy of the project can need what is kept for these modules: each is one of this policy's, or
    /// does not exist.
    fn is_free(&self, modules: &[String]) -> bool {
        let is_another = |module: &String| {
            !self.modules.contains(module) && self.project.folder.join(module).exists()
        };
        !modules.iter().any(is_another)
    }

    /// What the files hold that the tests need, each read once.
    fn files(&self, tests: &[&Test]) -> BTreeMap<apportion_expect::FileOf, apportion_expect::File> {
        let mut files = BTreeMap::new();
        for test in tests {
            let inputs = self.policy.inputs.iter().zip(0..);
            let given = inputs.map(|(input, id)| (input.name.as_str(), test.rows(InputId(id))));
            let forecasts = self.policy.forecasts.iter().zip(0..);
            let forecasts = forecasts.map(|(it, id)| (&*it.name, test.forecast(ForecastId(id))));
            let given = given.chain(forecasts).chain([(CURRENT, test.current())]);
            for (input, data) in given {
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

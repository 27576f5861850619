//! The facts of one test: the project's own but for what the test gives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use apportion_check::policy::{
    Data, ForecastId, InputId, Literal, LiteralKind, Policy, Setting, Test,
};
use apportion_diagnostic::{Cell, Diagnostic, Role, Severity, Span};
use apportion_facts::{Settings, schema};
use apportion_world::{Format, InputBytes, World, load};

use crate::literal::{json, rows_json};
use crate::{AT, Project};

/// What runs now, as the manifest calls it too.
const CURRENT: &str = "current";

/// What a test plans over.
pub(crate) struct Facts<'p> {
    /// The policy at the time of the test, with the values that it gives parameters.
    pub(crate) policy: Cow<'p, Policy>,
    pub(crate) settings: Settings,
    pub(crate) world: World,
}

impl<'p> Facts<'p> {
    /// Reads the facts; everything that stands in the way is told at once.
    pub(crate) fn of(project: &'p Project<'_>, test: &Test) -> Result<Facts<'p>, Vec<Diagnostic>> {
        let settings = settings(project, test)?;
        let mut policy = with_params(project.policy, test);
        if !policy.overrides.is_empty() {
            policy = Cow::Owned(policy.into_owned().loosened(settings.at()));
        }
        let schema = schema(&policy, &settings, project.sources)?;
        let read = Reader { project, test }.read()?;
        let loaded = load(&schema, &read.inputs, read.current.as_ref());
        let says_nothing = loaded.findings.iter().any(|it| it.code == "unknown-decision");
        match loaded.world.filter(|_| !says_nothing) {
            Some(world) => Ok(Facts { policy, settings, world }),
            None => {
                let errors = loaded.findings.into_iter();
                let errors = errors
                    .filter(|it| it.severity == Severity::Error || it.code == "unknown-decision");
                Err(errors.map(|finding| at_cells(finding, &read.written)).collect())
            }
        }
    }
}

/// Parameters and time, as the test gives them, else as the project does.
pub(crate) fn settings(project: &Project<'_>, test: &Test) -> Result<Settings, Vec<Diagnostic>> {
    let policy = with_params(project.policy, test);
    let at = test.givens.iter().find_map(|given| match given.setting {
        Setting::Now(at) => Some(at),
        _ => None,
    });
    let params = project.params.iter().filter(|param| !gives_param(project, test, &param.name));
    let params: Vec<_> = params.cloned().collect();
    Settings::new(&policy, &params, at.unwrap_or(AT)).map_err(|findings| {
        let findings = findings.into_iter();
        findings.map(|finding| at_given(finding, &policy, test)).collect()
    })
}

fn gives_param(project: &Project<'_>, test: &Test, name: &str) -> bool {
    test.givens.iter().any(|given| match given.setting {
        Setting::Param(id, _) => project.policy.params[id.index()].name == name,
        _ => false,
    })
}

/// A given value takes the place of a parameter's default, so that its range is checked as ever.
fn with_params<'p>(policy: &'p Policy, test: &Test) -> Cow<'p, Policy> {
    let mut policy = Cow::Borrowed(policy);
    for given in &test.givens {
        if let Setting::Param(id, value) = &given.setting {
            policy.to_mut().params[id.index()].default = Some(value.clone());
        }
    }
    policy
}

/// What is wrong with a value that the test gives a parameter, at that value.
fn at_given(mut finding: Diagnostic, policy: &Policy, test: &Test) -> Diagnostic {
    let given = test.givens.iter().find_map(|given| match given.setting {
        Setting::Param(id, _) => {
            let param = &policy.params[id.index()];
            (finding.primary() == Some(param.span)).then_some((param, given.span))
        }
        _ => None,
    });
    let Some((param, span)) = given else { return finding };
    finding.message = format!("`{}` cannot be given this value", param.name);
    finding.labels.iter_mut().for_each(|label| label.role = Role::Cause);
    finding.at(span, "")
}

/// Rows that are written in a test, with the name that the loader knows them by.
struct Written<'t> {
    file: String,
    rows: &'t Literal,
}

/// What the loader is given.
struct Read<'t> {
    inputs: Vec<InputBytes>,
    current: Option<InputBytes>,
    written: Vec<Written<'t>>,
}

struct Reader<'r, 'p> {
    project: &'r Project<'p>,
    test: &'r Test,
}

impl<'r> Reader<'r, '_> {
    fn read(&self) -> Result<Read<'r>, Vec<Diagnostic>> {
        let mut read = Read { inputs: Vec::new(), current: None, written: Vec::new() };
        let mut findings = Vec::new();
        for (input, id) in self.project.policy.inputs.iter().zip(0..) {
            match self.bytes(&input.name, self.test.rows(InputId(id)), &mut read.written) {
                Ok(Some(bytes)) => read.inputs.push(bytes),
                Ok(None) => findings.push(self.not_given(&input.name)),
                Err(finding) => findings.push(*finding),
            }
        }
        for (forecast, id) in self.project.policy.forecasts.iter().zip(0..) {
            let given = self.test.forecast(ForecastId(id));
            match self.bytes(&forecast.name, given, &mut read.written) {
                Ok(Some(bytes)) => read.inputs.push(bytes),
                Ok(None) => findings.push(self.not_given(&forecast.name)),
                Err(finding) => findings.push(*finding),
            }
        }
        let current = self.test.current();
        match self.bytes(CURRENT, current, &mut read.written) {
            Ok(_) if current.is_none() && self.has_own_rows() => {}
            Ok(bytes) => read.current = bytes,
            Err(finding) => findings.push(*finding),
        }
        if findings.is_empty() { Ok(read) } else { Err(findings) }
    }

    /// Whether the test gives rows of its own, among which the project's placements mean nothing.
    fn has_own_rows(&self) -> bool {
        self.test.givens.iter().any(|given| matches!(given.setting, Setting::Rows(..)))
    }

    fn bytes(
        &self,
        name: &str,
        given: Option<(&'r Data, Span)>,
        written: &mut Vec<Written<'r>>,
    ) -> Result<Option<InputBytes>, Box<Diagnostic>> {
        let path = match given {
            Some((Data::Written(rows), _)) => {
                let file = format!("given {name}");
                written.push(Written { file: file.clone(), rows });
                let policy = self.project.policy;
                let value = match policy.inputs.iter().find(|input| input.name == name) {
                    Some(input) => rows_json(rows, &policy.entities[input.entity.index()]),
                    None => json(rows),
                };
                let bytes = value.to_string().into_bytes();
                let input = name.to_owned();
                return Ok(Some(InputBytes {
                    input,
                    file,
                    format: Format::Json,
                    bytes,
                    ..InputBytes::default()
                }));
            }
            Some((Data::File(path), _)) => Some(path.to_string()),
            None => None,
        };
        match self.project.files.get(&(name.to_owned(), path)) {
            Some(Ok(bytes)) => Ok(Some(bytes.clone())),
            Some(Err(finding)) => Err(match given {
                Some((_, span)) => Box::new((**finding).clone().at(span, "")),
                None => finding.clone(),
            }),
            None => Ok(None),
        }
    }

    fn not_given(&self, input: &str) -> Diagnostic {
        let message = match self.project.has_manifest {
            true => format!("neither the test nor the manifest says where rows of `{input}` are"),
            false => format!("the test gives no rows of `{input}`, and there is no manifest"),
        };
        Diagnostic::error("missing-input", message)
            .at(self.test.span, "")
            .help(format!("`given {input} = []` says that there are none"))
    }
}

/// Cells that are written in a test, at their places in its text.
fn at_cells(mut finding: Diagnostic, written: &[Written<'_>]) -> Diagnostic {
    let mut values: BTreeMap<Span, Vec<String>> = BTreeMap::new();
    finding.cells.retain(|cell| match place(cell, written) {
        Some(span) => {
            let said = format!("{}: {}", cell.place.column, cell.expected);
            values.entry(span).or_default().push(said);
            false
        }
        None => true,
    });
    if finding.cells.is_empty() && !values.is_empty() {
        finding.message = "the test gives values that cannot be used".to_owned();
    }
    values.into_iter().fold(finding, |finding, (span, said)| finding.at(span, said.join("; ")))
}

/// Where a cell is written: its value, or its row where it has none.
fn place(cell: &Cell, written: &[Written<'_>]) -> Option<Span> {
    let Written { rows, .. } = written.iter().find(|it| it.file == cell.place.file)?;
    let (LiteralKind::List(rows), Some(number)) = (&rows.kind, cell.place.row) else {
        return Some(rows.span);
    };
    let row = rows.get(number as usize)?;
    let LiteralKind::Record(fields) = &row.kind else { return Some(row.span) };
    let field = cell.place.column.split(['[', '.']).next()?;
    let value = fields.iter().find(|(name, _)| name == field);
    Some(value.map_or(row.span, |(_, value)| value.span))
}

//! Written models, as other tools read them.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use apportion_mip::{Model, NameList, Names, Numbered, write_lp, write_mps};
use proptest::prelude::*;

use crate::highs::read_model_file;
use crate::{Highs, Settings, Solver, Unwatched};

type Write = fn(&Model, &dyn Names, &mut dyn std::io::Write) -> std::io::Result<()>;

const FORMATS: [(&str, Write); 2] = [("lp", write_lp), ("mps", write_mps)];

fn written(
    model: &Model,
    names: &dyn Names,
    (extension, write): (&str, Write),
) -> tempfile::TempPath {
    let mut file = tempfile::Builder::new()
        .suffix(&format!(".{extension}"))
        .tempfile()
        .expect("a temporary file can be made");
    write(model, names, &mut file).expect("the file can be written");
    file.into_temp_path()
}

fn read(path: &Path) -> Option<Model> {
    read_model_file(&CString::new(path.as_os_str().as_bytes()).expect("a path without zero bytes"))
}

/// Columns, rows and terms that every format can carry, with two-sided rows of exact width.
fn models() -> impl Strategy<Value = Model> {
    let number = || prop_oneof![(-20i32..20).prop_map(f64::from), -1e6..1e6f64];
    let whole = || (-1000i32..1000).prop_map(f64::from);
    let bounds = |one: f64, other: f64, kind: i32| match kind {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        1 => (one, f64::INFINITY),
        2 => (f64::NEG_INFINITY, one),
        3 => (one, one),
        _ => (one.min(other), one.max(other)),
    };
    let column = (number(), number(), 0..5, any::<bool>(), number());
    let row = (whole(), whole(), 1..5, prop::collection::vec(number(), 5));
    let columns = prop::collection::vec(column, 1..6);
    let rows = prop::collection::vec(row, 0..6);
    (columns, rows, any::<bool>(), number()).prop_map(move |(columns, rows, maximize, offset)| {
        let mut model = Model::new();
        for (one, other, kind, integer, cost) in columns {
            let (lower, upper) = bounds(one, other, kind);
            model.push_column(lower, upper, integer, cost);
        }
        let count = model.num_columns();
        for (one, other, kind, values) in rows {
            let (lower, upper) = bounds(one, other, kind);
            let terms = values.into_iter().take(count).enumerate();
            let terms = terms.filter(|(_, value)| value.abs() > 1e-9);
            model.push_row(lower, upper, terms.map(|(column, value)| (column as u32, value)));
        }
        model.objective.maximize = maximize;
        model.objective.offset = offset;
        model
    })
}

/// The model as LP can say it: a row with two bounds is two rows.
fn with_rows_split(model: &Model) -> Model {
    let mut split = model.clone();
    split.truncate_rows(0);
    for row in 0..model.num_rows() {
        let (lower, upper) = (model.rows.lower[row], model.rows.upper[row]);
        if lower.is_finite() && upper.is_finite() && lower != upper {
            split.push_row(lower, f64::INFINITY, model.rows.terms(row));
            split.push_row(f64::NEG_INFINITY, upper, model.rows.terms(row));
        } else {
            split.push_row(lower, upper, model.rows.terms(row));
        }
    }
    split
}

/// The model as MPS can say it: whatever it is, it is to be small.
fn minimized(model: &Model) -> Model {
    let mut minimized = model.clone();
    if model.objective.maximize {
        minimized.objective.maximize = false;
        minimized.objective.offset *= -1.0;
        minimized.objective.costs.multiply(-1.0);
    }
    minimized
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn highs_reads_the_model_that_was_written(model in models()) {
        for format in FORMATS {
            let path = written(&model, &Numbered, format);
            let expected = match format.0 {
                "lp" => with_rows_split(&model),
                _ => minimized(&model),
            };
            prop_assert_eq!(read(&path), Some(expected), "{}", text(&path));
        }
    }
}

/// A knapsack under names that a reader could stumble over.
fn awkward() -> (Model, NameList) {
    let names = ["x[web,eu-1,spot]", "end", "4 GiB", "größe", "e12", "RHS", "free", "a:b", "x^2"];
    let mut model = Model::new();
    for (column, _) in names.iter().enumerate() {
        model.push_column(0.0, 1.0, true, (column % 4 + 1) as f64);
    }
    let weights = (0..names.len() as u32).map(|column| (column, f64::from(column % 3 + 2)));
    model.push_row(1.0, 11.0, weights);
    model.push_row(f64::NEG_INFINITY, 2.0, [(0, 1.0), (3, 1.0), (7, 1.0)]);
    model.objective.maximize = true;
    let rows = ["RANGES", "st"].map(String::from).to_vec();
    (model, NameList { columns: names.map(String::from).to_vec(), rows })
}

#[test]
fn highs_reads_awkward_names() {
    let (model, names) = awkward();
    for format in FORMATS {
        let path = written(&model, &names, format);
        let size = read(&path).map(|read| (read.num_columns(), read.num_terms()));
        // LP has the row with two bounds twice.
        let terms = if format.0 == "lp" { 21 } else { 12 };
        assert_eq!(size, Some((9, terms)), "{}", text(&path));
    }
}

type Arguments = fn(&Path) -> Vec<String>;

/// Other solvers, how they are called on a file, and what stands before the objective's value.
const OTHERS: [(&str, Arguments, &str); 3] = [
    ("glpsol", glpsol, "objective:"),
    ("cbc", cbc, "objective value:"),
    ("scip", scip, "objective value:"),
];

fn glpsol(path: &Path) -> Vec<String> {
    let format = if path.extension().is_some_and(|it| it == "lp") { "--lp" } else { "--freemps" };
    [format, &path.to_string_lossy(), "-o", "/dev/stdout"].map(String::from).to_vec()
}

fn cbc(path: &Path) -> Vec<String> {
    [&*path.to_string_lossy(), "-solve"].map(String::from).to_vec()
}

fn scip(path: &Path) -> Vec<String> {
    ["-f", &*path.to_string_lossy()].map(String::from).to_vec()
}

#[test]
fn other_solvers_find_the_same_objective_where_they_are_installed() {
    let (model, names) = awkward();
    let outcome = Highs::new().solve(&model, None, &Settings::default(), &Unwatched);
    let best = outcome.objective.expect("the model has an answer");
    for (program, arguments, marker) in OTHERS {
        for format in FORMATS {
            let path = written(&model, &names, format);
            let Ok(output) = Command::new(program).args(arguments(&path)).output() else {
                eprintln!("SKIPPED: `{program}` is not installed, so it has read no {}", format.0);
                continue;
            };
            let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
            let value = said.split(marker).last().and_then(|after| {
                after.split_whitespace().find_map(|word| word.parse::<f64>().ok())
            });
            // A maximum may be told as the minimum of the negative.
            let near = value.is_some_and(|value| (value.abs() - best).abs() < 1e-6);
            assert!(near, "{program} on {}: {said}", format.0);
        }
    }
}

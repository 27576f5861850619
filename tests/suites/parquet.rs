//! Parquet through the command line: it plans what CSV plans, and says what is wrong with a file.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::harness::{binary, project};

const POLICY: &str = "entity Job { key id: string; replicas: count }
input jobs: Job
decide runs[j in jobs]: count <= 3
rule asked { for j in jobs: runs[j] <= j.replicas }
objective { service: maximize sum(j in jobs: runs[j]) }
";

const MANIFEST: &str = "[project]
name = \"case\"
policy = \"policy/main.alloc\"
[inputs]
jobs = \"data/jobs.parquet\"
";

const PLAN: &str =
    "apportion plan --no-progress --no-timings --at 2026-11-23T14:00:00Z --format json";

/// The tests.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("parquet: a file plans what the same rows as CSV plan", || {
            Ok(plans_what_csv_plans()?)
        }),
        Trial::test("parquet: a column of another type is told cell by cell", || {
            let texts = [ByteArray::from("many"), ByteArray::from("2")];
            let file = table("replicas (UTF8)", |column| {
                column.typed::<ByteArrayType>().write_batch(&texts, None, None)
            });
            Ok(is_told(
                &file?,
                "error[bad-data]: 1 cell of 1 file cannot be used; nothing was solved\n\n  \
                 data/jobs.parquet\n    item[0].replicas   `many`  expected a number\n\n[exit 1]\n",
            )?)
        }),
        Trial::test("parquet: a file that was cut off is told from a damaged one", || {
            let whole = numbers()?;
            is_told(
                &whole[..whole.len() - 9],
                "error[truncated-file]: `data/jobs.parquet` has no Parquet footer: it was cut off\n\n\
                 [exit 1]\n",
            )?;
            // Whichever byte is wrong (one in 24 is tried): a plan of what is still readable, or words, and never a panic.
            for at in (0..whole.len()).step_by(24) {
                let mut damaged = whole.clone();
                damaged[at] ^= 0xff;
                let said = plan_of(&damaged, PLAN)?;
                if !matches!(said.code, 0 | 1) || said.stderr.contains("panicked") {
                    return Err(format!("byte {at}: {}", said.seen()).into());
                }
            }
            Ok(())
        }),
    ]
}

fn plans_what_csv_plans() -> Result<()> {
    let parquet = plan_of(&numbers()?, PLAN)?;
    let csv = "printf 'id,replicas\\na,4\\nb,2\\n' > data/jobs.csv; ";
    let csv = plan_of(&numbers()?, &format!("{csv}{PLAN} --input jobs=data/jobs.csv"))?;
    if parquet.code != 0 || parquet.stdout != csv.stdout {
        bail!("from Parquet:\n{}\nfrom CSV:\n{}", parquet.seen(), csv.seen());
    }
    Ok(())
}

/// Whether `apportion plan` says this of a file.
fn is_told(file: &[u8], expected: &str) -> Result<()> {
    let said = plan_of(file, "apportion plan --no-progress")?.seen();
    if said == expected { Ok(()) } else { bail!("expected:\n{expected}\nsaid:\n{said}") }
}

fn plan_of(file: &[u8], command: &str) -> Result<binary::Output> {
    let folder = tempfile::tempdir()?;
    project::write(folder.path(), "apportion.toml", MANIFEST)?;
    project::write(folder.path(), "policy/main.alloc", POLICY)?;
    project::write(folder.path(), "data/jobs.parquet", file)?;
    binary::shell(command, folder.path())
}

/// Two jobs.
fn numbers() -> Result<Vec<u8>> {
    table("replicas", |column| column.typed::<Int64Type>().write_batch(&[4, 2], None, None))
}

type ColumnWriter<'w> = parquet::file::writer::SerializedColumnWriter<'w>;

/// A file with the keys `a` and `b` and a second column.
fn table(
    second: &str,
    fill: impl FnOnce(&mut ColumnWriter<'_>) -> parquet::errors::Result<usize>,
) -> Result<Vec<u8>> {
    let kind = if second.contains("UTF8") { "binary" } else { "int64" };
    let message =
        format!("message rows {{ required binary id (UTF8); required {kind} {second}; }}");
    let schema = Arc::new(parse_message_type(&message)?);
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default())?;
    let mut group = writer.next_row_group()?;
    let mut column = group.next_column()?.context("a first column")?;
    let keys = [ByteArray::from("a"), ByteArray::from("b")];
    column.typed::<ByteArrayType>().write_batch(&keys, None, None)?;
    column.close()?;
    let mut column = group.next_column()?.context("a second column")?;
    fill(&mut column)?;
    column.close()?;
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

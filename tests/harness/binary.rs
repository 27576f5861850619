//! The built `apportion` and one run of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use super::{root, schemas};

/// What one command did.
pub(crate) struct Output {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The exit code; -1 where a signal ended it.
    pub(crate) code: i32,
}

impl Output {
    /// Of a process that has ended.
    pub(crate) fn of(process: &std::process::Output) -> Output {
        Output {
            stdout: String::from_utf8_lossy(&process.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&process.stderr).into_owned(),
            code: process.status.code().unwrap_or(-1),
        }
    }

    /// Both streams, then `[exit N]` where N is not 0: what a person at a terminal sees.
    pub(crate) fn seen(&self) -> String {
        let mut seen = format!("{}{}", self.stderr, self.stdout);
        if self.code != 0 {
            seen.push_str(&format!("[exit {}]\n", self.code));
        }
        seen
    }
}

/// The folder of the binary, built by the same cargo in the same profile as this test; or the folder that
/// `APPORTION_FOLDER` names, where a binary is to be judged as it was shipped.
pub(crate) fn folder() -> Result<&'static Path> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = FOLDER.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    match built {
        Ok(folder) => Ok(folder),
        Err(error) => bail!("{error}"),
    }
}

fn build() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("APPORTION_FOLDER") {
        return Ok(PathBuf::from(folder));
    }
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("the test lies in target/*/deps")?;
    let target = folder.parent().context("the profile's folder lies in target")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "apportion", "--target-dir"]).arg(target);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(root()).status()?;
    if !status.success() {
        bail!("`apportion` does not build");
    }
    Ok(folder.to_path_buf())
}

/// Runs a command line of the shell in `folder`, with the built `apportion` on the path. An error where it
/// prints JSON that has no schema or does not keep it.
pub(crate) fn shell(command: &str, folder: &Path) -> Result<Output> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", self::folder()?.display()))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .with_context(|| command.to_owned())?;
    let output = Output::of(&output);
    schemas::judge_printed(&output.stdout).with_context(|| command.to_owned())?;
    Ok(output)
}

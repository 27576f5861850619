//! `apportion new DIR`

use std::io::Write;

use anyhow::Context;

use crate::args::New;
use crate::exit::Exit;
use crate::templates;

pub(crate) fn run(it: &New) -> anyhow::Result<Exit> {
    let folder = &it.folder;
    if folder.exists() {
        let empty = folder.is_dir() && folder.read_dir()?.next().is_none();
        anyhow::ensure!(empty, "`{}` exists and is not empty", folder.display());
    }
    let name =
        folder.file_name().map_or("project".into(), |name| name.to_string_lossy().into_owned());
    for (path, text) in templates::files(it.template) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("`{}` cannot be made", parent.display()))?;
        }
        let text = match path.ends_with("apportion.toml") {
            true => templates::renamed(text, it.template, &name),
            false => (*text).to_owned(),
        };
        std::fs::write(&path, text)
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    writeln!(
        std::io::stdout(),
        "made {}; next:\n\n  cd {} && apportion plan",
        folder.display(),
        folder.display()
    )?;
    Ok(Exit::Done)
}

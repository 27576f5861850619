//! The modules of a policy's folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, Sources};

use crate::reading::{read_text, unreadable};

/// A folder that is still to be read.
struct Open {
    /// From the project's folder, as findings name it.
    name: PathBuf,
    /// Where it and the folders on the way to it really are, so that a link back to one of them ends there.
    way: Vec<PathBuf>,
}

/// The entry and every other module in its folder and below, by path from the project's folder.
pub(crate) fn policy_files(
    folder: &Path,
    entry: &str,
    sources: &mut Sources,
) -> Result<Vec<(String, Arc<str>)>, Box<Diagnostic>> {
    let text = read_text(&folder.join(entry), entry, sources)?;
    let mut files: Vec<(String, Arc<str>)> = vec![(entry.to_owned(), text.into())];
    let first = Path::new(entry).parent().unwrap_or(Path::new("")).to_owned();
    let mut open = vec![Open { name: first, way: Vec::new() }];
    while let Some(Open { name: below, mut way }) = open.pop() {
        let failed = |error: &std::io::Error| unreadable(&shown(&below), error);
        let at = folder.join(&below);
        let real = at.canonicalize().map_err(|error| failed(&error))?;
        if way.contains(&real) {
            continue;
        }
        way.push(real);
        let mut names = Vec::new();
        for entry in at.read_dir().map_err(|error| failed(&error))? {
            names.push(entry.map_err(|error| failed(&error))?.file_name());
        }
        names.sort();
        for name in names {
            let relative = below.join(&name);
            let path = folder.join(&relative);
            if path.is_dir() && !name.to_string_lossy().starts_with('.') {
                open.push(Open { name: relative, way: way.clone() });
                continue;
            }
            let is_module = relative.extension().is_some_and(|extension| extension == "alloc");
            let shown = shown(&relative);
            if is_module && shown != entry {
                let text = read_text(&path, &shown, sources)?;
                files.push((shown, text.into()));
            }
        }
    }
    Ok(files)
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{Sources, policy_files};

    fn names(folder: &std::path::Path) -> Result<Vec<String>, String> {
        let mut sources = Sources::default();
        let files = policy_files(folder, "policy/main.alloc", &mut sources);
        let files = files.map_err(|it| it.message)?;
        Ok(files.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_link_that_leads_back_is_not_followed_again() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let policy = folder.path().join("policy");
        for (below, to) in [("one", "../two"), ("two", "../one")] {
            fs::create_dir_all(policy.join(below))?;
            fs::write(policy.join(below).join("rules.alloc"), "")?;
            symlink(to, policy.join(below).join("other"))?;
        }
        symlink(".", policy.join("loop"))?;
        fs::write(policy.join("main.alloc"), "")?;
        let expected = [
            "policy/main.alloc",
            "policy/two/rules.alloc",
            "policy/two/other/rules.alloc",
            "policy/one/rules.alloc",
            "policy/one/other/rules.alloc",
        ];
        assert_eq!(names(folder.path()), Ok(expected.map(str::to_owned).to_vec()));
        Ok(())
    }

    #[test]
    fn a_module_that_cannot_be_read_is_named() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let policy = folder.path().join("policy");
        fs::create_dir_all(&policy)?;
        fs::write(policy.join("main.alloc"), "")?;
        symlink("nowhere", policy.join("lost.alloc"))?;
        let expected = "`policy/lost.alloc` cannot be read: there is no such file";
        assert_eq!(names(folder.path()), Err(expected.to_owned()));
        Ok(())
    }
}

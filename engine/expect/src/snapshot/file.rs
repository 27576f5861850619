//! Where a test's plan is kept.

use apportion_check::policy::Test;
use apportion_diagnostic::{SourceId, Sources};

/// The folder of all that is kept, in the project's folder.
pub const SNAPSHOTS: &str = "snapshots";

/// How many characters of a sentence are in a file's name; some systems take no name of more than 255 bytes.
const LONGEST: usize = 60;

/// The file of a test's plan, from the project's folder: the words of its sentence in small letters, in the folder of its
/// module.
pub fn snapshot_file(sources: &Sources, test: &Test) -> String {
    let path = |id| sources.get(id).map_or("", |source| source.path.as_str());
    let folder = snapshot_folder(path(SourceId(0)), path(test.span.source));
    format!("{folder}/{}.snap", words(&test.name))
}

/// The folder of a module's plans, from the project's folder, by the paths of the policy's entry and of the module:
/// `snapshots/tests/home` for `policy/tests/home.alloc` beside `policy/main.alloc`.
pub fn snapshot_folder(entry: &str, module: &str) -> String {
    let beside = entry.rfind('/').map_or("", |end| &entry[..=end]);
    let module = module.strip_prefix(beside).unwrap_or(module);
    format!("{SNAPSHOTS}/{}", module.strip_suffix(".alloc").unwrap_or(module))
}

/// The words of a sentence, joined by `_`.
fn words(sentence: &str) -> String {
    let sentence = sentence.to_lowercase();
    let words = sentence.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let length = name.chars().count();
        if length > 0 && length + word.chars().count() >= LONGEST {
            break;
        }
        if length > 0 {
            name.push('_');
        }
        name.extend(word.chars().take(LONGEST));
    }
    if name.is_empty() { "test".to_owned() } else { name }
}

//! Where a test's plan is kept.

use apportion_check::policy::Test;
use apportion_diagnostic::Sources;

/// The folder of all that is kept, in the project's folder.
pub const SNAPSHOTS: &str = "snapshots";

/// How many characters of a sentence are in a file's name; some systems take no name of more than 255 bytes.
const LONGEST: usize = 60;

/// The file of a test's plan, from the project's folder: the words of its sentence in small letters, in the folder of its
/// module.
pub fn snapshot_file(main_policy: &str, sources: &Sources, test: &Test) -> String {
    let module = sources.get(test.span.source).map_or("", |source| source.path.as_str());
    format!("{}/{}.snap", snapshot_folder(main_policy, module), words(&test.name))
}

/// The folder of a module's plans, from the project's folder, by the paths of the manifest's policy and of the module:
/// `snapshots/tests/home` for `policy/tests/home.alloc` beside `policy/main.alloc`, and `snapshots/variants/main` for
/// `variants/main.alloc`.
pub fn snapshot_folder(main_policy: &str, module: &str) -> String {
    let module = from_folder(module);
    let module = module.strip_prefix(beside(main_policy)).unwrap_or(module);
    format!("{SNAPSHOTS}/{}", module.strip_suffix(".alloc").unwrap_or(module))
}

/// The modules of which a file may keep a plan, by their paths: one beside the manifest's policy, or one elsewhere. Nothing
/// for a file in no module's folder.
pub fn keepers(main_policy: &str, file: &str) -> Option<[String; 2]> {
    let below = file.strip_prefix(SNAPSHOTS)?.strip_prefix('/')?;
    let (module, _) = below.rsplit_once('/')?;
    Some([format!("{}{module}.alloc", beside(main_policy)), format!("{module}.alloc")])
}

/// What the paths begin with of the modules in a policy's folder.
fn beside(policy: &str) -> &str {
    let policy = from_folder(policy);
    policy.rfind('/').map_or("", |end| &policy[..=end])
}

/// A path without the `./` that a manifest may begin it with.
fn from_folder(path: &str) -> &str {
    path.trim_start_matches("./")
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

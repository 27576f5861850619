//! What the tests of one policy share.

use std::collections::BTreeMap;

use apportion_check::policy::Policy;
use apportion_diagnostic::{Diagnostic, Sources};
use apportion_driver::Options;
use apportion_facts::Given;
use apportion_world::InputBytes;

use crate::snapshot::Kept;

/// A checked policy, and what its project gives a test that does not say otherwise.
pub struct Project<'a> {
    /// The project's name.
    pub name: &'a str,
    /// The policy.
    pub policy: &'a Policy,
    /// The texts that its spans point into.
    pub sources: &'a Sources,
    /// The path of the manifest's policy, which this one may be beside; of this one where there is no manifest.
    pub main_policy: &'a str,
    /// Whether there is a manifest, and so rows that a test need not give.
    pub has_manifest: bool,
    /// Texts of parameters.
    pub params: Vec<Given>,
    /// The files that the manifest and the tests name.
    pub files: BTreeMap<FileOf, File>,
    /// What the files hold that keep the plans of tests, by their paths; one that is not there does not exist.
    pub snapshots: BTreeMap<String, Kept>,
    /// Whether a test's plan is to take the place of the one that was kept, so that none is another.
    pub keeps_plans: bool,
    /// Limits of one plan.
    pub options: Options,
}

/// Which file: the input's name, `current` for what runs now, and the path as a test writes it, absent for the manifest's.
pub type FileOf = (String, Option<String>);

/// What a file holds, or why it cannot be read.
pub type File = Result<InputBytes, Box<Diagnostic>>;

/// Who hears how far a run of tests is, knows the time and may end it.
pub trait Watch: Sync {
    /// So many tests are done.
    fn done(&self, tests: usize);

    /// Whether to end now; tests that are not done are then told as such.
    fn interrupted(&self) -> bool;

    /// Seconds since the run began.
    fn elapsed(&self) -> f64;
}

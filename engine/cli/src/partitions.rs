//! The files by which parts of a fleet are planned apart: a partition in, a partition's plan out.
//!
//! Both are self-contained and name their format, version and hash, so that a file that is cut short, changed or of
//! something else is told from one that can be used. They are written under another name first and then renamed: a file
//! that is there is whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use apportion_check::policy::Policy;
use apportion_connect::{Mode, Staged, read_bytes};
use apportion_diagnostic::{Diagnostic, Sources};
use apportion_driver::{Options, Request, Share, Way};
use apportion_facts::{Given, Settings, schema};
use apportion_plan::{Plan, Timings};
use apportion_world::{Snapshot, World};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::input::Input;
use crate::rollout;

/// Name and version of the format of a partition.
const PARTITION: &str = "apportion.partition/1";
/// Name and version of the format of a partition's plan.
const PARTITION_PLAN: &str = "apportion.partition-plan/1";

/// The whole fleet, or one part of it, with all that its plan depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Partition {
    format: String,
    /// The version of this program.
    apportion: String,
    /// SHA-256 of the file with this field empty, in hexadecimal.
    pub(crate) hash: String,
    pub(crate) project: String,
    pub(crate) dealt: Dealt,
    /// The position of the part; absent for the whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    index: Option<usize>,
    /// The hashes of the parts; only of the whole.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) parts: Vec<String>,
    policy: PolicyTexts,
    /// How far rules are rolled out, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    rollout: BTreeMap<String, Mode>,
    solve: Solve,
    /// What the part has of what several parts share.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) shares: Vec<Share>,
    facts: Snapshot,
}

/// How a fleet was parted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dealt {
    pub(crate) way: Way,
    /// The rules whose right sides several parts share.
    pub(crate) shared: Vec<String>,
    /// Whether the parts come to as much as the whole.
    pub(crate) is_exact: bool,
}

/// The texts of a policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyTexts {
    entry: String,
    /// Path and text of each file.
    files: Vec<(String, String)>,
    hash: String,
}

/// How much may be spent on a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Solve {
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    time_limit: Option<f64>,
    gap: f64,
    threads: u16,
    seed: u32,
}

/// What is planned of a part.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartitionPlan {
    format: String,
    apportion: String,
    /// SHA-256 of the file with this field empty, in hexadecimal.
    hash: String,
    /// The hash of the partition that it is of.
    pub(crate) partition: String,
    pub(crate) plan: Plan,
}

/// A file with a hash of itself.
trait Sealed: Serialize + DeserializeOwned {
    /// What it is called.
    const WHAT: &str;
    const FORMAT: &str;

    fn hash(&mut self) -> &mut String;

    /// Writes the hash into it; gives its text.
    fn seal(&mut self) -> serde_json::Result<String> {
        self.hash().clear();
        *self.hash() = sha256(serde_json::to_string(self)?.as_bytes());
        serde_json::to_string(self).map(|text| text + "\n")
    }
}

impl Sealed for Partition {
    const WHAT: &str = "partition";
    const FORMAT: &str = PARTITION;

    fn hash(&mut self) -> &mut String {
        &mut self.hash
    }
}

impl Sealed for PartitionPlan {
    const WHAT: &str = "partition's plan";
    const FORMAT: &str = PARTITION_PLAN;

    fn hash(&mut self) -> &mut String {
        &mut self.hash
    }
}

#[derive(Deserialize)]
struct Head {
    format: String,
}

/// Where the files of a fleet lie.
pub(crate) struct Folder<'f>(pub(crate) &'f Path);

impl Folder<'_> {
    pub(crate) fn whole(&self) -> PathBuf {
        self.0.join("whole.json")
    }

    pub(crate) fn part(&self, index: usize) -> PathBuf {
        self.0.join(format!("part-{index}.json"))
    }

    pub(crate) fn plan(&self, index: usize) -> PathBuf {
        self.0.join(format!("plan-{index}.json"))
    }

    /// Writes the parts of a fleet; gives the whole without its facts.
    pub(crate) fn write_parts(
        &self,
        input: &Input,
        options: &Options,
        way: Way,
        parted: apportion_driver::Partition,
    ) -> anyhow::Result<Partition> {
        let folder = self.0.display();
        std::fs::create_dir_all(self.0).with_context(|| format!("`{folder}` cannot be made"))?;
        let mut whole = Partition {
            format: PARTITION.to_owned(),
            apportion: env!("CARGO_PKG_VERSION").to_owned(),
            hash: String::new(),
            project: input.project.manifest.name.clone(),
            dealt: Dealt { way, shared: parted.shared, is_exact: parted.is_exact },
            index: None,
            parts: Vec::new(),
            policy: PolicyTexts {
                entry: input.project.manifest.policy.clone(),
                files: input.project.files.iter().map(owned).collect(),
                hash: input.hashes.0.clone(),
            },
            rollout: input.project.manifest.rollout.iter().map(mode_of).collect(),
            solve: Solve {
                time_limit: options.time_limit.map(|limit| limit.as_secs_f64()),
                gap: options.gap,
                threads: options.threads,
                seed: options.seed,
            },
            shares: Vec::new(),
            facts: Snapshot {
                at: input.settings.at(),
                params: input.params.clone(),
                world: World::default(),
            },
        };
        let mut hashes = Vec::new();
        for (index, part) in parted.parts.into_iter().enumerate() {
            let mut file = Partition { index: Some(index), shares: part.shares, ..whole.clone() };
            file.facts.world = part.world;
            write_whole(&self.part(index), &file.seal()?)?;
            hashes.push(file.hash);
        }
        whole.parts = hashes;
        Ok(whole)
    }

    /// Writes the whole, which [`Folder::write_parts`] gave, with its facts.
    pub(crate) fn write_fleet(&self, mut whole: Partition, world: World) -> anyhow::Result<()> {
        whole.facts.world = world;
        write_whole(&self.whole(), &whole.seal()?)
    }

    /// The plan of each part, of which `hashes` names the partitions; none for those that are missing.
    pub(crate) fn plans(&self, hashes: &[String]) -> Result<Vec<Option<Plan>>, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let plans = hashes.iter().enumerate().map(|(index, hash)| {
            let path = self.plan(index);
            if !path.exists() {
                return None;
            }
            let read = PartitionPlan::read(&path, hash);
            read.map_err(|finding| findings.push(*finding)).ok().map(|file| file.plan)
        });
        let plans = plans.collect();
        if findings.is_empty() { Ok(plans) } else { Err(findings) }
    }
}

impl PartitionPlan {
    /// Writes the plan of a partition.
    pub(crate) fn write(path: &Path, partition: &Partition, plan: Plan) -> anyhow::Result<()> {
        let mut file = PartitionPlan {
            format: PARTITION_PLAN.to_owned(),
            apportion: env!("CARGO_PKG_VERSION").to_owned(),
            hash: String::new(),
            partition: partition.hash.clone(),
            plan: Plan { timings: None, ..plan },
        };
        write_whole(path, &file.seal()?)
    }

    /// Reads the plan of the partition with a hash.
    pub(crate) fn read(path: &Path, partition: &str) -> Result<PartitionPlan, Box<Diagnostic>> {
        let file: PartitionPlan = read(path)?;
        match file.partition == partition {
            true => Ok(file),
            false => Err(unusable::<PartitionPlan>(path, "it is the plan of another partition")),
        }
    }
}

impl Partition {
    /// Reads a partition.
    pub(crate) fn read(path: &Path) -> Result<Partition, Box<Diagnostic>> {
        read(path)
    }

    /// The policy, the facts and all else that a request needs.
    pub(crate) fn open(self, path: &Path) -> Result<Opened, (Vec<Diagnostic>, Sources)> {
        let files = self.policy.files.iter();
        let files = files.map(|(path, text)| (path.clone(), Arc::from(text.as_str()))).collect();
        let checked = apportion_check::Project::new(files, &self.policy.entry).checked();
        let sources = checked.sources;
        let Some(mut policy) = checked.policy else { return Err((checked.diagnostics, sources)) };
        rollout::set(&mut policy, &self.rollout);
        let given = self.facts.params.iter().map(|(name, text)| Given {
            name: name.clone(),
            text: text.clone(),
            origin: "the partition".to_owned(),
        });
        let given: Vec<Given> = given.collect();
        let settings = match Settings::new(&policy, &given, self.facts.at) {
            Ok(settings) => settings,
            Err(findings) => return Err((findings, sources)),
        };
        let policy = policy.loosened(self.facts.at);
        let schema = match schema(&policy, &settings, &sources) {
            Ok(schema) => schema,
            Err(findings) => return Err((findings, sources)),
        };
        let params = self.facts.params.clone();
        let (mut file, facts) = self.without_facts();
        let world = match facts.fitting(&schema) {
            Ok(world) => world,
            Err(error) => {
                let finding = unusable::<Partition>(path, error.to_string());
                return Err((vec![*finding], sources));
            }
        };
        let hashes = (std::mem::take(&mut file.policy.hash), world.hash(&schema));
        let limit = file.solve.time_limit.filter(|limit| *limit >= 0.0);
        let options = Options {
            time_limit: limit.and_then(|limit| Duration::try_from_secs_f64(limit).ok()),
            gap: file.solve.gap,
            threads: file.solve.threads,
            seed: file.solve.seed,
            ..Options::default()
        };
        Ok(Opened { file, policy, settings, world, sources, params, hashes, options })
    }

    fn without_facts(mut self) -> (Partition, Snapshot) {
        let nothing = Snapshot { at: 0.0, params: BTreeMap::new(), world: World::default() };
        let facts = std::mem::replace(&mut self.facts, nothing);
        (self, facts)
    }
}

/// A partition that was read, checked and found to fit.
pub(crate) struct Opened {
    /// The file, without its facts.
    pub(crate) file: Partition,
    pub(crate) policy: Policy,
    settings: Settings,
    world: World,
    pub(crate) sources: Sources,
    params: BTreeMap<String, String>,
    hashes: (String, String),
    pub(crate) options: Options,
}

impl Opened {
    pub(crate) fn request(&self, options: Options) -> Request<'_> {
        Request {
            project: &self.file.project,
            policy: &self.policy,
            world: &self.world,
            settings: &self.settings,
            params: self.params.clone(),
            options,
            hashes: self.hashes.clone(),
            timings: Timings::default(),
        }
    }
}

fn mode_of((name, staged): (&String, &Staged)) -> (String, Mode) {
    (name.clone(), staged.mode)
}

fn owned((path, text): &(String, Arc<str>)) -> (String, String) {
    (path.clone(), text.to_string())
}

/// Reads a file that is sealed; what is wrong with it is said with a way out.
fn read<F: Sealed>(path: &Path) -> Result<F, Box<Diagnostic>> {
    let bytes = read_bytes(path).map_err(|reason| {
        let message = format!("`{}`, a {}, cannot be read: {reason}", path.display(), F::WHAT);
        Box::new(Diagnostic::error("unreadable-file", message))
    })?;
    let broken = |error: serde_json::Error| match error.is_eof() {
        true => unusable::<F>(path, "it was cut short"),
        false => unusable::<F>(path, format!("it is something else: {error}")),
    };
    let head: Head = serde_json::from_slice(&bytes).map_err(broken)?;
    if head.format != F::FORMAT {
        let reason = format!("it says that it is `{}`, and `{}` is read", head.format, F::FORMAT);
        return Err(unusable::<F>(path, reason));
    }
    let mut file: F = serde_json::from_slice(&bytes).map_err(broken)?;
    let stated = file.hash().clone();
    match file.seal() {
        Ok(_) if *file.hash() == stated => Ok(file),
        _ => Err(unusable::<F>(path, "it was changed after it was written")),
    }
}

fn unusable<F: Sealed>(path: &Path, reason: impl Into<String>) -> Box<Diagnostic> {
    let message = format!("`{}` is no {} that can be used", path.display(), F::WHAT);
    let finding = Diagnostic::error("unusable-partition", message).note(reason);
    Box::new(match F::FORMAT {
        PARTITION => finding.help("make the partitions again: `apportion partition split`"),
        _ => finding.help("run its part again, which replaces it: `apportion partition solve`"),
    })
}

/// Writes a file under another name first, so that no reader sees a part of it.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("`{}` cannot be written", path.display());
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(name);
    std::fs::write(&unfinished, text).with_context(cannot)?;
    std::fs::rename(&unfinished, path).with_context(cannot)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

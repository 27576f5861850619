//! A world as one file, `apportion.world/1`, and back.

mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::World;
use crate::schema::Schema;

const FORMAT: &str = "apportion.world/1";

/// Everything besides the policy that a plan depends on, so that one file reproduces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The time of the facts, in seconds since 1970-01-01T00:00Z.
    pub at: f64,
    /// Parameters that the manifest or the command line set, as they were written.
    pub params: BTreeMap<String, String>,
    /// The facts.
    pub world: World,
}

/// Why a file is no snapshot that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or not of the shape of a snapshot.
    #[error("it is no snapshot: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It says that it is something else, or of another version.
    #[error("it says that it is `{0}`, and `{FORMAT}` is read")]
    OtherFormat(String),
    /// It was taken for another policy, or it was changed.
    #[error("it does not fit the policy: {0}")]
    DoesNotFit(String),
}

#[derive(Serialize)]
struct Written<'s> {
    format: &'static str,
    #[serde(flatten)]
    snapshot: &'s Snapshot,
}

#[derive(Deserialize)]
struct Head {
    format: String,
}

impl Snapshot {
    /// The snapshot as JSON.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(&Written { format: FORMAT, snapshot: self })?)
    }

    /// Reads a snapshot. What it holds may be of any policy until [`Snapshot::fitting`] has looked at it.
    pub fn from_json(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
        let head: Head = serde_json::from_slice(bytes)?;
        match head.format == FORMAT {
            true => Ok(serde_json::from_slice(bytes)?),
            false => Err(SnapshotError::OtherFormat(head.format)),
        }
    }

    /// The world; every position in it leads somewhere, as in a world that was loaded with `schema`.
    pub fn fitting(self, schema: &Schema) -> Result<World, SnapshotError> {
        validate::fits(&self.world, schema).map_err(SnapshotError::DoesNotFit)?;
        Ok(self.world)
    }
}

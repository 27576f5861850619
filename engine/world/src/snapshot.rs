//! A world as one file, `apportion.world/1`, and back.

mod validate;

use serde::{Deserialize, Serialize};

use crate::World;
use crate::schema::Schema;

const FORMAT: &str = "apportion.world/1";

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
struct Written<'w> {
    format: &'static str,
    world: &'w World,
}

#[derive(Deserialize)]
struct Head {
    format: String,
}

#[derive(Deserialize)]
struct Read {
    world: World,
}

/// The world as JSON.
pub fn snapshot(world: &World) -> Result<String, SnapshotError> {
    Ok(serde_json::to_string(&Written { format: FORMAT, world })?)
}

/// The world that a snapshot holds; every position in it leads somewhere, as in a world that was loaded.
pub fn read_snapshot(bytes: &[u8], schema: &Schema) -> Result<World, SnapshotError> {
    let head: Head = serde_json::from_slice(bytes)?;
    if head.format != FORMAT {
        return Err(SnapshotError::OtherFormat(head.format));
    }
    let Read { world } = serde_json::from_slice(bytes)?;
    validate::fits(&world, schema).map_err(SnapshotError::DoesNotFit)?;
    Ok(world)
}

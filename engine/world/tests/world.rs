//! Files to worlds, and every way in which a file can be bad.

#[path = "world/build.rs"]
mod build;
#[path = "world/columns.rs"]
mod columns;
#[path = "world/faults.rs"]
mod faults;
#[path = "world/formats.rs"]
mod formats;
#[path = "world/later.rs"]
mod later;
#[path = "world/mapping.rs"]
mod mapping;
#[path = "world/now.rs"]
mod now;
#[path = "world/properties.rs"]
mod properties;
#[path = "world/snapshots.rs"]
mod snapshots;
#[path = "world/subset.rs"]
mod subset;

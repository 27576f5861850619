//! Where facts come from: the manifest, and the files that it names.
//!
//! A policy reaches nothing by itself; `apportion.toml` says which file is which input, how columns are
//! mapped, what parameters are and how long a solve may take. [`Manifest::parse`] reads it from a text,
//! [`Project::open`] from a folder, with the files around it. Findings name the line and the author's words.
//!
//! Start reading at [`Project`].

mod duration;
mod manifest;
mod modules;
mod project;
mod reading;

pub use duration::parse_duration;
pub use manifest::{ColumnSource, InputSource, Manifest, Mode, Overlay, SolveLimits, Staged};
pub use project::{Overrides, Project, ReadInputs};
pub use reading::{read_bytes, read_text};

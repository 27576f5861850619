//! One file per verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doc;
pub(crate) mod model;
pub(crate) mod new;
pub(crate) mod partition;
pub(crate) mod plan;
pub(crate) mod test;
pub(crate) mod version;
pub(crate) mod world;

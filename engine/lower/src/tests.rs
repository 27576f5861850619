//! The model against the meaning of the ground policy, by enumeration, and the text of small models.

mod meaning;
mod proofs;
mod small;
mod text;

//! The model against the meaning of the ground policy and dominated columns, by enumeration; the text of small models.

mod dominance;
mod meaning;
mod proofs;
mod small;
mod text;

//! What unpacking promises.

mod improve;
mod place;
mod shape;

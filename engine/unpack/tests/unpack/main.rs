//! What unpacking promises.

mod improve;
mod pack;
mod place;
mod shape;

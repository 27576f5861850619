//! What unpacking promises.

mod bins;
mod improve;
mod moves;
mod pack;
mod place;
mod shape;

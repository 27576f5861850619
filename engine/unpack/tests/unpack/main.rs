//! What unpacking promises.

mod bins;
mod improve;
mod pack;
mod place;
mod shape;

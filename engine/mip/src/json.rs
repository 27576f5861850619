//! Bounds as JSON: an absent bound is `null`, since JSON has no infinity.

/// Lower bounds, where `null` is `-∞`.
pub(crate) mod lower {
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bounds: &[f64], to: S) -> Result<S::Ok, S::Error> {
        super::write(bounds, f64::NEG_INFINITY, to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        super::read(f64::NEG_INFINITY, from)
    }
}

/// Upper bounds, where `null` is `∞`.
pub(crate) mod upper {
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bounds: &[f64], to: S) -> Result<S::Ok, S::Error> {
        super::write(bounds, f64::INFINITY, to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        super::read(f64::INFINITY, from)
    }
}

use serde::{Deserialize, Deserializer, Serializer};

fn write<S: Serializer>(bounds: &[f64], absent: f64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(bounds.iter().map(|bound| (*bound != absent).then_some(*bound)))
}

fn read<'de, D: Deserializer<'de>>(absent: f64, from: D) -> Result<Vec<f64>, D::Error> {
    let bounds = Vec::<Option<f64>>::deserialize(from)?;
    Ok(bounds.into_iter().map(|bound| bound.unwrap_or(absent)).collect())
}

//! The lists of tests.

mod cases;
mod codes;
mod documents;
mod examples;
mod gavel;
mod json;
mod layers;
mod library;
mod mutants;
mod parquet;
mod prices;
mod stops;
mod traces;

use libtest_mimic::Trial;

/// Every test of this package.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = cases::trials();
    trials.extend(codes::trials());
    trials.extend(documents::trials());
    trials.extend(examples::trials());
    trials.extend(json::trials());
    trials.extend(layers::trials());
    trials.extend(library::trials());
    trials.extend(mutants::trials());
    trials.extend(parquet::trials());
    trials.extend(gavel::trials());
    trials.extend(prices::trials());
    trials.extend(stops::trials());
    trials.extend(traces::trials());
    trials.extend(crate::fuzz::trials());
    trials
}

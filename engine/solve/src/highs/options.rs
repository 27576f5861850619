//! Settings as HiGHS's options.

use highs_sys::HighsInt;

use super::ffi::Instance;
use crate::Settings;
use crate::supervise::Deadline;

/// Least tolerance and greatest that HiGHS takes and that still means something.
const TOLERANCE: (f64, f64) = (1e-10, 1e-3);

/// What matters before a model is handed over.
pub(super) fn set_for_loading(instance: &mut Instance) {
    // HiGHS drops smaller coefficients; its own choice is a thousand times greater.
    instance.set_number(c"small_matrix_value", 1e-12);
}

/// What matters for a run. An option that HiGHS refuses keeps its default.
pub(super) fn set_for_run(
    instance: &mut Instance,
    settings: &Settings,
    has_start: bool,
    deadline: &Deadline,
) {
    let feasibility = settings.feasibility_tolerance.clamp(TOLERANCE.0, TOLERANCE.1);
    let integrality = settings.integrality_tolerance.clamp(TOLERANCE.0, TOLERANCE.1);
    let time = deadline.left().map_or(f64::INFINITY, |left| left.as_secs_f64());
    let nodes = settings.node_limit.and_then(|limit| HighsInt::try_from(limit).ok());
    let seed = HighsInt::try_from(settings.seed & 0x7fff_ffff).unwrap_or(0);
    instance.set_number(c"time_limit", time);
    instance.set_number(c"mip_rel_gap", settings.relative_gap.max(0.0));
    instance.set_number(c"mip_abs_gap", settings.absolute_gap.max(0.0));
    instance.set_number(c"primal_feasibility_tolerance", feasibility);
    instance.set_number(c"dual_feasibility_tolerance", feasibility);
    instance.set_number(c"mip_feasibility_tolerance", integrality);
    instance.set_whole(c"mip_max_nodes", nodes.unwrap_or(HighsInt::MAX));
    instance.set_whole(c"threads", HighsInt::from(settings.threads));
    instance.set_whole(c"random_seed", seed);
    for search in [
        c"mip_heuristic_run_rens",
        c"mip_heuristic_run_rins",
        c"mip_heuristic_run_root_reduced_cost",
    ] {
        instance.set_flag(search, settings.neighbourhoods);
    }
    // It seeks a first point, from nothing.
    instance.set_flag(c"mip_heuristic_run_feasibility_jump", !has_start);
    instance.set_word(c"solver", if settings.interior { c"ipx" } else { c"choose" });
    instance.set_word(c"run_crossover", if settings.interior { c"off" } else { c"on" });
    instance.set_word(c"presolve", if settings.presolve { c"choose" } else { c"off" });
}

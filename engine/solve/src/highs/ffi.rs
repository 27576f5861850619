//! HiGHS behind safe methods: the only file that may be unsafe.
//!
//! Contract of the C interface, on which every block below relies: an instance may be used from any
//! thread, by one thread at a time; arrays are copied before a call returns; the texts of options
//! are read during the call only. C++ exceptions do not cross the interface: HiGHS turns exhausted
//! memory into a status where it can, and ends the process where it can't.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;
use std::ptr::{self, NonNull};

use apportion_mip::{Model, Objective};
use highs_sys::*;

use super::blocks::{Block, Blocks};

/// What HiGHS tells and asks while it runs. Called from its threads.
pub(super) trait Hook: Sync {
    /// A point better than all before was found; the objective is its value.
    fn improved(&self, point: &[f64], objective: f64);
    /// Where the search stands: nodes of the tree, iterations of the linear solver, the bound.
    fn at(&self, nodes: u64, iterations: u64, bound: f64);
    /// Whether to stop now.
    fn stop(&self) -> bool;
}

/// One HiGHS instance.
pub(super) struct Instance(NonNull<c_void>);

// SAFETY: an instance is not tied to the thread that made it, and `&mut self` on every method that
// changes it keeps its users one at a time.
unsafe impl Send for Instance {}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Highs_create` and is not used after this.
        unsafe { Highs_destroy(self.0.as_ptr()) }
    }
}

/// What HiGHS says of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// One of the `MODEL_STATUS` numbers.
    pub(super) status: HighsInt,
    /// Whether the point it holds is feasible.
    pub(super) feasible: bool,
    /// Bound on the objective, for a model with integers.
    pub(super) bound: f64,
    pub(super) nodes: u64,
    pub(super) iterations: u64,
    /// Whether the limit of iterations was reached; set by whoever keeps it.
    pub(super) exhausted: bool,
}

/// Values HiGHS holds after a run.
pub(super) struct Values {
    pub(super) point: Vec<f64>,
    pub(super) column_duals: Vec<f64>,
    pub(super) row_duals: Vec<f64>,
}

/// Version of the HiGHS that is linked in, as `major.minor.patch`.
pub fn highs_version() -> String {
    // SAFETY: the function returns a pointer to a constant text that ends in a zero byte.
    unsafe { CStr::from_ptr(Highs_version()) }.to_string_lossy().into_owned()
}

/// Ends the helper threads that HiGHS started for the calling thread.
///
/// HiGHS keeps its pool of threads per calling thread, sized by the first run there. Every run has
/// a thread of its own here, which calls this at its end: so each run gets the pool it asked for.
pub(super) fn end_helper_threads() {
    // SAFETY: the function touches only what belongs to the calling thread, and accepts that there
    // is nothing.
    unsafe { Highs_resetThreadScheduler(1) }
}

impl Instance {
    pub(super) fn new() -> Option<Instance> {
        // SAFETY: has no preconditions.
        let mut instance = NonNull::new(unsafe { Highs_create() }).map(Instance)?;
        instance.set_flag(c"output_flag", false);
        Some(instance)
    }

    pub(super) fn set_flag(&mut self, option: &CStr, value: bool) -> bool {
        // SAFETY: the instance lives; the text ends in a zero byte.
        let status = unsafe {
            Highs_setBoolOptionValue(self.0.as_ptr(), option.as_ptr(), HighsInt::from(value))
        };
        status == STATUS_OK
    }

    pub(super) fn set_whole(&mut self, option: &CStr, value: HighsInt) -> bool {
        // SAFETY: as in `set_flag`.
        let status = unsafe { Highs_setIntOptionValue(self.0.as_ptr(), option.as_ptr(), value) };
        status == STATUS_OK
    }

    pub(super) fn set_number(&mut self, option: &CStr, value: f64) -> bool {
        // SAFETY: as in `set_flag`.
        let status = unsafe { Highs_setDoubleOptionValue(self.0.as_ptr(), option.as_ptr(), value) };
        status == STATUS_OK
    }

    pub(super) fn set_word(&mut self, option: &CStr, value: &CStr) -> bool {
        // SAFETY: as in `set_flag`, for both texts.
        let status =
            unsafe { Highs_setStringOptionValue(self.0.as_ptr(), option.as_ptr(), value.as_ptr()) };
        status == STATUS_OK
    }

    /// Hands over a well-formed model: half of its columns, and then the others block by block, each
    /// made while the one before is taken.
    ///
    /// HiGHS makes its arrays as long as what comes first, and twice as long when more comes; so they
    /// grow once, and what is under way between the two copies of the model is small.
    pub(super) fn load(&mut self, model: &Model) -> bool {
        let loaded = std::thread::scope(|scope| {
            let (give, take) = std::sync::mpsc::sync_channel(0);
            let make = move || Blocks::new(model).all(|block| give.send(block).is_ok());
            match std::thread::Builder::new().spawn_scoped(scope, make) {
                Ok(_) => take.into_iter().all(|block| self.take(model, &block)),
                Err(_) => Blocks::new(model).all(|block| self.take(model, &block)),
            }
        });
        loaded && self.set_integrality(model)
    }

    fn take(&mut self, model: &Model, block: &Block) -> bool {
        match block.columns.start {
            0 => self.pass(model, block),
            _ => self.append_columns(model, block),
        }
    }

    /// Hands over all rows and the first columns.
    fn pass(&mut self, model: &Model, block: &Block) -> bool {
        let objective = &model.objective;
        let costs = objective.costs.dense(block.columns.clone());
        // SAFETY: the block's columns are the model's first, and its arrays fit together; a
        // well-formed model counts below `i32::MAX`. There is no quadratic part, and what may be
        // null is.
        let status = unsafe {
            Highs_passModel(
                self.0.as_ptr(),
                count(block.columns.len()),
                count(model.num_rows()),
                count(block.rows.len()),
                0,
                MATRIX_FORMAT_COLUMN_WISE,
                kHighsHessianFormatTriangular,
                sense(objective),
                objective.offset,
                costs.as_ptr(),
                model.columns.lower.as_ptr(),
                model.columns.upper.as_ptr(),
                model.rows.lower.as_ptr(),
                model.rows.upper.as_ptr(),
                block.starts.as_ptr(),
                block.rows.as_ptr(),
                block.values.as_ptr(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
            )
        };
        status != STATUS_ERROR
    }

    fn append_columns(&mut self, model: &Model, block: &Block) -> bool {
        let columns = block.columns.clone();
        let costs = model.objective.costs.dense(columns.clone());
        let (lower, upper) = (&model.columns.lower, &model.columns.upper);
        // SAFETY: as in `pass`, for columns that follow the loaded ones.
        let status = unsafe {
            Highs_addCols(
                self.0.as_ptr(),
                count(columns.len()),
                costs.as_ptr(),
                lower[columns.clone()].as_ptr(),
                upper[columns].as_ptr(),
                count(block.rows.len()),
                block.starts.as_ptr(),
                block.rows.as_ptr(),
                block.values.as_ptr(),
            )
        };
        status != STATUS_ERROR
    }

    /// Says of all columns at once which are whole: each call looks at every column.
    fn set_integrality(&mut self, model: &Model) -> bool {
        let kind = |integer: &bool| if *integer { VAR_TYPE_INTEGER } else { VAR_TYPE_CONTINUOUS };
        if !model.has_integers() {
            return true;
        }
        let kinds: Vec<HighsInt> = model.columns.integer.iter().map(kind).collect();
        let (first, last) = (0, count(model.num_columns()) - 1);
        // SAFETY: the columns are loaded, and there is a kind for each.
        let status = unsafe {
            Highs_changeColsIntegralityByRange(self.0.as_ptr(), first, last, kinds.as_ptr())
        };
        status != STATUS_ERROR
    }

    /// Replaces the objective of the loaded model by one over the same columns.
    pub(super) fn set_objective(&mut self, objective: &Objective) -> bool {
        let highs = self.0.as_ptr();
        // SAFETY: the instance lives.
        let columns = unsafe { Highs_getNumCol(highs) };
        let costs = objective.costs.dense(0..usize::try_from(columns).unwrap_or(0));
        // SAFETY: the costs are as many as the loaded columns, counted from 0.
        unsafe {
            Highs_changeObjectiveSense(highs, sense(objective)) != STATUS_ERROR
                && Highs_changeObjectiveOffset(highs, objective.offset) != STATUS_ERROR
                && (columns == 0
                    || Highs_changeColsCostByRange(highs, 0, columns - 1, costs.as_ptr())
                        != STATUS_ERROR)
        }
    }

    /// Replaces the bounds of all loaded columns.
    pub(super) fn set_bounds(&mut self, lower: &[f64], upper: &[f64]) -> bool {
        let highs = self.0.as_ptr();
        let columns = count(lower.len());
        // SAFETY: both bounds are as many as the loaded columns (checked here).
        unsafe {
            Highs_getNumCol(highs) == columns
                && count(upper.len()) == columns
                && (columns == 0
                    || Highs_changeColsBoundsByRange(
                        highs,
                        0,
                        columns - 1,
                        lower.as_ptr(),
                        upper.as_ptr(),
                    ) != STATUS_ERROR)
        }
    }

    /// Appends the rows of a well-formed model that are in the range.
    pub(super) fn append_rows(&mut self, model: &Model, range: Range<usize>) -> bool {
        let rows = &model.rows;
        if range.is_empty() {
            return true;
        }
        let (mut starts, mut columns, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for row in range.clone() {
            starts.push(count(columns.len()));
            for (column, value) in rows.terms(row) {
                columns.push(column as HighsInt);
                values.push(value);
            }
        }
        let (lower, upper) = (&rows.lower[range.clone()], &rows.upper[range]);
        // SAFETY: the arrays above are as long as the counts; columns are below `i32::MAX`.
        let status = unsafe {
            Highs_addRows(
                self.0.as_ptr(),
                count(lower.len()),
                lower.as_ptr(),
                upper.as_ptr(),
                count(columns.len()),
                starts.as_ptr(),
                columns.as_ptr(),
                values.as_ptr(),
            )
        };
        status != STATUS_ERROR
    }

    /// Deletes the loaded rows in the range.
    pub(super) fn delete_rows(&mut self, range: Range<usize>) -> bool {
        if range.is_empty() {
            return true;
        }
        let highs = self.0.as_ptr();
        // SAFETY: the range is within the loaded rows (checked here).
        unsafe {
            count(range.end) <= Highs_getNumRow(highs)
                && Highs_deleteRowsByRange(highs, count(range.start), count(range.end) - 1)
                    != STATUS_ERROR
        }
    }

    /// Offers a point, one value per loaded column, to start from.
    pub(super) fn set_start(&mut self, point: &[f64]) -> bool {
        let highs = self.0.as_ptr();
        // SAFETY: the point has one value per column (checked here); the other arrays may be null.
        unsafe {
            Highs_getNumCol(highs) == count(point.len())
                && Highs_setSolution(highs, point.as_ptr(), ptr::null(), ptr::null(), ptr::null())
                    != STATUS_ERROR
        }
    }

    /// Solves what is loaded.
    pub(super) fn run<H: Hook>(&mut self, hook: &H) -> Verdict {
        let highs = self.0.as_ptr();
        let data = ptr::from_ref(hook).cast_mut().cast::<c_void>();
        // SAFETY: `call::<H>` reads `data` as the `H` it is; the hook outlives the run, and the
        // instance forgets it before this function returns.
        unsafe {
            Highs_zeroAllClocks(highs);
            Highs_setCallback(highs, Some(call::<H>), data);
            for kind in CALLS {
                Highs_startCallback(highs, kind);
            }
            Highs_run(highs);
            for kind in CALLS {
                Highs_stopCallback(highs, kind);
            }
            Highs_setCallback(highs, None, ptr::null_mut());
        }
        self.verdict()
    }

    pub(super) fn values(&self, columns: usize, rows: usize) -> Option<Values> {
        let mut values = Values {
            point: vec![0.0; columns],
            column_duals: vec![0.0; columns],
            row_duals: vec![0.0; rows],
        };
        let mut activities = vec![0.0; rows];
        let highs = self.0.as_ptr();
        // SAFETY: the arrays are as long as the loaded model has columns and rows (checked here).
        let status = unsafe {
            if Highs_getNumCol(highs) != count(columns) || Highs_getNumRow(highs) != count(rows) {
                return None;
            }
            Highs_getSolution(
                highs,
                values.point.as_mut_ptr(),
                values.column_duals.as_mut_ptr(),
                activities.as_mut_ptr(),
                values.row_duals.as_mut_ptr(),
            )
        };
        (status != STATUS_ERROR).then_some(values)
    }

    fn verdict(&self) -> Verdict {
        let whole = |name: &CStr| {
            let mut value: HighsInt = 0;
            // SAFETY: the text ends in a zero byte; the value is a place for the result.
            unsafe { Highs_getIntInfoValue(self.0.as_ptr(), name.as_ptr(), &mut value) };
            value
        };
        let mut nodes: i64 = 0;
        let mut bound = f64::NAN;
        // SAFETY: as above.
        let status = unsafe {
            let highs = self.0.as_ptr();
            Highs_getInt64InfoValue(highs, c"mip_node_count".as_ptr(), &mut nodes);
            Highs_getDoubleInfoValue(highs, c"mip_dual_bound".as_ptr(), &mut bound);
            Highs_getModelStatus(highs)
        };
        let iterations = [c"simplex_iteration_count", c"ipm_iteration_count"];
        Verdict {
            status,
            feasible: whole(c"primal_solution_status") == SOLUTION_STATUS_FEASIBLE,
            bound,
            nodes: u64::try_from(nodes).unwrap_or(0),
            iterations: iterations.iter().map(|name| whole(name).max(0) as u64).sum(),
            exhausted: false,
        }
    }
}

/// Kinds of callback that [`call`] answers.
const CALLS: [HighsInt; 4] = [
    kHighsCallbackMipInterrupt,
    kHighsCallbackSimplexInterrupt,
    kHighsCallbackIpmInterrupt,
    kHighsCallbackMipImprovingSolution,
];

/// What HiGHS calls. Never panics: a hook only stores what it is told.
///
/// # Safety
///
/// `data` points to a live `H`; `out` and `answer` are null or valid during the call.
unsafe extern "C" fn call<H: Hook>(
    kind: c_int,
    _message: *const c_char,
    out: *const HighsCallbackDataOut,
    answer: *mut HighsCallbackDataIn,
    data: *mut c_void,
) {
    // SAFETY: `Instance::run` passed a live `H` as data, and it is only read.
    let hook = unsafe { &*data.cast_const().cast::<H>() };
    // SAFETY: HiGHS passes null or a struct that is valid during the call.
    let out = unsafe { out.as_ref() };
    if let Some(out) = out
        && kind == kHighsCallbackMipImprovingSolution
        && !out.mip_solution.is_null()
    {
        let length = usize::try_from(out.mip_solution_size).unwrap_or(0);
        // SAFETY: HiGHS says how many values there are, and keeps them during the call.
        let point = unsafe { std::slice::from_raw_parts(out.mip_solution, length) };
        hook.improved(point, out.objective_function_value);
        return;
    }
    if let Some(out) = out
        && kind == kHighsCallbackMipInterrupt
    {
        let [nodes, iterations] = [out.mip_node_count, out.mip_total_lp_iterations]
            .map(|count| u64::try_from(count).unwrap_or(0));
        hook.at(nodes, iterations, out.mip_dual_bound);
    }
    // SAFETY: as for `out`; nothing else refers to it during the call.
    if let Some(answer) = unsafe { answer.as_mut() } {
        answer.user_interrupt = c_int::from(hook.stop());
    }
}

fn sense(objective: &Objective) -> HighsInt {
    if objective.maximize { OBJECTIVE_SENSE_MAXIMIZE } else { OBJECTIVE_SENSE_MINIMIZE }
}

/// A count as HiGHS takes it; counts of a well-formed model fit.
fn count(number: usize) -> HighsInt {
    HighsInt::try_from(number).unwrap_or(HighsInt::MAX)
}

/// What HiGHS makes of a model file.
#[cfg(test)]
pub(crate) fn read_model_file(path: &CStr) -> Option<Model> {
    let instance = Instance::new()?;
    let highs = instance.0.as_ptr();
    // SAFETY: the instance lives; the path ends in a zero byte.
    let (columns, rows, terms) = unsafe {
        if Highs_readModel(highs, path.as_ptr()) == STATUS_ERROR {
            return None;
        }
        (Highs_getNumCol(highs), Highs_getNumRow(highs), Highs_getNumNz(highs))
    };
    let [columns, rows, terms] = [columns, rows, terms].map(|count| count as usize);
    let (mut counts, mut sense, mut model) = ([0; 3], 0, Model::new());
    let mut integrality = vec![VAR_TYPE_CONTINUOUS; columns];
    model.columns.lower = vec![0.0; columns];
    model.columns.upper = vec![0.0; columns];
    let mut costs = vec![0.0; columns];
    let (mut lower, mut upper) = (vec![0.0; rows], vec![0.0; rows]);
    let mut starts = vec![terms as HighsInt; rows + 1];
    let (mut of, mut values) = (vec![0; terms], vec![0.0; terms]);
    // SAFETY: every array is as long as HiGHS has just said.
    unsafe {
        Highs_getLp(
            highs,
            MATRIX_FORMAT_ROW_WISE,
            &mut counts[0],
            &mut counts[1],
            &mut counts[2],
            &mut sense,
            &mut model.objective.offset,
            costs.as_mut_ptr(),
            model.columns.lower.as_mut_ptr(),
            model.columns.upper.as_mut_ptr(),
            lower.as_mut_ptr(),
            upper.as_mut_ptr(),
            starts.as_mut_ptr(),
            of.as_mut_ptr(),
            values.as_mut_ptr(),
            integrality.as_mut_ptr(),
        );
    }
    model.objective.costs = (0..).zip(costs).collect();
    for row in 0..rows {
        let span = starts[row] as usize..starts[row + 1] as usize;
        let terms = of[span.clone()].iter().zip(&values[span]);
        model.push_row(
            lower[row],
            upper[row],
            terms.map(|(column, value)| (*column as u32, *value)),
        );
    }
    model.objective.maximize = sense == OBJECTIVE_SENSE_MAXIMIZE;
    model.columns.integer = integrality.iter().map(|kind| *kind == VAR_TYPE_INTEGER).collect();
    Some(model)
}

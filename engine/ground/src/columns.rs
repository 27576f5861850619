//! The columns of each decision: the tuples of classes that `where`, `forbid` and `permit` leave.

use apportion_check::eval::{EvalError, Facts, Value};
use apportion_check::policy::{Binder, Domain, Expr, ExprKind, Policy};
use apportion_diagnostic::Diagnostic;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::claims::{Case, Eligibilities, Existence, shuts_out};
use crate::contradiction::{Contradiction, contradiction, is_empty, whole_bounds};
use crate::current::Running;
use crate::model::{Columns, ShutOut, Sort};
use crate::preemption::{self, Preempted};
use crate::scan::{Frame, Scene};

/// Columns by decision and tuple of classes.
#[derive(Default)]
pub(crate) struct Lookup {
    decisions: Vec<DecisionLookup>,
}

struct DecisionLookup {
    /// How many classes each index has.
    radix: Vec<u64>,
    places: Places,
}

/// A number per tuple; dense where the tuples are few enough for an array.
enum Places {
    Dense(Vec<u32>),
    Sparse(FxHashMap<u64, u32>),
}

const NONE: u32 = u32::MAX;
/// Tuples up to which an array of four bytes each is worth its memory.
const DENSE: u64 = 1 << 24;

impl Lookup {
    /// The column of a tuple of classes, if there is one.
    pub(crate) fn column(
        &self,
        decision: usize,
        classes: impl Iterator<Item = u32>,
    ) -> Option<u32> {
        let lookup = &self.decisions[decision];
        let place = place(&lookup.radix, classes);
        let column = match &lookup.places {
            Places::Dense(columns) => *columns.get(place as usize)?,
            Places::Sparse(columns) => *columns.get(&place)?,
        };
        (column != NONE).then_some(column)
    }

    pub(crate) fn push(&mut self, radix: Vec<u64>, columns: &Columns) {
        let all: u64 = radix.iter().fold(1, |all, radix| all.saturating_mul(*radix));
        let numbered = (0..columns.len()).map(|at| {
            let place = place(&radix, columns.tuple(at).iter().copied());
            (place, columns.first + at as u32)
        });
        let places = if all <= DENSE {
            let mut dense = vec![NONE; all as usize];
            numbered.for_each(|(place, column)| dense[place as usize] = column);
            Places::Dense(dense)
        } else {
            Places::Sparse(numbered.collect())
        };
        self.decisions.push(DecisionLookup { radix, places });
    }
}

fn place(radix: &[u64], classes: impl Iterator<Item = u32>) -> u64 {
    classes.zip(radix).fold(0u64, |place, (class, radix)| {
        place.wrapping_mul(*radix).wrapping_add(u64::from(class))
    })
}

/// What an index ranges over; a decision is indexed by whole inputs, enums, resources and slots, or by
/// listed values of these.
pub(crate) fn sort(policy: &Policy, binder: &Binder) -> Sort {
    match crate::expand::index_type(policy, &binder.domain) {
        apportion_check::policy::Type::Row(entity) => {
            policy.entities[entity.index()].input.map_or(Sort::Codes, Sort::Rows)
        }
        _ => Sort::Codes,
    }
}

/// All columns, and which of them each soft or relieved eligibility speaks of.
pub(crate) struct Made {
    pub(crate) columns: Vec<Columns>,
    pub(crate) shut_out: Vec<ShutOut>,
    /// For each eligibility, the columns that it would shut out but does not.
    pub(crate) priced: Vec<Vec<u32>>,
}

/// Makes the columns of all decisions and fills the scene's lookup.
pub(crate) fn columns<'f, F: Facts + ?Sized>(
    scene: &mut Scene<'f, F>,
    existences: &'f [Existence],
    eligibilities: &'f [Eligibilities],
    (running, preempted): (&[Running], &[Preempted]),
    findings: &mut Vec<Diagnostic>,
) -> Made {
    let mut made = Made {
        columns: Vec::new(),
        shut_out: Vec::new(),
        priced: vec![Vec::new(); eligibilities.len()],
    };
    let mut first = 0;
    for (number, existence) in existences.iter().enumerate() {
        if let Some(flags) = preemption::flags(scene, preempted, (number, first)) {
            let radix = existence.indices.iter().map(|index| radix(scene, index)).collect();
            scene.lookup.push(radix, &flags);
            first += flags.len() as u32;
            made.columns.push(flags);
            continue;
        }
        let running = running_classes(scene, existence, running, number);
        let maker = Maker { scene, eligibilities, number, running };
        let mut frame = Frame::new(existence.frame);
        let mut contradictions = Vec::new();
        let columns = match maker.make(existence, first, &mut frame, &mut made, &mut contradictions)
        {
            Ok(columns) => columns,
            Err(error) => {
                let what = format!("`{}`", scene.policy.decisions[number].name);
                findings.push(scene.fault(error, &what, &existence.indices, &frame));
                maker_empty(scene.policy, existence, number, first)
            }
        };
        findings.extend(contradiction(scene, existence, number, contradictions));
        let radix = existence.indices.iter().map(|index| radix(scene, index)).collect();
        scene.lookup.push(radix, &columns);
        first += columns.len() as u32;
        made.columns.push(columns);
    }
    made
}

fn maker_empty(policy: &Policy, existence: &Existence, number: usize, first: u32) -> Columns {
    Columns {
        decision: apportion_check::policy::DecisionId(number as u32),
        first,
        sorts: existence.indices.iter().map(|index| sort(policy, index)).collect(),
        tuples: Vec::new(),
        whole: policy.decisions[number].whole,
        lower: Vec::new(),
        upper: Vec::new(),
        most: Vec::new(),
        moves: None,
    }
}

pub(crate) fn radix<F: Facts + ?Sized>(scene: &Scene<'_, F>, binder: &Binder) -> u64 {
    use apportion_check::policy::Type;
    let count = match crate::expand::index_type(scene.policy, &binder.domain) {
        Type::Row(entity) => {
            let input = scene.policy.entities[entity.index()].input;
            input.map_or(0, |input| scene.spaces[input.index()].len())
        }
        Type::Enum(id) => scene.policy.enums[id.index()].values.len(),
        Type::Resource => scene.policy.resources.len(),
        Type::Slot(slots) => scene.facts.slots(slots).0 as usize,
        _ => 0,
    };
    count as u64
}

/// The tuples of classes of a decision that run now.
fn running_classes<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    existence: &Existence,
    running: &[Running],
    number: usize,
) -> FxHashSet<Box<[u32]>> {
    let of_it = running.iter().filter(|entry| entry.decision as usize == number);
    let classes = of_it.map(|entry| {
        let indices = entry.at.iter().zip(&existence.indices);
        let classes = indices.map(|(code, index)| match sort(scene.policy, index) {
            Sort::Rows(input) => scene.spaces[input.index()].class_of[*code as usize],
            Sort::Codes => *code,
        });
        classes.collect()
    });
    classes.collect()
}

pub(crate) struct Maker<'s, 'f, F: Facts + ?Sized> {
    pub(crate) scene: &'s Scene<'f, F>,
    pub(crate) eligibilities: &'f [Eligibilities],
    pub(crate) number: usize,
    /// Tuples of classes that run now.
    pub(crate) running: FxHashSet<Box<[u32]>>,
}

impl<'f, F: Facts + ?Sized> Maker<'_, 'f, F> {
    fn make(
        &self,
        existence: &'f Existence,
        first: u32,
        frame: &mut Frame<'f>,
        made: &mut Made,
        contradictions: &mut Vec<Contradiction>,
    ) -> Result<Columns, EvalError> {
        let scene = self.scene;
        let mut columns = maker_empty(scene.policy, existence, self.number, first);
        let relevant: Vec<(usize, &'f Eligibilities)> = self
            .eligibilities
            .iter()
            .enumerate()
            .filter(|(_, it)| it.decision.index() == self.number)
            .collect();
        let condition = existence.condition.as_ref();
        let span =
            condition.map_or(scene.policy.decisions[self.number].span, |condition| condition.span);
        let mut absent = ShutOut::new(None, span, columns.decision);
        let shut =
            relevant.iter().map(|(_, it)| ShutOut::new(Some(it.rule), it.span, columns.decision));
        let mut shut: Vec<ShutOut> = shut.collect();
        let mut case_frames: Vec<Vec<Frame<'f>>> = relevant
            .iter()
            .map(|(_, it)| it.cases.iter().map(|case| Frame::new(case.frame)).collect())
            .collect();
        scene.each(&existence.indices, frame, &mut |frame| {
            let slots = existence.indices.iter().map(|index| index.var.index());
            let size: f64 = slots.clone().map(|slot| frame.sizes[slot]).product();
            if let Some(condition) = &existence.condition
                && !scene.evaluator.eval_condition(condition, &mut frame.values)?
            {
                let classes: Vec<u32> = slots.map(|slot| frame.classes[slot]).collect();
                absent.note(&classes, size as u64, false);
                return Ok(());
            }
            let lower = existence.lower.as_ref().map_or(Ok(0.0), |it| scene.number(it, frame))?;
            let upper =
                existence.upper.as_ref().map_or(Ok(f64::INFINITY), |it| scene.number(it, frame))?;
            if is_empty(lower, upper, columns.whole) {
                let at = scene.places(&existence.indices, frame);
                contradictions.push(Contradiction { at, lower, upper });
                return Ok(());
            }
            let (lower, mut upper) =
                if columns.whole { whole_bounds(lower, upper) } else { (lower, upper) };
            let mut priced = Vec::new();
            for (at, (position, stated)) in relevant.iter().enumerate() {
                let verdict = self.verdict(stated, existence, frame, &mut case_frames[at])?;
                let rule = &scene.policy.rules[stated.rule.index()];
                // A soft rule says nothing where a fact is missing.
                let silent = verdict == Verdict::Unknown && rule.soft.is_some();
                if verdict == Verdict::Allowed || silent {
                    continue;
                }
                // A tuple with a least value above 0 stays, so that the conflict is seen as one.
                if shuts_out(rule) && lower <= 0.0 {
                    let classes: Box<[u32]> =
                        slots.clone().map(|slot| frame.classes[slot]).collect();
                    shut[at].note(&classes, size as u64, verdict == Verdict::Unknown);
                    // What runs now counts for what other rules are broken by, though it has to go.
                    if self.running.contains(&classes) {
                        upper = 0.0;
                        break;
                    }
                    return Ok(());
                }
                priced.push(*position);
            }
            for position in priced {
                made.priced[position].push(first + columns.len() as u32);
            }
            columns.tuples.extend(slots.map(|slot| frame.classes[slot]));
            columns.lower.push(lower);
            columns.upper.push(upper);
            columns.most.push(upper * size);
            Ok(())
        })?;
        if absent.tuples > 0 {
            made.shut_out.push(absent);
        }
        made.shut_out.extend(shut);
        Ok(columns)
    }

    pub(crate) fn verdict(
        &self,
        stated: &'f Eligibilities,
        existence: &Existence,
        tuple: &Frame<'f>,
        frames: &mut [Frame<'f>],
    ) -> Result<Verdict, EvalError> {
        let mut unknown = false;
        for (case, frame) in stated.cases.iter().zip(frames) {
            match self.applies(case, existence, tuple, frame) {
                Ok(true) if stated.permit => return Ok(Verdict::Allowed),
                Ok(true) => return Ok(Verdict::Shut),
                Ok(false) => {}
                Err(error) if error.kind.is_absence() => unknown = true,
                Err(error) => return Err(error),
            }
        }
        Ok(match (stated.permit, unknown) {
            (_, true) => Verdict::Unknown,
            (true, false) => Verdict::Shut,
            (false, false) => Verdict::Allowed,
        })
    }

    /// Whether a `forbid` or `permit` speaks of the tuple.
    fn applies(
        &self,
        case: &'f Case,
        existence: &Existence,
        tuple: &Frame<'f>,
        frame: &mut Frame<'f>,
    ) -> Result<bool, EvalError> {
        let mut given = Vec::new();
        let mut compared: Vec<(&'f Expr, &Value<'f>)> = Vec::new();
        for (argument, index) in case.arguments.iter().zip(&existence.indices) {
            let Some(argument) = argument else { continue };
            let slot = index.var.index();
            match argument.kind {
                ExprKind::Var(var) if case.binders.iter().any(|it| it.var == var) => {
                    if given.contains(&var) {
                        compared.push((argument, &tuple.values[slot]));
                    } else {
                        frame.values[var.index()] = tuple.values[slot].clone();
                        frame.classes[var.index()] = tuple.classes[slot];
                        given.push(var);
                    }
                }
                _ => compared.push((argument, &tuple.values[slot])),
            }
        }
        let mut found = false;
        // A fact that one tuple of the binders lacks says nothing of the others.
        let mut absent = None;
        self.search(&case.binders, &given, frame, &mut |frame| {
            for (argument, value) in &compared {
                if scene_eval(self.scene, argument, frame)? != **value {
                    return Ok(());
                }
            }
            let Some(condition) = &case.condition else {
                found = true;
                return Ok(());
            };
            match self.scene.evaluator.eval_condition(condition, &mut frame.values) {
                Ok(applies) => found |= applies,
                Err(error) if error.kind.is_absence() => absent = Some(error),
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        match absent {
            Some(error) if !found => Err(error),
            _ => Ok(found),
        }
    }

    /// Tuples of the binders, those given by the arguments held fixed.
    pub(crate) fn search(
        &self,
        binders: &'f [Binder],
        given: &[apportion_check::policy::VarId],
        frame: &mut Frame<'f>,
        visit: crate::scan::Visit<'_, 'f>,
    ) -> Result<(), EvalError> {
        let Some((binder, rest)) = binders.split_first() else { return visit(frame) };
        if !given.contains(&binder.var) {
            let one = std::slice::from_ref(binder);
            return self
                .scene
                .each(one, frame, &mut |frame| self.search(rest, given, frame, visit));
        }
        let evaluator = &self.scene.evaluator;
        if !matches!(binder.domain, Domain::Input(_)) {
            let values = evaluator.domain(&binder.domain, &mut frame.values)?;
            if !values.contains(&frame.values[binder.var.index()]) {
                return Ok(());
            }
        }
        if let Some(condition) = &binder.condition
            && !evaluator.eval_condition(condition, &mut frame.values)?
        {
            return Ok(());
        }
        self.search(rest, given, frame, visit)
    }
}

fn scene_eval<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    expr: &'f Expr,
    frame: &mut Frame<'f>,
) -> Result<Value<'f>, EvalError> {
    scene.evaluator.eval(expr, &mut frame.values)
}

/// What an eligibility says of a tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    Shut,
    /// A fact is missing: shut, as hard rules fail closed.
    Unknown,
}

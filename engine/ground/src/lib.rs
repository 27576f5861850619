//! A checked policy over one world: which rows are alike, and concrete rules over classes.
//!
//! Contract: [`ground`] gives a [`Ground`] whose single rows mean what the policy says of each tuple of
//! rows, and whose class rows are their sums; predicates are evaluated once per class, so the set of pairs
//! is never written down where rows are alike. Conditions on flags are sums where a sum can say them; of an extreme that
//! a level only keeps small, or great, classes say what its mean is; rules that no sum can stand for (other implications
//! and counts, other extremes) make the rows that they speak of stand alone. [`census`] says what that costs, and every other attribute. Facts that are missing shut a pair out of hard
//! eligibility, and are a finding anywhere else. This crate knows no mathematics beyond sums: how a
//! formula becomes rows is `lower`'s.
//!
//! Start reading at [`Ground`], then at `claims` (what a policy demands), `classes` (which rows are alike)
//! and `sums` (what an expression is over columns).

mod again;
mod aims;
mod attributes;
mod barred;
mod bounds;
mod census;
mod claims;
mod classes;
mod columns;
mod contradiction;
mod counted;
mod current;
mod expand;
mod families;
mod inhabited;
mod joins;
mod kinds;
mod literals;
mod logic;
mod meaning;
mod model;
mod moves;
mod packings;
mod peaks;
mod pieces;
mod preemption;
mod presolved;
mod reads;
mod scan;
mod shares;
mod slas;
mod sums;
mod tallies;

use apportion_check::eval::{EvalError, Evaluator, Facts, Limits, Value};
use apportion_check::policy::{IfBroken, Policy, Rule};
use apportion_diagnostic::{Diagnostic, Severity};

pub use again::{Again, Later};
pub use attributes::Key;
pub use barred::{Bars, barred};
pub use census::{Census, Split, SplitBy, census};
pub use current::Running;
pub use kinds::{Joint, Kinds, joint_facts};
pub use meaning::Meaning;
pub use model::{
    Columns, Comparison, Entry, Family, Formula, Ground, Instance, Linear, Objective, Packing,
    Peak, Piece, Quantifier, Relief, Sense, ShutOut, Slack, Soft, Sort, Space, Tally, Term, Tie,
    Tier, Utility,
};
pub use moves::Moves;
pub use presolved::{Bounded, Empty, Presolved, Rest, Tuples};
pub use reads::Reader;

use claims::{Body, Claim, Program, shuts_out};
use current::Current;
use families::quantifier;
use presolved::Stated;
use reads::Reads;
use scan::{Frame, Scene, Stop};

/// How to ground.
#[derive(Clone)]
pub struct Options<'o> {
    /// Whether rows that are alike share a class; else every row is a class of its own.
    pub merge: bool,
    /// Limits on evaluating ground expressions.
    pub limits: Limits,
    /// Asked now and then whether to end without a result.
    pub stop: &'o dyn Fn() -> bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { merge: true, limits: Limits::default(), stop: &|| false }
    }
}

/// What [`ground`] gives: the ground policy unless it was stopped or there is a finding at error level.
#[derive(Clone, Debug)]
pub struct Grounded {
    /// The policy over the world.
    pub ground: Option<Ground>,
    /// Whether it was stopped; then there are no findings either.
    pub stopped: bool,
    /// Expressions that have no value, soft rules that were skipped.
    pub findings: Vec<Diagnostic>,
}

/// The policy over the facts, with `running` as what runs now.
pub fn ground<F: Facts + ?Sized>(
    policy: &Policy,
    facts: &F,
    running: &[Running],
    options: &Options<'_>,
) -> Grounded {
    let program = claims::program(policy, facts.now());
    let reads = reads::reads(policy, &program);
    grounded(policy, &program, &reads, facts, running, options)
}

fn grounded<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    program: &'f Program,
    reads: &'f Reads<'f>,
    facts: &'f F,
    running: &[Running],
    options: &Options<'f>,
) -> Grounded {
    let mut findings = Vec::new();
    let evaluator = Evaluator::new(policy, facts, options.limits);
    let preempted = preemption::preempted(policy, &evaluator, &program.decisions, running);
    let told = preemption::Told::new(policy, &preempted);
    let spaces = classes::spaces(policy, facts, &evaluator, (reads, &told), options.merge);
    let mut scene = Scene {
        policy,
        facts,
        evaluator,
        spaces,
        lookup: Default::default(),
        words: Default::default(),
        stop: Stop::when(options.stop),
        joins: Default::default(),
        extremes: &reads.extremes,
    };
    let mut made = columns::columns(
        &mut scene,
        &program.decisions,
        &program.eligibilities,
        (running, &preempted),
        &mut findings,
    );
    moves::columns(&mut scene, program, running, &mut made.columns);
    let sorts: Vec<Vec<Sort>> = made.columns.iter().map(|it| it.sorts.clone()).collect();
    let current = Current::new(&scene, &sorts, running);
    let mut ground =
        Ground { decisions: made.columns, shut_out: made.shut_out, ..Ground::default() };

    for (stated, shut) in program.eligibilities.iter().zip(&made.priced) {
        if shut.is_empty() {
            continue;
        }
        let rule = &policy.rules[stated.rule.index()];
        let decision = stated.decision.index();
        let soft = price(&scene, rule, &mut findings);
        let mut family = families::eligibility_family(
            policy,
            stated,
            &program.decisions[decision].indices,
            &ground.decisions[decision],
            shut,
            soft,
        );
        relieve(&mut family, rule, &current, &scene.spaces);
        ground.families.push(family);
    }
    for claim in &program.claims {
        let rule = &policy.rules[claim.rule.index()];
        let soft = price(&scene, rule, &mut findings);
        let before = Stated::of(&ground);
        let tuples = match &claim.body {
            Body::Affine(sense, body) => {
                let (mut family, empty) =
                    families::family(&scene, claim, *sense, body, soft, &mut findings);
                measure(&mut family);
                relieve(&mut family, rule, &current, &scene.spaces);
                ground.families.extend((!family.is_empty()).then_some(family));
                empty
            }
            Body::Bins(bins) => {
                let packed =
                    packings::packed(&scene, claim, bins, &ground.decisions, &mut findings);
                let first = ground.families.len() as u32;
                ground.packings.extend(packed.packing.map(|it| Packing { family: first, ..it }));
                ground.families.extend(packed.families);
                packed.empty
            }
            Body::Condition(condition) => {
                instances(&scene, claim, condition, soft, &current, &mut ground, &mut findings)
            }
        };
        if !tuples.is_empty() {
            let quantifiers = claim.quantifiers.iter().map(|it| quantifier(policy, it)).collect();
            let (rule, span, rest) = (claim.rule, claim.span, before.rest(&ground));
            ground.presolved.empty.push(Empty { rule, span, quantifiers, tuples, rest });
        }
    }
    for mut family in preemption::families(&scene, &preempted, &ground.decisions) {
        measure(&mut family);
        ground.families.push(family);
    }
    for aim in &program.aims {
        let objective = aims::objective(&scene, aim, &mut ground, &mut findings);
        ground.objectives.extend(objective);
        for counted in &aim.counted {
            let tally = tallies::tally(&scene, aim, counted, &mut ground.decisions, &mut findings);
            ground.tallies.extend(tally);
        }
    }
    let relieved = ground.families.iter().any(|it| !it.reliefs.is_empty())
        || ground.instances.iter().any(|it| it.relief.is_some())
        || ground.families.iter().any(|it| it.soft.is_some_and(|soft| soft.level.is_none()))
        || policy.rules.iter().any(|rule| rule.is_warned() && !rule.is_preemption());
    if relieved {
        ground.objectives.insert(
            0,
            Objective {
                level: None,
                maximize: false,
                value: Linear::default(),
                penalties: 1.0,
                slack: Slack::default(),
                shares: Vec::new(),
            },
        );
    }
    moves::refuse_sought(policy, &ground, &mut findings);
    if scene.stop.is_over() {
        return Grounded { ground: None, stopped: true, findings: Vec::new() };
    }
    ground.declared = ground.decisions.iter().flat_map(|it| it.upper.iter().copied()).collect();
    ground.presolved.bounded =
        bounds::tighten(&mut ground.decisions, &ground.families, &scene.spaces, bounds::TIGHTENED);
    ground.words = scene.words.into_inner().into_iter().collect();
    ground.spaces = scene.spaces;
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    Grounded { ground: (!failed).then_some(ground), stopped: false, findings }
}

/// What breaking a rule costs where that is possible.
fn price<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    rule: &'f Rule,
    findings: &mut Vec<Diagnostic>,
) -> Option<Soft> {
    if rule.is_warned() {
        return Some(Soft { level: None, price: 1.0 });
    }
    let soft = rule.soft.as_ref()?;
    let mut frame = Frame::new(rule.frame);
    match scene.number(&soft.price, &mut frame) {
        Ok(price) => Some(Soft { level: Some(soft.level), price }),
        Err(error) => {
            let what = format!("the price of rule `{}`", rule.name);
            findings.push(scene.fault(error, &what, &[], &frame));
            None
        }
    }
}

/// What is mended is added up over rules in different units: as a share of the greatest right side of each, where that is
/// more than 1.
fn measure(family: &mut Family) {
    if let Some(Soft { level: None, price }) = &mut family.soft {
        *price /= family.right.iter().fold(1.0, |most: f64, right| most.max(right.abs()));
    }
}

fn relieve(family: &mut Family, rule: &Rule, current: &Current<'_>, spaces: &[Space]) {
    if family.soft.is_none() && rule.if_broken != IfBroken::Fail {
        family.reliefs = current.reliefs(family, spaces, rule.if_broken);
    }
}

/// The formulas of one claim; gives the tuples of which it says nothing.
fn instances<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    claim: &'f Claim,
    condition: &'f apportion_check::policy::Expr,
    soft: Option<Soft>,
    current: &Current<'_>,
    ground: &mut Ground,
    findings: &mut Vec<Diagnostic>,
) -> Tuples {
    let rule = &scene.policy.rules[claim.rule.index()];
    let mut empty = Tuples::of(claim.quantifiers.len());
    let sites = sums::Sites::of(condition);
    let mut frame = Frame::new(claim.frame);
    let Ground { pieces, instances, .. } = ground;
    let mut bench = sums::Bench::new(&sites, pieces);
    let outcome =
        scene.each(&claim.quantifiers, &mut frame, &mut |frame| -> Result<(), EvalError> {
            if !scene.guarded(&claim.guards, frame)? {
                return Ok(());
            }
            let formula = logic::formula(scene, condition, frame, &mut bench)?;
            if formula == Formula::Constant(true) {
                empty.push(claim.quantifiers.iter().map(|it| frame.classes[it.var.index()]));
                return Ok(());
            }
            let key = claim.quantifiers.iter().map(|binder| {
                let slot = binder.var.index();
                let member = match &frame.values[slot] {
                    Value::Row(row) => *row,
                    _ => frame.classes[slot],
                };
                (quantifier(scene.policy, binder), member)
            });
            let relieved = soft.is_none() && !shuts_out(rule);
            let violation = if relieved { current.violation(&formula, bench.pieces) } else { None };
            instances.push(Instance {
                rule: claim.rule,
                span: claim.span,
                key: key.collect(),
                formula,
                soft,
                relief: violation.map(|violation| current::most(rule.if_broken, violation)),
            });
            Ok(())
        });
    if let Err(error) = outcome {
        let what = format!("rule `{}`", rule.name);
        findings.push(scene.fault(error, &what, &claim.quantifiers, &frame));
    }
    empty
}

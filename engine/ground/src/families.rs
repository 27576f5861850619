//! Affine comparisons as rows over classes.

use apportion_check::eval::Facts;
use apportion_check::policy::{Binder, Expr, Policy, RuleId};
use apportion_diagnostic::{Diagnostic, Span};

use crate::claims::{Claim, Eligibilities};
use crate::columns::sort;
use crate::expand::index_type;
use crate::model::{Columns, Family, Piece, Quantifier, Sense, Soft, Term, Tie};
use crate::presolved::Tuples;
use crate::scan::{Frame, Scene};
use crate::sums::{Bench, ROUNDING, Sites, Sum};

/// The rows of one affine claim, and the tuples of which it says nothing.
pub(crate) fn family<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    claim: &'f Claim,
    sense: Sense,
    body: &'f Expr,
    soft: Option<Soft>,
    findings: &mut Vec<Diagnostic>,
) -> (Family, Tuples) {
    let sites = Sites::of(body);
    let mut family = blank(scene, claim, sense, &sites, soft);
    let mut empty = Tuples::of(claim.quantifiers.len());
    let mut no_pieces: Vec<Piece> = Vec::new();
    let mut bench = Bench::new(&sites, &mut no_pieces);
    let mut frame = Frame::new(claim.frame);
    let mut sum = Sum::default();
    let outcome = scene.each(&claim.quantifiers, &mut frame, &mut |frame| {
        if !scene.guarded(&claim.guards, frame)? {
            return Ok(());
        }
        sum.clear();
        scene.add(body, frame, &mut sum, &mut bench)?;
        let right = -sum.constant;
        let slots = claim.quantifiers.iter().map(|it| frame.classes[it.var.index()]);
        // A row without columns matters only where it is broken.
        if sum.entries.is_empty() && holds(sense, right, ROUNDING * sum.size) {
            empty.push(slots);
            return Ok(());
        }
        family.keys.extend(slots);
        family.right.push(right);
        let Family { terms, start, columns, values, .. } = &mut family;
        entries(&mut sum, terms.len(), start, columns, values);
        Ok(())
    });
    if let Err(error) = outcome {
        let what = format!("rule `{}`", scene.policy.rules[claim.rule.index()].name);
        findings.push(scene.fault(error, &what, &claim.quantifiers, &frame));
    }
    (family, empty)
}

/// A family of a claim without rows.
pub(crate) fn blank<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    claim: &Claim,
    sense: Sense,
    sites: &Sites,
    soft: Option<Soft>,
) -> Family {
    let quantifiers = claim.quantifiers.iter().map(|it| quantifier(scene.policy, it)).collect();
    let mut family = empty(claim.rule, claim.span, quantifiers, sense, soft);
    family.terms = terms(sites, &claim.quantifiers);
    family
}

/// One term per site, tied to the quantifiers that stand in its arguments.
pub(crate) fn terms(sites: &Sites, quantifiers: &[Binder]) -> Vec<Term> {
    let terms = sites.list.iter().map(|site| {
        let ties = site.indices.iter().map(|index| tie(*index, quantifiers));
        Term { decision: site.decision, span: site.span, ties: ties.collect() }
    });
    terms.collect()
}

/// Rows that price or relieve each column that an eligibility speaks of: `column <= 0`.
pub(crate) fn eligibility_family(
    policy: &Policy,
    stated: &Eligibilities,
    indices: &[Binder],
    columns: &Columns,
    shut: &[u32],
    soft: Option<Soft>,
) -> Family {
    let quantifiers = indices.iter().map(|it| quantifier(policy, it)).collect();
    let mut family = empty(stated.rule, stated.span, quantifiers, Sense::LessEqual, soft);
    let ties = (0..indices.len()).map(|at| Tie::Quantifier(at as u8)).collect();
    family.terms.push(Term { decision: stated.decision, span: stated.span, ties });
    for column in shut {
        family.keys.extend_from_slice(columns.tuple((column - columns.first) as usize));
        family.columns.push(*column);
        family.values.push(1.0);
        family.start.push(family.columns.len() as u32);
        family.right.push(0.0);
    }
    family
}

pub(crate) fn quantifier(policy: &Policy, binder: &Binder) -> Quantifier {
    let ty = index_type(policy, &binder.domain);
    Quantifier { name: binder.name.clone(), sort: sort(policy, binder), ty }
}

pub(crate) fn empty(
    rule: RuleId,
    span: Span,
    quantifiers: Vec<Quantifier>,
    sense: Sense,
    soft: Option<Soft>,
) -> Family {
    Family {
        rule,
        span,
        quantifiers,
        sense,
        terms: Vec::new(),
        keys: Vec::new(),
        start: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
        right: Vec::new(),
        soft,
        reliefs: Vec::new(),
    }
}

fn tie(index: Option<apportion_check::policy::VarId>, quantifiers: &[Binder]) -> Tie {
    let position = quantifiers.iter().position(|it| Some(it.var) == index);
    position.map_or(Tie::Free, |position| Tie::Quantifier(position as u8))
}

pub(crate) fn holds(sense: Sense, right: f64, rounding: f64) -> bool {
    match sense {
        Sense::LessEqual => right >= -rounding,
        Sense::GreaterEqual => right <= rounding,
        Sense::Equal => right.abs() <= rounding,
    }
}

/// Moves the entries of a sum to rows, term by term, each column once per term; what counts for nothing is left out.
pub(crate) fn entries(
    sum: &mut Sum,
    terms: usize,
    start: &mut Vec<u32>,
    columns: &mut Vec<u32>,
    values: &mut Vec<f64>,
) {
    sum.entries.retain(|entry| entry.value != 0.0);
    sum.entries.sort_by_key(|entry| (entry.site, entry.column));
    let mut entries = sum.entries.iter().peekable();
    for term in 0..terms as u32 {
        let begin = columns.len();
        while let Some(entry) = entries.next_if(|entry| entry.site == term) {
            let same = columns.len() > begin && columns.last() == Some(&entry.column);
            match values.last_mut() {
                Some(last) if same => *last += entry.value,
                _ => {
                    columns.push(entry.column);
                    values.push(entry.value);
                }
            }
        }
        start.push(columns.len() as u32);
    }
}

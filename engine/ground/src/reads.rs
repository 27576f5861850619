//! What a policy reads of the rows of each input: the attributes by which rows differ.

use apportion_check::eval::children;
use apportion_check::policy::{
    Aggregate, Argument, Arithmetic, Binder, DecisionId, Domain, EntityId, Expr, ExprKind, FieldId,
    LevelId, Policy, RuleId, RuleKind, Stage, Type, VarId,
};
use apportion_diagnostic::Span;
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use crate::attributes::{Attribute, Key, Path, RowValue};
use crate::claims::{Bins, Claim, Program};
use crate::expand::with_row;

/// What reads an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// A decision's bounds or its `where`.
    Decision(DecisionId),
    /// A rule or a budget.
    Rule(RuleId),
    /// A level of the objective.
    Level(LevelId),
}

/// Who reads something, each at the first place where it does.
pub(crate) type Readers = Vec<(Reader, Span)>;

/// Everything that is read, and the rows that must stand alone.
#[derive(Default)]
pub(crate) struct Reads<'p> {
    paths: IndexMap<Path, Readers>,
    values: Vec<Stated>,
    /// Entities of which every row stands alone.
    pub(crate) identified: IndexMap<EntityId, Readers>,
    /// Indices whose rows stand alone where the conditions hold: those that a formula speaks of one by one.
    pub(crate) pinned: Vec<Pinned<'p>>,
    /// Extremes over rows that may stay together, by the address of the expression, which does not move.
    pub(crate) extremes: FxHashSet<*const Expr>,
}

/// What an expression on one row is worth, and what it would read if its parts were read one by one.
struct Stated {
    value: RowValue,
    /// Absent where the row itself would be read.
    paths: Option<Vec<Path>>,
    readers: Readers,
}

/// An index of a formula, and the conditions that are about it alone.
pub(crate) struct Pinned<'p> {
    pub(crate) binder: &'p Binder,
    pub(crate) conditions: Vec<(&'p Expr, bool)>,
    pub(crate) frame: usize,
    pub(crate) reader: Reader,
}

impl Reads<'_> {
    /// What the rows of an entity are told apart by, with its readers.
    pub(crate) fn attributes(
        &self,
        entity: EntityId,
    ) -> impl Iterator<Item = (Attribute<'_>, &Readers)> {
        let paths = self.paths.iter().map(|(path, readers)| (Attribute::Path(path), readers));
        let values = self.values.iter();
        let values = values.map(|it| (Attribute::Value(&it.value), &it.readers));
        paths.chain(values).filter(move |(attribute, _)| attribute.entity() == entity)
    }

    /// Leaves out values of which all parts are read elsewhere: they tell no rows apart that are not by then.
    fn settle(&mut self) {
        for stated in std::mem::take(&mut self.values) {
            let paths = stated.paths.as_ref().and_then(|paths| {
                paths.iter().map(|path| self.covering(path)).collect::<Option<Vec<usize>>>()
            });
            match paths {
                None => self.values.push(stated),
                Some(paths) => {
                    for path in paths {
                        let readers = &mut self.paths[path];
                        stated.readers.iter().for_each(|reader| add(readers, *reader));
                    }
                }
            }
        }
    }

    /// The position of a path that tells as much: the same, or the whole of what it reads an entry of.
    fn covering(&self, path: &Path) -> Option<usize> {
        let whole = || self.paths.get_index_of(&Path { key: None, ..path.clone() });
        self.paths.get_index_of(path).or_else(whole)
    }
}

/// Adds a reader unless it is known.
fn add(readers: &mut Readers, reader: (Reader, Span)) {
    if readers.iter().all(|(known, _)| *known != reader.0) {
        readers.push(reader);
    }
}

/// Collects what the program reads.
pub(crate) fn reads<'p>(policy: &'p Policy, program: &'p Program) -> Reads<'p> {
    let mut collector = Collector {
        policy,
        reads: Reads::default(),
        reader: Reader::Level(LevelId(0)),
        frame: 0,
        part_by_part: false,
    };
    for (number, existence) in program.decisions.iter().enumerate() {
        collector.begin(Reader::Decision(DecisionId(number as u32)), existence.frame);
        let parts = [&existence.condition, &existence.lower, &existence.upper];
        parts.into_iter().flatten().for_each(|part| collector.read(part));
        existence.indices.iter().for_each(|index| collector.binder(index));
    }
    for stated in &program.eligibilities {
        for case in &stated.cases {
            collector.begin(Reader::Rule(stated.rule), case.frame);
            case.binders.iter().for_each(|binder| collector.binder(binder));
            collector.arguments(case.arguments.iter().flatten());
            case.condition.iter().for_each(|condition| collector.read(condition));
        }
    }
    for claim in &program.claims {
        collector.begin(Reader::Rule(claim.rule), claim.frame);
        collector.claim(claim);
    }
    for (number, rule) in policy.rules.iter().enumerate().filter(|(_, it)| !it.is_audited()) {
        if let RuleKind::Preemption(eviction) = rule.kind {
            let priority = &policy.priorities[eviction.priority.index()];
            collector.begin(Reader::Rule(RuleId(number as u32)), priority.frame);
            collector.read(&priority.by);
        }
    }
    for aim in &program.aims {
        if let Some(fair) = &aim.fair {
            collector.begin(Reader::Level(aim.level), fair.frame);
            fair.indices.iter().for_each(|index| collector.binder(index));
            let tiers = fair.tiers.iter().flat_map(|tier| tier.weight.iter().chain([&tier.key]));
            let utility =
                fair.utility.iter().flat_map(|it| [&it.alpha].into_iter().chain(&it.floor));
            tiers.chain([&fair.amount]).chain(utility).for_each(|part| collector.read(part));
        }
        collector.begin(Reader::Level(aim.level), aim.frame);
        collector.read(&aim.value);
        collector.pin_sought(&aim.value, !aim.maximize);
        for counted in &aim.counted {
            counted.quantifiers.iter().for_each(|binder| collector.binder(binder));
            counted.guards.iter().for_each(|(guard, _)| collector.read(guard));
            collector.bins(&counted.bins, &counted.factor);
        }
    }
    collector.reads.settle();
    collector.reads
}

struct Collector<'p> {
    policy: &'p Policy,
    reads: Reads<'p>,
    /// Whose expression is at hand, and how many slots its frame has.
    reader: Reader,
    frame: usize,
    /// Whether an expression on one row is taken apart too.
    part_by_part: bool,
}

impl<'p> Collector<'p> {
    fn begin(&mut self, reader: Reader, frame: usize) {
        self.reader = reader;
        self.frame = frame;
    }

    fn claim(&mut self, claim: &'p Claim) {
        use crate::claims::Body;
        claim.quantifiers.iter().for_each(|binder| self.binder(binder));
        claim.guards.iter().for_each(|(guard, _)| self.read(guard));
        match &claim.body {
            Body::Affine(_, body) | Body::Condition(body) => {
                self.read(body);
                self.pin_inside(body);
            }
            Body::Bins(it) => self.bins(&it.0, &it.1),
        }
        if claim.is_condition() {
            for binder in &claim.quantifiers {
                self.pin(binder, &claim.guards);
            }
        }
    }

    /// Bins, and what they are compared with or multiplied by.
    fn bins(&mut self, bins: &'p Bins, beside: &'p Expr) {
        bins.binders.iter().for_each(|binder| self.binder(binder));
        let parts = [&bins.items, &bins.size, &bins.bin, beside];
        parts.into_iter().for_each(|part| self.read(part));
    }

    fn binder(&mut self, binder: &'p Binder) {
        let ty = crate::expand::index_type(self.policy, &binder.domain);
        match &binder.domain {
            Domain::Set(set) => {
                self.read(set);
                self.identify(&ty, binder.span);
            }
            Domain::Values(values) => {
                values.iter().for_each(|value| self.read(value));
                self.identify(&ty, binder.span);
            }
            Domain::Input(_) | Domain::Enum(_) | Domain::Resources | Domain::Slots(_) => {}
        }
        binder.condition.iter().for_each(|condition| self.read(condition));
    }

    fn identify(&mut self, ty: &Type, span: Span) {
        if let Type::Row(entity) = ty {
            let readers = self.reads.identified.entry(*entity).or_default();
            add(readers, (self.reader, span));
        }
    }

    fn path(&mut self, path: Path, span: Span) {
        add(self.reads.paths.entry(path).or_default(), (self.reader, span));
    }

    fn read(&mut self, expr: &'p Expr) {
        match only_row(expr).filter(|_| !self.part_by_part) {
            Some((row, entity)) => self.row_value(expr, row, entity),
            None => self.read_parts(expr),
        }
    }

    /// Notes what an expression on one row is worth, rather than all that it reads.
    fn row_value(&mut self, expr: &'p Expr, row: VarId, entity: EntityId) {
        let mut parts = Collector { reads: Reads::default(), part_by_part: true, ..*self };
        parts.read_parts(expr);
        let Reads { paths, identified, .. } = parts.reads;
        let value = RowValue { entity, expr: with_row(self.policy, expr, row, entity) };
        let reader = (self.reader, expr.span);
        match self.reads.values.iter_mut().find(|known| known.value == value) {
            Some(known) => add(&mut known.readers, reader),
            None => self.reads.values.push(Stated {
                value,
                paths: identified.is_empty().then(|| paths.into_keys().collect()),
                readers: vec![reader],
            }),
        }
    }

    fn read_parts(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Var(_) => self.identify(&expr.ty, expr.span),
            ExprKind::Field(..) => match chain(expr) {
                Some((entity, fields)) => self.path(Path { entity, fields, key: None }, expr.span),
                None => children(expr, &mut |child| self.read(child)),
            },
            ExprKind::Lookup(base, key) => {
                match (chain(base), constant(key)) {
                    (Some((entity, fields)), Some(key)) => {
                        self.path(Path { entity, fields, key: Some(key) }, expr.span);
                    }
                    _ => self.read(base),
                }
                self.read(key);
            }
            ExprKind::Decision(_, arguments) => {
                let values = arguments.iter().filter_map(|argument| match argument {
                    Argument::At(value) => Some(value),
                    Argument::All => None,
                });
                self.arguments(values);
            }
            ExprKind::Aggregate(_, binders, body) => {
                binders.iter().for_each(|binder| self.binder(binder));
                self.read(body);
            }
            ExprKind::Priority(id, row) => {
                if !matches!(row.kind, ExprKind::Var(_)) {
                    self.read(row);
                }
                let priority = &self.policy.priorities[id.index()];
                self.read(&priority.by);
                priority.weights.iter().for_each(|weight| self.read(weight));
            }
            _ => children(expr, &mut |child| self.read(child)),
        }
    }

    /// Arguments of a decision: an index by itself says nothing of its row; anything else picks rows one
    /// by one, and so does an index that is used twice.
    fn arguments(&mut self, arguments: impl Iterator<Item = &'p Expr>) {
        let mut seen = Vec::new();
        for argument in arguments {
            match argument.kind {
                ExprKind::Var(var) if !seen.contains(&var) => seen.push(var),
                _ => {
                    self.read(argument);
                    self.identify(&argument.ty, argument.span);
                }
            }
        }
    }

    /// Pins the indices of every part that is not a sum of affine expressions.
    fn pin_inside(&mut self, expr: &'p Expr) {
        if expr.stage == Stage::Ground {
            return;
        }
        if let ExprKind::Aggregate(aggregate, binders, body) = &expr.kind {
            let affine = *aggregate == Aggregate::Sum && body.stage <= Stage::Affine;
            if !affine {
                binders.iter().for_each(|binder| self.pin(binder, &[]));
            }
            return self.pin_inside(body);
        }
        children(expr, &mut |child| self.pin_inside(child));
    }

    /// As [`Collector::pin_inside`] for what a level seeks, `small` or great: of an extreme of affine sums that is only
    /// made better, classes know the mean.
    fn pin_sought(&mut self, expr: &'p Expr, small: bool) {
        if expr.stage == Stage::Ground {
            return;
        }
        match &expr.kind {
            ExprKind::Aggregate(extreme @ (Aggregate::Max | Aggregate::Min), _, body)
                if (*extreme == Aggregate::Max) == small && is_affine(body) =>
            {
                self.reads.extremes.insert(expr);
            }
            ExprKind::Aggregate(Aggregate::Sum, binders, body) if !is_affine(body) => {
                binders.iter().for_each(|binder| self.pin(binder, &[]));
                self.pin_sought(body, small);
            }
            ExprKind::Arithmetic(Arithmetic::Add, left, right) => {
                self.pin_sought(left, small);
                self.pin_sought(right, small);
            }
            ExprKind::Arithmetic(Arithmetic::Subtract, left, right) => {
                self.pin_sought(left, small);
                self.pin_sought(right, !small);
            }
            ExprKind::Negate(inner) => self.pin_sought(inner, !small),
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
                match (is_positive(left), is_positive(right)) {
                    (Some(sign), _) => self.pin_sought(right, small == sign),
                    (_, Some(sign)) => self.pin_sought(left, small == sign),
                    _ => self.pin_inside(expr),
                }
            }
            ExprKind::Arithmetic(Arithmetic::Divide, left, right) => match is_positive(right) {
                Some(sign) => self.pin_sought(left, small == sign),
                None => self.pin_inside(expr),
            },
            _ => self.pin_inside(expr),
        }
    }

    fn pin(&mut self, binder: &'p Binder, guards: &'p [(Expr, bool)]) {
        let own = binder.condition.iter().map(|condition| (condition, true));
        let guards = guards.iter().map(|(guard, value)| (guard, *value));
        let conditions = own.chain(guards).filter(|(it, _)| is_about_only(it, binder)).collect();
        let (frame, reader) = (self.frame, self.reader);
        self.reads.pinned.push(Pinned { binder, conditions, frame, reader });
    }
}

/// `w.home.country` as the fields that lead there from a row.
fn chain(expr: &Expr) -> Option<(EntityId, Vec<(EntityId, FieldId)>)> {
    let ExprKind::Field(base, field) = &expr.kind else { return None };
    let Type::Row(entity) = base.ty else { return None };
    if matches!(base.kind, ExprKind::Var(_)) {
        return Some((entity, vec![(entity, *field)]));
    }
    let (root, mut fields) = chain(base)?;
    fields.push((entity, *field));
    Some((root, fields))
}

fn is_affine(expr: &Expr) -> bool {
    expr.stage <= Stage::Affine
}

/// Whether a factor is above 0, where the text alone says that.
fn is_positive(factor: &Expr) -> Option<bool> {
    match &factor.kind {
        ExprKind::Number(number) => Some(*number >= 0.0),
        ExprKind::Negate(inner) => is_positive(inner).map(|sign| !sign),
        _ => None,
    }
}

fn constant(key: &Expr) -> Option<Key> {
    match key.kind {
        ExprKind::EnumValue(id, code) => Some(Key::Enum(id, code)),
        ExprKind::Resource(resource) => Some(Key::Resource(resource.0)),
        _ => None,
    }
}

fn is_about_only(expr: &Expr, binder: &Binder) -> bool {
    let mut only = true;
    apportion_check::eval::walk(expr, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            only &= var == binder.var;
        }
    });
    only
}

/// The one row that an expression reads, if facts decide it and it reads no other row and no index. What walks
/// over other rows is read part by part, as it costs too much to work out once per row.
fn only_row(expr: &Expr) -> Option<(VarId, EntityId)> {
    let is_plain = match &expr.kind {
        ExprKind::Var(_) => true,
        ExprKind::Field(..) => chain(expr).is_some(),
        ExprKind::Lookup(base, key) => chain(base).is_some() && constant(key).is_some(),
        _ => false,
    };
    let is_scalar =
        matches!(expr.ty, Type::Bool | Type::Number(_) | Type::Text | Type::Time | Type::Enum(_));
    if is_plain || !is_scalar || expr.stage != Stage::Ground {
        return None;
    }
    let mut row = None;
    let mut others = false;
    apportion_check::eval::walk(expr, &mut |part| match (&part.kind, &part.ty) {
        (ExprKind::Var(var), Type::Row(entity)) => {
            others |= row.replace((*var, *entity)).is_some_and(|known| known.0 != *var);
        }
        (ExprKind::Var(_) | ExprKind::Aggregate(..), _) => others = true,
        _ => {}
    });
    row.filter(|_| !others)
}

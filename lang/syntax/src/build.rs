//! From pest's nodes to the tree, collecting what is missing or does not belong.

mod expression;
mod item;
mod rule;
mod text;
mod types;

use std::cell::{Cell, RefCell};

use pest::iterators::{Pair, Pairs};
use smol_str::SmolStr;

use crate::ast::{Name, Range};
use crate::error::{Expected, SyntaxError, SyntaxErrorKind};
use crate::grammar::Rule;
use crate::kind::Kind;
use crate::layout::Layout;

pub use expression::MAX_EXPRESSION_LENGTH;
pub(crate) use item::line_of;

pub(crate) type Node<'kinds> = Pair<'kinds, Rule>;

/// Builds one item.
pub(crate) struct Builder<'item> {
    text: &'item str,
    layout: &'item Layout,
    /// Each with the byte at which reading stopped: a second error at the same byte is a consequence.
    errors: RefCell<Vec<(u32, SyntaxError)>>,
    /// What a line of this item's block is called.
    line: Cell<&'static str>,
    /// How deep the expression that is being built already is.
    depth: Cell<usize>,
}

/// The parts of a node that have not been taken yet.
struct Parts<'kinds> {
    pairs: Pairs<'kinds, Rule>,
    next: Option<Node<'kinds>>,
    /// The token after the last part that was taken.
    at: usize,
}

impl<'kinds> Parts<'kinds> {
    fn of(node: Node<'kinds>) -> Parts<'kinds> {
        let at = node.as_span().start();
        let mut pairs = node.into_inner();
        let next = pairs.next();
        Parts { pairs, next, at }
    }

    fn advance(&mut self) -> Option<Node<'kinds>> {
        let node = std::mem::replace(&mut self.next, self.pairs.next())?;
        self.at = node.as_span().end();
        Some(node)
    }
}

impl<'item> Builder<'item> {
    pub(crate) fn new(text: &'item str, layout: &'item Layout) -> Builder<'item> {
        Builder {
            text,
            layout,
            errors: RefCell::default(),
            line: Cell::new("an item"),
            depth: Cell::new(0),
        }
    }

    pub(crate) fn text(&self) -> &'item str {
        self.text
    }

    pub(crate) fn set_line(&self, line: &'static str) {
        self.line.set(line);
    }

    pub(crate) fn add_errors(&self, errors: impl IntoIterator<Item = SyntaxError>) {
        let errors = errors.into_iter().map(|error| (error.range.start, error));
        self.errors.borrow_mut().extend(errors);
    }

    /// Reports that the first word starts no item.
    pub(crate) fn no_item(&self) {
        if self.layout.len() > 0 {
            self.unexpected(0, "an item");
        }
    }

    /// What was reported, in the order of the text, once for each place.
    pub(crate) fn into_errors(self) -> Vec<SyntaxError> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|(stop, _)| *stop);
        errors.dedup_by_key(|(stop, _)| *stop);
        errors.into_iter().map(|(_, error)| error).collect()
    }

    /// Reports words at the end that belong to nothing.
    pub(crate) fn rest(&self, token: usize) {
        if token < self.layout.len() {
            self.unexpected(token, self.line.get());
        }
    }

    /// The next part if it is a `rule`; what is missing before it is reported and passed over.
    fn take<'kinds>(&self, parts: &mut Parts<'kinds>, rule: Rule) -> Option<Node<'kinds>> {
        self.take_if(parts, |found| found == rule)
    }

    fn take_if<'kinds>(
        &self,
        parts: &mut Parts<'kinds>,
        wanted: impl Fn(Rule) -> bool,
    ) -> Option<Node<'kinds>> {
        loop {
            let node = parts.next.as_ref()?;
            if wanted(node.as_rule()) {
                return parts.advance();
            }
            if !self.report(node) {
                return None;
            }
            parts.advance();
        }
    }

    /// All parts that are left, without what is missing, which is reported.
    fn rest_of<'kinds>(
        &'item self,
        mut parts: Parts<'kinds>,
    ) -> impl Iterator<Item = Node<'kinds>> + use<'item, 'kinds> {
        std::iter::from_fn(move || self.take_if(&mut parts, |rule| problem(rule).is_none()))
    }

    fn name(&self, parts: &mut Parts) -> Name {
        match self.take(parts, Rule::name) {
            Some(node) => self.name_at(node.as_span().start()),
            None => Name { text: SmolStr::default(), range: self.gap(parts.at) },
        }
    }

    fn names(&self, parts: &mut Parts) -> Vec<Name> {
        let mut names = Vec::new();
        while let Some(node) = self.take(parts, Rule::name) {
            names.push(self.name_at(node.as_span().start()));
        }
        names
    }

    fn name_at(&self, token: usize) -> Name {
        Name { text: SmolStr::new(self.word(token)), range: self.token_range(token) }
    }

    /// The text of a token.
    fn word(&self, token: usize) -> &'item str {
        let respelled = self.layout.respelled.iter().find(|(at, _)| *at == token);
        if let Some((_, word)) = respelled {
            return word;
        }
        let range = self.token_range(token);
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn is(&self, token: usize, kind: Kind) -> bool {
        self.layout.kind(token) == kind as u8
    }

    fn token_range(&self, token: usize) -> Range {
        self.layout.ranges.get(token).copied().unwrap_or_else(|| self.gap(token))
    }

    /// The place between the token before `token` and `token` itself.
    fn gap(&self, token: usize) -> Range {
        let before = token.checked_sub(1).and_then(|last| self.layout.ranges.get(last));
        let at = before.map_or(self.layout.origin, |range| range.end);
        Range { start: at, end: at }
    }

    fn range(&self, node: &Node) -> Range {
        let span = node.as_span();
        self.range_between(span.start(), span.end())
    }

    fn range_between(&self, start: usize, end: usize) -> Range {
        if start >= end {
            return self.gap(start);
        }
        Range { start: self.token_range(start).start, end: self.token_range(end - 1).end }
    }

    /// Lines of `///` before a token, without slashes.
    pub(crate) fn doc(&self, token: usize) -> Option<SmolStr> {
        let docs = &self.layout.docs;
        let first = docs.partition_point(|doc| doc.0 < token);
        let lines = docs[first..].iter().take_while(|doc| doc.0 == token);
        let lines: Vec<&str> = lines
            .map(|(_, range)| {
                let line = &self.text[range.start as usize..range.end as usize];
                let line = line.trim_start_matches('/');
                line.strip_prefix(' ').unwrap_or(line)
            })
            .collect();
        (!lines.is_empty()).then(|| SmolStr::new(lines.join("\n")))
    }

    fn error(&self, range: Range, kind: SyntaxErrorKind) {
        self.add_errors([SyntaxError { kind, range }]);
    }

    /// Reports a node that says what is missing or does not belong; false for any other.
    fn report(&self, node: &Node) -> bool {
        let token = node.as_span().start();
        match problem(node.as_rule()) {
            Some(Problem::Missing(what)) => self.expected(token, what),
            Some(Problem::Junk) => self.unexpected(token, self.line.get()),
            None => return false,
        }
        true
    }

    fn expected(&self, token: usize, what: Expected) {
        let stop = self.token_range(token);
        let before = token.checked_sub(1).map(|before| self.token_range(before));
        // At the end of a line the fault is what stands there, not what the next line holds.
        let between =
            before.and_then(|before| self.text.get(before.end as usize..stop.start as usize));
        let same_line =
            stop.start < stop.end && between.is_none_or(|between| !between.contains('\n'));
        let range = if same_line { stop } else { before.unwrap_or(stop) };
        let found = SmolStr::new(if same_line { self.word(token) } else { "" });
        let after = SmolStr::new(token.checked_sub(1).map_or("", |before| self.word(before)));
        let kind = SyntaxErrorKind::Expected { what, after, found };
        self.errors.borrow_mut().push((stop.start, SyntaxError { kind, range }));
    }

    fn unexpected(&self, token: usize, place: &'static str) {
        let token = if self.is(token, Kind::Line) { token + 1 } else { token };
        let found = SmolStr::new(self.word(token));
        let before = token.checked_sub(1).filter(|before| {
            let marks = [Kind::Line, Kind::Semicolon, Kind::BraceOpen, Kind::BraceUnclosed];
            !marks.iter().any(|mark| self.is(*before, *mark))
        });
        let after = before.map_or(SmolStr::default(), |before| SmolStr::new(self.word(before)));
        let range = self.token_range(token);
        self.error(range, SyntaxErrorKind::Unexpected { found, after, place });
    }
}

enum Problem {
    Missing(Expected),
    Junk,
}

/// What a node of the grammar says is wrong, if it says so.
fn problem(rule: Rule) -> Option<Problem> {
    let missing = match rule {
        Rule::junk | Rule::header_junk | Rule::bad_name => return Some(Problem::Junk),
        Rule::no_amount => Expected::Amount,
        Rule::no_name => Expected::Name,
        Rule::no_type => Expected::Type,
        Rule::no_text => Expected::Text,
        Rule::no_number => Expected::Number,
        Rule::no_binder => Expected::Index,
        Rule::no_statement => Expected::Statement,
        Rule::no_dimension => Expected::Dimension,
        Rule::no_brace => Expected::Words("`{`"),
        Rule::no_set_end => Expected::Words("`,` or `}`"),
        Rule::no_paren => Expected::Words("`,` or `)`"),
        Rule::no_bracket => Expected::Words("`,` or `]`"),
        Rule::no_angle => Expected::Words("`>`"),
        Rule::no_comma => Expected::Words("`,`"),
        Rule::no_colon => Expected::Words("`:`"),
        Rule::no_assign => Expected::Words("`=`"),
        Rule::no_parameters => Expected::Words("`(`"),
        Rule::no_mark => Expected::Words("a new line or `;`"),
        Rule::no_in => Expected::Words("`in`"),
        Rule::no_then => Expected::Words("`then`"),
        Rule::no_of => Expected::Words("`of`"),
        Rule::no_at => Expected::Words("`at`"),
        Rule::no_by => Expected::Words("`by`"),
        Rule::no_as => Expected::Words("`as`"),
        Rule::no_onto => Expected::Words("`onto`"),
        Rule::no_over => Expected::Words("`over`"),
        Rule::no_every => Expected::Words("`every`"),
        Rule::no_from => Expected::Words("`from`"),
        Rule::no_within => Expected::Words("`within`"),
        Rule::no_missing => Expected::Words("`missing`"),
        Rule::no_remedy => Expected::Words("`deny`, `exclude`, `assume` or `last within`"),
        Rule::no_broken => Expected::Words("`broken`"),
        Rule::no_outcome => Expected::Words("`fail`, `no worse` or `soften`"),
        Rule::no_direction => Expected::Words("`maximize` or `minimize`"),
        _ => return None,
    };
    Some(Problem::Missing(missing))
}

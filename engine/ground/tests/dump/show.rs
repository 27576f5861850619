//! A ground policy as text: classes, columns, rows of families, formulas, levels.

use std::fmt::Write;

use apportion_check::policy::{Policy, RuleId};
use apportion_ground::{
    Columns, Comparison, Family, Formula, Ground, Linear, Packing, Peak, Piece, Quantifier, Sense,
    Soft, Sort, Tally, Tie,
};
use apportion_world::World;

/// Writes all of it; rows are called by their keys, classes by their members' keys.
pub(crate) fn show(policy: &Policy, world: &World, ground: &Ground) -> String {
    let mut show = Show { policy, world, ground, text: String::new() };
    show.everything();
    show.text
}

struct Show<'a> {
    policy: &'a Policy,
    world: &'a World,
    ground: &'a Ground,
    text: String,
}

impl Show<'_> {
    fn everything(&mut self) {
        for (input, space) in self.ground.spaces.iter().enumerate() {
            let classes = (0..space.len() as u32).map(|class| self.class(input, class));
            let line = format!("{}: {}", self.policy.inputs[input].name, words(classes));
            self.line(&line);
        }
        for columns in &self.ground.decisions {
            for at in 0..columns.len() {
                let name = self.column(columns.first + at as u32);
                let kind = if columns.whole { "whole" } else { "any" };
                let (lower, upper, most) = (columns.lower[at], columns.upper[at], columns.most[at]);
                let line = format!("{name}: {kind}, {lower} to {upper} each, {most} in all");
                let runs = columns.moves.as_ref().map_or(String::new(), |moves| {
                    let tuples = moves.of_column(at).count();
                    format!(", {} run in {tuples} tuples", moves.total(at))
                });
                self.line(&(line + &runs));
            }
        }
        for shut in &self.ground.shut_out {
            let by = shut.rule.map_or("where".to_owned(), |rule| self.rule(rule));
            let unknown = match shut.unknown {
                0 => String::new(),
                unknown => format!(", {unknown} for want of a fact"),
            };
            self.line(&format!("{by} shuts out {}{unknown}", shut.tuples));
        }
        for family in &self.ground.families {
            self.family(family);
        }
        for empty in &self.ground.presolved.empty {
            let tuples = empty.tuples.iter();
            let tuples = tuples.map(|tuple| format!("[{}]", self.key(&empty.quantifiers, &tuple)));
            let line = format!("{} says nothing of {}", self.rule(empty.rule), words(tuples));
            self.line(&line);
        }
        for packing in &self.ground.packings {
            self.packing(packing);
        }
        for tally in &self.ground.tallies {
            self.tally(tally);
        }
        for peak in &self.ground.peaks {
            self.peak(peak);
        }
        for instance in &self.ground.instances {
            let key = instance.key.iter().map(|(quantifier, code)| self.member(quantifier, *code));
            let head = format!("{}[{}]", self.rule(instance.rule), words(key));
            let tail = charge(self.policy, instance.soft, instance.relief);
            self.line(&format!("{head}: {}{tail}", self.formula(&instance.formula)));
        }
        for objective in &self.ground.objectives {
            let name = objective
                .level
                .map_or("mending", |level| self.policy.levels[level.index()].name.as_str());
            let sense = if objective.maximize { "maximize" } else { "minimize" };
            let penalties = match objective.penalties {
                0.0 => String::new(),
                factor => format!(", penalties times {factor}"),
            };
            let value = self.linear(&objective.value);
            let slack = match (objective.slack.absolute, objective.slack.relative) {
                (0.0, 0.0) => String::new(),
                (absolute, relative) => format!(", within {absolute} and {relative} of it"),
            };
            self.line(&format!("{name}: {sense} {value}{penalties}{slack}"));
        }
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    fn rule(&self, rule: RuleId) -> String {
        self.policy.rules[rule.index()].name.to_string()
    }

    fn class(&self, input: usize, class: u32) -> String {
        let members = self.ground.spaces[input].members(class);
        let keys = members.iter().map(|row| self.world.key(input, *row).to_owned());
        keys.collect::<Vec<_>>().join("+")
    }

    fn column(&self, column: u32) -> String {
        let holds = |it: &&Columns| (it.first..it.first + it.len() as u32).contains(&column);
        let Some(columns) = self.ground.decisions.iter().find(holds) else { return "?".into() };
        let tuple = columns.tuple((column - columns.first) as usize);
        let at = columns.sorts.iter().zip(tuple).map(|(sort, class)| match sort {
            Sort::Rows(input) => self.class(input.index(), *class),
            Sort::Codes => format!("#{class}"),
        });
        let decisions = &self.policy.decisions;
        let moves = if columns.moves.is_some() { ".moves" } else { "" };
        let name = &decisions[columns.decision.index() % decisions.len()].name;
        format!("{name}{moves}[{}]", words(at))
    }

    /// The member that a quantifier stands for.
    fn member(&self, quantifier: &Quantifier, code: u32) -> String {
        let value = match quantifier.sort {
            Sort::Rows(input) => self.world.key(input.index(), code).to_owned(),
            Sort::Codes => format!("#{code}"),
        };
        format!("{}={value}", quantifier.name)
    }

    fn packing(&mut self, packing: &Packing) {
        let family = &self.ground.families[packing.family as usize];
        let rule = self.rule(family.rule);
        for row in 0..family.len() {
            let mut line = format!("{rule} packs {} bins:", family.right[row]);
            for entry in family.range(row, 0) {
                let (count, share) = (packing.counts[entry], packing.shares[entry]);
                let _ =
                    write!(line, " {count} of {share} per {}", self.column(family.columns[entry]));
            }
            self.line(&line);
        }
    }

    fn tally(&mut self, tally: &Tally) {
        let level = &self.policy.levels[tally.level.index()].name;
        let functions = format!("{level} counts bins by {:?}", tally.functions);
        self.line(&functions);
        for row in 0..tally.len() {
            let key = self.key(&tally.quantifiers, tally.key(row));
            let mut line = format!("{level}[{key}] counts {} a bin:", tally.prices[row]);
            for entry in tally.row_range(row) {
                let (count, share) = (tally.counts[entry], tally.shares[entry]);
                let _ =
                    write!(line, " {count} of {share} per {}", self.column(tally.columns[entry]));
            }
            self.line(&line);
        }
    }

    fn peak(&mut self, peak: &Peak) {
        for row in 0..peak.len() {
            let key = self.key(&peak.quantifiers, peak.key(row));
            let mut line = format!("peak {}[{key}]: {}", peak.piece, peak.constants[row]);
            for (number, term) in peak.terms.iter().enumerate() {
                for entry in peak.range(row, number) {
                    let (value, column) = (peak.values[entry], self.column(peak.columns[entry]));
                    let _ = write!(line, " + {value} {column} tied {:?}", term.ties);
                }
            }
            self.line(&line);
        }
    }

    fn key(&self, quantifiers: &[Quantifier], key: &[u32]) -> String {
        let key = quantifiers.iter().zip(key).map(|(quantifier, class)| {
            let value = match quantifier.sort {
                Sort::Rows(input) => self.class(input.index(), *class),
                Sort::Codes => format!("#{class}"),
            };
            format!("{}={value}", quantifier.name)
        });
        words(key)
    }

    fn family(&mut self, family: &Family) {
        let rule = self.rule(family.rule);
        for row in 0..family.len() {
            let key = self.key(&family.quantifiers, family.key(row));
            let mut line = format!("{rule}[{key}]:");
            for (at, term) in family.terms.iter().enumerate() {
                let ties = term.ties.iter().map(|tie| match tie {
                    Tie::Free => "*".to_owned(),
                    Tie::Quantifier(number) => {
                        family.quantifiers[*number as usize].name.to_string()
                    }
                });
                let ties = words(ties);
                let (columns, values) = family.entries(row, at);
                for (column, value) in columns.iter().zip(values) {
                    let _ = write!(line, " {value:+} {}({ties})", self.column(*column));
                }
            }
            let sense = match family.sense {
                Sense::LessEqual => "<=",
                Sense::GreaterEqual => ">=",
                Sense::Equal => "==",
            };
            let tail = charge(self.policy, family.soft, None);
            self.line(&format!("{line} {sense} {}{tail}", family.right[row]));
        }
        for relief in &family.reliefs {
            let members = family.quantifiers.iter().zip(&relief.members);
            let members = words(members.map(|(quantifier, code)| self.member(quantifier, *code)));
            self.line(&format!("{rule}[{members}] is broken now, by {} at most", relief.most));
        }
    }

    fn linear(&self, linear: &Linear) -> String {
        let mut text = String::new();
        for entry in &linear.entries {
            let _ = write!(text, "{:+} {} ", entry.value, self.column(entry.column));
        }
        for (piece, factor) in &linear.pieces {
            let _ =
                write!(text, "{factor:+} {} ", self.piece(&self.ground.pieces[*piece as usize]));
        }
        if linear.constant != 0.0 || text.is_empty() {
            let _ = write!(text, "{:+}", linear.constant);
        }
        text.trim_end().to_owned()
    }

    fn piece(&self, piece: &Piece) -> String {
        let all = |parts: &[Linear]| words(parts.iter().map(|part| self.linear(part)));
        match piece {
            Piece::Max(parts) => format!("max({})", all(parts)),
            Piece::Min(parts) => format!("min({})", all(parts)),
            Piece::Abs(part) => format!("abs({})", self.linear(part)),
            Piece::Holds(formula) => format!("holds({})", self.formula(formula)),
            Piece::Choose(test, then, otherwise) => {
                let (then, otherwise) = (self.linear(then), self.linear(otherwise));
                format!("({} ? {then} : {otherwise})", self.formula(test))
            }
        }
    }

    fn formula(&self, formula: &Formula) -> String {
        let all = |parts: &[Formula], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.formula(part)).collect();
            format!("({})", parts.join(word))
        };
        match formula {
            Formula::Constant(value) => value.to_string(),
            Formula::Atom(linear, comparison) => {
                let sign = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessEqual => "<=",
                    Comparison::Greater => ">",
                    Comparison::GreaterEqual => ">=",
                    Comparison::Equal => "==",
                    Comparison::NotEqual => "!=",
                };
                format!("{} {sign} 0", self.linear(linear))
            }
            Formula::And(parts) => all(parts, " and "),
            Formula::Or(parts) => all(parts, " or "),
            Formula::Not(part) => format!("not {}", self.formula(part)),
        }
    }
}

fn words(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn charge(policy: &Policy, soft: Option<Soft>, relief: Option<f64>) -> String {
    match (soft, relief) {
        (Some(soft), _) => {
            let level = soft.level.map(|level| policy.levels[level.index()].name.as_str());
            format!("  or {} each in {}", soft.price, level.unwrap_or("what is mended"))
        }
        (None, Some(most)) => format!("  or broken as now, by {most} at most"),
        (None, None) => String::new(),
    }
}

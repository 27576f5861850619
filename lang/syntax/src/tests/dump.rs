//! The tree in short: every expression in full brackets.

use std::fmt::Display;

use crate::ast::*;

/// One item, a line for each of its parts.
pub(super) fn item(item: &Item) -> String {
    let doc = item.doc.as_ref().map_or(String::new(), |doc| format!("doc {doc:?}\n"));
    doc + &kind(&item.kind)
}

fn kind(kind: &ItemKind) -> String {
    match kind {
        ItemKind::Edition(year) => format!("edition {}", year.text),
        ItemKind::Use(it) => {
            let path = join(it.path.iter().map(name), ".");
            let what = match &it.what {
                UseWhat::Last => String::new(),
                UseWhat::All => ".*".to_owned(),
                UseWhat::Names(names) => format!(".{{{}}}", names_of(names)),
            };
            format!("use {path}{what}{}", list(" open ", it.open.iter().map(name)))
        }
        ItemKind::Param(it) => {
            let (default, range) = (some(" = ", &it.default), some(" in ", &it.range));
            format!("param {}: {}{default}{range}", name(&it.name), ty(&it.ty))
        }
        ItemKind::Enum(it) => format!("enum {} {{{}}}", name(&it.name), names_of(&it.values)),
        ItemKind::Entity(it) => {
            format!("entity {}{}", name(&it.name), lines(it.fields.iter().map(field)))
        }
        ItemKind::Resource(it) => format!("resource {}: {}", name(&it.name), unit(&it.unit)),
        ItemKind::Slots(it) => {
            format!("slots {} over {} every {}", name(&it.name), expr(&it.over), expr(&it.every))
        }
        ItemKind::Input(it) => {
            let max = it.max.as_ref().map_or(String::new(), |max| format!(" max {}", max.text));
            let fresh = some(" fresh ", &it.fresh);
            let missing = on_missing(&it.on_missing);
            format!("input {}: {}{max}{fresh}{missing}", name(&it.name), name(&it.entity))
        }
        ItemKind::Forecast(it) => {
            let (over, every) = (some(" over ", &it.over), some(" every ", &it.every));
            let quantiles = list(" quantiles ", it.quantiles.iter().map(name));
            let head = format!("forecast {}{}{over}{every}", name(&it.name), indices(&it.indices));
            format!("{head}: {}{quantiles}{}", ty(&it.ty), on_missing(&it.on_missing))
        }
        ItemKind::Place(it) => {
            let via = list(" via ", it.via.iter().map(dimension));
            let head =
                format!("place {} onto {}{via}", dimension(&it.subject), dimension(&it.target));
            let tail = decision_end(&it.bounds, &it.condition);
            format!("{head} as {}: {}{tail}", name(&it.name), ty(&it.ty))
        }
        ItemKind::Decide(it) => {
            let tail = decision_end(&it.bounds, &it.condition);
            format!("decide {}{}: {}{tail}", name(&it.name), indices(&it.indices), ty(&it.ty))
        }
        ItemKind::Let(it) => {
            let ty = it.ty.as_ref().map_or(String::new(), |it| format!(": {}", ty(it)));
            format!("let {}{}{ty} = {}", name(&it.name), indices(&it.indices), expr(&it.value))
        }
        ItemKind::Report(it) => {
            let by = list(" by ", it.by.iter().map(expr));
            format!("report {}{}{by}", name(&it.name), some(" = ", &it.value))
        }
        ItemKind::Rule(it) => rule(it),
        ItemKind::Priority(it) => {
            let cases = it.cases.iter().map(|case| {
                let preempts = list(" preempts ", case.preempts.iter().map(name));
                let grace = some(" grace ", &case.grace);
                format!("{} = {}{preempts}{grace}", name(&case.value), expr(&case.weight))
            });
            format!("priority {} by {}{}", name(&it.index), expr(&it.by), lines(cases))
        }
        ItemKind::Fairness(it) => {
            let among = list(" for ", it.among.iter().map(expr));
            let weight = list(" weight ", it.weight.iter().map(expr));
            let over = list(" over ", it.over.iter().map(expr));
            format!("fairness {}: {}{among}{weight}{over}", name(&it.name), expr(&it.measure))
        }
        ItemKind::Budget(it) => {
            let by = list(" by ", it.by.iter().map(expr));
            let alerts = list("\n  alert at ", it.alerts.iter().map(expr));
            let band = it
                .soft
                .as_ref()
                .map_or(String::new(), |(from, it)| format!("\n  from {}{}", expr(from), soft(it)));
            let head =
                format!("budget {}: {} <= {}", name(&it.name), expr(&it.value), expr(&it.limit));
            format!("{head}{by}{alerts}{band}")
        }
        ItemKind::Objective(it) => {
            let levels = it.levels.iter().map(|level| {
                let direction = if level.maximize { "maximize" } else { "minimize" };
                let slack = some(" slack ", &level.slack);
                format!("{}: {direction} {}{slack}", name(&level.name), expr(&level.value))
            });
            format!("objective{}", lines(levels))
        }
        ItemKind::Test(it) => {
            let all = it.lines.iter().map(|line| match line {
                TestLine::Given { name: input, value, from_file } => {
                    let sign = if *from_file { "from" } else { "=" };
                    format!("given {} {sign} {}", name(input), expr(value))
                }
                TestLine::Expect { condition, by } => {
                    format!("expect {}{}", expr(condition), list(" by ", by.iter().map(name)))
                }
            });
            format!("test {}{}", text(&it.name), lines(all))
        }
        ItemKind::Pattern(it) => {
            let params = it.params.iter().map(|param| {
                let indices = param.indices.iter().map(|index| {
                    let domain = index.domain.as_ref().map(name);
                    name(&index.name) + &domain.map_or(String::new(), |it| format!(" in {it}"))
                });
                let indices = match param.indices.is_empty() {
                    true => String::new(),
                    false => format!("[{}]", join(indices, ", ")),
                };
                let default = some(" = ", &param.default);
                format!("{}{indices}: {}{default}", name(&param.name), ty(&param.ty))
            });
            let head = format!("pattern {}({})", name(&it.name), join(params, ", "));
            head + &block(&it.body)
        }
        ItemKind::Override(it) => {
            let word = if it.tighten { "tighten" } else { "loosen" };
            let price = it.soft.as_ref().map_or(String::new(), soft);
            let head = format!("{word} {}{price}", join(it.path.iter().map(name), "."));
            head + &some(" until ", &it.until) + &block(&it.body)
        }
        ItemKind::Unknown => "unknown".to_owned(),
    }
}

fn rule(it: &Rule) -> String {
    let word = match it.kind {
        RuleKind::Rule => "rule",
        RuleKind::Compliance => "compliance",
        RuleKind::Sla => "sla",
    };
    let mut out = format!("{word} {}", name(&it.name));
    out += &it.soft.as_ref().map_or(String::new(), soft);
    if let Some((outcome, _)) = it.if_broken {
        out += &format!(" if broken {outcome:?}");
    }
    if let Some(because) = &it.because {
        out += &format!(" because {}", text(because));
    }
    if let Some(cites) = &it.cites {
        out += &format!(" cites {}", text(cites));
    }
    if let Some((share, whole)) = &it.target {
        out += &format!(" for {} of {}", expr(share), expr(whole));
    }
    out + &block(&it.body)
}

fn soft(it: &Soft) -> String {
    format!(" soft at {}{}", name(&it.level), some(", ", &it.price))
}

fn block(body: &[Statement]) -> String {
    lines(body.iter().map(statement))
}

fn statement(it: &Statement) -> String {
    match &it.kind {
        StatementKind::For(indices, body) => {
            format!("for {}:{}", join(indices.iter().map(binder), ", "), block(body))
        }
        StatementKind::Forbid(what, when) => {
            format!("forbid {}{}", expr(what), some(" where ", when))
        }
        StatementKind::Permit(what, when) => {
            format!("permit {}{}", expr(what), some(" where ", when))
        }
        StatementKind::If(condition, then, otherwise) => {
            let otherwise = match otherwise[..] {
                [] => String::new(),
                _ => format!("\nelse{}", block(otherwise)),
            };
            format!("if {} then{}{otherwise}", expr(condition), block(then))
        }
        StatementKind::Require(what, when) => format!("{}{}", expr(what), some(" where ", when)),
        StatementKind::Missing => "missing".to_owned(),
    }
}

fn field(it: &Field) -> String {
    let doc = it.doc.as_ref().map_or(String::new(), |doc| format!("doc {doc:?} "));
    let key = if it.key { "key " } else { "" };
    let (default, range) = (some(" = ", &it.default), some(" in ", &it.range));
    let missing = on_missing(&it.on_missing);
    format!("{doc}{key}{}: {}{default}{range}{missing}", name(&it.name), ty(&it.ty))
}

fn on_missing(it: &Option<OnMissing>) -> String {
    match it {
        None => String::new(),
        Some(OnMissing::Deny(_)) => " on missing deny".to_owned(),
        Some(OnMissing::Exclude(_)) => " on missing exclude".to_owned(),
        Some(OnMissing::Assume(value)) => format!(" on missing assume {}", expr(value)),
        Some(OnMissing::Last(within)) => format!(" on missing last within {}", expr(within)),
    }
}

fn decision_end(bounds: &Bounds, condition: &Option<Expr>) -> String {
    some(" >= ", &bounds.lower) + &some(" <= ", &bounds.upper) + &some(" where ", condition)
}

fn dimension(it: &Dimension) -> String {
    format!("{} {}", expr(&it.domain), name(&it.name))
}

fn indices(binders: &[Binder]) -> String {
    match binders {
        [] => String::new(),
        _ => format!("[{}]", join(binders.iter().map(binder), ", ")),
    }
}

fn binder(it: &Binder) -> String {
    format!("{} in {}{}", name(&it.name), expr(&it.domain), some(" where ", &it.condition))
}

fn ty(it: &TypeExpr) -> String {
    let base = match &it.kind {
        TypeExprKind::Unit(it) => unit(it),
        TypeExprKind::Set(element) => format!("set<{}>", ty(element)),
        TypeExprKind::Map(key, value) => format!("map<{}, {}>", ty(key), ty(value)),
        TypeExprKind::Enum(names) => format!("enum {{{}}}", names_of(names)),
        TypeExprKind::Missing => "MISSING".to_owned(),
    };
    if it.optional { base + "?" } else { base }
}

fn unit(it: &UnitExpr) -> String {
    let factors = it.factors.iter().map(|(factor, exponent)| format!("{}^{exponent}", factor.text));
    join(factors, "·") + &list(" per ", it.per.iter().map(name))
}

/// An expression with brackets around every operation.
pub(super) fn expr(it: &Expr) -> String {
    match &it.kind {
        ExprKind::Missing => "MISSING".to_owned(),
        ExprKind::Number(number, None) => number.text.to_string(),
        ExprKind::Number(number, Some(it)) => format!("{}<{}>", number.text, unit(it)),
        ExprKind::Text(it) => text(it),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Null => "null".to_owned(),
        ExprKind::Date(date) => format!("@{date}"),
        ExprKind::Name(word) => word.to_string(),
        ExprKind::Field(of, field) => format!("{}.{}", expr(of), name(field)),
        ExprKind::Index(of, elements) => {
            let star = || "*".to_owned();
            let elements = elements.iter().map(|each| each.as_ref().map_or_else(star, expr));
            format!("{}[{}]", expr(of), join(elements, ", "))
        }
        ExprKind::Call(of, arguments) => {
            let arguments = arguments.iter().map(|each| {
                let label =
                    each.label.as_ref().map_or(String::new(), |it| format!("{}: ", it.text));
                label + &each.value.as_ref().map_or("*".to_owned(), expr)
            });
            format!("{}({})", expr(of), join(arguments, ", "))
        }
        ExprKind::List(elements) => format!("[{}]", join(elements.iter().map(expr), ", ")),
        ExprKind::Set(elements) => format!("{{{}}}", join(elements.iter().map(expr), ", ")),
        ExprKind::Record(entries) => {
            let entries = entries.iter().map(|(key, it)| format!("{}: {}", expr(key), expr(it)));
            format!("{{{}}}", join(entries, ", "))
        }
        ExprKind::Unary(operator, operand) => format!("({operator:?} {})", expr(operand)),
        ExprKind::Binary(operator, left, right) => {
            format!("({} {operator:?} {})", expr(left), expr(right))
        }
        ExprKind::Conditional(condition, yes, no) => {
            format!("({} ? {} : {})", expr(condition), expr(yes), expr(no))
        }
        ExprKind::Packed(items, size, bin) => {
            format!("{} each {} in {}", expr(items), expr(size), expr(bin))
        }
        ExprKind::Aggregate(function, binders, body) => {
            let body = body.as_ref().map_or(String::new(), |body| format!(": {}", expr(body)));
            format!("{}({}{body})", name(function), join(binders.iter().map(binder), ", "))
        }
    }
}

fn text(it: &Text) -> String {
    let parts = it.parts.iter().map(|part| match part {
        TextPart::Literal(literal) => format!("{literal:?}"),
        TextPart::Hole(hole) => format!("<{}>", expr(hole)),
    });
    match it.parts[..] {
        [] => format!("{:?}", it.value),
        _ => join(parts, " "),
    }
}

fn name(it: &Name) -> String {
    if it.text.is_empty() { "MISSING".to_owned() } else { it.text.to_string() }
}

fn names_of(names: &[Name]) -> String {
    join(names.iter().map(name), ", ")
}

fn some(before: &str, it: &Option<Expr>) -> String {
    it.as_ref().map_or(String::new(), |it| format!("{before}{}", expr(it)))
}

fn list(before: &str, words: impl Iterator<Item = String>) -> String {
    let words = join(words, ", ");
    if words.is_empty() { words } else { format!("{before}{words}") }
}

fn join<T: Display>(words: impl Iterator<Item = T>, between: &str) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join(between)
}

fn lines(parts: impl Iterator<Item = String>) -> String {
    parts.map(|part| format!("\n{part}").replace('\n', "\n  ")).collect()
}

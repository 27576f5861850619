//! Policies as text, from a small typed grammar: every text that comes out passes the checker.

mod limited;

use apportion_check::policy::Rollout;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A policy, and the words that its decision `x` is indexed by.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The policy.
    pub(crate) policy: String,
    /// The codes of the second index of `x`.
    pub(crate) places: &'static [&'static str],
    /// The codes of the others.
    pub(crate) rest: &'static [&'static str],
}

const FACTS: &str = "\
edition 2026

resource cpu: cores
resource ports: devices
enum Kind { hot, cold }
enum Way { firm, spot }
slots hours over 2 h every 1 h
entity Group { key id: string; quota: count }
entity Task {
  key id: string; size: count; value: count; kind: Kind; group: Group; cap: count?
  tags: set<string>; need: amounts; worth: number
}
entity Box {
  key id: string; room: count; cost: count; kind: Kind; fee: map<Way, number>; have: amounts
  price: number
}
input groups: Group
input tasks: Task
input boxes: Box
priority t by t.kind { hot = t.value + 2; cold = 1 }
";

/// What the decision `x` is indexed by besides tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Boxes,
    Ways,
    Hours,
}

/// A part of the grammar for one shape.
#[derive(Clone, Copy, Debug)]
struct Grammar {
    shape: Shape,
    /// Whether there is a decision `open[b]`.
    open: bool,
}

/// Indices in scope.
#[derive(Clone, Copy, Debug, Default)]
struct Scope {
    task: bool,
    other: bool,
    place: bool,
}

/// A policy of any shape.
pub(crate) fn policy() -> impl Strategy<Value = Text> {
    let shape =
        prop_oneof![3 => Just(Shape::Boxes), 1 => Just(Shape::Ways), 1 => Just(Shape::Hours)];
    (shape, any::<bool>()).prop_flat_map(|(shape, open)| {
        let grammar = Grammar { shape, open: open && shape == Shape::Boxes };
        let commit = if shape == Shape::Boxes && !open {
            any::<bool>().boxed()
        } else {
            Just(false).boxed()
        };
        (grammar.decisions(), commit).prop_flat_map(move |(decisions, commit)| {
            let rules = vec(grammar.rule(), 0..4);
            (Just((decisions, commit)), rules, grammar.objective(commit), budget(grammar)).prop_map(
                move |((decisions, commit), rules, objective, budget)| {
                    grammar.text(&decisions, commit, &rules, &objective, &budget)
                },
            )
        })
    })
}

/// How far each of a policy's rules is rolled out: most are enforced.
pub(crate) fn rollouts() -> impl Strategy<Value = Vec<Rollout>> {
    let mode = prop_oneof![
        6 => Just(Rollout::Enforce),
        1 => Just(Rollout::Warn),
        1 => Just(Rollout::Audit),
    ];
    vec(mode, 4)
}

fn budget(grammar: Grammar) -> BoxedStrategy<String> {
    let cost = grammar.cost();
    let limits = prop_oneof![
        3 => Just(String::new()),
        1 => (1..8u32).prop_map(move |limit| format!(
            "budget purse: ({cost}) * 1 USD <= {limit} USD"
        )),
        1 => (1..8u32).prop_map(move |limit| format!(
            "budget monthly: ({}) * 1 USD/h <= {} USD per month", grammar.cost(), limit * 720
        )),
    ];
    let band = prop_oneof![2 => Just(None), 1 => (0..10u32).prop_map(Some)];
    (limits, band)
        .prop_map(|(limit, band)| match band {
            _ if limit.is_empty() => limit,
            Some(from) => {
                let unit = if limit.ends_with("month") { "USD/h" } else { "USD" };
                format!("{limit} {{ soft from {from}0 % at paid, 2 / (1 {unit}) }}\n")
            }
            None => limit + "\n",
        })
        .boxed()
}

/// One rule: what it says, and whether it may have a price or an `if broken`.
#[derive(Clone, Debug)]
struct Rule {
    manner: Manner,
    body: String,
}

#[derive(Clone, Debug)]
enum Manner {
    Hard,
    Soft(&'static str),
    NoWorse,
    Soften,
    /// What an `sla` says before its body.
    Sla(String),
}

impl Grammar {
    fn place_domain(self) -> &'static str {
        if self.shape == Shape::Hours { "hours" } else { "boxes" }
    }

    /// `x` at a task and a place, summed over the rest.
    fn x(self, task: &str, place: &str) -> String {
        match self.shape {
            Shape::Ways => format!("x[{task}, {place}, *]"),
            Shape::Boxes | Shape::Hours => format!("x[{task}, {place}]"),
        }
    }

    fn decisions(self) -> BoxedStrategy<String> {
        let upper = select(vec!["1", "2", "t.size", "t.value", "t.size + t.value - 2"]);
        let kind = select(vec!["count", "flag"]);
        match self.shape {
            Shape::Boxes => {
                let condition = prop_oneof![
                    1 => Just(String::new()),
                    1 => self.fact(Scope { task: true, place: true, other: false })
                        .prop_map(|fact| format!(" where {fact}")),
                ];
                let least = prop_oneof![
                    8 => Just(None),
                    4 => Just(Some("0")),
                    1 => Just(Some("1")),
                    1 => Just(Some("t.size - 1")),
                ];
                (kind, upper, condition, least)
                    .prop_map(|(kind, upper, condition, least)| {
                        let bound = match (kind, least) {
                            ("flag", _) => "flag".to_owned(),
                            (_, None) => format!("count <= {upper}"),
                            (_, Some(least)) => format!("count in {least} .. {upper}"),
                        };
                        format!("place tasks t onto boxes b as x: {bound}{condition}\n")
                    })
                    .boxed()
            }
            Shape::Ways => Just(
                "place tasks t onto boxes b via Way m as x: flag where b.fee.has(m)\n".to_owned(),
            )
            .boxed(),
            Shape::Hours => upper
                .prop_map(|upper| format!("decide x[t in tasks, b in hours]: count <= {upper}\n"))
                .boxed(),
        }
    }

    /// A whole number that facts decide.
    fn number(self, scope: Scope) -> BoxedStrategy<String> {
        let mut known: Vec<String> = ["1", "2", "3", "0"].map(str::to_owned).to_vec();
        for (there, task) in [(scope.task, "t"), (scope.other, "u")] {
            if there {
                known.extend(["size", "value", "group.quota"].map(|it| format!("{task}.{it}")));
                known.push(format!("({task}.cap ?? 1)"));
                known.push(format!("priority({task})"));
            }
        }
        if scope.place && self.shape == Shape::Hours {
            known.push("(b.index + 1)".to_owned());
        } else if scope.place {
            known.extend(["b.room", "b.cost"].map(str::to_owned));
        }
        select(known).boxed()
    }

    /// A condition that facts decide.
    fn fact(self, scope: Scope) -> BoxedStrategy<String> {
        let mut known: Vec<String> = Vec::new();
        for (there, task) in [(scope.task, "t"), (scope.other, "u")] {
            if there {
                known.push(format!("{task}.kind == hot"));
                known.push(format!("{task}.size >= 2"));
                known.push(format!("{task}.group.quota >= 2"));
                known.push(format!("(has({task}.cap) && {task}.cap >= 1)"));
                known.push(format!("\"p\" in {task}.tags"));
                known.push(format!("{task}.id == \"t0\""));
            }
        }
        if scope.place && self.shape == Shape::Hours {
            known.push("b.index == 0".to_owned());
        } else if scope.place {
            known.extend(["b.room >= 3", "b.cost == 1", "b.kind == cold"].map(str::to_owned));
            if scope.task {
                known.extend(["t.kind == b.kind", "t.size <= b.room"].map(str::to_owned));
            }
        }
        if scope.task && scope.other {
            known.extend(["t.size < u.size", "t != u", "t.group == u.group"].map(str::to_owned));
        }
        if known.is_empty() {
            known.push("true".to_owned());
        }
        select(known).boxed()
    }

    /// A sum of decisions.
    fn sum(self, scope: Scope) -> BoxedStrategy<String> {
        let inner = Scope { task: true, ..scope };
        let task = if scope.task { select(vec!["t", "*"]) } else { select(vec!["*"]) };
        let place = if scope.place { select(vec!["b", "*"]) } else { select(vec!["*"]) };
        let plain = (task, place).prop_map(move |(task, place)| self.x(task, place));
        let at = if scope.place { "b" } else { "*" };
        // The inner index hides an outer one, so its name is another.
        let weighted = (self.number(inner), self.fact(inner), any::<bool>()).prop_map(
            move |(number, fact, all)| {
                let rename = |text: &str| text.replace("t.", "v.").replace("(t)", "(v)");
                let (number, fact) = (rename(&number), rename(&fact).replace("t != u", "v != u"));
                let condition = if all { String::new() } else { format!(" where {fact}") };
                format!("sum(v in tasks{condition}: {} * {number})", self.x("v", at))
            },
        );
        let pairs = self.number(Scope { place: true, ..scope }).prop_map(move |number| {
            let number = number.replace("b.", "c.");
            let task = if scope.task { "t" } else { "*" };
            format!("sum(c in {}: {number} * {})", self.place_domain(), self.x(task, "c"))
        });
        let named =
            if scope.task { Just("served[t]".to_owned()) } else { Just("served[*]".to_owned()) };
        let mut kinds: Vec<(u32, BoxedStrategy<String>)> =
            vec![(3, plain.boxed()), (2, weighted.boxed()), (1, pairs.boxed()), (1, named.boxed())];
        if scope.other {
            kinds.push((3, Just(self.x("u", at)).boxed()));
        }
        if self.open {
            let open = if scope.place { "open[b]" } else { "open[*]" };
            kinds.push((2, Just(open.to_owned()).boxed()));
        }
        if self.shape == Shape::Ways {
            let (task, place) = (if scope.task { "t" } else { "*" }, at);
            kinds.push((2, Just(format!("x[{task}, {place}, spot]")).boxed()));
        }
        let one = proptest::strategy::Union::new_weighted(kinds);
        let two = (one.clone(), one.clone(), self.number(scope), select(vec!["+", "-"]))
            .prop_map(|(a, b, factor, sign)| format!("{a} {sign} {factor} * {b}"));
        prop_oneof![3 => one, 1 => two].boxed()
    }

    /// An extreme over places, or over tasks and places, with what a level has beside it.
    fn extreme(self, aggregate: &'static str) -> BoxedStrategy<String> {
        let inner = Scope { place: true, ..Scope::default() };
        let of_places = self.sum(inner).prop_map(|sum| {
            let sum = sum.replace("b.", "c.").replace("[b", "[c").replace(", b", ", c");
            (String::new(), sum)
        });
        let of_both = self.number(Scope { task: true, ..Scope::default() }).prop_map(move |by| {
            (
                "t in tasks, ".to_owned(),
                format!("{} * {by} - {}", self.x("t", "c"), self.x("*", "c")),
            )
        });
        let over = prop_oneof![2 => of_places, 1 => of_both];
        let around = select(vec![("", ""), ("", ""), ("2 * ", ""), ("3 + ", " / 2"), ("", " + x")]);
        (over, around, self.sum(Scope::default()))
            .prop_map(move |((tasks, sum), (before, after), rest)| {
                let after = if after == " + x" { format!(" + {rest}") } else { after.to_owned() };
                let places = self.place_domain();
                format!("{before}{aggregate}({tasks}c in {places}: {sum}){after}")
            })
            .boxed()
    }

    /// A number that is no sum: extremes, counts, absolute values.
    fn amount(self, scope: Scope) -> BoxedStrategy<String> {
        let inner = Scope { place: true, ..scope };
        let over = move |aggregate: &'static str| {
            self.sum(inner).prop_map(move |sum| {
                let sum = sum.replace("b.", "c.").replace("[b", "[c").replace(", b", ", c");
                format!("{aggregate}(c in {}: {sum})", self.place_domain())
            })
        };
        let counted = (self.sum(inner), 1..3u32).prop_map(move |(sum, least)| {
            let sum = sum.replace("b.", "c.").replace("[b", "[c").replace(", b", ", c");
            format!("count(c in {}: {sum} >= {least})", self.place_domain())
        });
        let sum = || self.sum(scope);
        let chosen = (self.comparison(scope), sum(), sum())
            .prop_map(|(test, a, b)| format!("({test} ? {a} : {b})"));
        prop_oneof![
            over("max"),
            over("min"),
            counted,
            (sum(), sum()).prop_map(|(a, b)| format!("abs({a} - ({b}))")),
            (sum(), sum()).prop_map(|(a, b)| format!("max({a}, {b})")),
            (sum(), self.number(scope)).prop_map(|(a, b)| format!("min({a}, {b})")),
            chosen,
        ]
        .boxed()
    }

    fn comparison(self, scope: Scope) -> BoxedStrategy<String> {
        let operator = select(vec!["<=", ">=", "==", "<=", ">=", "<", ">", "!="]);
        (self.sum(scope), operator, self.number(scope))
            .prop_map(|(sum, operator, number)| format!("{sum} {operator} {number}"))
            .boxed()
    }

    /// A condition on decisions.
    fn condition(self, scope: Scope) -> BoxedStrategy<String> {
        let plain = || self.comparison(scope);
        // Both sides may run over indices of one name.
        let other =
            prop_oneof![2 => self.number(scope), 1 => self.sum(scope), 1 => self.amount(scope)];
        let amounts = (self.amount(scope), select(vec!["<=", ">=", "=="]), other)
            .prop_map(|(amount, operator, other)| format!("{amount} {operator} {other}"));
        let sums = (self.sum(scope), select(vec!["<=", ">=", "=="]), self.sum(scope))
            .prop_map(|(a, operator, b)| format!("{a} {operator} {b}"));
        let guarded =
            (self.fact(scope), plain()).prop_map(|(fact, then)| format!("if {fact} then {then}"));
        let implied = (plain(), plain()).prop_map(|(test, then)| format!("if {test} then {then}"));
        let both = (plain(), select(vec!["&&", "||"]), plain())
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})"));
        let not = plain().prop_map(|it| format!("!({it})"));
        let quantified =
            (select(vec!["any", "all"]), self.comparison(Scope { place: true, ..scope })).prop_map(
                move |(aggregate, it)| {
                    let it = it.replace("b.", "c.").replace("[b", "[c").replace(", b", ", c");
                    format!("{aggregate}(c in {}: {it})", self.place_domain())
                },
            );
        prop_oneof![4 => plain(), 2 => sums, 2 => amounts, 1 => guarded, 2 => implied, 1 => both,
                    1 => not, 1 => quantified, 2 => self.switches(scope)]
        .boxed()
    }

    /// A condition on whether decisions are 0 or 1.
    fn switches(self, scope: Scope) -> BoxedStrategy<String> {
        let operators = || select(vec!["== 1", "== 0", ">= 1", "> 0", "!= 1", "< 1"]);
        let (task, place) =
            (if scope.task { "t" } else { "v" }, if scope.place { "b" } else { "c" });
        let mut known = vec![match self.shape {
            Shape::Ways => format!("x[{task}, {place}, spot]"),
            Shape::Boxes | Shape::Hours => format!("x[{task}, {place}]"),
        }];
        if self.open {
            known.push(format!("open[{place}]"));
            known.push("open[*]".to_owned());
            known.push("sum(d in boxes: open[d])".to_owned());
            known.push("sum(d in boxes where d.room >= 3: open[d])".to_owned());
        }
        known.push(match self.shape {
            Shape::Ways => format!("x[{task}, *, *]"),
            Shape::Boxes | Shape::Hours => format!("x[*, {place}]"),
        });
        let one = || (select(known.clone()), operators()).prop_map(|(it, is)| format!("{it} {is}"));
        let joined = || {
            (select(vec!["", "!"]), one(), select(vec!["&&", "||"]), one())
                .prop_map(|(not, a, how, b)| format!("{not}({a} {how} {b})"))
        };
        let implied = (one(), one()).prop_map(|(a, b)| format!("if {a} then {b}"));
        let over =
            [(!scope.task, "v in tasks"), (!scope.place, &format!("c in {}", self.place_domain()))];
        let over: Vec<&str> = over.iter().filter(|(free, _)| *free).map(|(_, it)| *it).collect();
        if over.is_empty() {
            return prop_oneof![joined(), implied].boxed();
        }
        let over = over.join(", ");
        let (first, second) = (over.clone(), over);
        let counted = (one(), select(vec!["<=", ">=", "=="]), 0..3u32).prop_map(
            move |(it, operator, number)| format!("count({first}: {it}) {operator} {number}"),
        );
        let quantified = (select(vec!["any", "all", "!all"]), prop_oneof![one(), joined()])
            .prop_map(move |(aggregate, it)| format!("{aggregate}({second}: {it})"));
        prop_oneof![counted, quantified].boxed()
    }

    fn rule(self) -> BoxedStrategy<Rule> {
        let manner = prop_oneof![
            4 => Just(Manner::Hard),
            2 => select(vec!["1", "2", "3", "0.0000002"]).prop_map(Manner::Soft),
            1 => Just(Manner::NoWorse),
            1 => Just(Manner::Soften),
        ];
        let any = prop_oneof![6 => self.stated(), 1 => self.eligibility()];
        // How much a strict comparison is broken by is not one thing where numbers need not be whole.
        let any = (manner, any).prop_map(|(manner, body)| match manner {
            Manner::Hard => Rule { manner, body },
            _ => Rule { manner, body: body.replace(" < ", " <= ").replace(" > ", " >= ") },
        });
        let manner = prop_oneof![2 => Just(Manner::Hard), 1 => Just(Manner::NoWorse)];
        // What may be absent is refused in soft rules, and amounts of several kinds have no one price.
        let hard = prop_oneof![2 => self.capacity(), 1 => self.unguarded()];
        let hard = (manner, hard).prop_map(|(manner, body)| Rule { manner, body });
        // Prices are of another size than counts: what is broken by one is nothing beside the other.
        let priced = self.priced().prop_map(|body| Rule { manner: Manner::Hard, body });
        let packed = self.packed().prop_map(|body| Rule { manner: Manner::Hard, body });
        let manner = prop_oneof![
            2 => Just(Manner::Hard),
            1 => select(vec!["1", "2", "0.5"]).prop_map(Manner::Soft),
            1 => Just(Manner::NoWorse),
            1 => Just(Manner::Soften),
        ];
        let calm = (manner, self.calm()).prop_map(|(manner, body)| Rule { manner, body });
        prop_oneof![6 => any, 2 => hard, 1 => priced, 2 => packed, 2 => calm, 2 => self.sla()]
            .boxed()
    }

    /// What tasks take up in bins of all places, none of them split, with what each place counts.
    fn counted(self) -> BoxedStrategy<String> {
        let factor = select(vec!["", "", " * t.size"]);
        let sizes = vec!["t.size / 3", "0.4 + 0.1 * t.size", "0.3 * t.value", "0.55", "t.size"];
        let bin = select(vec!["1", "2", "1.2"]);
        let times = match self.shape {
            Shape::Hours => select(vec!["", " * 2", " / 4"]),
            _ => select(vec!["", " * b.cost", " / 4"]),
        };
        let condition = self.fact(Scope { place: true, ..Scope::default() });
        (factor, select(sizes), bin, times, condition, any::<bool>())
            .prop_map(move |(factor, size, bin, times, fact, all)| {
                let (x, places) = (self.x("t", "b"), self.place_domain());
                let condition = if all { String::new() } else { format!(" where {fact}") };
                format!(
                    "sum(b in {places}{condition}: \
                     bins(t in tasks: {x}{factor} each {size} in {bin}){times})"
                )
            })
            .boxed()
    }

    /// Tasks in bins of a place, none of them split.
    fn packed(self) -> BoxedStrategy<String> {
        let task = Scope { task: true, place: true, other: false };
        let factor = select(vec!["", "", " * t.size", " * 2", " * t.value"]);
        let sizes = vec!["t.size", "t.size / 3", "0.4 + 0.1 * t.size", "0.3 * t.value", "0.55"];
        let bin = select(vec!["1", "2", "1.2", "0.9"]);
        let limit = match self.shape {
            Shape::Hours => select(vec!["2", "3", "b.index + 1"]),
            _ => select(vec!["b.room", "b.cost + 0.5", "2", "3"]),
        };
        let condition = prop_oneof![
            2 => Just(String::new()),
            1 => self.fact(task).prop_map(|fact| format!(" where {fact}")),
        ];
        (factor, select(sizes), bin, limit, condition)
            .prop_map(move |(factor, size, bin, limit, condition)| {
                let (x, places) = (self.x("t", "b"), self.place_domain());
                format!(
                    "for b in {places}: \
                     bins(t in tasks{condition}: {x}{factor} each {size} in {bin}) <= {limit}"
                )
            })
            .boxed()
    }

    /// What a task's places cost against what it is worth.
    fn priced(self) -> BoxedStrategy<String> {
        let operators = || select(vec!["<=", ">=", "==", "<", ">", "!="]);
        let price = match self.shape {
            Shape::Hours => "sum(c in hours: x[t, c] * t.worth)".to_owned(),
            _ => format!("sum(c in boxes: {} * c.price)", self.x("t", "c")),
        };
        let worth = select(vec!["t.worth", "2 * t.worth", "sum(u in tasks: u.worth) - t.worth"]);
        let task = Scope { task: true, ..Scope::default() };
        let premise = prop_oneof![
            2 => Just(String::new()),
            1 => self.comparison(task).prop_map(|it| format!("if {it} then ")),
        ];
        let conclusion = prop_oneof![
            2 => Just(String::new()),
            1 => self.comparison(task).prop_map(|it| format!(" || {it}")),
        ];
        (operators(), worth, premise, conclusion)
            .prop_map(move |(operator, worth, premise, conclusion)| {
                format!("for t in tasks: {premise}({price} {operator} {worth}{conclusion})")
            })
            .boxed()
    }

    fn stated(self) -> BoxedStrategy<String> {
        let scopes = [
            Scope::default(),
            Scope { task: true, ..Scope::default() },
            Scope { place: true, ..Scope::default() },
            Scope { task: true, place: true, other: false },
            Scope { task: true, other: true, place: false },
        ];
        (select(scopes.to_vec()), any::<bool>())
            .prop_flat_map(move |(scope, narrow)| {
                let mut binders = Vec::new();
                if scope.task {
                    binders.push("t in tasks".to_owned());
                }
                if scope.other {
                    binders.push("u in tasks".to_owned());
                }
                if scope.place {
                    binders.push(format!("b in {}", self.place_domain()));
                }
                let fact = self.fact(scope);
                (fact, self.condition(scope)).prop_map(move |(fact, condition)| {
                    match (binders.is_empty(), narrow) {
                        (true, _) => condition,
                        (false, false) => format!("for {}: {condition}", binders.join(", ")),
                        (false, true) => {
                            format!("for {} where {fact}: {condition}", binders.join(", "))
                        }
                    }
                })
            })
            .boxed()
    }

    fn eligibility(self) -> BoxedStrategy<String> {
        let scope = Scope { task: true, place: true, other: false };
        let rest = if self.shape == Shape::Ways { ", *" } else { "" };
        (select(vec!["forbid", "permit"]), self.fact(scope))
            .prop_map(move |(word, fact)| format!("{word} x[t, b{rest}] where {fact}"))
            .boxed()
    }

    /// A fact that may be absent: the pair is then shut out.
    fn unguarded(self) -> BoxedStrategy<String> {
        let rest = if self.shape == Shape::Ways { ", *" } else { "" };
        let facts = vec![
            ("", "t.cap >= 1"),
            ("for u in tasks: ", "t != u && u.cap >= 1"),
            ("for u in tasks: ", "u.cap >= t.size"),
        ];
        (select(vec!["forbid", "permit"]), select(facts))
            .prop_map(move |(word, (around, fact))| {
                format!("{around}{word} x[t, b{rest}] where {fact}")
            })
            .boxed()
    }

    fn capacity(self) -> BoxedStrategy<String> {
        match self.shape {
            Shape::Hours => {
                Just("for b in hours: sum(t in tasks: x[t, b] * t.size) <= 3".to_owned()).boxed()
            }
            _ => Just(format!(
                "for b in boxes, r in resources: sum(t in tasks: {} * t.need[r]) <= b.have[r]",
                self.x("t", "b")
            ))
            .boxed(),
        }
    }

    fn cost(self) -> String {
        match self.shape {
            Shape::Boxes => "sum(t in tasks, b in boxes: x[t, b] * b.price)".to_owned(),
            Shape::Ways => {
                "sum(t in tasks, b in boxes, m in Way: x[t, b, m] * b.fee[m])".to_owned()
            }
            Shape::Hours => "sum(t in tasks, b in hours: x[t, b] * (b.index + 1))".to_owned(),
        }
    }

    fn objective(self, commit: bool) -> BoxedStrategy<Vec<String>> {
        let none = Scope::default();
        let least = prop_oneof![Just(self.cost()), self.sum(none), self.amount(none),]
            .prop_map(|value| format!("minimize {value}"));
        let most = prop_oneof![
            2 => Just("sum(t in tasks: served[t] * priority(t))".to_owned()),
            1 => Just("sum(t in tasks: served[t] * t.value)".to_owned()),
            1 => Just("sum(t in tasks: served[t] * t.worth)".to_owned()),
            1 => self.sum(none),
            1 => self.amount(none),
        ]
        .prop_map(|value| format!("maximize {value}"));
        let few = self.counted().prop_map(|bins| format!("minimize {bins}"));
        let rather = (self.sum(none), self.counted())
            .prop_map(|(sum, bins)| format!("maximize {sum} - ({bins})"));
        let even = prop_oneof![
            self.extreme("max").prop_map(|value| format!("minimize {value}")),
            self.extreme("min").prop_map(|value| format!("maximize {value}")),
        ];
        let fair = select(vec!["by_group", "by_kind", "by_task", "by_worth", "by_floor"]);
        let fair = fair.prop_map(|shares| format!("maximize {shares}"));
        let calm = self.moved(none).prop_map(|moved| format!("minimize {moved}"));
        let still = (self.sum(none), self.moved(none))
            .prop_map(|(sum, moved)| format!("maximize {sum} - {moved}"));
        let level = prop_oneof![
            2 => least, 2 => most, 1 => few, 1 => rather, 1 => calm, 1 => still, 2 => fair, 2 => even,
        ];
        let levels = vec(level, 0..3);
        let slack = prop_oneof![3 => Just(None), 1 => Just(Some("10 %")), 1 => Just(Some("1"))];
        (levels, any::<bool>(), 0..3usize, slack)
            .prop_map(move |(mut levels, beside, at, slack)| {
                let at = at.min(levels.len());
                let penalties = match (beside, levels.get_mut(at)) {
                    // Shares stand alone.
                    (true, Some(level)) if !level.contains(" by_") => {
                        let sign = if level.starts_with("max") { "-" } else { "+" };
                        *level = format!("{level} {sign} penalties");
                        at
                    }
                    _ => {
                        levels.insert(at, "minimize penalties".to_owned());
                        at
                    }
                };
                if commit {
                    levels.push("minimize sum(b in boxes: commit[b])".to_owned());
                }
                if let (Some(slack), Some(level)) = (slack, levels.first_mut()) {
                    *level = format!("{level} slack {slack}");
                }
                let named = levels.iter().enumerate().map(|(number, level)| {
                    let name =
                        if number == penalties { "paid" } else { ["l0", "l1", "l2", "l3"][number] };
                    format!("{name}: {level}")
                });
                named.collect()
            })
            .boxed()
    }

    fn text(
        self,
        decisions: &str,
        commit: bool,
        rules: &[Rule],
        levels: &[String],
        budget: &str,
    ) -> Text {
        let mut policy = format!("{FACTS}{decisions}");
        if self.open {
            policy += "decide open[b in boxes]: flag\n";
            policy += "rule opened { for t in tasks, b in boxes: x[t, b] <= 2 * open[b] }\n";
        }
        if commit {
            policy += "decide commit[b in boxes]: cores <= b.have[cpu]\n";
            policy += "rule committed { for b in boxes: sum(t in tasks: x[t, b] * t.need[cpu]) <= commit[b] }\n";
        }
        policy += match self.shape {
            Shape::Ways => "let served[t in tasks] = x[t, *, *]\n",
            Shape::Boxes | Shape::Hours => "let served[t in tasks] = x[t, *]\n",
        };
        policy += "fairness by_group: max_min(served) for t.group weight t.group.quota + 1\n";
        policy +=
            "fairness by_kind: max_min(served[t] * t.size) for t.kind, t weight 2, t.value + 1\n";
        policy += "fairness by_worth: proportional(served) for t.kind, t weight 2, t.value + 1\n";
        policy += "fairness by_floor: alpha_fair(served[t] * t.size, 2, floor: 0.5) for t.group\n";
        policy += match self.shape {
            Shape::Boxes => "fairness by_task: drf for t\n",
            _ => "fairness by_task: max_min(x) for t\n",
        };
        for (number, Rule { manner, body }) in rules.iter().enumerate() {
            let (word, manner) = match manner {
                Manner::Hard => ("rule", String::new()),
                Manner::Soft(price) => ("rule", format!(" soft at paid, {price}")),
                Manner::NoWorse => ("rule", " if broken no worse".to_owned()),
                Manner::Soften => ("rule", " if broken soften".to_owned()),
                Manner::Sla(promise) => ("sla", promise.clone()),
            };
            policy += &format!("{word} r{number}{manner} {{ {body} }}\n");
        }
        policy += budget;
        policy += &format!("objective {{\n  {}\n}}\n", levels.join("\n  "));
        let (places, rest): (&[&str], &[&str]) = match self.shape {
            Shape::Boxes => (&["b0", "b1"], &[]),
            Shape::Ways => (&["b0", "b1"], &["firm"]),
            Shape::Hours => (&["0", "1"], &[]),
        };
        Text { policy, places, rest }
    }
}

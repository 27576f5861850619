//! Fair shares of what can be divided: the same whether alike rows are merged or not, the same as filling up by hand
//! gives, and with the properties that dominant shares are known for.
//!
//! Source of the properties: Ghodsi, Zaharia, Hindman, Konwinski, Shenker and Stoica, "Dominant Resource Fairness: Fair
//! Allocation of Multiple Resource Types" (NSDI 2011).

use apportion_driver::Options;
use apportion_world::InputBytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::case::{Case, Silent, trials};
use crate::world::{csv, running};

const RESOURCES: usize = 3;
const UNITS: [&str; RESOURCES] = ["cores", "GiB", "devices"];
/// What amounts may be off by, as a part of them: solver and plan round.
const ROUNDING: f64 = 1e-6;
/// What shares may be off by that are worth something together: near the best, a thousandth of a share is a millionth of
/// what all are worth.
const FLAT: f64 = 2e-3;

type Amounts = [f64; RESOURCES];

const POOLED: &str = "edition 2026
    resource r0: cores
    resource r1: GiB
    resource r2: devices
    entity Pool { key id: string; capacity: amounts }
    entity Tenant { key id: string; weight: number; request: amounts }
    input pools: Pool
    input tenants: Tenant
    place tenants t onto pools p as x: ratio
    rule capacity {
      for p in pools, r in resources: sum(t in tenants: x[t, p] * t.request[r]) <= p.capacity[r]
    }
    fairness shares: drf for t weight t.weight
    objective { equity: maximize shares }
";

/// Tenants of one pool.
#[derive(Clone, Debug)]
struct Pool {
    capacity: Amounts,
    /// What one task of each takes; something of something.
    requests: Vec<Amounts>,
    weights: Vec<f64>,
}

impl Pool {
    fn files(&self) -> [InputBytes; 2] {
        let list = |amounts: &Amounts| amounts.map(|it| it.to_string()).join(",");
        let head = |field: &str| {
            let columns: Vec<String> =
                (0..RESOURCES).map(|at| format!("{field}[r{at}][{}]", UNITS[at])).collect();
            columns.join(",")
        };
        let tenants = self.requests.iter().zip(&self.weights).enumerate();
        let tenants =
            tenants.map(|(at, (request, weight))| format!("t{at},{weight},{}\n", list(request)));
        [
            csv("pools", format!("id,{}\np0,{}\n", head("capacity"), list(&self.capacity))),
            csv(
                "tenants",
                format!("id,weight,{}\n{}", head("request"), tenants.collect::<String>()),
            ),
        ]
    }

    /// How many tasks of each tenant are planned.
    fn planned(&self) -> Vec<f64> {
        let case = Case::new(POOLED, &self.files(), &running("{}"));
        let planned = case.plan(Options::default(), &Silent);
        let Ok(planned) = planned else { panic!("{}\n{planned:?}", case.story) };
        assert!(planned.plan.check.passed, "{}\n{:#?}", case.story, planned.plan);
        let assignment = planned.assignment.expect("a plan assigns values");
        let tenants = 0..self.requests.len() as u32;
        tenants.map(|tenant| assignment.decisions[0].get(&[tenant, 0])).collect()
    }

    /// The greatest part of any resource that one task takes.
    fn dominant(&self, tenant: usize) -> f64 {
        let parts = self.requests[tenant].iter().zip(&self.capacity);
        parts.map(|(wanted, capacity)| wanted / capacity).fold(0.0, f64::max)
    }

    /// How many tasks of a tenant fit into amounts.
    fn fitting(&self, tenant: usize, amounts: &Amounts) -> f64 {
        let parts = self.requests[tenant].iter().zip(amounts).filter(|(wanted, _)| **wanted > 0.0);
        parts.map(|(wanted, amount)| amount / wanted).fold(f64::INFINITY, f64::min)
    }

    /// What so many tasks of a tenant take.
    fn taken(&self, tenant: usize, tasks: f64) -> Amounts {
        self.requests[tenant].map(|wanted| wanted * tasks)
    }

    /// Progressive filling: dominant shares by weight rise together; who wants of what has run out stands still.
    fn filled(&self) -> Vec<f64> {
        let tenants = self.requests.len();
        // Tasks of each tenant while the level rises by one.
        let speeds: Vec<f64> =
            (0..tenants).map(|at| self.weights[at] / self.dominant(at)).collect();
        let mut tasks = vec![0.0; tenants];
        let mut left = self.capacity;
        let mut rising = vec![true; tenants];
        while rising.contains(&true) {
            let mut flows = [0.0; RESOURCES];
            for tenant in (0..tenants).filter(|at| rising[*at]) {
                let taken = self.taken(tenant, speeds[tenant]);
                flows.iter_mut().zip(taken).for_each(|(flow, taken)| *flow += taken);
            }
            let times: Vec<f64> = left
                .iter()
                .zip(flows)
                .map(|(left, flow)| if flow > 0.0 { left / flow } else { f64::INFINITY })
                .collect();
            let rise = times.iter().copied().fold(f64::INFINITY, f64::min);
            for tenant in (0..tenants).filter(|at| rising[*at]) {
                tasks[tenant] += rise * speeds[tenant];
            }
            for resource in 0..RESOURCES {
                left[resource] = (left[resource] - rise * flows[resource]).max(0.0);
                if times[resource] <= rise * (1.0 + 1e-12) {
                    left[resource] = 0.0;
                    for (rising, request) in rising.iter_mut().zip(&self.requests) {
                        *rising &= request[resource] == 0.0;
                    }
                }
            }
        }
        tasks
    }
}

/// What one task takes.
fn request() -> impl Strategy<Value = Amounts> {
    let amount = prop_oneof![1 => Just(0), 4 => 1..6u32];
    [amount.clone(), amount.clone(), amount]
        .prop_map(|amounts| amounts.map(f64::from))
        .prop_filter("a task takes something", |amounts| amounts.iter().any(|it| *it > 0.0))
}

fn pools() -> impl Strategy<Value = Pool> {
    let capacity = [8..60u32, 8..60u32, 8..60u32].prop_map(|amounts| amounts.map(f64::from));
    let tenants = vec((request(), 1..4u32), 1..6);
    (capacity, tenants).prop_map(|(capacity, tenants)| {
        let (requests, weights) =
            tenants.into_iter().map(|(request, weight)| (request, f64::from(weight))).unzip();
        Pool { capacity, requests, weights }
    })
}

fn alike_weights() -> impl Strategy<Value = Pool> {
    pools().prop_map(|pool| Pool { weights: vec![1.0; pool.requests.len()], ..pool })
}

/// Tries a property on pools.
fn holds<S: Strategy>(pools: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let mut runner = TestRunner::new(trials(100, 2000));
    if let Err(error) = runner.run(&pools, property) {
        panic!("{error}");
    }
}

fn is_at_least(value: f64, least: f64) -> bool {
    value >= least - ROUNDING * least.abs().max(1.0)
}

#[test]
fn dominant_shares_are_those_of_progressive_filling() {
    holds(pools(), |pool| {
        let (planned, filled) = (pool.planned(), pool.filled());
        let mut pairs = planned.iter().zip(&filled);
        let is_same = pairs.all(|(a, b)| (a - b).abs() <= ROUNDING * b.max(1.0));
        prop_assert!(is_same, "{planned:?}, by filling {filled:?}");
        Ok(())
    });
}

#[test]
fn nobody_can_have_more_without_another_having_less() {
    holds(pools(), |pool| {
        let tasks = pool.planned();
        let mut used = [0.0; RESOURCES];
        for (tenant, tasks) in tasks.iter().enumerate() {
            used.iter_mut().zip(pool.taken(tenant, *tasks)).for_each(|(used, it)| *used += it);
        }
        for request in &pool.requests {
            let mut wanted = (0..RESOURCES).filter(|at| request[*at] > 0.0);
            let ends = |at: usize| is_at_least(used[at], pool.capacity[at]);
            prop_assert!(wanted.any(ends), "{request:?} has room: {used:?} are used");
        }
        Ok(())
    });
}

#[test]
fn nobody_would_rather_have_an_equal_part_of_everything() {
    holds(pools(), |pool| {
        let all: f64 = pool.weights.iter().sum();
        for (tenant, tasks) in pool.planned().into_iter().enumerate() {
            let part = pool.capacity.map(|it| it * pool.weights[tenant] / all);
            let alone = pool.fitting(tenant, &part);
            prop_assert!(is_at_least(tasks, alone), "{tenant} has {tasks}, by itself {alone}");
        }
        Ok(())
    });
}

#[test]
fn nobody_would_rather_have_what_another_has() {
    holds(alike_weights(), |pool| {
        let tasks = pool.planned();
        for one in 0..tasks.len() {
            for other in 0..tasks.len() {
                let swapped = pool.fitting(one, &pool.taken(other, tasks[other]));
                prop_assert!(is_at_least(tasks[one], swapped), "{one} envies {other}: {tasks:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn nobody_gains_by_asking_for_something_else() {
    holds((pools(), request()), |(pool, lie)| {
        let honest = pool.planned()[0];
        let mut lying = pool.clone();
        lying.requests[0] = lie;
        let useful = pool.fitting(0, &lying.taken(0, lying.planned()[0]));
        prop_assert!(is_at_least(honest, useful), "{honest} tasks in truth, {useful} by {lie:?}");
        Ok(())
    });
}

const KINDS: &str = "edition 2026
    resource r0: cores
    resource r1: GiB
    entity Machine { key id: string; kind: count; capacity: amounts }
    entity Task { key id: string; tenant: count; weight: number; request: amounts; most: ratio; least: count }
    input machines: Machine
    input tasks: Task
    place tasks t onto machines m as x: ratio where m.kind >= t.least
    rule capacity {
      for m in machines, r in resources: sum(t in tasks: x[t, m] * t.request[r]) <= m.capacity[r]
    }
    rule most { for t in tasks: x[t, *] <= t.most }
    objective { equity: maximize shares }
";

/// Kinds of task as their tenant, what they take, the most of them, and the least kind of machine; how many there are.
type Tasks = Vec<((u32, [u32; 2], u32, u32), usize)>;

fn shares(grouping: &str, machines: &[usize], tasks: &Tasks, merge: bool) -> Vec<(String, f64)> {
    let machines = machines.iter().enumerate();
    let kinds = machines.flat_map(|(kind, number)| std::iter::repeat_n(kind, *number));
    let machines = kinds
        .enumerate()
        .map(|(at, kind)| format!("m{at},{kind},{},{}\n", 7 + 5 * kind, 16 - 4 * kind));
    let rows = tasks.iter().flat_map(|(task, number)| std::iter::repeat_n(*task, *number));
    let rows = rows.enumerate().map(|(at, (tenant, [r0, r1], most, least))| {
        format!("t{at},{tenant},{},{r0},{r1},{most}.5,{least}\n", 1 + tenant % 2)
    });
    let inputs = [
        csv(
            "machines",
            format!(
                "id,kind,capacity[r0][cores],capacity[r1][GiB]\n{}",
                machines.collect::<String>()
            ),
        ),
        csv(
            "tasks",
            format!(
                "id,tenant,weight,request[r0][cores],request[r1][GiB],most,least\n{}",
                rows.collect::<String>()
            ),
        ),
    ];
    let case = Case::new(&format!("{KINDS}{grouping}"), &inputs, &running("{}"));
    let planned = case.plan(Options { merge, ..Options::default() }, &Silent);
    let Ok(planned) = planned else { panic!("{}\n{planned:?}", case.story) };
    assert!(planned.plan.check.passed, "{}\n{:#?}", case.story, planned.plan);
    let verdict = case.judge(&planned.assignment.expect("a plan assigns values"));
    assert!(verdict.holds(), "{}\n{verdict:#?}", case.story);
    verdict.fairness[0].tiers.iter().flatten().map(|it| (it.group.clone(), it.value)).collect()
}

#[test]
fn every_group_has_the_same_share_whether_alike_rows_are_merged_or_not() {
    let groupings = [
        ("fairness shares: drf for t weight t.weight\n", ROUNDING),
        ("fairness shares: drf for t.tenant weight t.weight\n", ROUNDING),
        ("fairness shares: max_min(x[t, *] * t.weight) for t.tenant, t\n", ROUNDING),
        ("fairness shares: proportional(x) for t.tenant weight t.weight\n", FLAT),
        ("fairness shares: alpha_fair(x[t, *] * t.weight, 3) for t.tenant, t\n", FLAT),
        ("fairness shares: alpha_fair(drf, 0.5) for t weight t.weight\n", FLAT),
    ];
    let task = (0..4u32, [1..4u32, 1..4u32], 0..5u32, 0..2u32);
    let worlds = (0..groupings.len(), vec(1..4usize, 2), vec((task, 1..4usize), 1..5));
    let mut runner = TestRunner::new(trials(60, 1000));
    let outcome = runner.run(&worlds, |(grouping, machines, tasks)| {
        let (grouping, rounding) = groupings[grouping];
        let shares = |merge| shares(grouping, &machines, &tasks, merge);
        let (merged, single) = (shares(true), shares(false));
        prop_assert_eq!(merged.len(), single.len());
        for (a, b) in merged.iter().zip(&single) {
            let is_same = a.0 == b.0 && (a.1 - b.1).abs() <= rounding * b.1.abs().max(1e-3);
            prop_assert!(is_same, "{:?} merged, {:?} by single rows", a, b);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

const PRICED: &str = "edition 2026
    entity Link { key id: string; rate: number; alpha: number }
    entity Source { key id: string; demand: number; weight: number; takes: number }
    input links: Link
    input sources: Source
    decide x[s in sources]: ratio <= s.demand
    rule rate { for l in links: sum(s in sources: x[s] * s.takes) <= l.rate }
    fairness shares: alpha_fair(x, min(l in links: l.alpha)) for s weight s.weight
    objective { equity: maximize shares }
";

/// Sources as what they ask for, their weight, and what one unit takes.
type Sources = Vec<[f64; 3]>;

/// What each has of one link: more is worth to nobody what it costs, `(x / weight)^-alpha = price * takes`, and the price
/// is such that the link is full.
fn priced(rate: f64, alpha: f64, sources: &Sources) -> Vec<f64> {
    let at = |price: f64| -> Vec<f64> {
        let wanted = |[demand, weight, takes]: &[f64; 3]| {
            demand.min(weight * (price * takes).powf(-1.0 / alpha))
        };
        sources.iter().map(wanted).collect()
    };
    let taken = |shares: &[f64]| -> f64 {
        shares.iter().zip(sources).map(|(share, [_, _, takes])| share * takes).sum()
    };
    let (mut least, mut most) = (-700.0_f64, 700.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (least + most);
        if taken(&at(middle.exp())) > rate { least = middle } else { most = middle }
    }
    at(most.exp())
}

#[test]
fn shares_that_are_worth_most_are_those_at_one_price() {
    let source = [1..40u32, 1..5u32, 1..9u32];
    let source = source.prop_map(|numbers| numbers.map(|it| f64::from(it) / 2.0));
    let worlds = (1..60u32, 1..40u32, vec(source, 1..7));
    let mut runner = TestRunner::new(trials(100, 2000));
    let outcome = runner.run(&worlds, |(rate, alpha, sources)| {
        let (rate, alpha) = (f64::from(rate), f64::from(alpha) / 8.0);
        let rows = sources
            .iter()
            .enumerate()
            .map(|(at, [demand, weight, takes])| format!("s{at},{demand},{weight},{takes}\n"));
        let inputs = [
            csv("links", format!("id,rate,alpha\nl,{rate},{alpha}\n")),
            csv("sources", format!("id,demand,weight,takes\n{}", rows.collect::<String>())),
        ];
        let case = Case::new(PRICED, &inputs, &running("{}"));
        let planned = case.plan(Options::default(), &Silent);
        let Ok(planned) = planned else { panic!("{}\n{planned:?}", case.story) };
        let (plan, story) = (&planned.plan, &case.story);
        prop_assert!(plan.check.passed, "{story}\n{plan:#?}");
        let level = &plan.levels[0];
        let error = level.shares.as_ref().and_then(|shares| shares.error);
        prop_assert!(error.is_some_and(|error| error <= 1e-6), "{error:?}\n{story}");
        prop_assert!(level.value <= level.bound, "{level:?}\n{story}");
        let assignment = planned.assignment.expect("a plan assigns values");
        let priced = priced(rate, alpha, &sources);
        let greatest = priced.iter().copied().fold(0.0, f64::max);
        for (at, best) in priced.into_iter().enumerate() {
            let share = assignment.decisions[0].get(&[at as u32]);
            let is_same = (share - best).abs() <= FLAT * greatest;
            prop_assert!(is_same, "s{at} has {share}, at one price {best}\n{level:#?}\n{story}");
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

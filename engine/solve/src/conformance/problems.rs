//! Small models whose answers can be worked out by hand.

use apportion_mip::{Costs, Model, Objective};

use super::{Answer, Problem};

const FREE: f64 = f64::INFINITY;

/// All problems with known answers.
pub fn problems() -> Vec<Problem> {
    let mut problems = linear();
    problems.extend(whole());
    problems.extend(without_answer());
    problems.extend(odd_shapes());
    problems
}

/// A model being written down.
struct Sketch(Model);

fn minimize(columns: &[(f64, f64, f64)]) -> Sketch {
    let mut model = Model::new();
    for (lower, upper, cost) in columns {
        model.push_column(*lower, *upper, false, *cost);
    }
    Sketch(model)
}

fn maximize(columns: &[(f64, f64, f64)]) -> Sketch {
    let mut sketch = minimize(columns);
    sketch.0.objective.maximize = true;
    sketch
}

impl Sketch {
    fn row(mut self, lower: f64, values: &[f64], upper: f64) -> Sketch {
        let terms = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
        self.0.push_row(lower, upper, terms.map(|(column, value)| (column as u32, *value)));
        self
    }

    fn whole(mut self) -> Sketch {
        self.0.columns.integer.fill(true);
        self
    }

    fn offset(mut self, offset: f64) -> Sketch {
        self.0.objective.offset = offset;
        self
    }

    fn is(self, name: &'static str, answer: Answer) -> Problem {
        Problem { name, model: self.0, start: None, answer }
    }

    fn from(self, start: &[f64], name: &'static str, answer: Answer) -> Problem {
        Problem { start: Some(start.to_vec()), ..self.is(name, answer) }
    }
}

fn linear() -> Vec<Problem> {
    let positive = |cost| (0.0, FREE, cost);
    vec![
        maximize(&[positive(3.0), positive(2.0)])
            .row(-FREE, &[1.0, 1.0], 4.0)
            .row(-FREE, &[1.0, 3.0], 6.0)
            .is("a linear model has its best corner", Answer::BestAt(12.0, vec![4.0, 0.0])),
        minimize(&[positive(2.0), positive(3.0)])
            .row(10.0, &[1.0, 1.0], FREE)
            .row(3.0, &[0.0, 1.0], FREE)
            .is("a diet is cheapest at its demands", Answer::BestAt(23.0, vec![7.0, 3.0])),
        minimize(&[(-FREE, FREE, 1.0), (-FREE, FREE, 1.0)])
            .row(-2.0, &[1.0, 2.0], FREE)
            .row(-2.0, &[2.0, 1.0], FREE)
            .is("columns may be negative", Answer::Best(-4.0 / 3.0)),
        minimize(&[positive(1.0), positive(4.0)])
            .row(5.0, &[1.0, 1.0], 5.0)
            .row(-FREE, &[1.0, -1.0], 1.0)
            .is("an equality holds", Answer::BestAt(11.0, vec![3.0, 2.0])),
        maximize(&[(-FREE, FREE, 1.0), (0.0, 10.0, -1.0)])
            .row(-3.0, &[1.0, -1.0], 7.0)
            .is("a row keeps its upper bound", Answer::Best(7.0)),
        minimize(&[(-FREE, FREE, 1.0), (0.0, 10.0, 1.0)])
            .row(-3.0, &[1.0, -1.0], 7.0)
            .is("the same row keeps its lower bound", Answer::BestAt(-3.0, vec![-3.0, 0.0])),
        maximize(&[(2.0, 2.0, 1.0), (0.0, 9.0, 1.0)])
            .row(-FREE, &[2.0, 1.0], 10.0)
            .is("a fixed column stays", Answer::BestAt(8.0, vec![2.0, 6.0])),
        maximize(&[(0.0, 4.0, 1.0), (-3.0, 5.0, -2.0)])
            .is("bounds are enough without rows", Answer::BestAt(10.0, vec![4.0, -3.0])),
        minimize(&[(0.0, 1.0, 0.0)])
            .offset(-7.5)
            .is("the constant part counts", Answer::Best(-7.5)),
        // Beale's example, on which a careless simplex method cycles.
        minimize(&[positive(-0.75), positive(150.0), positive(-0.02), positive(6.0)])
            .row(-FREE, &[0.25, -60.0, -0.04, 9.0], 0.0)
            .row(-FREE, &[0.5, -90.0, -0.02, 3.0], 0.0)
            .row(-FREE, &[0.0, 0.0, 1.0, 0.0], 1.0)
            .is("a degenerate model does not cycle", Answer::Best(-0.05)),
    ]
}

fn whole() -> Vec<Problem> {
    let knapsack = || {
        let items = [60.0, 100.0, 120.0, 75.0].map(|value| (0.0, 1.0, value));
        maximize(&items).row(-FREE, &[10.0, 20.0, 30.0, 16.0], 50.0).whole()
    };
    // Two pairs of flags; by how much twice a pair's sum misses 1, on either side, costs 3.
    let mut nearly = minimize(&[[(0.0, 1.0, 0.0); 4], [(0.0, FREE, 3.0); 4]].concat());
    nearly.0.columns.integer[..4].fill(true);
    let nearly = nearly
        .row(1.0, &[2.0, 0.0, 2.0, 0.0, -1.0, 0.0, 1.0, 0.0], 1.0)
        .row(1.0, &[0.0, 2.0, 0.0, 2.0, 0.0, -1.0, 0.0, 1.0], 1.0)
        .row(-FREE, &[1.40625; 4], 7.03125);
    vec![
        nearly.from(
            &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
            "nothing is gained by being whole only nearly",
            Answer::Best(6.0),
        ),
        knapsack().is("a knapsack is packed best", Answer::BestAt(235.0, vec![1.0, 1.0, 0.0, 1.0])),
        knapsack().from(
            &[1.0, 1.0, 1.0, 1.0],
            "an infeasible start does no harm",
            Answer::BestAt(235.0, vec![1.0, 1.0, 0.0, 1.0]),
        ),
        knapsack().from(
            &[1.0, 1.0, 0.0, 1.0],
            "the best start is kept",
            Answer::BestAt(235.0, vec![1.0, 1.0, 0.0, 1.0]),
        ),
        knapsack().from(&[1.0], "a start of the wrong length does no harm", Answer::Best(235.0)),
        maximize(&[(0.0, 10.0, 5.0), (0.0, 10.0, 4.0)])
            .row(-FREE, &[6.0, 4.0], 24.0)
            .row(-FREE, &[1.0, 2.0], 6.0)
            .whole()
            .is("whole numbers are not the rounded ones", Answer::BestAt(20.0, vec![4.0, 0.0])),
        minimize(&[(-5.0, 5.0, 1.0), (-5.0, 5.0, 1.0)])
            .row(-7.0, &[2.0, 3.0], FREE)
            .row(0.5, &[1.0, -1.0], FREE)
            .whole()
            .is("whole numbers may be negative", Answer::Best(-2.0)),
    ]
}

fn without_answer() -> Vec<Problem> {
    vec![
        minimize(&[(0.0, FREE, 1.0)])
            .row(-FREE, &[1.0], 1.0)
            .row(2.0, &[1.0], FREE)
            .is("rows contradict each other", Answer::Infeasible),
        minimize(&[(0.0, 1.0, 1.0), (0.0, 1.0, 1.0)])
            .row(1.5, &[2.0, 2.0], 1.5)
            .whole()
            .is("only fractions satisfy the rows", Answer::Infeasible),
        maximize(&[(0.0, FREE, 1.0), (0.0, FREE, 1.0)])
            .row(-FREE, &[1.0, -1.0], 2.0)
            .is("nothing limits the objective", Answer::Unbounded),
        maximize(&[(0.0, FREE, 1.0), (0.0, FREE, 0.0)])
            .row(-FREE, &[1.0, -1.0], 2.0)
            .row(-FREE, &[-1.0, 1.0], -3.0)
            .is("without limit, and infeasible", Answer::Infeasible),
        maximize(&[(0.0, FREE, 1.0), (0.0, FREE, 1.0)])
            .row(-FREE, &[1.0, -1.0], 2.5)
            .whole()
            .is("whole numbers without limit", Answer::Unbounded),
    ]
}

fn odd_shapes() -> Vec<Problem> {
    let empty_row = |lower, upper| {
        let mut model = Model::new();
        model.push_row(lower, upper, []);
        model
    };
    let plain = |name, model, answer| Problem { name, model, start: None, answer };
    let mut crossed = Model::new();
    crossed.push_column(1.0, 0.0, false, 1.0);
    let mut reaching = Model::new();
    reaching.push_column(0.0, 1.0, false, 1.0);
    reaching.push_row(0.0, 1.0, [(7, 1.0)]);
    let mut no_number = Model::new();
    no_number.push_column(0.0, 1.0, false, f64::NAN);
    let constant = Model {
        objective: Objective { maximize: true, offset: 3.0, costs: Costs::default() },
        ..Model::new()
    };
    vec![
        plain("an empty model is solved", Model::new(), Answer::BestAt(0.0, vec![])),
        plain("an empty model has its constant", constant, Answer::Best(3.0)),
        plain("a row without columns may hold", empty_row(-1.0, 1.0), Answer::Best(0.0)),
        plain("a row without columns may fail", empty_row(1.0, 2.0), Answer::Infeasible),
        minimize(&[(1.0, 3.0, 2.0)])
            .row(-1.0, &[0.0], 1.0)
            .is("a row without terms may hold", Answer::BestAt(2.0, vec![1.0])),
        minimize(&[(1.0, 3.0, 2.0)])
            .row(1.0, &[0.0], 1.0)
            .is("a row without terms may fail", Answer::Infeasible),
        minimize(&[(0.0, 3.0, -1.0)])
            .row(-FREE, &[1.0], FREE)
            .is("a row without bounds says nothing", Answer::BestAt(-3.0, vec![3.0])),
        plain("crossed bounds are refused", crossed, Answer::Malformed),
        plain("a column that does not exist is refused", reaching, Answer::Malformed),
        plain("a cost that is no number is refused", no_number, Answer::Malformed),
    ]
}

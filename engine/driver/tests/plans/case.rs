//! A policy over a world, planned and judged.

use apportion_check::check_text;
use apportion_check::policy::{Policy, Rollout};
use apportion_driver::{Failure, Observer, Options, Planned, Request, Stage, plan};
use apportion_evaluate::{Tolerance, Verdict, judge};
use apportion_facts::{Assignment, Settings, WorldFacts, schema};
use apportion_plan::{Plan, Timings};
use apportion_solve::Progress;
use apportion_world::schema::Schema;
use apportion_world::{InputBytes, World, load};
use proptest::test_runner::Config;

/// Monday noon of a month with 30 days.
const AT: f64 = 1_795_435_200.0;

/// Looks on, and never ends a run.
pub(crate) struct Silent;

impl Observer for Silent {
    fn stage(&self, _: Stage) {}

    fn progress(&self, _: &Progress) {}

    fn interrupted(&self) -> bool {
        false
    }

    fn elapsed(&self) -> f64 {
        0.0
    }
}

/// A policy with its facts.
pub(crate) struct Case {
    pub(crate) policy: Policy,
    pub(crate) schema: Schema,
    settings: Settings,
    world: World,
    /// All of it as text.
    pub(crate) story: String,
}

impl Case {
    /// A policy that the checker passes, over inputs without faults.
    pub(crate) fn new(text: &str, inputs: &[InputBytes], now: &InputBytes) -> Case {
        let checked = check_text("main.alloc", text);
        let Some(policy) = checked.policy else {
            panic!("the checker refuses\n{text}\n{:#?}", checked.diagnostics);
        };
        let mut story = text.to_owned();
        for file in inputs.iter().chain([now]) {
            story += &format!("-- {}\n{}\n", file.file, String::from_utf8_lossy(&file.bytes));
        }
        let settings = Settings::new(&policy, &[], AT).expect("no parameters");
        let schema = schema(&policy, &settings, &checked.sources).expect("a schema");
        let loaded = load(&schema, inputs, Some(now));
        let Some(world) = loaded.world else {
            panic!("the world is refused\n{story}\n{:#?}", loaded.findings);
        };
        Case { policy, schema, settings, world, story }
    }

    /// Another world of the same policy.
    pub(crate) fn world(&self, inputs: &[InputBytes]) -> World {
        let loaded = load(&self.schema, inputs, None);
        let Some(world) = loaded.world else { panic!("the world is refused: {loaded:#?}") };
        world
    }

    /// The rules `r0`, `r1`, … in these modes, where they can be.
    pub(crate) fn rolled_out(mut self, modes: &[Rollout]) -> Case {
        for (number, mode) in modes.iter().enumerate() {
            let name = format!("r{number}");
            let rules = self.policy.rules.iter_mut().filter(|rule| rule.name == name);
            for rule in rules.filter(|rule| *mode != Rollout::Warn || !rule.has_bins()) {
                rule.rollout = *mode;
                self.story += &format!("-- {name}: {mode:?}\n");
            }
        }
        self
    }

    /// What the driver makes of it.
    pub(crate) fn plan(
        &self,
        options: Options,
        observer: &dyn Observer,
    ) -> Result<Planned, Failure> {
        plan(&self.request(options), observer)
    }

    /// What the driver is asked.
    pub(crate) fn request(&self, options: Options) -> Request<'_> {
        self.request_over(&self.world, options)
    }

    /// What the driver is asked of another world.
    pub(crate) fn request_over<'r>(&'r self, world: &'r World, options: Options) -> Request<'r> {
        Request {
            project: "test",
            policy: &self.policy,
            world,
            settings: &self.settings,
            options,
            params: Default::default(),
            hashes: Default::default(),
            timings: Timings::default(),
        }
    }

    pub(crate) fn facts(&self) -> WorldFacts<'_> {
        WorldFacts::new(&self.policy, &self.world, &self.settings)
    }

    /// The judge's word on what a plan's text says.
    pub(crate) fn judged(&self, plan: &Plan) -> Verdict {
        self.judge(&self.assignment(plan))
    }

    /// The judge's word.
    pub(crate) fn judge(&self, assignment: &Assignment) -> Verdict {
        judge(&self.policy, &self.facts(), assignment, &Tolerance::default())
    }

    /// The assignment that a plan's text says.
    pub(crate) fn assignment(&self, plan: &Plan) -> Assignment {
        let mut assignment = Assignment::zero(&self.policy);
        for (at, decision) in self.policy.decisions.iter().enumerate() {
            for entry in plan.decisions.get(decision.name.as_str()).into_iter().flatten() {
                let codes: Vec<u32> = entry.at.iter().map(|word| self.code(word)).collect();
                assignment.decisions[at].set(&codes, entry.value);
            }
        }
        assignment
    }

    /// Every word of these worlds ends with its code, but for the ways.
    pub(crate) fn code(&self, word: &str) -> u32 {
        match word {
            "firm" => 0,
            "spot" => 1,
            word => word.trim_start_matches(|it: char| it.is_alphabetic()).parse().unwrap_or(99),
        }
    }
}

/// How a property is tried: so many cases unless the environment names another number.
pub(crate) fn trials(cases: u32, max_shrink_iters: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let cases = asked.unwrap_or(cases);
    Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() }
}

//! Plans of one policy over worlds that follow each other.
//!
//! What was worked out of the kinds of rows in one world holds in the next, as long as its rows are of the same kinds: the
//! policy is then not read over them again. What runs is what the plan before left running:
//!
//! ```text
//! let mut planner = Planner::new(&policy, &schema);
//! let first = planner.plan(&request, observer)?;
//! let mut world = load(&schema, &inputs, None);
//! world.current = current_of(&policy, &world, &first.plan);
//! let second = planner.plan(&Request { world: &world, ..request }, observer)?;
//! ```

use apportion_check::policy::{InputId, Policy};
use apportion_facts::{Settings, WorldFacts};
use apportion_ground::{Again, Ground, Later};
use apportion_world::schema::Schema;

use crate::codes::class_gap;
use crate::prices::{Before, Prices};
use crate::request::{Observer, Request, Stage};
use crate::run::{
    Failure, Grounded, Planned, Read, ground_until, is_over, plan, running, with_ground,
};

/// Plans a world that changes, again and again.
pub struct Planner<'p> {
    policy: &'p Policy,
    schema: &'p Schema,
    known: Option<Known<'p>>,
}

/// What is known from a world before.
struct Known<'p> {
    settings: Settings,
    merge: bool,
    again: Again<'p>,
    prices: Option<(Prices, Option<f64>)>,
    /// The hashes of inputs that nothing is known of unless their rows are the same.
    same: Vec<(usize, String)>,
}

impl<'p> Planner<'p> {
    /// One that knows nothing yet, of a policy and the schema that its worlds are loaded with.
    pub fn new(policy: &'p Policy, schema: &'p Schema) -> Planner<'p> {
        Planner { policy, schema, known: None }
    }

    /// Plans, as [`crate::plan`] does. The request is of the same policy.
    pub fn plan(
        &mut self,
        request: &Request<'_>,
        observer: &dyn Observer,
    ) -> Result<Planned, Failure> {
        if !std::ptr::eq(self.policy, request.policy) {
            return plan(request, observer);
        }
        observer.stage(Stage::Ground);
        let begun = observer.elapsed();
        let mut found = None;
        let known = self.known(request);
        let known =
            known.map(|later| self.solved_again(request, &later, begun, &mut found, observer));
        // Whatever went wrong may be the fault of what is known.
        let planned = if let Some(Ok(planned)) = known {
            planned
        } else {
            let grounded = ground_until(request, &|| is_over(request, observer))?;
            // Stopped before it is read: there is nothing to keep.
            let Some(Grounded { ground, findings }) = grounded else {
                return plan(request, observer);
            };
            // What was said of some rows may have to be said of others next time.
            let kept = findings.is_empty().then(|| self.kept(request, ground.clone()));
            self.known = kept;
            let read = Read { ground: &ground, findings, begun };
            solved(request, read, Before::default(), &mut found, observer)?
        };
        if let (Some(known), Some(found)) = (&mut self.known, found) {
            let gap = planned.plan.levels.first().and_then(class_gap);
            known.prices = Some((found, gap));
        }
        Ok(planned)
    }

    fn solved_again(
        &self,
        request: &Request<'_>,
        later: &Later,
        begun: f64,
        found: &mut Option<Prices>,
        observer: &dyn Observer,
    ) -> Result<Planned, Failure> {
        let known = self.known.as_ref().and_then(|known| known.prices.as_ref());
        let before = Before {
            classes: Some(&later.classes),
            prices: known.map(|(prices, _)| prices),
            gap: known.and_then(|(_, gap)| *gap),
        };
        let read = Read { ground: &later.ground, findings: Vec::new(), begun };
        solved(request, read, before, found, observer)
    }

    /// Whether the policy need not be read over the request's world.
    pub fn knows(&mut self, request: &Request<'_>) -> bool {
        self.known(request).is_some()
    }

    /// The policy over the request's world, if all that it takes is known.
    fn known(&mut self, request: &Request<'_>) -> Option<Later> {
        let known = self.known.as_mut()?;
        let Request { policy, world, settings, ref options, .. } = *request;
        let mut same = known.same.iter();
        let is_same = known.merge == options.merge
            && known.settings.differs_in_time_only(settings)
            && same.all(|(input, hash)| world.hash_of(self.schema, *input) == *hash);
        let facts = WorldFacts::new(policy, world, settings);
        is_same.then(|| known.again.over(&facts, &running(request))).flatten()
    }

    /// What is known from the request's world.
    fn kept(&self, request: &Request<'_>, ground: Ground) -> Known<'p> {
        let Request { world, settings, ref options, .. } = *request;
        let facts = WorldFacts::new(self.policy, world, settings);
        let again = Again::new(self.policy, &facts, ground);
        let joint = 0..self.policy.inputs.len();
        let joint = joint.filter(|input| again.is_joint(InputId(*input as u32)));
        let mut read: Vec<usize> = joint.collect();
        referred(self.schema, &mut read);
        let same = read.iter().map(|input| (*input, world.hash_of(self.schema, *input))).collect();
        Known { settings: settings.clone(), merge: options.merge, again, prices: None, same }
    }
}

/// The plan that all stages make; `found` is what the linear relaxation found, if it was solved.
fn solved(
    request: &Request<'_>,
    read: Read<'_>,
    before: Before<'_>,
    found: &mut Option<Prices>,
    observer: &dyn Observer,
) -> Result<Planned, Failure> {
    with_ground(request, read, &[], before, observer, |run| {
        let outcome = run.solve();
        *found = run.prices.take();
        outcome
    })
}

/// Adds the inputs whose rows rows of some inputs refer to, and those that these refer to.
fn referred(schema: &Schema, inputs: &mut Vec<usize>) {
    let mut next = 0;
    while let Some(input) = inputs.get(next).copied() {
        let fields = &schema.entities[schema.inputs[input].entity].fields;
        let entities = fields.iter().flat_map(|field| field.kind.references());
        for input in entities.filter_map(|entity| schema.entities[entity].input) {
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
        next += 1;
    }
}

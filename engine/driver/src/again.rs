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
use apportion_ground::{Again, Ground};
use apportion_world::schema::Schema;

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
        if let Some(ground) = self.known(request) {
            let read = Read { ground: &ground, findings: Vec::new(), begun };
            return with_ground(request, read, &[], observer, |run| run.solve());
        }
        let grounded = ground_until(request, &|| is_over(request, observer))?;
        // Stopped before it is read: there is nothing to keep.
        let Some(Grounded { ground, findings }) = grounded else { return plan(request, observer) };
        // What was said of some rows may have to be said of others next time.
        self.known = findings.is_empty().then(|| self.kept(request, ground.clone()));
        let read = Read { ground: &ground, findings, begun };
        with_ground(request, read, &[], observer, |run| run.solve())
    }

    /// Whether the policy need not be read over the request's world.
    pub fn knows(&mut self, request: &Request<'_>) -> bool {
        self.known(request).is_some()
    }

    /// The policy over the request's world, if all that it takes is known.
    fn known(&mut self, request: &Request<'_>) -> Option<Ground> {
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
        let same = joint.map(|input| (input, world.hash_of(self.schema, input))).collect();
        Known { settings: settings.clone(), merge: options.merge, again, same }
    }
}

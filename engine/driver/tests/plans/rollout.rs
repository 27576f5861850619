//! Rules that are not enforced.

use apportion_check::policy::Rollout;
use apportion_driver::Options;
use apportion_plan::Plan;
use proptest::prelude::*;

use crate::case::{Case, Silent, trials};
use crate::{policy, world};

fn planned(case: &Case) -> Option<Plan> {
    let planned = case.plan(Options { gap: 0.0, ..Options::default() }, &Silent);
    planned.ok().map(|planned| planned.plan)
}

proptest! {
    #![proptest_config(trials(if cfg!(debug_assertions) { 50 } else { 400 }, 1000))]
    #[test]
    fn a_plan_with_a_rule_in_audit_is_the_plan_without_the_rule(
        text in policy::policy(),
        tables in world::tables(),
    ) {
        let now = tables.running(text.places, text.rest);
        let audited = Case::new(&text.policy, &tables.inputs(), &now).rolled_out(&[Rollout::Audit]);
        let is_first = |line: &&str| line.starts_with("rule r0 ") || line.starts_with("sla r0 ");
        let others: Vec<&str> = text.policy.lines().filter(|line| !is_first(line)).collect();
        let without = Case::new(&others.join("\n"), &tables.inputs(), &now);
        let (audited, without) = (planned(&audited), planned(&without));
        prop_assert_eq!(audited.is_some(), without.is_some());
        if let (Some(audited), Some(without)) = (audited, without) {
            prop_assert_eq!(audited.status, without.status);
            prop_assert_eq!(audited.point, without.point);
            prop_assert_eq!(audited.decisions, without.decisions);
            prop_assert_eq!(audited.levels, without.levels);
            prop_assert_eq!(audited.refused, without.refused);
            prop_assert_eq!(audited.model, without.model);
        }
    }
}

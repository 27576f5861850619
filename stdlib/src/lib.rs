//! The `.alloc` modules that every policy may use, embedded.
//!
//! A module is named by its path: `std.resources`. This crate holds texts only; what they mean is the
//! checker's business. What they do is shown by `tests/MODULE.md`, which the tests of the whole project run.

/// Every module with its text.
const MODULES: &[(&str, &str)] = &[
    ("std.balance", include_str!("../std/balance.alloc")),
    ("std.budgets", include_str!("../std/budgets.alloc")),
    ("std.change", include_str!("../std/change.alloc")),
    ("std.compliance", include_str!("../std/compliance.alloc")),
    ("std.edge", include_str!("../std/edge.alloc")),
    ("std.energy", include_str!("../std/energy.alloc")),
    ("std.fairness", include_str!("../std/fairness.alloc")),
    ("std.purchase", include_str!("../std/purchase.alloc")),
    ("std.quotas", include_str!("../std/quotas.alloc")),
    ("std.resources", include_str!("../std/resources.alloc")),
    ("std.sla", include_str!("../std/sla.alloc")),
    ("std.topology", include_str!("../std/topology.alloc")),
];

/// The text of a module; `None` where there is no such module.
pub fn module(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// The paths of all modules.
pub fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(path, _)| *path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_names_its_edition() {
        for path in modules() {
            let text = module(path).unwrap_or_default();
            assert!(text.lines().any(|line| line == "edition 2026"), "{path}");
        }
        assert_eq!(module("std.nothing"), None);
    }
}

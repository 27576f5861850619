//! The `.alloc` modules that every policy may use, embedded.
//!
//! A module is named by its path: `std.resources`. This crate holds texts only; what they mean is the
//! checker's business.

/// Every module with its text.
const MODULES: &[(&str, &str)] = &[
    ("std.change", include_str!("../std/change.alloc")),
    ("std.resources", include_str!("../std/resources.alloc")),
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

//! Words for what a policy and its world number.

use std::borrow::Cow;

use apportion_check::policy::{
    Decision, DecisionId, Domain, EnumId, LevelId, Policy, RuleId, Type,
};
use apportion_ground::Quantifier;
use apportion_lower::Naming;
use apportion_world::World;
use smol_str::SmolStr;

/// The author's and the data's words.
pub struct Names<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The facts.
    pub world: &'a World,
    /// Texts and numbers that quantifiers range over.
    pub words: &'a [SmolStr],
}

impl<'a> Names<'a> {
    /// The word for a code of a type.
    pub fn code(&self, ty: &Type, code: u32) -> Cow<'a, str> {
        let word = match ty {
            Type::Row(entity) => {
                let input = self.policy.entities[entity.index()].input;
                input.map(|input| self.world.key(input.index(), code))
            }
            Type::Enum(id) => self.word(*id, code),
            Type::Resource => {
                self.policy.resources.get(code as usize).map(|resource| resource.name.as_str())
            }
            Type::Slot(_) => return code.to_string().into(),
            _ => match self.words.get(code as usize) {
                Some(word) => Some(word.as_str()),
                None => return code.to_string().into(),
            },
        };
        word.unwrap_or_default().into()
    }

    fn word(&self, id: EnumId, code: u32) -> Option<&'a str> {
        let values = self.policy.enums.get(id.index()).map(|list| &list.values);
        values.and_then(|values| values.get(code as usize)).map(SmolStr::as_str)
    }

    /// The words of a decision's tuple.
    pub fn tuple(&self, decision: usize, tuple: &[u32]) -> Vec<String> {
        let id = DecisionId(decision as u32);
        tuple.iter().enumerate().map(|(index, code)| self.at(id, index, *code)).collect()
    }

    /// A decision, and whether its moves are meant: those are numbered after all decisions.
    fn decided(&self, decision: DecisionId) -> (&Decision, bool) {
        let decisions = &self.policy.decisions;
        (&decisions[decision.index() % decisions.len()], decision.index() >= decisions.len())
    }

    pub(crate) fn index_type(&self, decision: DecisionId, index: usize) -> Type {
        match &self.decided(decision).0.indices[index].domain {
            Domain::Input(input) => Type::Row(self.policy.inputs[input.index()].entity),
            Domain::Enum(id) => Type::Enum(*id),
            Domain::Resources => Type::Resource,
            Domain::Slots(slots) => Type::Slot(*slots),
            Domain::Values(values) => values.first().map_or(Type::Unknown, |it| it.ty.clone()),
            Domain::Set(_) => Type::Unknown,
        }
    }
}

impl Naming for Names<'_> {
    fn decision(&self, decision: DecisionId) -> String {
        match self.decided(decision) {
            (decision, false) => decision.name.to_string(),
            (decision, true) => format!("{}.moves", decision.name),
        }
    }

    fn rule(&self, rule: RuleId) -> String {
        self.policy.rules[rule.index()].name.to_string()
    }

    fn level(&self, level: LevelId) -> String {
        self.policy.levels[level.index()].name.to_string()
    }

    fn at(&self, decision: DecisionId, index: usize, code: u32) -> String {
        self.code(&self.index_type(decision, index), code).into_owned()
    }

    fn member(&self, quantifier: &Quantifier, code: u32) -> String {
        self.code(&quantifier.ty, code).into_owned()
    }
}

//! Positions in the lists of a policy.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the policy's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(/** An entity of [`Policy::entities`](super::Policy::entities). */ EntityId);
id!(/** A field of its entity's [`Entity::fields`](super::Entity::fields). */ FieldId);
id!(/** An enum of [`Policy::enums`](super::Policy::enums). */ EnumId);
id!(/** An input of [`Policy::inputs`](super::Policy::inputs). */ InputId);
id!(/** A parameter of [`Policy::params`](super::Policy::params). */ ParamId);
id!(/** A resource of [`Policy::resources`](super::Policy::resources). */ ResourceId);
id!(/** A row of slots of [`Policy::slots`](super::Policy::slots). */ SlotsId);
id!(/** A forecast of [`Policy::forecasts`](super::Policy::forecasts). */ ForecastId);
id!(/** A decision of [`Policy::decisions`](super::Policy::decisions). */ DecisionId);
id!(/** A `let` of [`Policy::lets`](super::Policy::lets). */ LetId);
id!(/** A rule of [`Policy::rules`](super::Policy::rules). */ RuleId);
id!(/** A `priority` of [`Policy::priorities`](super::Policy::priorities). */ PriorityId);
id!(/** A `fairness` of [`Policy::fairness`](super::Policy::fairness). */ FairnessId);
id!(/** A level of [`Policy::levels`](super::Policy::levels). */ LevelId);
id!(/** A slot of a frame. */ VarId);

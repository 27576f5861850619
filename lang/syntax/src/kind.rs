//! The kinds of token that the grammar tells apart, and the words that have a kind of their own.

/// Declares [`Kind`] with its variants' names in the grammar.
macro_rules! kinds {
    ($($variant:ident $name:literal,)*) => {
        /// What a token is to the grammar. The numbers are below 128, so that a text of kinds is
        /// ASCII and the offset of a kind is the number of its token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum Kind { Start = 0, $($variant,)* }

        impl Kind {
            /// Every kind that reaches the grammar, with its name there.
            #[cfg(test)]
            pub(crate) const ALL: &[(Kind, &str)] = &[$((Kind::$variant, $name),)*];
        }
    };
}

// The order matters: the groups that the grammar and the functions below name are ranges of it.
kinds! {
    // Ends of a line of a block.
    Line "LINE",
    Semicolon "SEMICOLON",
    BraceClose "BRACE_CLOSE",
    // Operators between two operands.
    Range "RANGE",
    Question "QUESTION",
    Or "OR",
    And "AND",
    In "IN",
    Equal "EQUAL",
    NotEqual "NOT_EQUAL",
    LessEqual "LESS_EQUAL",
    GreaterEqual "GREATER_EQUAL",
    Less "LESS",
    Greater "GREATER",
    Default "DEFAULT",
    Plus "PLUS",
    Minus "MINUS",
    Star "STAR",
    Slash "SLASH",
    SlashTight "SLASH_TIGHT",
    Percent "PERCENT",
    // Words that can never be names.
    Where "WHERE",
    Then "THEN",
    Else "ELSE",
    Per "PER",
    For "FOR",
    If "IF",
    Bool "BOOL",
    Null "NULL",
    // Words that can be names; first those without another meaning.
    Word "WORD",
    Aggregate "AGGREGATE",
    // Words that start a line.
    Eligibility "ELIGIBILITY",
    Given "GIVEN",
    Expect "EXPECT",
    Alert "ALERT",
    Direction "DIRECTION",
    // Words that start an item.
    Edition "EDITION",
    Use "USE",
    Param "PARAM",
    Enum "ENUM",
    Entity "ENTITY",
    Resource "RESOURCE",
    Slots "SLOTS",
    Input "INPUT",
    Forecast "FORECAST",
    Place "PLACE",
    Decide "DECIDE",
    Let "LET",
    Report "REPORT",
    Rule "RULE",
    Priority "PRIORITY",
    Fairness "FAIRNESS",
    Budget "BUDGET",
    Objective "OBJECTIVE",
    Test "TEST",
    Pattern "PATTERN",
    Override "OVERRIDE",
    // Words inside items.
    Key "KEY",
    Max "MAX",
    Fresh "FRESH",
    Within "WITHIN",
    On "ON",
    Missing "MISSING",
    Deny "DENY",
    Exclude "EXCLUDE",
    Assume "ASSUME",
    Last "LAST",
    Over "OVER",
    Every "EVERY",
    Quantiles "QUANTILES",
    Onto "ONTO",
    Via "VIA",
    As "AS",
    By "BY",
    Soft "SOFT",
    At "AT",
    Broken "BROKEN",
    Fail "FAIL",
    No "NO",
    Worse "WORSE",
    Soften "SOFTEN",
    Because "BECAUSE",
    Cites "CITES",
    Preempts "PREEMPTS",
    Grace "GRACE",
    Weight "WEIGHT",
    From "FROM",
    Slack "SLACK",
    Until "UNTIL",
    Open "OPEN",
    Set "SET",
    Map "MAP",
    Each "EACH",
    Of "OF",
    // The unit of a number, and other operands.
    Unit "UNIT",
    PercentUnit "PERCENT_UNIT",
    Number "NUMBER",
    Date "DATE",
    Text "TEXT",
    ParenOpen "PAREN_OPEN",
    BracketOpen "BRACKET_OPEN",
    Not "NOT",
    // The rest.
    ParenClose "PAREN_CLOSE",
    BracketClose "BRACKET_CLOSE",
    AngleClose "ANGLE_CLOSE",
    BraceOpen "BRACE_OPEN",
    BraceUnclosed "BRACE_UNCLOSED",
    BraceStray "BRACE_STRAY",
    Comma "COMMA",
    Colon "COLON",
    Dot "DOT",
    Assign "ASSIGN",
    Unknown "UNKNOWN",
}

impl Kind {
    /// Whether this is a word, reserved or not.
    pub(crate) fn is_word(self) -> bool {
        (Kind::Where..=Kind::Of).contains(&self) || self == Kind::In
    }

    /// Whether the author may use the word as a name.
    pub(crate) fn is_name(self) -> bool {
        (Kind::Word..=Kind::Of).contains(&self)
    }

    /// Whether the word starts an item.
    pub(crate) fn starts_item(self) -> bool {
        (Kind::Edition..=Kind::Override).contains(&self)
    }

    /// Whether an operand can end with this token.
    pub(crate) fn ends_operand(self) -> bool {
        use Kind::*;
        self.is_name()
            || (Unit..=Text).contains(&self)
            || matches!(
                self,
                Bool | Null | Star | ParenClose | BracketClose | BraceClose | AngleClose
            )
    }

    /// Whether an operand or a line of a block can start with this token and no operand can go on
    /// with it when it stands on a line of its own.
    pub(crate) fn starts_operand(self) -> bool {
        use Kind::*;
        self.is_name()
            || (Number..=Not).contains(&self)
            || matches!(self, Bool | Null | For | If | BraceOpen)
    }
}

/// Every word with a kind of its own.
pub(crate) const KEYWORDS: &[(&str, Kind)] = &[
    ("alert", Kind::Alert),
    ("all", Kind::Aggregate),
    ("any", Kind::Aggregate),
    ("as", Kind::As),
    ("assume", Kind::Assume),
    ("at", Kind::At),
    ("because", Kind::Because),
    ("bins", Kind::Aggregate),
    ("distinct", Kind::Aggregate),
    ("broken", Kind::Broken),
    ("budget", Kind::Budget),
    ("by", Kind::By),
    ("cites", Kind::Cites),
    ("compliance", Kind::Rule),
    ("count", Kind::Aggregate),
    ("decide", Kind::Decide),
    ("deny", Kind::Deny),
    ("each", Kind::Each),
    ("edition", Kind::Edition),
    ("else", Kind::Else),
    ("entity", Kind::Entity),
    ("enum", Kind::Enum),
    ("every", Kind::Every),
    ("exclude", Kind::Exclude),
    ("expect", Kind::Expect),
    ("fail", Kind::Fail),
    ("fairness", Kind::Fairness),
    ("false", Kind::Bool),
    ("for", Kind::For),
    ("forbid", Kind::Eligibility),
    ("forecast", Kind::Forecast),
    ("fresh", Kind::Fresh),
    ("from", Kind::From),
    ("given", Kind::Given),
    ("grace", Kind::Grace),
    ("if", Kind::If),
    ("in", Kind::In),
    ("input", Kind::Input),
    ("key", Kind::Key),
    ("last", Kind::Last),
    ("let", Kind::Let),
    ("loosen", Kind::Override),
    ("map", Kind::Map),
    ("max", Kind::Max),
    ("maximize", Kind::Direction),
    ("min", Kind::Aggregate),
    ("minimize", Kind::Direction),
    ("missing", Kind::Missing),
    ("no", Kind::No),
    ("null", Kind::Null),
    ("objective", Kind::Objective),
    ("of", Kind::Of),
    ("on", Kind::On),
    ("onto", Kind::Onto),
    ("open", Kind::Open),
    ("over", Kind::Over),
    ("param", Kind::Param),
    ("pattern", Kind::Pattern),
    ("per", Kind::Per),
    ("permit", Kind::Eligibility),
    ("place", Kind::Place),
    ("preempts", Kind::Preempts),
    ("priority", Kind::Priority),
    ("quantiles", Kind::Quantiles),
    ("report", Kind::Report),
    ("resource", Kind::Resource),
    ("rule", Kind::Rule),
    ("set", Kind::Set),
    ("sla", Kind::Rule),
    ("slack", Kind::Slack),
    ("slots", Kind::Slots),
    ("soft", Kind::Soft),
    ("soften", Kind::Soften),
    ("sum", Kind::Aggregate),
    ("test", Kind::Test),
    ("then", Kind::Then),
    ("tighten", Kind::Override),
    ("true", Kind::Bool),
    ("until", Kind::Until),
    ("use", Kind::Use),
    ("via", Kind::Via),
    ("weight", Kind::Weight),
    ("where", Kind::Where),
    ("within", Kind::Within),
    ("worse", Kind::Worse),
];

/// Slots of [`TABLE`].
const SLOTS: usize = 1024;

/// For each hash of a keyword its place in [`KEYWORDS`] plus 1; the compiler proves that no two
/// keywords share a slot.
static TABLE: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < KEYWORDS.len() {
        let slot = hash(KEYWORDS[at].0.as_bytes());
        assert!(table[slot] == 0, "two keywords share a slot: choose other factors in `hash`");
        table[slot] = at as u8 + 1;
        at += 1;
    }
    table
};

const fn hash(word: &[u8]) -> usize {
    let (first, last) = (word[0] as usize, word[word.len() - 1] as usize);
    let second = word[if word.len() > 1 { 1 } else { 0 }] as usize;
    (first * 429 + second * 470 + last * 285 + word.len() * 473) % SLOTS
}

/// The kind of a word that is not empty.
pub(crate) fn word_kind(word: &str) -> Kind {
    let place = TABLE[hash(word.as_bytes())] as usize;
    match place.checked_sub(1).map(|at| KEYWORDS[at]) {
        Some((keyword, kind)) if keyword == word => kind,
        _ => Kind::Word,
    }
}

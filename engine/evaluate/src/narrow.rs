//! A report's group: indices of one name that take only some values.

use apportion_check::eval::Value;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

/// Every index of that name takes only these values.
#[derive(Debug)]
pub(crate) struct Narrowing<'f> {
    index: SmolStr,
    codes: FxHashSet<u32>,
    /// Values that have no code: texts.
    others: Vec<Value<'f>>,
}

impl<'f> Narrowing<'f> {
    pub(crate) fn new(index: SmolStr, values: Vec<Value<'f>>) -> Narrowing<'f> {
        let codes = values.iter().filter_map(Value::code).collect();
        let others = values.into_iter().filter(|value| value.code().is_none()).collect();
        Narrowing { index, codes, others }
    }

    /// Whether an index of that name may take the value.
    pub(crate) fn admits(&self, name: &str, value: &Value<'f>) -> bool {
        if self.index != name {
            return true;
        }
        match value.code() {
            Some(code) => self.codes.contains(&code),
            None => self.others.contains(value),
        }
    }
}

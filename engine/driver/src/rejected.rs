//! What the evaluator rejects, in words.

use apportion_check::policy::RuleId;
use apportion_evaluate::Fault;

use crate::build::Outcome;
use crate::run::{Rejected, Run};

impl Run<'_> {
    pub(crate) fn rejected(&self, outcome: &Outcome) -> Rejected {
        let Some((_, verdict)) = &outcome.judged else {
            return Rejected { what: "the answer".to_owned(), details: Vec::new() };
        };
        let rules = &self.request.policy.rules;
        if let Some(rule) =
            verdict.rules.iter().find(|rule| !rule.soft && !rule.audited && rule.broken > 0)
        {
            let RuleId(number) = rule.rule;
            let details = rule.first_broken.iter().map(|instance| {
                let at: Vec<String> = instance
                    .at
                    .iter()
                    .map(|index| format!("{} {}", index.name, index.text))
                    .collect();
                let side = |side: Option<f64>| side.map_or("-".to_owned(), |it| it.to_string());
                let (left, right) = (side(instance.left), side(instance.right));
                format!("{}: {left} against {right}, broken by {}", at.join(", "), instance.amount)
            });
            let what = format!("`rule {}`", rules[number as usize].name);
            return Rejected { what, details: details.collect() };
        }
        let offences = verdict.offences.iter().map(|offence| {
            let at: Vec<&str> = offence.at.iter().map(|index| index.text.as_str()).collect();
            format!("[{}] = {}: {}", at.join(", "), offence.value, fault(offence.fault))
        });
        let failures = verdict.failures.iter().map(|failure| failure.error.to_string());
        let details = offences.chain(failures).take(20).collect();
        Rejected { what: "a decision's own bounds".to_owned(), details }
    }
}

/// What is wrong with a value, in words.
fn fault(fault: Fault) -> String {
    match fault {
        Fault::Outside => "there is no such place".to_owned(),
        Fault::Below(least) => format!("it must be at least {least}"),
        Fault::Above(most) => format!("it must be at most {most}"),
        Fault::NotWhole => "it must be whole".to_owned(),
        Fault::NotFinite => "it is no number".to_owned(),
    }
}

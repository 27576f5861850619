//! Results as the XML that build servers read, in the form that Jenkins made the usual one: a suite for each policy, a
//! failure for what does not hold, an error for what could not be judged.

use std::fmt::Write;

use apportion_diagnostic::render;
use apportion_expect::{Outcome, Tested};

use super::{Run, errors};
use crate::args::Test;

pub(super) fn printed(runs: &[Run<'_>], it: &Test) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for run in runs {
        let count = |outcome| run.tested.iter().filter(|it| it.outcome == outcome).count();
        let name = run.sources.get(apportion_diagnostic::SourceId(0)).map_or("", |it| &it.path);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escaped(name),
            run.tested.len(),
            count(Outcome::Failed),
            count(Outcome::Broken),
            count(Outcome::Stopped)
        );
        run.tested.iter().for_each(|tested| case(run, tested, it, &mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(run: &Run<'_>, tested: &Tested, it: &Test, out: &mut String) {
    let (file, line) = run.place(tested.span);
    let time =
        if it.no_timings { String::new() } else { format!(" time=\"{:.3}\"", tested.seconds) };
    let _ = write!(
        out,
        "    <testcase classname=\"{0}\" name=\"{1}\" file=\"{0}\" line=\"{line}\"{time}",
        escaped(file),
        escaped(&tested.name)
    );
    let element = match tested.outcome {
        Outcome::Passed => {
            out.push_str("/>\n");
            return;
        }
        Outcome::Stopped => {
            out.push_str(">\n      <skipped message=\"ended before there was a result\"/>\n    </testcase>\n");
            return;
        }
        Outcome::Failed => "failure",
        Outcome::Broken => "error",
    };
    out.push_str(">\n");
    for finding in errors(tested) {
        let text = render(finding, run.sources);
        let _ = writeln!(
            out,
            "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
            finding.code,
            escaped(&finding.message),
            escaped(text.trim_end())
        );
    }
    out.push_str("    </testcase>\n");
}

/// A text as XML holds it; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => {}
            it => out.push(it),
        }
    }
    out
}

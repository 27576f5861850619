//! `apportion version`

use std::io::Write;

use serde_json::json;

use crate::args::Version;
use crate::exit::Exit;

pub(crate) fn run(it: &Version) -> anyhow::Result<Exit> {
    if let Some(name) = &it.schema {
        anyhow::ensure!(name == "plan", "there is no format `{name}`; formats: plan");
        let schema = schemars::schema_for!(apportion_plan::Plan);
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&schema)?)?;
        return Ok(Exit::Done);
    }
    let version = env!("CARGO_PKG_VERSION");
    let solver = format!("HiGHS {}", apportion_solve::highs_version());
    if it.json {
        let page = json!({ "apportion": version, "edition": 2026, "solver": solver, "plan": apportion_plan::FORMAT });
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&page)?)?;
    } else {
        writeln!(std::io::stdout(), "apportion {version} ({solver})")?;
    }
    Ok(Exit::Done)
}

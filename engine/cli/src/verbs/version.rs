//! `apportion version`

use std::io::Write;

use serde::Serialize;

use crate::args::{Format, Version};
use crate::exit::Exit;
use crate::schemas;

/// What `version --json` prints.
#[derive(Serialize)]
struct Page {
    format: &'static str,
    apportion: &'static str,
    edition: u32,
    plan: &'static str,
    solver: String,
}

pub(crate) fn run(it: &Version) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    if let Some(schema) = it.schema.as_deref().and_then(schemas::text) {
        out.write_all(schema.as_bytes())?;
        return Ok(Exit::Done);
    }
    let page = Page {
        format: "apportion.version/1",
        apportion: env!("CARGO_PKG_VERSION"),
        edition: 2026,
        plan: apportion_plan::FORMAT,
        solver: format!("HiGHS {}", apportion_solve::highs_version()),
    };
    if it.json || it.shown.format == Format::Json {
        writeln!(out, "{}", serde_json::to_string_pretty(&page)?)?;
    } else {
        writeln!(out, "apportion {} ({})", page.apportion, page.solver)?;
    }
    Ok(Exit::Done)
}

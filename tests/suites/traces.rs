//! A real cluster, unconverted: the trace lies beside the project, and is named where it does not.
//!
//! `APPORTION_DATA` names another folder of traces than `../shared/data`.

use anyhow::{Result, bail};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::{binary, data, root, trial_of_data};

const NODES: &str = "openb/openb_node_list_all_node.csv";
const PODS: &str = "openb/openb_pod_list_gpuspec33.csv";

/// Machines, pods, and how far a plan may be from what is proven possible.
const SIZES: [(u32, u32, f64); 3] = [(50, 500, 0.0), (300, 3000, 0.1), (1523, 8152, 0.1)];

/// One test for each size.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(nodes, pods, gap): (u32, u32, f64)| {
        let what = format!("traces: {pods} pods on {nodes} machines are planned");
        trial_of_data(what, &[NODES, PODS], move || plans(nodes, pods, gap))
    };
    SIZES.into_iter().map(trial).collect()
}

fn plans(nodes: u32, pods: u32, most: f64) -> Result<()> {
    let files = format!(
        "--input nodes='{}' --input pods='{}' --limit nodes={nodes} --limit pods={pods}",
        data(NODES).display(),
        data(PODS).display()
    );
    let command = format!(
        "apportion plan --no-progress --format json --time-limit 300s --gap '{most}' {files}; \
         test $? = 0 -o $? = 4"
    );
    let output = binary::shell(&command, &root().join("examples/gpu-cluster"))?;
    if output.code != 0 {
        bail!("{}", output.seen());
    }
    let plan: Value = serde_json::from_str(&output.stdout)?;
    let Some(gap) = plan["levels"][0]["gap"].as_f64() else { bail!("no gap in {plan}") };
    if gap > most + 1e-9 {
        bail!("{gap} from the bound, of at most {most}");
    }
    if plan["check"]["passed"] != Value::Bool(true) {
        bail!("the judge says {}", plan["check"]);
    }
    Ok(())
}

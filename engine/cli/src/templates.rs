//! Projects to start from: the examples, embedded.

use crate::args::Template;

/// Embeds the files of an example, each under its path in the project.
macro_rules! files {
    ($example:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../examples/", $example, "/", $path)))),*]
    };
}

const EDGE_FLEET: &[(&str, &str)] = files!("edge-fleet":
    "apportion.toml", "policy/main.alloc", "policy/tests/placement.alloc", "README.md",
    "data/pools.csv", "data/regions.csv", "data/tenants.csv", "data/workloads.json", "data/zones.csv",
    "data/current.json",
    ".github/workflows/policy.yml", ".pre-commit-config.yaml",
);

const GPU_CLUSTER: &[(&str, &str)] = files!("gpu-cluster":
    "apportion.toml", "policy/main.alloc", "policy/tests/sharing.alloc", "README.md",
    "data/nodes.csv", "data/pods.csv",
    ".github/workflows/policy.yml", ".pre-commit-config.yaml",
);

const CLOUD_PURCHASE: &[(&str, &str)] = files!("cloud-purchase":
    "apportion.toml", "policy/main.alloc", "policy/tests/purchase.alloc", "README.md",
    "data/offers.csv", "data/regions.csv", "data/services.json",
    ".github/workflows/policy.yml", ".pre-commit-config.yaml",
);

/// The files of a template.
pub(crate) fn files(template: Template) -> &'static [(&'static str, &'static str)] {
    match template {
        Template::EdgeFleet => EDGE_FLEET,
        Template::GpuCluster => GPU_CLUSTER,
        Template::CloudPurchase => CLOUD_PURCHASE,
    }
}

/// A template's manifest under the new project's name.
pub(crate) fn renamed(manifest: &str, template: Template, name: &str) -> String {
    let own = match template {
        Template::EdgeFleet => "edge-fleet",
        Template::GpuCluster => "gpu-cluster",
        Template::CloudPurchase => "cloud-purchase",
    };
    let quoted: String =
        name.chars().filter(|it| !matches!(it, '"' | '\\') && !it.is_control()).collect();
    manifest.replacen(&format!("\"{own}\""), &format!("\"{quoted}\""), 1)
}

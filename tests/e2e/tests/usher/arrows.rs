//! The direction of the arrows between the crates, as ARCHITECTURE.md draws them: read from the manifests.

use std::collections::BTreeMap;
use std::path::Path;

use usher_runtime::config::read_file;

/// What each crate may lean on, of this workspace and of what a pure crate must not have.
const ARROWS: [(&str, &str, &[&str]); 13] = [
    ("domain", "crates/domain", &[]),
    ("dialects", "crates/dialects", &["usher-domain"]),
    ("broker", "crates/broker", &["usher-domain", "tokio"]),
    ("proto", "proto", &["usher-domain"]),
    ("routing core", "services/routing/core", &["usher-domain"]),
    ("delivery core", "services/delivery/core", &["usher-domain"]),
    ("kafka", "crates/broker/kafka", &["usher-broker", "usher-domain", "rdkafka", "rdkafka-sys", "tokio"]),
    ("runtime", "crates/runtime", &["usher-broker", "usher-domain", "usher-proto", "tokio"]),
    ("view", "crates/view", &["usher-broker", "usher-domain", "usher-proto", "usher-runtime"]),
    (
        "ingest",
        "services/ingest",
        &["usher-broker", "usher-dialects", "usher-domain", "usher-proto", "usher-runtime", "usher-view", "tokio"],
    ),
    (
        "routing",
        "services/routing",
        &["usher-broker", "usher-domain", "usher-proto", "usher-routing-core", "usher-runtime"],
    ),
    (
        "delivery",
        "services/delivery",
        &[
            "usher-broker",
            "usher-delivery-core",
            "usher-dialects",
            "usher-domain",
            "usher-proto",
            "usher-runtime",
            "tokio",
        ],
    ),
    ("stand-ins", "crates/stand-ins", &["tokio"]),
];

/// What only some may have.
const GUARDED: [&str; 3] = ["tokio", "rdkafka", "rdkafka-sys"];

#[derive(serde::Deserialize)]
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, serde_json::Value>,
}

#[test]
fn no_crate_leans_on_what_it_must_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, folder, allowed) in ARROWS {
        let manifest: Manifest = read_file(&root.join(folder).join("Cargo.toml")).expect("a readable manifest");
        for dependency in manifest.dependencies.keys() {
            let watched = dependency.starts_with("usher") || GUARDED.contains(&dependency.as_str());
            assert!(
                !watched || allowed.contains(&dependency.as_str()),
                "{name} must not lean on {dependency}: ARCHITECTURE.md says which way the arrows go"
            );
        }
    }
}

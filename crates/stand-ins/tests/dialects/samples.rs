//! The sample files of `deploy/samples` are the scenario that the stand-ins play, and a channel of each dialect that it
//! does not play, with secrets by reference.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_stand_ins::{Graces, StandIns};

fn sample(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/samples").join(name);
    let read = config::Config::builder().add_source(config::File::from(file)).build();
    read.and_then(config::Config::try_deserialize).expect("the sample is readable")
}

/// Replaces each reference by a text that is base64 and long enough for every purpose; counts them.
fn resolve(value: &mut Value, references: &mut usize) {
    if value.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key("env")) {
        *value = json!("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        *references += 1;
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| resolve(value, references)),
        Value::Array(items) => items.iter_mut().for_each(|value| resolve(value, references)),
        _ => {}
    }
}

/// (account, dialect, desk, group, bot) of all accounts.
fn shape(file: &Value) -> BTreeSet<String> {
    let accounts = file["tenants"][0]["accounts"].as_array().expect("a list of accounts");
    let said = |account: &Value| {
        let part = |name: &str| account[name].to_string();
        let dialect = &account["channel"]["dialect"];
        format!("{} {dialect} {} {} {}", part("account"), part("desk"), part("default_group"), part("bot"))
    };
    accounts.iter().map(said).collect()
}

#[tokio::test]
async fn the_sample_accounts_are_the_scenarios_with_secrets_by_reference() {
    let mut file = sample("accounts.yaml");
    let mut references = 0;
    resolve(&mut file, &mut references);
    assert_eq!(references, 25, "every secret is a reference");
    let stand_ins = StandIns::start().await.expect("the stand-ins start");
    let played: Value = serde_json::from_str(&stand_ins.accounts_yaml("http://127.0.0.1:1", Graces::default()))
        .expect("the file is JSON, which is YAML too");
    let (shown, played_too) = (shape(&file), shape(&played));
    assert!(played_too.is_subset(&shown), "{played_too:?}");
    let beyond: Vec<&String> = shown.difference(&played_too).collect();
    let expected = [
        r#""easemob-server" "easemob" "acme-desk" null null"#,
        r#""sms-cn" "sms" "acme-desk" null null"#,
        r#""smsc" "sms" "acme-desk" null null"#,
    ];
    assert_eq!(beyond, expected, "what the scenario does not play");
    assert_eq!(file["tenants"][0]["api_key_sha256"], played["tenants"][0]["api_key_sha256"]);
    // SMPP has room for eight characters.
    let accounts = file["tenants"][0]["accounts"].as_array_mut().expect("a list of accounts");
    let smsc = accounts.iter_mut().find(|account| account["account"] == "smsc").expect("an SMSC");
    smsc["channel"]["password"] = json!("password");
    let file: AccountsFile = serde_json::from_value(file).expect("the shape of an accounts file");
    Accounts::check(file).expect("consistent");
}

#[tokio::test]
async fn the_sample_directory_names_the_scenarios_agents_and_groups() {
    let stand_ins = StandIns::start().await.expect("the stand-ins start");
    let played: Value = serde_json::from_str(&stand_ins.directory_yaml()).expect("the file is JSON");
    let file = sample("directory.yaml");
    for field in ["tenant", "desk", "groups"] {
        assert_eq!(file[field], played[field], "{field}");
    }
    let agents = |directory: &Value| -> Vec<String> {
        let agents = directory["agents"].as_array().expect("a list of agents");
        agents.iter().map(|agent| format!("{} {} {}", agent["agent"], agent["capacity"], agent["groups"])).collect()
    };
    assert_eq!(agents(&file), agents(&played));
}

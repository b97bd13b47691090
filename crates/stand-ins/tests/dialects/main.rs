//! Stand-ins and dialects understand each other, although they share no code: what a client here says, usher reads;
//! what usher sends, a server here takes.

mod huawei_push;
mod inbound;
mod outbound;
mod samples;
mod sms_aliyun;

use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_stand_ins::{Graces, StandIns};

/// The accounts that lead to these stand-ins.
fn accounts(stand_ins: &StandIns, ingest_url: &str) -> Accounts {
    let yaml = stand_ins.accounts_yaml(ingest_url, Graces::default());
    let file: AccountsFile = serde_json::from_str(&yaml).expect("the file is JSON, which is YAML too");
    Accounts::check(file).expect("the accounts are consistent")
}

//! [`Account`]: what the scripts of one app cost, for people who ask why a world is slow.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stage::Instance;

/// One app's account.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Its folder.
    pub(crate) app: String,
    /// Entities that stand on it.
    pub(crate) instances: u64,
    /// Of those, the ones that run.
    pub(crate) running: u64,
    /// Of those, the ones an error stopped.
    pub(crate) crashed: u64,
    /// How often its instances were started, all together.
    pub(crate) starts: u64,
    /// Milliseconds of processor time its scripts took in the last tick.
    pub(crate) last_ms: f64,
    /// In an average tick of about the last second.
    pub(crate) tick_ms: f64,
    /// In the longest tick.
    pub(crate) max_ms: f64,
    /// Bytes its script engines hold.
    pub(crate) memory: u64,
    /// Versions of its script that somebody still runs.
    pub(crate) realms: u32,
    /// Ticks in which not all of its instances had their turn.
    pub(crate) late: u64,
}

/// By app: what its instances are, and what the world counted of them.
pub(crate) fn of(instances: &[Instance], counted: Vec<bowline_runtime::Account>) -> Vec<Account> {
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for instance in instances {
        let account = entry(&mut accounts, &instance.app);
        account.instances += 1;
        account.running += u64::from(instance.state == "running");
        account.crashed += u64::from(instance.state == "crashed");
        account.starts += instance.starts;
    }
    for it in counted {
        // An app may have several script roots.
        let account = entry(&mut accounts, &it.app);
        account.last_ms += ms(it.last);
        account.tick_ms += ms(it.recent);
        account.max_ms = account.max_ms.max(ms(it.max));
        account.memory += it.memory;
        account.realms += it.realms;
        account.late += it.late;
    }
    accounts.into_values().collect()
}

fn entry<'a>(accounts: &'a mut BTreeMap<String, Account>, app: &str) -> &'a mut Account {
    accounts.entry(app.to_owned()).or_insert_with(|| Account { app: app.to_owned(), ..Account::default() })
}

#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
fn ms(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

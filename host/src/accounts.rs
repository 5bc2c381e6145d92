//! [`Account`]: what the scripts of one app cost, for people who ask why a world is slow.

use std::collections::BTreeMap;
use std::time::Duration;

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
    /// Processor time since the world was started, in milliseconds.
    pub(crate) cpu_ms: Option<f64>,
    /// Processor time of a tick, in milliseconds: the average of about the last second.
    pub(crate) tick_ms: Option<f64>,
    /// Bytes its scripts hold.
    pub(crate) memory: Option<u64>,
    /// Turns of an instance that had to wait for another tick.
    pub(crate) late_turns: Option<u64>,
}

/// By app: what the list of instances tells, and what the world has measured.
pub(crate) fn of(instances: &[Instance], measured: &[bowline_runtime::Account]) -> Vec<Account> {
    let mut accounts: BTreeMap<&str, Account> = BTreeMap::new();
    for instance in instances {
        let account = accounts
            .entry(&instance.app)
            .or_insert_with(|| Account { app: instance.app.clone(), ..Account::default() });
        account.instances += 1;
        account.running += u64::from(instance.state == "running");
        account.crashed += u64::from(instance.state == "crashed");
        account.starts += instance.starts;
    }
    for it in measured {
        let Some(account) = accounts.get_mut(it.app.as_str()) else { continue };
        let ms = |micros| Duration::from_micros(micros).as_secs_f64() * 1000.0;
        *account.cpu_ms.get_or_insert_default() += ms(it.total);
        *account.tick_ms.get_or_insert_default() += ms(it.recent);
        *account.memory.get_or_insert_default() += it.memory;
    }
    accounts.into_values().collect()
}

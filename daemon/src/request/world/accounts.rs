//! `top`: what the scripts of each app cost, as one screen.

use serde_json::Value;

use super::{list, word};
use crate::ask::Answer;
use crate::print;

/// The apps, the dearest first. Exit 0, whatever they do.
pub(super) fn table(json: Value) -> Answer {
    let text = screen(&json);
    Answer { exit: 0, json, text }
}

/// The head line and a row per app.
pub(crate) fn screen(json: &Value) -> String {
    let mut apps: Vec<&Value> = list(json, "apps").collect();
    let cost = |it: &Value| it.get("tickMs").and_then(Value::as_f64).unwrap_or_default();
    apps.sort_by(|a, b| cost(b).total_cmp(&cost(a)).then_with(|| word(a, "app").cmp(&word(b, "app"))));
    let sum: f64 = apps.iter().map(|it| cost(it)).sum();
    let instances: u64 = apps.iter().filter_map(|it| it.get("instances").and_then(Value::as_u64)).sum();
    let mut text = format!(
        "tick {}   {} apps, {instances} instances   {sum:.2} ms a tick   scripts run in a {}\n",
        word(json, "tick"),
        apps.len(),
        word(json, "isolation")
    );
    let heads = ["APP", "STATE", "INSTANCES", "MS/TICK", "LAST", "MAX", "LATE", "MEMORY", "STARTS"];
    let rows = std::iter::once(heads.map(str::to_owned).to_vec()).chain(apps.iter().map(|it| row(it)));
    text += &print::table(&rows.collect::<Vec<_>>());
    text
}

fn row(app: &Value) -> Vec<String> {
    let number = |key: &str| app.get(key).and_then(Value::as_f64);
    let count = |key: &str| app.get(key).and_then(Value::as_u64).unwrap_or_default();
    let ms = |key: &str| format!("{:.2}", number(key).unwrap_or_default());
    let state = match (count("crashed"), count("running")) {
        (0, 0) => "idle".to_owned(),
        (0, _) => "running".to_owned(),
        (crashed, 0) if crashed == count("instances") => "crashed".to_owned(),
        (crashed, _) => format!("{crashed} crashed"),
    };
    vec![
        word(app, "app"),
        state,
        count("instances").to_string(),
        ms("tickMs"),
        ms("lastMs"),
        ms("maxMs"),
        count("late").to_string(),
        format!("{:.1} MB", number("memory").unwrap_or_default() / f64::from(1 << 20)),
        count("starts").to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn the_dearest_app_comes_first() {
        let json = json!({"tick": 812, "isolation": "thread", "apps": [
            {"app": "Door", "instances": 3, "running": 3, "crashed": 0, "starts": 3,
                "lastMs": 0.01, "tickMs": 0.02, "maxMs": 1.3, "memory": 900_000, "realms": 1},
            {"app": "Gulls", "instances": 20, "running": 18, "crashed": 2, "starts": 41,
                "lastMs": 0.81, "tickMs": 1.254, "maxMs": 12.0, "late": 17, "memory": 3_500_000, "realms": 2},
            {"app": "Pier", "instances": 1, "running": 0, "crashed": 1, "starts": 1,
                "lastMs": 0.0, "tickMs": 0.0, "maxMs": 0.0, "memory": 0, "realms": 0},
        ]});
        expect![[r#"
            tick 812   3 apps, 24 instances   1.27 ms a tick   scripts run in a thread
            APP    STATE      INSTANCES  MS/TICK  LAST  MAX    LATE  MEMORY  STARTS
            Gulls  2 crashed  20         1.25     0.81  12.00  17    3.3 MB  41
            Door   running    3          0.02     0.01  1.30   0     0.9 MB  3
            Pier   crashed    1          0.00     0.00  0.00   0     0.0 MB  1
        "#]]
        .assert_eq(&screen(&json));
    }
}

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
    let heads = ["APP", "STATE", "INSTANCES", "MS/TICK", "CPU", "MEMORY", "LATE", "STARTS"];
    let rows = std::iter::once(heads.map(str::to_owned).to_vec()).chain(apps.iter().map(|it| row(it)));
    text += &print::table(&rows.collect::<Vec<_>>());
    text
}

fn row(app: &Value) -> Vec<String> {
    let number = |key: &str| app.get(key).and_then(Value::as_f64);
    let count = |key: &str| app.get(key).and_then(Value::as_u64).unwrap_or_default();
    let or_dash = |it: Option<String>| it.unwrap_or_else(|| "-".to_owned());
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
        or_dash(number("tickMs").map(|it| format!("{it:.2}"))),
        or_dash(number("cpuMs").map(|it| format!("{:.1} s", it / 1000.0))),
        or_dash(number("memory").map(|it| format!("{:.1} MB", it / f64::from(1 << 20)))),
        or_dash(number("lateTurns").map(|it| it.to_string())),
        count("starts").to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn the_dearest_app_comes_first_and_what_is_not_counted_is_a_dash() {
        let json = json!({"tick": 812, "isolation": "thread", "apps": [
            {"app": "Door", "instances": 3, "running": 3, "crashed": 0, "starts": 3,
                "cpuMs": null, "tickMs": null, "memory": null, "lateTurns": null},
            {"app": "Gulls", "instances": 20, "running": 18, "crashed": 2, "starts": 41,
                "cpuMs": 5321.0, "tickMs": 1.254, "memory": 3_500_000, "lateTurns": 7},
            {"app": "Pier", "instances": 1, "running": 0, "crashed": 1, "starts": 1,
                "cpuMs": 1.0, "tickMs": 0.0, "memory": 0, "lateTurns": 0},
        ]});
        expect![[r#"
            tick 812   3 apps, 24 instances   1.25 ms a tick   scripts run in a thread
            APP    STATE      INSTANCES  MS/TICK  CPU    MEMORY  LATE  STARTS
            Gulls  2 crashed  20         1.25     5.3 s  3.3 MB  7     41
            Door   running    3          -        -      -       -     3
            Pier   crashed    1          0.00     0.0 s  0.0 MB  0     1
        "#]]
        .assert_eq(&screen(&json));
    }
}

//! Durations, in a row.

use std::time::Duration;

/// Prints one line: what, how many, median, 90th percentile, largest.
pub(crate) fn line(what: &str, times: &[Duration]) {
    let ms = |it: Duration| it.as_secs_f64() * 1000.0;
    println!(
        "{what:<52} n={:<3} median {:>7.1} ms   p90 {:>7.1} ms   max {:>7.1} ms",
        times.len(),
        ms(quantile(times, 0.5)),
        ms(quantile(times, 0.9)),
        ms(quantile(times, 1.0)),
    );
}

/// The value that this share of the times does not exceed.
pub(crate) fn quantile(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

/// How many times longer the median of `times` is than that of `floor`.
pub(crate) fn ratio(times: &[Duration], floor: &[Duration]) -> f64 {
    quantile(times, 0.5).as_secs_f64() / quantile(floor, 0.5).as_secs_f64().max(f64::EPSILON)
}

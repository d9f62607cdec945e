//! Pods summed up, where there are too many to draw.

use super::timeline::{Scale, duration};
use super::{Told, WIDTH, last_instant};
use crate::recording::Run;
use crate::sim::{Map, Order, Timestamp};

/// The width of what stands before the numbers.
const NAMES: usize = 17;
/// Heights of a curve, from nothing to all.
const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// How many pods ran over time, how many attempts the indexes took, how long pods waited and ran.
pub fn summary(run: &Run, by: &str, pods: &[Told<'_>]) -> String {
    let scale = Scale::new(run, last_instant(run, pods), WIDTH - NAMES - 2);
    let mut lines = vec![(String::new(), scale.axis())];
    let going = |pod: &Told<'_>| (pod.life.created, pod.ended());
    let (most, curve) = curve(&scale, pods.iter().map(going));
    lines.push(("pods at a time".into(), curve));
    lines.push(("at most".into(), most.to_string()));
    if by == "index" {
        let mut attempts = Map::<u32, u64>::new();
        for pod in pods {
            *attempts.entry(pod.facts.index.unwrap_or_default()).or_default() += 1;
        }
        let mut tally = Map::<u64, usize>::new();
        for &count in attempts.values() {
            *tally.entry(count).or_default() += 1;
        }
        let tally: Vec<String> = tally.iter().map(|(pods, indexes)| format!("{indexes} with {pods}")).collect();
        lines.push(("pods per index".into(), tally.join(", ")));
    }
    let between = |from: fn(&Told<'_>) -> Option<Timestamp>, to: fn(&Told<'_>) -> Option<Timestamp>| {
        spread(pods.iter().filter_map(|pod| Some(to(pod)?.since(from(pod)?).as_millis() as u64)).collect())
    };
    lines.push(("until scheduled".into(), between(|pod| pod.life.created, |pod| pod.life.scheduled)));
    lines.push(("until running".into(), between(|pod| pod.life.scheduled, |pod| pod.life.running)));
    lines.push(("until the end".into(), between(|pod| pod.life.running, |pod| pod.life.finished)));
    let mut text = String::new();
    for (name, line) in lines {
        text.push_str(format!("{name:>NAMES$}  {line}").trim_end());
        text.push('\n');
    }
    text
}

/// `12 pods: 9 succeeded, 3 failed (exit code 1: 2, exit code 42: 1)`
pub fn ends(pods: &[Told<'_>]) -> String {
    let count = |wanted: &dyn Fn(&Told<'_>) -> bool| pods.iter().filter(|pod| wanted(pod)).count();
    let mut codes = Map::<i32, usize>::new();
    for code in pods.iter().filter(|pod| pod.failed()).filter_map(Told::exit_code) {
        *codes.entry(code).or_default() += 1;
    }
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("exit code {code}: {count}")).collect();
    let codes = if codes.is_empty() { String::new() } else { format!(" ({})", codes.join(", ")) };
    let parts = [
        (count(&|pod| pod.succeeded()), "succeeded", ""),
        (count(&|pod| pod.failed()), "failed", codes.as_str()),
        (count(&|pod| pod.life.finished.is_none() && pod.life.deleted.is_some()), "deleted before an end", ""),
        (count(&|pod| pod.ended().is_none()), "not ended", ""),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, how, more)| format!("{count} {how}{more}")).collect();
    let plural = if pods.len() == 1 { "" } else { "s" };
    format!("{} pod{plural}: {}", pods.len(), parts.join(", "))
}

/// The most that there were at a time, and a curve of how many there were.
fn curve(scale: &Scale<'_>, spans: impl Iterator<Item = (Option<Timestamp>, Option<Timestamp>)>) -> (i64, String) {
    let mut steps = Map::<Timestamp, i64>::new();
    for (from, to) in spans {
        let Some(from) = from else { continue };
        *steps.entry(from).or_default() += 1;
        if let Some(to) = to {
            *steps.entry(to).or_default() -= 1;
        }
    }
    let mut peaks = vec![0; scale.columns];
    let (mut now, mut most, mut drawn) = (0, 0, 0);
    for (at, step) in steps {
        let column = scale.column(at).min(scale.columns - 1);
        peaks[drawn..=column].iter_mut().for_each(|peak| *peak = now.max(*peak));
        now += step;
        peaks[column] = now.max(peaks[column]);
        (most, drawn) = (most.max(now), column);
    }
    peaks[drawn..].iter_mut().for_each(|peak| *peak = now.max(*peak));
    let height = |peak: &i64| HEIGHTS[((peak * 8 + most - 1) / most.max(1)).clamp(0, 8) as usize];
    (most, peaks.iter().map(height).collect())
}

/// `0.5s to 9s, median 5s, 95th percentile 8s`
fn spread(mut spans: Vec<u64>) -> String {
    spans.order_by(Ord::cmp);
    let (Some(&least), Some(&most)) = (spans.first(), spans.last()) else { return "none".into() };
    if least == most {
        return duration(least);
    }
    let within = |percent: usize| duration(spans[(spans.len() * percent / 100).min(spans.len() - 1)]);
    let (half, nearly) = (within(50), within(95));
    format!("{} to {}, median {half}, 95th percentile {nearly}", duration(least), duration(most))
}

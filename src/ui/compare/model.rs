//! What two runs come to at one instant, side by side.

use crate::sim::Timestamp;
use crate::ui::status::model::StatusCard;

/// So many indexes are told one by one; of more it is only said how many they are.
const MOST_INDEXES: usize = 16;

/// Something that both runs are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// A field of the status, or an index.
    pub what: String,
    pub left: String,
    pub right: String,
}

impl Row {
    /// Whether the two runs answer differently.
    pub fn differs(&self) -> bool {
        self.left != self.right
    }
}

/// What the Jobs of two runs say at an instant: the state and the counters always, the rest where it differs.
pub fn rows(left: Option<&StatusCard>, right: Option<&StatusCard>, at: Timestamp) -> Vec<Row> {
    let ask = |what: &str, say: &dyn Fn(&StatusCard) -> String| {
        let say = |card: Option<&StatusCard>| card.map_or_else(|| "no Job yet".to_owned(), say);
        Row { what: what.to_owned(), left: say(left), right: say(right) }
    };
    let mut rows = vec![
        ask("state", &|card| card.verdict.word.to_owned()),
        ask("in a sentence", &|card| card.verdict.sentence(at)),
    ];
    for name in ["active", "ready", "succeeded", "failed", "terminating"] {
        rows.push(ask(name, &|card| {
            let number = card.numbers.iter().find(|number| number.name == name);
            number.map_or(0, |number| number.value).to_string()
        }));
    }
    let reasons = |card: &StatusCard| {
        let told = card.conditions.iter().map(|(kind, reason)| match reason.as_str() {
            "" => kind.clone(),
            reason => format!("{kind} ({reason})"),
        });
        or_none(&told.collect::<Vec<_>>().join(", "))
    };
    let lists = [
        ask("completedIndexes", &|card| or_none(card.completed_indexes.as_deref().unwrap_or(""))),
        ask("failedIndexes", &|card| or_none(card.failed_indexes.as_deref().unwrap_or(""))),
        ask("conditions", &reasons),
    ];
    rows.extend(lists.into_iter().filter(Row::differs));
    rows.extend(indexes(left, right));
    rows
}

/// The indexes that do something else in one run than in the other.
fn indexes(left: Option<&StatusCard>, right: Option<&StatusCard>) -> Vec<Row> {
    let (Some(left), Some(right)) = (left, right) else { return Vec::new() };
    let (left, right) = (&left.strip, &right.strip);
    if !left.is_indexed || left.total != right.total {
        return Vec::new();
    }
    let pairs = left.cells.iter().zip(&right.cells).filter(|(a, b)| (a.doing, a.done) != (b.doing, b.done));
    let mut rows: Vec<Row> = pairs
        .map(|(a, b)| match a.first == a.last {
            true => {
                let (left, right) = (a.doing.word().to_owned(), b.doing.word().to_owned());
                Row { what: format!("index {}", a.first), left, right }
            }
            false => {
                let what = format!("indexes {}–{}", a.first, a.last);
                Row { what, left: format!("{} % done", a.done), right: format!("{} % done", b.done) }
            }
        })
        .collect();
    let more = rows.len().saturating_sub(MOST_INDEXES);
    rows.truncate(MOST_INDEXES);
    if more > 0 {
        rows.push(Row { what: format!("and {more} more"), left: String::new(), right: "as well".into() });
    }
    rows
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".into() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Run;
    use crate::ui::census::Census;
    use crate::ui::first::first_scenario;
    use crate::ui::status::model::{status_card, subject};
    use std::time::Duration;

    fn card(run: &Run) -> StatusCard {
        let mut census = Census::default();
        census.read(run.storage());
        census.look(run.storage().revision());
        let job = subject(run.storage().now(), None).expect("a Job");
        status_card(&census, &job, &[])
    }

    #[test]
    fn what_differs_between_two_runs_is_told() {
        let mut calm = Run::new(first_scenario());
        let mut wild = Run::new(first_scenario());
        let until = calm.start() + Duration::from_secs(6);
        for run in [&mut calm, &mut wild] {
            while !run.advance(until, 100) {}
        }
        let same = rows(Some(&card(&calm)), Some(&card(&wild)), until);
        assert!(!same.iter().any(Row::differs), "{same:?}");

        let pod = wild.storage().now().list(crate::api::Kind::Pod).next().expect("a pod").metadata().name.clone();
        wild.inject(crate::cluster::Fault::Exit { pod, container: None, code: 3 });
        let later = until + Duration::from_secs(1);
        for run in [&mut calm, &mut wild] {
            while !run.advance(later, 100) {}
        }
        let told = rows(Some(&card(&calm)), Some(&card(&wild)), later);
        let differing: Vec<_> = told.iter().filter(|row| row.differs()).map(|row| row.what.as_str()).collect();
        assert_eq!(differing, ["in a sentence", "active", "ready", "index 0"]);
        assert_eq!(
            told.last().map(|row| (row.left.as_str(), row.right.as_str())),
            Some(("running", "failed, to be retried"))
        );

        let none = rows(None, Some(&card(&wild)), later);
        assert_eq!(none[0].left, "no Job yet");
    }
}

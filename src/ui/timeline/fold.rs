//! Which Jobs have a row for each of their lanes, and which only one for all.
//!
//! A session in which many Jobs were run keeps rows that can be read: as soon as they would be too low for words, what is
//! over folds to one row each, the oldest first, and where even these are too many, the oldest share one.

use super::track::Track;
use crate::sim::Map;

/// How a track is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A row for its name, and one for each lane.
    Open,
    /// One row.
    Folded,
    /// Together with others in one row.
    Older,
}

/// What is folded by hand, and what has to be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folding {
    /// How many rows have room for words.
    pub room: u64,
    /// The tracks that were opened (true) or folded by hand.
    pub chosen: Map<u32, bool>,
    /// Whether those that share a row have one each again.
    pub shows_older: bool,
    /// A track of which something is selected.
    pub wanted: Option<u32>,
}

impl Folding {
    /// Whether somebody has opened something.
    pub fn is_opened(&self) -> bool {
        self.shows_older || self.chosen.values().any(|open| *open)
    }

    /// The shape of every track. The newest folds by hand only: it is what is looked at.
    pub fn shapes(&self, tracks: &[Track]) -> Vec<Shape> {
        let mut shapes = vec![Shape::Open; tracks.len()];
        if tracks.len() < 2 {
            return shapes;
        }
        let lanes = |place: usize| u64::from(tracks[place].lane_count);
        let mut rows = tracks.len() as u64 + (0..tracks.len()).map(lanes).sum::<u64>();
        let by_hand = |place: usize| self.chosen.get(&(place as u32)).copied();
        for place in (0..tracks.len()).filter(|&place| by_hand(place) == Some(false)) {
            shapes[place] = Shape::Folded;
            rows -= lanes(place);
        }
        let may_fold =
            |place: &usize| tracks[*place].is_over() && by_hand(*place).is_none() && self.wanted != Some(*place as u32);
        for place in (0..tracks.len() - 1).filter(may_fold) {
            if rows <= self.room {
                return shapes;
            }
            shapes[place] = Shape::Folded;
            rows -= lanes(place);
        }
        // The row that they share comes on top.
        let folded: Vec<usize> = (0..tracks.len() - 1).filter(may_fold).collect();
        let too_many = (rows + 1).saturating_sub(self.room) as usize;
        if rows > self.room && folded.len() > 1 {
            for &place in &folded[..too_many.clamp(2, folded.len())] {
                shapes[place] = Shape::Older;
            }
        }
        shapes
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::Shape::{Folded, Older, Open};
    use super::*;
    use crate::recording::{Run, Scenario};
    use std::time::Duration;

    /// A model of Jobs that are run one after the other, each of so many pods beside each other; the last goes on.
    fn model_of(pods: &[u32]) -> Model {
        let job = |(number, pods): (usize, &u32)| {
            let spec = format!(
                "{{completions: {pods}, parallelism: {pods}, completionMode: Indexed, template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}}}}}"
            );
            let text = format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: demo-{number}}}\nspec: {spec}\n");
            (format!("{number}.yaml"), text)
        };
        let files = pods.iter().enumerate().map(job).collect();
        let mut run = Run::new(Scenario { files, ..Scenario::default() });
        for number in 0..pods.len() {
            run.enter(&format!("kubectl create -f {number}.yaml"));
            let seconds = if number + 1 < pods.len() { 60 } else { 3 };
            let until = run.now() + Duration::from_secs(seconds);
            while !run.advance(until, 1000) {}
        }
        let mut model = Model::default();
        model.update(run.storage());
        assert_eq!(model.tracks.len(), pods.len());
        model
    }

    #[test]
    fn what_is_over_folds_when_rows_become_too_low() {
        let check = |situation: &str, pods: &[u32], folding: Folding, expected: &[Shape], rows: u64| {
            let mut model = model_of(pods);
            let shapes = folding.shapes(&model.tracks);
            assert_eq!(shapes, expected, "{situation}");
            model.fold(&folding);
            assert_eq!(model.rows(), rows, "{situation}");
        };
        let room = |room| Folding { room, ..Folding::default() };
        check("one Job has no other to make room for", &[6], room(4), &[Open], 6);
        check("there is room", &[6, 6], room(14), &[Open, Open], 14);
        check("the oldest folds, and no more than must", &[6, 6, 6], room(15), &[Folded, Open, Open], 15);
        check("the newest never does", &[6, 6, 6], room(3), &[Older, Older, Open], 8);
        check("many share a row", &[1, 1, 1, 1, 2], room(5), &[Older, Older, Older, Folded, Open], 5);
        check("what is looked at stays", &[6, 6], Folding { room: 8, wanted: Some(0), ..room(8) }, &[Open, Open], 14);
        let by_hand = |place, open| Folding { chosen: [(place, open)].into_iter().collect(), ..room(14) };
        check("folded by hand", &[6, 6], by_hand(1, false), &[Open, Folded], 8);
        check("opened by hand", &[6, 6, 2], by_hand(0, true), &[Open, Folded, Open], 11);
        let opened = Folding { shows_older: true, ..room(3) };
        check("the older ones opened", &[6, 6, 6], opened, &[Older, Older, Open], 10);
    }

    #[test]
    fn every_row_is_found_from_both_sides() {
        use super::super::model::Row;
        let mut model = model_of(&[3, 2, 2, 2]);
        for (room, shows_older) in [(99, false), (9, false), (5, false), (5, true)] {
            model.fold(&Folding { room, shows_older, ..Folding::default() });
            let heads = model.heads(model.bars.last().expect("a pod").created());
            for row in 0..model.rows() {
                match model.row(row) {
                    Some(Row::Lane { track, lane }) => assert_eq!(model.row_of(track, lane), row),
                    found => assert!(found.is_some() && heads.iter().any(|head| head.row == row), "{room}: {found:?}"),
                }
            }
            assert!(
                model.row(model.rows()).is_none()
                    && model.bars.iter().all(|bar| model.row_of(bar.track, bar.lane) < model.rows())
            );
        }
        model.fold(&Folding { room: 5, ..Folding::default() });
        let told: Vec<String> = model
            .heads(crate::sim::Timestamp::from_secs(u64::MAX / 2000))
            .iter()
            .map(|head| format!("{} {}", head.title, head.words))
            .collect();
        assert_eq!(told, ["2 older Jobs 5 pods", "demo-2 Complete · 2 pods", "demo-3 "]);
    }

    #[test]
    fn what_happens_to_several_jobs_at_once_is_said_of_each() {
        let files = [("a.yaml", "a"), ("b.yaml", "b")].map(|(file, name)| {
            let spec = "{template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}";
            (file.into(), format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {spec}\n"))
        });
        let mut run = Run::new(Scenario { files: files.into_iter().collect(), ..Scenario::default() });
        run.enter("kubectl create -f a.yaml -f b.yaml");
        while !run.advance(run.start() + Duration::from_secs(60), 1000) {}
        let mut model = Model::default();
        model.update(run.storage());
        let told: Vec<String> = model.conditions.iter().map(|mark| format!("{}: {}", mark.of, mark.text)).collect();
        assert_eq!(told, ["a: SuccessCriteriaMet → Complete", "b: SuccessCriteriaMet → Complete"]);
    }
}

//! Processes, driven as their owners drive them.

use super::*;
use crate::sim::{Chance, Timestamp};

fn machine(dialect: Dialect) -> Machine {
    let files = Files::new();
    files.mount("/bin", &toolbox(dialect)).unwrap();
    files.make_folders("/tmp", Timestamp::default()).unwrap();
    Machine::new(Setup { files, dialect, chance: Chance::new(7), hostname: "box".into(), ..Setup::default() })
}

#[test]
fn a_program_sleeps_on_the_virtual_clock() {
    let machine = machine(Dialect::BusyBox);
    let start = Timestamp::from_secs(100);
    let process = machine.start(start, &Start::of(&["sleep", "1.5"])).unwrap();
    assert_eq!(process.advance(start, 1000), Step::SleepsUntil(Timestamp::from_millis(101_500)));
    process.signal(Signal::TERM);
    assert_eq!(process.advance(start, 1000), Step::SleepsUntil(Timestamp::from_millis(101_500)));
    assert_eq!(process.advance(Timestamp::from_millis(101_500), 1000), Step::Exited(0));
}

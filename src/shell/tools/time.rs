//! What takes time: sleep.

use super::super::task::{Code, Flow, Task};
use super::{Run, Tool};
use std::rc::Rc;
use std::time::Duration;

pub(super) const TOOLS: &[Tool] = &[Tool { name: "sleep", run: Run::Code(|task, args, _| sleep(task, args)) }];

/// A duration as `sleep` and `timeout` take it: `1.5`, `10s`, `2m`, `1h`, `1d`, `infinity`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (digits, unit) = match text.char_indices().last()? {
        (at, unit) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    if matches!(text, "inf" | "infinity") {
        return Some(Duration::MAX);
    }
    let unit: u64 = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let millis = whole.bytes().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    let mut millis = millis.saturating_mul(unit);
    let mut scale = unit;
    for digit in part.bytes().take(12) {
        millis = millis.saturating_add(u64::from(digit - b'0') * scale / 10);
        scale /= 10;
    }
    Some(Duration::from_millis(millis))
}

fn sleep(task: Rc<Task>, args: Vec<String>) -> Code {
    Box::pin(async move {
        let busybox = task.kernel.dialect() == super::Dialect::BusyBox;
        let mut sum = Duration::ZERO;
        let mut wrong = String::new();
        for arg in args.iter().skip(1).filter(|arg| *arg != "--") {
            match duration(arg) {
                Some(time) => sum = sum.saturating_add(time),
                None if busybox => wrong = format!("sleep: invalid number '{arg}'\n"),
                None => wrong += &format!("sleep: invalid time interval '{arg}'\n"),
            }
        }
        if args.len() == 1 && !busybox {
            wrong = "sleep: missing operand\n".into();
        }
        if !wrong.is_empty() {
            if !busybox {
                wrong += "Try 'sleep --help' for more information.\n";
            }
            let _ = task.write(2, wrong.as_bytes()).await;
            task.status.set(1);
            return Flow::Next;
        }
        let until = task.kernel.now() + sum;
        task.sleep_until(until).await;
        Flow::Next
    })
}

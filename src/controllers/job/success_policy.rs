//! `successPolicy`: when an Indexed Job has succeeded although indexes are missing (spec 02 §9).
//!
//! `kubectl get job` may then show `COMPLETIONS 1/5` and `STATUS Complete`. In Kubernetes:
//! `pkg/controller/job/success_policy.go`.

use crate::api::Indexes;
use crate::api::job::{SuccessPolicy, SuccessPolicyRule};

/// The first rule that the succeeded indexes meet. Without any success, none is met.
pub fn first_met(policy: &SuccessPolicy, completions: u32, succeeded: &Indexes) -> Option<usize> {
    if succeeded.is_empty() {
        return None;
    }
    policy.rules.iter().position(|rule| is_met(rule, completions, succeeded))
}

fn is_met(rule: &SuccessPolicyRule, completions: u32, succeeded: &Indexes) -> bool {
    progress(rule, completions, succeeded).is_some_and(|(met, needed)| met >= needed)
}

/// How many of the indexes that a rule is about have succeeded, and how many have to: enough of those it lists, or all of
/// them; without a list, enough of any. None if it can never be met.
pub fn progress(rule: &SuccessPolicyRule, completions: u32, succeeded: &Indexes) -> Option<(u64, u64)> {
    let wanted = rule.succeeded_count.map(|count| u64::try_from(count).unwrap_or(0));
    let Some(listed) = &rule.succeeded_indexes else { return Some((succeeded.len(), wanted?)) };
    let listed = Indexes::parse(listed, completions);
    let needed = wanted.unwrap_or(u64::MAX).min(listed.len());
    // A list of nothing, which may be written, is never met.
    (!listed.is_empty()).then(|| (common(&listed, succeeded), needed))
}

/// How many indexes two sets have in common.
fn common(a: &Indexes, b: &Indexes) -> u64 {
    let (mut a, mut b) = (a.runs().iter().peekable(), b.runs().iter().peekable());
    let mut count = 0;
    while let (Some(&&(a_first, a_last)), Some(&&(b_first, b_last))) = (a.peek(), b.peek()) {
        let (first, last) = (a_first.max(b_first), a_last.min(b_last));
        if first <= last {
            count += u64::from(last - first) + 1;
        }
        if a_last <= b_last {
            a.next()
        } else {
            b.next()
        };
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Text;

    fn check(situation: &str, rules: &[(Option<&'static str>, Option<i32>)], succeeded: &str, met: Option<usize>) {
        let rules = rules.iter().map(|&(indexes, succeeded_count)| SuccessPolicyRule {
            succeeded_count,
            succeeded_indexes: indexes.map(Text::from),
        });
        let policy = SuccessPolicy { rules: rules.collect() };
        assert_eq!(first_met(&policy, 10, &Indexes::parse(succeeded, 10)), met, "{situation}");
    }

    #[test]
    #[rustfmt::skip]
    fn the_first_rule_that_is_met_decides() {
        //    situation                        rules                                          succeeded  met
        check("no success at all",             &[(None, Some(0))],                            "",        None);
        check("enough of any",                 &[(None, Some(2))],                            "3,7",     Some(0));
        check("too few",                       &[(None, Some(3))],                            "3,7",     None);
        check("all that are listed",           &[(Some("0,2-4"), None)],                      "0-4",     Some(0));
        check("one of them is missing",        &[(Some("0,2-4"), None)],                      "0-3",     None);
        check("enough of those listed",        &[(Some("0,2-4"), Some(2))],                   "0,1,3",   Some(0));
        check("others do not help",            &[(Some("0,2-4"), Some(2))],                   "0,5-9",   None);
        check("a list of nothing",             &[(Some(""), Some(0)), (Some(""), None)],      "0-9",     None);
        check("all listed, though too few",    &[(Some("1"), Some(2))],                       "1",       Some(0));
        check("the second rule",               &[(Some("0"), None), (None, Some(1))],         "5",       Some(1));
    }
}

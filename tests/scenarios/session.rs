//! One session at the terminal, to be the same wherever it is played.

use jobscope::recording::{Run, Scenario};
use std::time::Duration;

const MANIFEST: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: demo}\nspec:\n  completions: 3\n  template:\n    \
                        spec:\n      restartPolicy: Never\n      containers:\n      - name: c\n        image: busybox\n        \
                        command: [sh, -c, 'echo $RANDOM $HOSTNAME; sleep 3']\n";

const LINES: &[&str] = &[
    "cat job.yaml | sed 's/demo/copy/' | kubectl apply -f - && kubectl apply -f job.yaml",
    "until kubectl get jobs --no-headers | grep -q Complete; do sleep 2; done; date",
    "kubectl get pods -o name | sort > pods; wc pods; head -n 2 pods",
    "for i in {1..3}; do echo \"$i $RANDOM $((i * 7 % 5))\"; done | sort -k 2 -n",
    "kubectl logs -l batch.kubernetes.io/job-name=demo",
    "echo 'Hello {{ name }}' | python3 -c 'from jinja2 import Template; import sys; print(Template(sys.stdin.read()).render(name=1+1))'",
    "cat <<EOF > cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: made-$(date +%s)\nEOF\nkubectl create -f cm.yaml",
    "kubctl; ls -l; false || echo $?",
    "yes | head -c 200000 | cksum; yes | head -c 200000 | wc",
    "while :; do :; done",
    "kubectl get pods",
];

/// What is typed and printed, with the instants.
pub fn transcript() -> String {
    let mut scenario = Scenario { seed: 11, ..Scenario::default() };
    scenario.files.insert("job.yaml".into(), MANIFEST.into());
    let mut run = Run::new(scenario);
    let mut text = String::new();
    for line in LINES {
        let entry = run.enter(line);
        let patience = run.now() + Duration::from_secs(120);
        while run.entries()[entry].ended.is_none() && run.now() < patience {
            let next = run.next_change().unwrap_or(patience).min(patience);
            while !run.advance(next, 1000) {}
            if line.starts_with("while") {
                run.interrupt(entry);
            }
        }
        text += &format!("{} $ {line}\n", run.folder());
        for output in &run.entries()[entry].output {
            text += &format!("[{:?}] {}", output.at.since(run.start()), output.text);
        }
        text += &format!("{:?}\n", run.entries()[entry].ended.map(|(at, code)| (at.since(run.start()), code)));
    }
    text
}

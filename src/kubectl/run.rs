//! `kubectl run`: makes a pod, if asked with a Service before it, and sits down at it (spec 05 §11).

use super::call::{Action, Call, DryRun};
use super::creation::{Made, create, make};
use super::delete::Gone;
use super::each::{Act, Each, Printer};
use super::exec::{Attach, INTERRUPTED, has_started};
use super::failure::{Failure, Outcome};
use super::patch::Overrides;
use super::printers::{Format, Formats};
use super::session::{Session, Step, Stream, Task};
use crate::api::validation::{names, quoted};
use crate::api::{Kind, ObjectKey, Pod, PodPhase};
use crate::apiserver::{DeleteOptions, Propagation, Request, Validate};
use crate::sim::Timestamp;
use serde_json::{Map, Value, json};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// Whether a text is the name of an image: `registry:5000/team/app:1.0@sha256:…`.
fn is_reference(text: &str) -> bool {
    let word = |text: &str, extra: &str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && text.chars().all(inside)
    };
    let (text, digest) = text.split_once('@').map_or((text, None), |(text, digest)| (text, Some(digest)));
    let is_digest = |digest: &str| {
        let (algorithm, hex) = digest.split_once(':').unwrap_or_default();
        word(algorithm, "-_+.") && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let (name, tag) = match text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) => (name, Some(tag)),
        None => (text, None),
    };
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let ends = part.starts_with(plain) && part.ends_with(plain);
        ends && part.chars().all(|c| plain(c) || "._-".contains(c))
            && !["..", "___", "._", "_."].iter().any(|gap| part.contains(gap))
    };
    // A registry comes first, if there is one; it may have a port, and letters of any case.
    let path = match name.split_once('/') {
        Some((registry, path)) if !part(registry) => {
            let (host, port) = registry.split_once(':').unwrap_or((registry, "0"));
            if !word(host, ".-") || port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return false;
            }
            path
        }
        _ => name,
    };
    path.split('/').all(part)
        && tag.is_none_or(|tag| tag.len() <= 128 && word(tag, "_.-"))
        && digest.is_none_or(is_digest)
}

/// `kubectl run`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["image"])?;
    let (dry_run, format) = (call.dry_run()?, Format::of(call, Formats::Objects)?);
    let Some(name) = call.arguments.first() else {
        return Err(call.usage("NAME is required for run"));
    };
    let (stdin, tty) = (call.has("stdin"), call.has("tty"));
    let attach = if call.given("attach") { call.has("attach") } else { stdin || tty };
    let image = call.text("image").unwrap_or_default();
    if image.is_empty() {
        return Err(Failure::client("--image is required"));
    }
    if !is_reference(image) {
        return Err(Failure::client(format!("Invalid image name {image:?}: invalid reference format")));
    }
    if tty && !stdin {
        return Err(call.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let (port, exposes) = (call.nonempty("port"), call.has("expose"));
    if exposes && port.is_none() {
        return Err(call.usage("--port must be set when exposing a service"));
    }
    if exposes && attach {
        let why = "kubectl run --expose is not simulated for attached containers: make the Service with kubectl expose";
        return Err(Failure::client(why));
    }
    let restart = call.text("restart").unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return Err(call.usage(format!("invalid restart policy: {restart}")));
    }
    if call.has("rm") && !attach {
        return Err(call.usage("--rm should only be used for attached containers"));
    }
    if attach && dry_run != DryRun::None {
        return Err(call.usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    let policy = call.nonempty("image-pull-policy");
    if let Some(policy) = policy.filter(|policy| !["Always", "IfNotPresent", "Never"].contains(policy)) {
        return Err(call.usage(format!("invalid image pull policy: {policy}")));
    }
    let is_variable =
        |env: &&String| env.split_once('=').is_some_and(|(name, _)| names::strict_env_name(name).is_empty());
    if let Some(env) = call.all("env").iter().find(|env| !env.is_empty() && !is_variable(env)) {
        return Err(Failure::client(format!("invalid env: {env}")));
    }
    let is_annotation = |text: &&String| text.split_once('=').is_some_and(|(key, _)| !key.is_empty());
    if let Some(wrong) = call.all("annotations").iter().find(|text| !is_annotation(text)) {
        return Err(Failure::client(format!("invalid annotations format: {wrong}")));
    }
    let pairs = |texts: Vec<&str>| -> Map<String, Value> {
        texts.iter().filter_map(|text| text.split_once('=')).map(|(k, v)| (k.to_owned(), v.into())).collect()
    };
    for label in call.list("labels").into_iter().filter(|label| !label.is_empty()) {
        if label.split('=').count() != 2 {
            return Err(Failure::client(format!("unexpected label spec: {label}")));
        }
    }
    let given_labels = pairs(call.list("labels"));
    let mut labels = given_labels.clone();
    if labels.is_empty() {
        labels.insert("run".into(), name.as_str().into());
    }
    let mut service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": call.own_namespace()},
        "spec": {"selector": labels},
        "status": {"loadBalancer": {}},
    });
    if !given_labels.is_empty() {
        service["metadata"]["labels"] = Value::Object(given_labels);
    }
    let mut container = json!({"name": name, "image": call.text("image"), "resources": {}});
    let words = &call.arguments[1..];
    if !words.is_empty() {
        container[if call.has("command") { "command" } else { "args" }] = words.into();
    }
    if stdin {
        container["stdin"] = true.into();
        container["stdinOnce"] = (!call.has("leave-stdin-open")).into();
    }
    if tty {
        container["tty"] = true.into();
    }
    let variables = call.all("env").iter().filter_map(|text| text.split_once('='));
    let variable = |(name, value): (&str, &str)| match value {
        "" => json!({"name": name}),
        value => json!({"name": name, "value": value}),
    };
    let env: Vec<Value> = variables.map(variable).collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if let Some(port) = port {
        let why = || Failure::client(format!("strconv.Atoi: parsing {}: invalid syntax", quoted(port)));
        let port: i64 = port.parse().map_err(|_| why())?;
        container["ports"] = json!([{"containerPort": port}]);
        service["spec"]["ports"] = json!([{"port": port, "protocol": "TCP", "targetPort": port}]);
    }
    if let Some(policy) = policy {
        container["imagePullPolicy"] = policy.into();
    }
    let mut metadata = json!({"name": name, "namespace": call.own_namespace(), "labels": labels});
    if call.given("annotations") {
        metadata["annotations"] = Value::Object(pairs(call.all("annotations").iter().map(String::as_str).collect()));
    }
    if call.has("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let value = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    });
    let mut value = match Overrides::of(call)? {
        Some(overrides) => overrides.apply(Kind::Pod, &value)?,
        None => value,
    };
    // A container that comes from there is like any other.
    for container in value["spec"]["containers"].as_array_mut().into_iter().flatten() {
        if let Some(container) = container.as_object_mut() {
            container.entry("resources").or_insert_with(|| json!({}));
        }
    }
    if attach {
        let key = ObjectKey::new(Kind::Pod, call.own_namespace(), name.clone());
        return Action::run(Attached {
            value,
            attach: Attach::new(None, stdin, tty, call.has("quiet")),
            removes: call.has("rm"),
            restarts: restart == "Always" || call.has("leave-stdin-open"),
            until: None,
            patience: Duration::from_millis(
                call.duration("pod-running-timeout").unwrap_or(60_000).max(0).unsigned_abs(),
            ),
            gone: Gone::new(true, super::delete::A_WEEK),
            key,
            state: State::New,
        });
    }
    let separates = exposes && format == Format::Yaml;
    let mut printer = Printer::new(format);
    printer.typed = true;
    let objects = if exposes { vec![Ok(value), Ok(service)] } else { vec![Ok(value)] };
    let names_namespace = call.nonempty("namespace").is_some();
    Action::run(Each::of(objects, Run { printer, dry_run, exposes, names_namespace, separates, pod: None }))
}

/// Makes a pod, and the Service for it if there is to be one: the pod is made first and told of last.
#[derive(Clone)]
struct Run {
    printer: Printer,
    dry_run: DryRun,
    exposes: bool,
    names_namespace: bool,
    /// Whether a line stands between the two, besides the one that always does.
    separates: bool,
    /// The pod that was made and is not told of yet.
    pod: Option<Made>,
}

impl Run {
    fn tell(&mut self, (name, value): Made, session: &mut Session<'_>) -> Outcome<()> {
        self.printer.value(&name, &value, &format!("created{}", self.dry_run.suffix()), session)
    }
}

impl Act<Value> for Run {
    fn act(&mut self, value: &Value, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let is_pod = value["kind"] == "Pod";
        if !is_pod && self.pod.is_none() {
            // There is no pod that it could be for.
            return Poll::Ready(Ok(()));
        }
        let kind = if is_pod { Kind::Pod } else { Kind::Service };
        let Poll::Ready(made) = make(kind, value, self.dry_run, self.names_namespace, session) else {
            return Poll::Pending;
        };
        Poll::Ready(match made {
            Ok(pod) if is_pod && self.exposes => {
                self.pod = Some(pod);
                Ok(())
            }
            made => {
                let told = made.and_then(|made| self.tell(made, session));
                if self.separates {
                    session.line("---");
                }
                let last = self.pod.take().map_or(Ok(()), |pod| self.tell(pod, session));
                told.and(last)
            }
        })
    }
}

/// A pod that is made, attached to until it ends and, with `--rm`, deleted.
#[derive(Clone)]
struct Attached {
    value: Value,
    key: ObjectKey,
    attach: Attach,
    removes: bool,
    /// Whether the container is started again when it ends: then its exit code is nobody's.
    restarts: bool,
    patience: Duration,
    until: Option<Timestamp>,
    gone: Gone,
    state: State,
}

#[derive(Clone)]
enum State {
    New,
    /// It is made and does not run yet.
    Starting,
    Attached,
    /// The process has ended and its pod has not said so yet.
    Ending,
    /// It is over, with these failures and this exit code; the pod is to be deleted, if at all.
    Over(Vec<Failure>, i32),
    /// The pod is being deleted.
    Going(Vec<Failure>, i32),
}

impl Attached {
    fn pod(&self, session: &Session<'_>) -> Option<Rc<Pod>> {
        session.api.live().get(&self.key).and_then(|object| object.as_pod().cloned())
    }

    /// How the run ended, as far as kubectl cares: a message and an exit code.
    fn outcome(pod: &Pod, session: &mut Session<'_>) -> i32 {
        let ended = pod.status.container_statuses.first().and_then(|status| status.terminated());
        match (pod.status.phase, ended) {
            (PodPhase::Failed, Some(ended)) if ended.exit_code != 0 => {
                let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
                session.complain(format!("pod {namespace}/{name} terminated ({})", ended.reason));
                if !ended.message.is_empty() {
                    session.complain(&ended.message);
                }
                ended.exit_code
            }
            (PodPhase::Failed, _) => {
                session.complain(format!("error: pod {} failed with unknown exit code", pod.metadata.name));
                1
            }
            _ => 0,
        }
    }
}

impl Task for Attached {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        loop {
            match std::mem::replace(&mut self.state, State::New) {
                State::New => match create(Kind::Pod, &self.value, Validate::Ignore, DryRun::None, session) {
                    Poll::Pending => return session.until_next_write(),
                    Poll::Ready(Err(error)) => return Step::Done(vec![error.into()]),
                    Poll::Ready(Ok(_)) => {
                        self.until = Some(session.now() + self.patience);
                        self.state = State::Starting;
                    }
                },
                State::Starting => match self.pod(session) {
                    Some(pod) if !has_started(&pod) => {
                        if self.until.is_some_and(|until| session.now() >= until) {
                            let failure = Failure::client("timed out waiting for the condition");
                            self.state = State::Over(vec![failure], 1);
                            continue;
                        }
                        self.state = State::Starting;
                        return Step::Wait(self.until);
                    }
                    Some(pod) => {
                        let attached = if pod.is_finished() {
                            Ok(false)
                        } else {
                            self.attach.to(&pod, true, session).map(|()| true)
                        };
                        self.state = match attached {
                            Ok(true) => State::Attached,
                            // It was over before anybody looked: its log is what there is.
                            Ok(false) | Err(_) => {
                                let name = pod.spec.containers.first().map_or("", |container| container.name.as_str());
                                let printed = session.kubelets.transcript(pod.metadata.uid, name, 0).to_vec();
                                session.print(Stream::Out, String::from_utf8_lossy(&printed));
                                State::Ending
                            }
                        };
                    }
                    None => self.state = State::Over(Vec::new(), 1),
                },
                State::Attached => {
                    if !self.attach.go_on(session) {
                        self.state = State::Attached;
                        return Step::Wait(None);
                    }
                    self.state = State::Ending;
                }
                State::Ending => match self.pod(session) {
                    _ if self.restarts => self.state = State::Over(Vec::new(), 0),
                    Some(pod) if !pod.is_finished() => {
                        self.state = State::Ending;
                        return Step::Wait(None);
                    }
                    Some(pod) => {
                        let code = Self::outcome(&pod, session);
                        self.state = State::Over(Vec::new(), code);
                    }
                    None => self.state = State::Over(Vec::new(), 1),
                },
                State::Over(failures, code) => {
                    if !self.removes {
                        return if failures.is_empty() { Step::Exit(code) } else { Step::Done(failures) };
                    }
                    let options = DeleteOptions { propagation: Propagation::Background, ..DeleteOptions::default() };
                    match session.write(Request::Delete { key: self.key.clone(), options }, false) {
                        Poll::Pending => {
                            self.state = State::Over(failures, code);
                            return session.until_next_write();
                        }
                        Poll::Ready(answer) => {
                            if let Ok(pod) = answer {
                                let (name, namespace) = (&self.key.name, &self.key.namespace);
                                session.line(format!("pod \"{name}\" deleted from {namespace} namespace"));
                                self.gone.expect(self.key.clone(), Some(pod.metadata().uid));
                            }
                            self.state = State::Going(failures, code);
                        }
                    }
                }
                State::Going(failures, code) => match self.gone.poll(session) {
                    Ok(Step::Wait(until)) => {
                        self.state = State::Going(failures, code);
                        return Step::Wait(until);
                    }
                    _ if failures.is_empty() => return Step::Exit(code),
                    _ => return Step::Done(failures),
                },
            }
        }
    }

    fn interrupt(&mut self, session: &mut Session<'_>) -> Step {
        match self.state {
            State::Attached => {
                if let Some(step) = self.attach.interrupt(session) {
                    return step;
                }
            }
            State::Going(..) => return Step::Exit(INTERRUPTED),
            _ => {}
        }
        if !self.removes {
            return Step::Exit(INTERRUPTED);
        }
        self.state = State::Over(Vec::new(), INTERRUPTED);
        self.poll(session)
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_names() {
        let digest = format!("busybox@sha256:{}", "0".repeat(64));
        for image in
            ["busybox", "busybox:1.36", "a/b-c/d_e:x_Y.1", "localhost:5000/a:1", "gcr.io/a/b", "My.Host/a", &digest]
        {
            assert!(is_reference(image), "{image}");
        }
        for image in ["", "b c", "Busybox", "a:", "a:b:c", "a//b", "/a", "a/", "a..b", "host:x/a", "a@sha256:0", "a:-1"]
        {
            assert!(!is_reference(image), "{image}");
        }
    }
}

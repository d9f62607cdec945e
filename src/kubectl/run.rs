//! `kubectl run` makes a pod; `kubectl exec` needs more than this cluster has (spec 05 §11).

use super::call::{Action, Call, DryRun};
use super::create::create;
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::{Printed, Read, Reading, Session};
use super::manifest::Validate;
use super::printers::{Format, Formats};
use crate::api::{ApiError, Kind, Object, ObjectKey, Reason};
use serde_json::{Map, Value, json};
use std::task::Poll;

/// `kubectl run`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["image"])?;
    let Some(name) = call.arguments.first() else {
        return Err(call.usage("NAME is required for run"));
    };
    if call.has("stdin") || call.has("tty") || call.has("rm") {
        return Err(Failure::client("there is no terminal to attach here: leave out -i, -t and --rm"));
    }
    let pairs = |texts: Vec<&str>| -> Map<String, Value> {
        texts.iter().filter_map(|text| text.split_once('=')).map(|(k, v)| (k.to_owned(), v.into())).collect()
    };
    let mut labels = pairs(call.list("labels"));
    if labels.is_empty() {
        labels.insert("run".into(), name.as_str().into());
    }
    let mut container = json!({"name": name, "image": call.text("image"), "resources": {}});
    let words = &call.arguments[1..];
    if !words.is_empty() {
        container[if call.has("command") { "command" } else { "args" }] = words.into();
    }
    let env: Vec<Value> = pairs(call.all("env").iter().map(String::as_str).collect())
        .into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if let Some(port) = call.number("port")? {
        container["ports"] = json!([{"containerPort": port}]);
    }
    if let Some(policy) = call.text("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    let mut metadata = json!({"name": name, "namespace": call.own_namespace(), "labels": labels});
    if call.given("annotations") {
        metadata["annotations"] = Value::Object(pairs(call.all("annotations").iter().map(String::as_str).collect()));
    }
    let restart = call.text("restart").unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return Err(call.usage(format!("invalid restart policy: {restart}")));
    }
    let value = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    });
    let mut printer = Printer::new(Format::of(call, Formats::Objects)?);
    printer.typed = true;
    Action::run(Each::of(vec![Ok(value)], Run { printer, dry_run: call.dry_run()? }))
}

#[derive(Clone)]
struct Run {
    printer: Printer,
    dry_run: DryRun,
}

impl Act<Value> for Run {
    fn act(&mut self, value: &Value, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let what = format!("created{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            let mut shown = value.clone();
            shown["metadata"].as_object_mut().map(|metadata| metadata.remove("namespace"));
            let name = format!("pod/{}", value["metadata"]["name"].as_str().unwrap_or(""));
            return Poll::Ready(self.printer.value(&name, &shown, &what, session));
        }
        match create(Kind::Pod, value, Validate::Ignore, self.dry_run, session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }
}

/// `kubectl exec`
pub fn exec(call: &Call<'_>) -> Outcome<Action> {
    let (before, command) = call.arguments.split_at(call.before_dash);
    let [pod] = before else {
        let why = if before.is_empty() {
            "pod, type/name or --filename must be specified"
        } else {
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"
        };
        return Err(call.usage(why));
    };
    if command.is_empty() {
        return Err(call.usage("you must specify at least one command for the container"));
    }
    let key = ObjectKey::new(Kind::Pod, call.own_namespace(), pod.trim_start_matches("pod/").to_owned());
    Action::read(Exec { key })
}

#[derive(Clone)]
struct Exec {
    key: ObjectKey,
}

impl Read for Exec {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let failure = match reading.view.get(&self.key).and_then(Object::into_pod) {
            None => ApiError::not_found(&self.key).into(),
            Some(pod) if pod.is_finished() => Failure::client(format!(
                "cannot exec into a container in a completed pod; current phase is {}",
                pod.status.phase.as_str()
            )),
            Some(_) => ApiError::new(Reason::InternalError, "containers run no other commands here").into(),
        };
        Printed { failures: vec![failure], ..Printed::default() }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

//! Which objects a command means: `TYPE NAME…`, `TYPE/NAME…`, `T1,T2`, `-l`, `--all`, `-f`.

use super::call::Call;
use super::failure::{Failure, Outcome};
use super::manifest::{self, Manifest};
use super::selector::{Fields, Labels};
use super::session::{Reading, Session};
use crate::api::validation::quoted;
use crate::api::{ApiError, Kind, Object, ObjectKey, RESOURCES, Reason, Resource, Text};
use crate::apiserver::Validate;
use serde_json::Value;

/// What `all` stands for.
const ALL: [Kind; 5] = [Kind::Pod, Kind::Service, Kind::StatefulSet, Kind::CronJob, Kind::Job];

/// The objects that the arguments mean.
#[derive(Clone, Debug)]
pub struct Selection {
    pub what: What,
    /// None means every namespace.
    pub namespace: Option<String>,
    labels: Option<String>,
    fields: Option<String>,
    /// Whether the objects of manifests are meant as they stand there.
    local: bool,
}

/// How objects are meant.
#[derive(Clone, Debug)]
pub enum What {
    /// By name.
    Named(Vec<(Kind, String)>),
    /// Those of a type, perhaps with certain labels.
    Listed(Vec<Kind>),
    /// Those of manifests.
    Files(Vec<Outcome<Manifest>>),
}

/// An object that is meant.
#[derive(Clone, Debug)]
pub struct Target {
    pub key: ObjectKey,
    /// The file it comes from.
    pub source: Option<String>,
    /// As it stands, where that was asked for.
    pub object: Option<Object>,
    /// As it stands in the file.
    pub written: Option<Value>,
    /// Whether nobody asks the cluster about it: `--local`.
    pub local: bool,
}

impl Target {
    fn new(key: ObjectKey, source: Option<String>, object: Option<Object>) -> Self {
        Self { key, source, object, written: None, local: false }
    }

    /// The object as it stands by now, or was written.
    pub fn current(&self, session: &Session<'_>) -> Option<Object> {
        if self.local { self.object.clone() } else { session.api.live().get(&self.key) }
    }
}

/// The type that a word means: `job`, `jobs`, `jobs.batch`, `jobs.v1.batch`, `cj`. The beginning of a group will do; short
/// names are in small letters.
pub fn resource(word: &str) -> Option<&'static Resource> {
    let (name, rest) = word.split_once('.').unwrap_or((word, ""));
    let lower = name.to_lowercase();
    let named = |resource: &&Resource| {
        resource.plural == lower || resource.name.to_lowercase() == lower || resource.short_names.contains(&name)
    };
    let exact = |resource: &&Resource| rest.is_empty() || rest == resource.group || rest == versioned(resource);
    let begins = |resource: &&Resource| resource.group.starts_with(rest);
    let mut all = RESOURCES.iter().filter(named);
    all.clone().find(exact).or_else(|| all.find(begins))
}

/// `v1.batch`
fn versioned(resource: &Resource) -> String {
    format!("{}.{}", resource.api_version.rsplit('/').next().unwrap_or(""), resource.group)
}

/// The type that a word means, or kubectl's complaint, which leaves out the group and the version.
pub fn kind(word: &str) -> Outcome<Kind> {
    let name = word.split('.').next().unwrap_or(word);
    let unknown = || Failure::client(format!("the server doesn't have a resource type {}", quoted(name)));
    resource(word).map(|resource| resource.kind).ok_or_else(unknown)
}

/// The words between commas, each once.
fn split(word: &str) -> Vec<&str> {
    word.split(',').fold(Vec::new(), |mut words, word| {
        if !words.contains(&word) {
            words.push(word);
        }
        words
    })
}

/// The types that a word means: `jobs,pods` or `all`.
fn kinds(word: &str) -> Outcome<Vec<Kind>> {
    let mut kinds = Vec::new();
    for word in word.split(',') {
        for kind in if word == "all" { ALL.to_vec() } else { vec![kind(word)?] } {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// Where a command is told of no object at all.
pub fn nothing_meant() -> Failure {
    Failure::client(
        "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   \
         '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
}

/// What there is not, as kubectl tells it: where the namespace is missing as well, that is what is said.
pub(super) fn missing(key: &ObjectKey, reading: Reading<'_>) -> Failure {
    let namespace = ObjectKey::new(Kind::Namespace, "", key.namespace.to_string());
    let is_there = key.namespace.is_empty() || reading.view.get(&namespace).is_some();
    ApiError::not_found(if is_there { key } else { &namespace }).into()
}

/// The types and names of `TYPE/NAME…`.
fn tuples(words: &[String]) -> Outcome<Vec<(&str, &str)>> {
    if !words.iter().all(|word| word.contains('/')) {
        return Err(Failure::client(
            "there is no need to specify a resource type as a separate argument when passing arguments in resource/name \
             form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
             resource/<resource_name>'",
        ));
    }
    let pair = |word: &'_ String| match word.split('/').collect::<Vec<_>>()[..] {
        [kind, name] if !kind.is_empty() && !name.is_empty() && !kind.contains(',') => Ok(()),
        [_, _] => Err(Failure::client("arguments in resource/name form must have a single resource and name")),
        _ => Err(Failure::client("arguments in resource/name form may not have more than one slash")),
    };
    words.iter().try_for_each(pair)?;
    Ok(words.iter().filter_map(|word| word.split_once('/')).collect())
}

impl Selection {
    /// Reads the arguments and the flags. `default_all` means all objects where no name is given. The checks, their order
    /// and their words are those of `cli-runtime/pkg/resource/builder.go`.
    pub fn of(call: &Call<'_>, arguments: &[String], default_all: bool) -> Outcome<Self> {
        let trimmed = |flag: &str| call.text(flag).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let (labels, fields) = (trimmed("selector"), trimmed("field-selector"));
        let local = call.has("local");
        if local && !(call.given("filename") && arguments.is_empty()) {
            return Err(Failure::client(
                "you must specify resources by --filename when --local is set.\nExample resource specifications \
                 include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
            ));
        }
        let what = if call.given("filename") || call.given("kustomize") {
            match arguments {
                [] => What::Files(manifest::load(call)),
                [word, ..] => {
                    if let [Err(missing)] = &manifest::load(call)[..] {
                        return Err(missing.clone());
                    }
                    return Err(Failure::client(match word.contains('/') {
                        true => "resource/name arguments cannot be provided when a path is specified",
                        false => {
                            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments \
                             as well"
                        }
                    }));
                }
            }
        } else {
            Self::words(call, arguments, default_all, labels.is_some() || fields.is_some())?
        };
        Ok(Self { what, namespace: call.namespace(), labels, fields, local })
    }

    fn words(call: &Call<'_>, arguments: &[String], default_all: bool, selects: bool) -> Outcome<What> {
        // Most commands only ask for no names with --all; these two take it for a selector.
        let all = call.has("all") && matches!(call.path.as_str(), "delete" | "apply view-last-applied");
        if all && selects {
            return Err(Failure::client("setting 'all' parameter but found a non empty selector. "));
        }
        let chosen = all || selects;
        let each = match arguments {
            [types, names @ ..] if !names.is_empty() && split(types).len() > 1 => split(types)
                .into_iter()
                .flat_map(|kind| names.iter().map(move |name| format!("{kind}/{name}")))
                .collect(),
            _ => arguments.to_vec(),
        };
        if each.iter().any(|argument| argument.contains('/')) {
            let named = tuples(&each)?;
            if chosen {
                let why = "selectors and the all flag cannot be used when passing resource/name arguments";
                return Err(Failure::client(why));
            }
            let named = named.into_iter().map(|(word, name)| Ok((kind(word)?, name.to_owned())));
            return Self::named(call, named.collect::<Outcome<_>>()?);
        }
        let (types, names) = match each.split_first() {
            None if chosen => {
                return Err(Failure::client("at least one resource must be specified to use a selector"));
            }
            None => return Err(nothing_meant()),
            Some((types, names)) => (types, names),
        };
        if !names.is_empty() && chosen {
            return Err(Failure::client("name cannot be provided when a selector is specified"));
        }
        if !names.is_empty() && types == "all" {
            return Err(Failure::client("you must specify only one resource"));
        }
        let kinds = kinds(types)?;
        match names {
            [] if chosen || default_all || call.has("all") => Ok(What::Listed(kinds)),
            [] => Err(Failure::client("resource(s) were provided, but no name was specified")),
            names => {
                let named = kinds.iter().flat_map(|kind| names.iter().map(|name| (*kind, name.clone())));
                Self::named(call, named.collect())
            }
        }
    }

    fn named(call: &Call<'_>, named: Vec<(Kind, String)>) -> Outcome<What> {
        if call.has("all-namespaces") && named.iter().any(|(kind, _)| kind.resource().namespaced) {
            return Err(Failure::client("a resource cannot be retrieved by name across all namespaces"));
        }
        Ok(What::Named(named))
    }

    /// The same, but files are taken at their word: nobody asks the cluster about what they name.
    pub fn trusting_files(self) -> Self {
        let local = matches!(self.what, What::Files(_));
        Self { local, ..self }
    }

    /// Whether exactly one object is meant.
    pub fn is_single(&self) -> bool {
        match &self.what {
            What::Named(named) => named.len() == 1,
            What::Files(files) => {
                files.len() == 1 && files[0].as_ref().is_ok_and(|manifest| manifest.source != manifest::STDIN)
            }
            What::Listed(_) => false,
        }
    }

    /// The types that are meant, each once.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds = Vec::new();
        let all: Vec<Kind> = match &self.what {
            What::Listed(kinds) => kinds.clone(),
            What::Named(named) => named.iter().map(|(kind, _)| *kind).collect(),
            What::Files(files) => files.iter().flatten().map(|manifest| manifest.key.kind).collect(),
        };
        for kind in all {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// The key of a named object.
    pub fn key(&self, kind: Kind, name: &str) -> ObjectKey {
        let namespace =
            if kind.resource().namespaced { self.namespace.clone().unwrap_or_default() } else { String::new() };
        ObjectKey { kind, namespace: Text::from(namespace), name: Text::from(name.to_owned()) }
    }

    /// The objects as they stand, and what is missing. Names that do not exist are failures; with `fetch` unset they
    /// are targets all the same, for the API server to complain about.
    pub fn resolve(&self, reading: Reading<'_>, fetch: bool) -> (Vec<Target>, Vec<Failure>) {
        let (mut targets, mut failures) = (Vec::new(), Vec::new());
        if let What::Files(files) = &self.what
            && self.local
        {
            for file in files {
                match file.clone().and_then(|manifest| as_written(&manifest)) {
                    Ok(target) => targets.push(target),
                    Err(failure) => failures.push(failure),
                }
            }
            return (targets, failures);
        }
        let mut by_key = |key: ObjectKey, manifest: Option<&Manifest>| {
            let target = Target {
                written: manifest.map(|manifest| manifest.value.clone()),
                ..Target::new(key, manifest.map(|manifest| manifest.source.clone()), None)
            };
            match reading.view.get(&target.key) {
                None if fetch => failures.push(missing(&target.key, reading)),
                object => targets.push(Target { object, ..target }),
            }
        };
        match &self.what {
            What::Named(named) => named.iter().for_each(|(kind, name)| by_key(self.key(*kind, name), None)),
            What::Files(files) => {
                let mut broken = Vec::new();
                for file in files {
                    match file {
                        Ok(manifest) => by_key(manifest.key.clone(), Some(manifest)),
                        Err(failure) => broken.push(failure.clone()),
                    }
                }
                // Whoever looks all up first is told of those first.
                failures.splice(0..0, broken);
            }
            What::Listed(kinds) => {
                for kind in kinds {
                    match self.list(*kind, reading) {
                        Ok(objects) => {
                            targets.extend(objects.into_iter().map(|it| Target::new(it.key(), None, Some(it))));
                        }
                        Err(failure) => failures.push(failure),
                    }
                }
            }
        }
        (targets, failures)
    }

    /// The objects of a type that the selectors choose.
    pub fn list(&self, kind: Kind, reading: Reading<'_>) -> Outcome<Vec<Object>> {
        let chosen = self.chosen(kind)?;
        let objects: Vec<Object> = match self.namespace.as_deref().filter(|_| kind.resource().namespaced) {
            Some(namespace) => reading.view.list_in(kind, namespace).filter(|object| chosen(object)).collect(),
            None => reading.view.list(kind).filter(|object| chosen(object)).collect(),
        };
        Ok(objects)
    }

    /// Whether the selectors choose an object; the complaint is the API server's.
    pub fn chosen(&self, kind: Kind) -> Outcome<impl Fn(&Object) -> bool + use<>> {
        let refuse = |why: String| {
            let resource = kind.resource();
            let (labels, fields) = (self.labels.as_deref().unwrap_or(""), self.fields.as_deref().unwrap_or(""));
            let message = format!(
                "Unable to find \"{}, Resource={}\" that match label selector {}, field selector {}: {why}",
                resource.group_version(),
                resource.plural,
                quoted(labels),
                quoted(fields)
            );
            Failure::from(ApiError::new(Reason::BadRequest, message))
        };
        let labels = Labels::parse(self.labels.as_deref().unwrap_or("")).map_err(refuse)?;
        let fields = Fields::parse(self.fields.as_deref().unwrap_or("")).map_err(refuse)?;
        if let Some(why) = fields.unsupported(kind) {
            return Err(refuse(why));
        }
        let namespace = self.namespace.clone().filter(|_| kind.resource().namespaced);
        Ok(move |object: &Object| {
            let metadata = object.metadata();
            let here = namespace.as_ref().is_none_or(|namespace| metadata.namespace == namespace.as_str());
            here && labels.matches(&metadata.labels) && fields.matches(object)
        })
    }
}

/// The object of a manifest as it stands there.
fn as_written(manifest: &Manifest) -> Outcome<Target> {
    let (object, _) = manifest::decode(manifest.key.kind, &manifest.value, Validate::Ignore)?;
    let target = Target::new(manifest.key.clone(), Some(manifest.source.clone()), Some(object));
    Ok(Target { written: Some(manifest.value.clone()), local: true, ..target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_many_names() {
        for word in ["job", "jobs", "Job", "jobs.batch", "job.batch", "jobs.v1.batch", "jobs.ba"] {
            assert_eq!(resource(word).map(|resource| resource.kind), Some(Kind::Job), "{word}");
        }
        for (word, expected) in [
            ("cj", Some(Kind::CronJob)),
            ("cj.batch", Some(Kind::CronJob)),
            ("CJ", None),
            ("po", Some(Kind::Pod)),
            ("jobs.apps", None),
            ("jobs.v2.batch", None),
            ("x", None),
        ] {
            assert_eq!(resource(word).map(|resource| resource.kind), expected, "{word}");
        }
    }
}

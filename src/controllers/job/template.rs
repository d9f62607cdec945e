//! What a Job's new pods are made from (spec 01 §3, 02 §5).

use crate::api::job::{COMPLETION_INDEX, INDEX_FAILURE_COUNT, INDEX_IGNORED_FAILURE_COUNT, TRACKING_FINALIZER};
use crate::api::pod::EnvVar;
use crate::api::{Container, Job, Kind, ObjectMeta, OwnerReference, Pod, PodSpec, PodStatus, StringMap, Text, Uid};
use std::rc::Rc;

/// The longest name prefix that leaves room for five characters.
const LONGEST_PREFIX: usize = 58;
/// The environment variable in which an Indexed Job's containers find their index.
const INDEX_VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// What a Job's new pods have in common: made once for each generation of the Job, shared by all of its pods.
#[derive(Clone, Debug)]
pub struct Template {
    generation: i64,
    spec: Rc<PodSpec>,
    hostname: Option<Text>,
    node_name: Option<Text>,
    labels: StringMap,
    annotations: StringMap,
    finalizers: Rc<Vec<Text>>,
    owners: Rc<Vec<OwnerReference>>,
    status: Rc<PodStatus>,
}

impl Template {
    /// The template of a Job as it is now.
    pub fn of(job: &Job) -> Self {
        let template = &job.spec.template;
        let mut spec = (*template.spec).clone();
        if job.spec.is_indexed() {
            for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
                add_index_variable(container);
            }
        }
        let (hostname, node_name) = (spec.hostname.take(), spec.node_name.take());
        let mut finalizers = template.metadata.finalizers.clone();
        if !finalizers.iter().any(|finalizer| finalizer == TRACKING_FINALIZER) {
            finalizers.push(Text::from(TRACKING_FINALIZER));
        }
        Self {
            generation: job.metadata.generation,
            spec: Rc::new(spec),
            hostname,
            node_name,
            labels: template.metadata.labels.clone(),
            annotations: template.metadata.annotations.clone(),
            finalizers: Rc::new(finalizers),
            owners: Rc::new(vec![owner_reference(job)]),
            status: Rc::default(),
        }
    }

    /// Whether the Job has changed since.
    pub fn is_stale(&self, job: &Job) -> bool {
        self.generation != job.metadata.generation || self.owners.iter().all(|owner| owner.uid != job.metadata.uid)
    }

    /// A pod for no index in particular.
    pub fn pod(&self, job: &Job) -> Pod {
        let generate_name = Text::from(format!("{}-", job.metadata.name));
        self.with(job, generate_name, self.hostname.clone(), self.labels.clone(), self.annotations.clone())
    }

    /// A pod for a completion index; `failures` are its annotations where the Job counts failures per index.
    pub fn indexed_pod(&self, job: &Job, index: u32, failures: Option<(u32, u32)>) -> Pod {
        let name = &job.metadata.name;
        let number = Text::decimal(index.into());
        let room = LONGEST_PREFIX.saturating_sub(number.len() + 2);
        let generate_name = Text::concat(&[name.get(..room).unwrap_or(name), "-", &number, "-"]);
        let mut labels = self.labels.with_room(1);
        labels.insert(COMPLETION_INDEX.into(), number.clone());
        let mut annotations = self.annotations.with_room(1 + usize::from(failures.is_some()));
        annotations.insert(COMPLETION_INDEX.into(), number.clone());
        let decimal = |number: u32| if number == 0 { "0".into() } else { Text::decimal(number.into()) };
        if let Some((counted, ignored)) = failures {
            annotations.insert(INDEX_FAILURE_COUNT.into(), decimal(counted));
            if ignored > 0 {
                annotations.insert(INDEX_IGNORED_FAILURE_COUNT.into(), decimal(ignored));
            }
        }
        let hostname = Some(Text::concat(&[name, "-", &number]));
        self.with(job, generate_name, hostname, Rc::new(labels), Rc::new(annotations))
    }

    fn with(
        &self,
        job: &Job,
        generate_name: Text,
        hostname: Option<Text>,
        labels: StringMap,
        annotations: StringMap,
    ) -> Pod {
        // No default is made to be thrown away: a hundred thousand pods come from here.
        let metadata = ObjectMeta {
            generate_name,
            namespace: job.metadata.namespace.clone(),
            labels,
            annotations,
            finalizers: self.finalizers.clone(),
            owner_references: self.owners.clone(),
            creation_timestamp: None,
            deletion_grace_period_seconds: None,
            deletion_timestamp: None,
            generation: 0,
            name: Text::EMPTY,
            uid: Uid::default(),
        };
        Pod {
            resource_version: 0,
            metadata: Rc::new(metadata),
            spec: self.spec.clone(),
            node_name: self.node_name.clone(),
            hostname,
            ip: Text::EMPTY,
            host_ip: Text::EMPTY,
            status: self.status.clone(),
        }
    }
}

/// The reference by which a Job's pods name it.
pub fn owner_reference(job: &Job) -> OwnerReference {
    let resource = Kind::Job.resource();
    OwnerReference {
        api_version: resource.api_version.into(),
        block_owner_deletion: Some(true),
        controller: Some(true),
        kind: resource.name.into(),
        name: job.metadata.name.clone(),
        uid: job.metadata.uid,
    }
}

/// Lets a container know its index, unless it defines that variable itself.
fn add_index_variable(container: &mut Container) {
    if container.env.iter().any(|variable| variable.name == INDEX_VARIABLE) {
        return;
    }
    let field = serde_json::json!({
        "fieldRef": {"apiVersion": "v1", "fieldPath": format!("metadata.labels['{COMPLETION_INDEX}']")}
    });
    container.env.push(EnvVar { name: INDEX_VARIABLE.into(), value_from: Some(field), ..Default::default() });
}

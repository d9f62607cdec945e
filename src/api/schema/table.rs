//! The table itself: every type of the API that a manifest can hold, with fields in the order of Kubernetes' internal
//! types, which is the order in which "field is immutable" errors spell them out.
//!
//! A field is written as `text("nodeName")`, followed by what is special about it. `.ptr()` is a Go pointer (absent is
//! `null` rather than a zero), `.go("DNSPolicy")` a Go name that is more than the JSON name capitalised, `.by("name")`
//! the merge key of a list. In Kubernetes: `pkg/apis/{core,batch}/types.go`, `k8s.io/api/*/v1/types.go`.
//! Left out: the contents of volume sources that need a cloud, of claims, and of managed fields.

use super::Of::{Bool, Bytes, Int32, Int64, IntOrString, MicroTime, Object, Quantity, Raw, Text, Time, Word};
use super::{Field, Merge, Of, Type};

const fn field(name: &'static str, of: Of) -> Field {
    Field {
        name,
        go: "",
        of,
        pointer: false,
        required: false,
        inline: false,
        external: false,
        gated: false,
        merge: Merge::Replace,
        doc: "",
    }
}

impl Field {
    const fn ptr(mut self) -> Self {
        self.pointer = true;
        self
    }

    const fn go(mut self, name: &'static str) -> Self {
        self.go = name;
        self
    }

    const fn must(mut self) -> Self {
        self.required = true;
        self
    }

    const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Lists of objects are merged by this key.
    const fn by(mut self, key: &'static str) -> Self {
        self.merge = Merge::By(key);
        self
    }

    /// So that an item has none but the fields that were applied last.
    const fn by_retaining(mut self, key: &'static str) -> Self {
        self.merge = Merge::ByRetaining(key);
        self
    }

    /// Lists of words are merged.
    const fn set(mut self) -> Self {
        self.merge = Merge::Set;
        self
    }

    /// Of a feature that is off.
    const fn gated(mut self) -> Self {
        self.gated = true;
        self
    }

    /// Not part of the internal type.
    const fn external(mut self) -> Self {
        self.external = true;
        self
    }
}

const fn text(name: &'static str) -> Field {
    field(name, Text)
}
/// A string with a Go type of its own.
const fn word(name: &'static str, go_type: &'static str) -> Field {
    field(name, Word(go_type))
}
const fn flag(name: &'static str) -> Field {
    field(name, Bool)
}
const fn int32(name: &'static str) -> Field {
    field(name, Int32)
}
const fn int64(name: &'static str) -> Field {
    field(name, Int64)
}
const fn time(name: &'static str) -> Field {
    field(name, Time).ptr()
}
const fn raw(name: &'static str) -> Field {
    field(name, Raw).ptr()
}
const fn port_or_name(name: &'static str) -> Field {
    field(name, IntOrString)
}
const fn object(name: &'static str, of: &'static Type) -> Field {
    field(name, Object(of))
}
const fn list(name: &'static str, of: &'static Of) -> Field {
    field(name, Of::List(of))
}
const fn texts(name: &'static str) -> Field {
    field(name, Of::List(&Text))
}
const fn labels(name: &'static str) -> Field {
    field(name, Of::Map("map[string]string", &Text))
}
/// Go's name of a map of resources, whose amounts are kept to the thousandth.
pub(super) const RESOURCE_LIST: &str = "v1.ResourceList";

const fn resources(name: &'static str) -> Field {
    field(name, Of::Map(RESOURCE_LIST, &Quantity))
}

/// A type of the API.
macro_rules! types {
    ($($(#[doc = $doc:literal])* $id:ident = $name:literal [$($field:expr),* $(,)?];)*) => {
        $(pub(super) static $id: Type =
            Type { name: $name, doc: concat!($($doc),*), tagged: false, fields: &[$($field),*] };)*
    };
}

/// A type of `metav1`, which errors spell out with JSON names.
macro_rules! meta_types {
    ($($(#[doc = $doc:literal])* $id:ident = $name:literal [$($field:expr),* $(,)?];)*) => {
        $(pub(super) static $id: Type =
            Type { name: $name, doc: concat!($($doc),*), tagged: true, fields: &[$($field),*] };)*
    };
}

/// A kind of object: `apiVersion`, `kind`, `metadata` and fields of its own.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $id:ident = $name:literal [$($field:expr),* $(,)?];)*) => {
        $(pub(super) static $id: Type = Type {
            name: $name,
            doc: concat!($($doc),*),
            tagged: false,
            fields: &[
                text("apiVersion").go("APIVersion").doc("The group and version in which this object is written."),
                text("kind").doc("What kind of object this is."),
                object("metadata", &OBJECT_META).doc("The object's name, labels and what else all kinds have."),
                $($field),*
            ],
        };)*
        /// The kinds, by name.
        pub(super) static KINDS: &[(&str, &Type)] = &[$(($name, &$id)),*];
    };
}

meta_types! {
    /// What every object has: its name, its labels, its owners.
    OBJECT_META = "ObjectMeta" [
        text("name").doc("The name, unique in the namespace among objects of the kind. It cannot be changed."),
        text("generateName").doc("A prefix from which the server makes a name, if none is given."),
        text("namespace").doc("The namespace the object is in; \"default\" if none is given."),
        text("selfLink").doc("No longer set."),
        word("uid", "types.UID").doc("The server's own identifier: an object created later under the same name has another."),
        text("resourceVersion").doc("Changes with every write; a write that names an outdated one is refused as a conflict."),
        int64("generation").doc("Counts the changes of the spec."),
        time("creationTimestamp").doc("When the object was created."),
        time("deletionTimestamp").doc("When the object is to be gone; set once its deletion has been asked for."),
        int64("deletionGracePeriodSeconds").ptr().doc("The seconds granted to end in order."),
        labels("labels").doc("Words to select objects by."),
        labels("annotations").doc("Notes that nothing is selected by."),
        list("ownerReferences", &Object(&OWNER_REFERENCE)).by("uid").doc("The objects this one belongs to. When all are gone, it is deleted."),
        texts("finalizers").set().doc("Who has to let go before the object can disappear."),
        list("managedFields", &Object(&MANAGED_FIELDS)).doc("Which client has set which field."),
    ];
    OWNER_REFERENCE = "OwnerReference" [
        text("apiVersion").must(), text("kind").must(), text("name").must(), word("uid", "types.UID").must(),
        flag("controller").ptr().doc("Whether this owner is the one that manages the object."),
        flag("blockOwnerDeletion").ptr().doc("Whether deleting the owner in the foreground waits for this object."),
    ];
    MANAGED_FIELDS = "ManagedFieldsEntry" [
        text("manager"), word("operation", "v1.ManagedFieldsOperationType"), text("apiVersion"), time("time"),
        text("fieldsType"), raw("fieldsV1"), text("subresource"),
    ];
    /// Which objects are meant: those with all these labels.
    LABEL_SELECTOR = "LabelSelector" [
        labels("matchLabels").doc("Labels with the values they must have."),
        list("matchExpressions", &Object(&LABEL_REQUIREMENT)).doc("Conditions on labels."),
    ];
    LABEL_REQUIREMENT = "LabelSelectorRequirement" [
        text("key").must(),
        word("operator", "v1.LabelSelectorOperator").must().doc("In, NotIn, Exists or DoesNotExist."),
        texts("values"),
    ];
    CONDITION = "Condition" [
        text("type").must(), word("status", "v1.ConditionStatus").must(), int64("observedGeneration"),
        field("lastTransitionTime", Time).must(), text("reason").must(), text("message").must(),
    ];
}

kinds! {
    /// A Job runs pods until a given number of them has succeeded.
    JOB = "Job" [
        object("spec", &JOB_SPEC).doc("What the Job is to do."),
        object("status", &JOB_STATUS).doc("How far the Job has come."),
    ];
    /// A CronJob creates Jobs on a schedule.
    CRON_JOB = "CronJob" [
        object("spec", &CRON_JOB_SPEC).doc("When to create Jobs, and of what kind."),
        object("status", &CRON_JOB_STATUS).doc("The Jobs now running, and when the last one was created."),
    ];
    /// A Pod is a group of containers that run together on one node.
    POD = "Pod" [
        object("spec", &POD_SPEC).doc("What the pod runs, and under what conditions."),
        object("status", &POD_STATUS).doc("What has become of the pod."),
    ];
    /// A Node is a machine that runs pods.
    NODE = "Node" [object("spec", &NODE_SPEC), object("status", &NODE_STATUS)];
    /// An Event reports that something has happened to an object. The server forgets it after an hour.
    EVENT = "Event" [
        object("involvedObject", &OBJECT_REFERENCE).must().doc("What the event is about."),
        text("reason").doc("Why, in one word."),
        text("message").doc("What happened, for people."),
        object("source", &EVENT_SOURCE).doc("The component that reports this."),
        time("firstTimestamp"), time("lastTimestamp"), int32("count").doc("How often it has happened."),
        text("type").doc("Normal or Warning."),
        field("eventTime", MicroTime), raw("series"), text("action"), object("related", &OBJECT_REFERENCE).ptr(),
        text("reportingComponent").must(), text("reportingInstance").must(),
    ];
    /// A Namespace holds objects apart from those in others.
    NAMESPACE = "Namespace" [object("spec", &NAMESPACE_SPEC), object("status", &NAMESPACE_STATUS)];
    /// A ConfigMap holds configuration for pods to read.
    CONFIG_MAP = "ConfigMap" [
        flag("immutable").ptr(), labels("data").doc("Texts by name."),
        field("binaryData", Of::Map("map[string][]uint8", &Bytes)).doc("Bytes by name, in base64."),
    ];
    /// A Secret holds what a ConfigMap should not.
    SECRET = "Secret" [
        flag("immutable").ptr(), field("data", Of::Map("map[string][]uint8", &Bytes)).doc("Bytes by name, in base64."),
        labels("stringData").doc("Texts by name; the server moves them to data."),
        word("type", "v1.SecretType"),
    ];
    /// A Service gives a set of pods one name and address.
    SERVICE = "Service" [object("spec", &SERVICE_SPEC), object("status", &SERVICE_STATUS)];
    /// A PriorityClass says how important pods are to the scheduler.
    PRIORITY_CLASS = "PriorityClass" [
        int32("value").must().doc("The priority: pods with a higher one may displace pods with a lower one."),
        flag("globalDefault").doc("Whether pods that name no class have this one."),
        text("description"), word("preemptionPolicy", "v1.PreemptionPolicy").ptr(),
    ];
    /// A PodDisruptionBudget limits how many pods may be evicted at a time.
    POD_DISRUPTION_BUDGET = "PodDisruptionBudget" [
        object("spec", &PDB_SPEC), object("status", &PDB_STATUS),
    ];
    /// A ResourceQuota limits what a namespace may hold.
    RESOURCE_QUOTA = "ResourceQuota" [object("spec", &QUOTA_SPEC), object("status", &QUOTA_STATUS)];
    /// A StatefulSet runs pods with lasting names.
    STATEFUL_SET = "StatefulSet" [object("spec", &STATEFUL_SET_SPEC), raw("status")];
}

types! {
    JOB_SPEC = "JobSpec" [
        int32("parallelism").ptr().doc("How many pods may run at a time; 1 if not given. 0 stops the Job from running any."),
        int32("completions").ptr().doc("How many pods have to succeed. Without it, the first success is enough, and new pods stop. It cannot be changed, except for an Indexed Job whose parallelism changes to the same number with it."),
        object("podFailurePolicy", &POD_FAILURE_POLICY).ptr().doc("Rules that look at how a pod failed: ignore it, count it, give up its index, or give up the Job."),
        object("successPolicy", &SUCCESS_POLICY).ptr().doc("When the Job counts as successful before all indexes have succeeded."),
        int64("activeDeadlineSeconds").ptr().doc("Seconds after its start at which the Job fails, whatever else; suspending resets the clock. The Job itself stays, its running pods are deleted. A field of that name in the pod's spec is another clock, of each pod; a CronJob's startingDeadlineSeconds is a third, of what has not begun."),
        int32("backoffLimit").ptr().doc("How many failures are tolerated; one more and the Job fails. 6 if not given, without limit if backoffLimitPerIndex is. With restartPolicy OnFailure it counts restarts. It limits how often, not how soon: the wait before another pod is 10 s and doubles up to 10 min, and no field changes that."),
        int32("backoffLimitPerIndex").ptr().doc("How many failures each index may have; one more and that index fails, not yet the Job."),
        int32("maxFailedIndexes").ptr().doc("How many indexes may fail; one more and the Job is given up."),
        object("selector", &LABEL_SELECTOR).ptr().doc("Which pods are this Job's. The server sets it; leave it alone."),
        flag("manualSelector").ptr().doc("Whether the selector and the pods' labels are your own business. Hardly ever a good idea."),
        object("template", &POD_TEMPLATE_SPEC).must().doc("What pods are made from. Only Never and OnFailure are allowed as its restartPolicy."),
        int32("ttlSecondsAfterFinished").ptr().go("TTLSecondsAfterFinished").doc("Seconds after its end at which the Job is deleted, with its pods; 0 is at once, without it never."),
        word("completionMode", "v1.CompletionMode").ptr().doc("NonIndexed: pods are alike. Indexed: each has an index from 0 to completions - 1, and each index has to succeed."),
        flag("suspend").ptr().doc("Whether to run no pods for now. Suspending deletes those that run."),
        word("podReplacementPolicy", "v1.PodReplacementPolicy").ptr().doc("TerminatingOrFailed: replace a pod once it starts to end. Failed: only when it has ended."),
        text("managedBy").ptr().doc("Which controller works on this Job; any other than the built-in one makes that keep its hands off."),
    ];
    JOB_STATUS = "JobStatus" [
        list("conditions", &Object(&JOB_CONDITION)).by("type").doc("What holds of the Job: Suspended, SuccessCriteriaMet, FailureTarget, Complete, Failed. It is over once Complete or Failed is \"True\"; look for the type, not for a place in the list."),
        time("startTime").doc("When the Job started; again when it is resumed."),
        time("completionTime").doc("When the Job succeeded. A failed Job has none, so its absence does not mean that it still runs."),
        int32("active").doc("Pods that are neither finished nor being deleted."),
        int32("terminating").ptr().doc("Pods that are being deleted and have not ended."),
        int32("ready").ptr().doc("Active pods that are ready."),
        int32("succeeded").doc("Pods that have succeeded."),
        int32("failed").doc("Pods that have failed. Restarts in place are not among them, so a Job can have failed with none."),
        text("completedIndexes").doc("The indexes that have succeeded, as in \"1,3-5\"."),
        text("failedIndexes").ptr().doc("The indexes that have failed for good, if backoffLimitPerIndex is set."),
        object("uncountedTerminatedPods", &UNCOUNTED_PODS).ptr().doc("Pods that have ended, between being seen and being counted."),
    ];
    UNCOUNTED_PODS = "UncountedTerminatedPods" [list("succeeded", &Word("types.UID")), list("failed", &Word("types.UID"))];
    JOB_CONDITION = "JobCondition" [
        word("type", "v1.JobConditionType").must(), word("status", "v1.ConditionStatus").must(),
        field("lastProbeTime", Time), field("lastTransitionTime", Time), text("reason"), text("message"),
    ];
    POD_FAILURE_POLICY = "PodFailurePolicy" [
        list("rules", &Object(&POD_FAILURE_RULE)).must().doc("Tried in order; the first that matches decides. At most 20."),
    ];
    POD_FAILURE_RULE = "PodFailurePolicyRule" [
        word("action", "v1.PodFailurePolicyAction").must().doc("FailJob, FailIndex, Ignore or Count."),
        object("onExitCodes", &ON_EXIT_CODES).ptr().doc("Matches by the exit codes of containers."),
        list("onPodConditions", &Object(&ON_POD_CONDITION)).doc("Matches if the pod has one of these conditions."),
    ];
    ON_EXIT_CODES = "PodFailurePolicyOnExitCodesRequirement" [
        text("containerName").ptr().doc("The container to look at; all if not given."),
        word("operator", "v1.PodFailurePolicyOnExitCodesOperator").must().doc("In or NotIn."),
        list("values", &Int32).must().doc("Exit codes, ascending, at most 255. 0 is not allowed with In."),
    ];
    ON_POD_CONDITION = "PodFailurePolicyOnPodConditionsPattern" [
        word("type", "v1.PodConditionType").must().doc("Such as DisruptionTarget, which is set by an eviction (a drain), a preemption, a taint or the loss of a node, and not by kubectl delete; or one of your own."),
        word("status", "v1.ConditionStatus").must().doc("True if not given."),
    ];
    SUCCESS_POLICY = "SuccessPolicy" [
        list("rules", &Object(&SUCCESS_RULE)).must().doc("The Job succeeds when one of them is met. At most 20."),
    ];
    SUCCESS_RULE = "SuccessPolicyRule" [
        text("succeededIndexes").ptr().doc("The indexes that count, as in \"1,3-5\"; all if not given."),
        int32("succeededCount").ptr().doc("How many of them have to succeed; all if not given."),
    ];
    CRON_JOB_SPEC = "CronJobSpec" [
        text("schedule").must().doc("When, as in \"*/5 * * * *\": minute, hour, day of month, month, day of week."),
        text("timeZone").ptr().doc("The time zone of the schedule, such as Europe/Berlin; otherwise that of the controller, UTC."),
        int64("startingDeadlineSeconds").ptr().doc("How late a Job may be created; later than that, it is skipped."),
        word("concurrencyPolicy", "v1.ConcurrencyPolicy").doc("While a Job still runs: Allow another, Forbid it, or Replace the old one."),
        flag("suspend").ptr().doc("Whether to create no Jobs for now."),
        object("jobTemplate", &JOB_TEMPLATE_SPEC).must().doc("What Jobs are made from."),
        int32("successfulJobsHistoryLimit").ptr().doc("How many successful Jobs are kept; 3 if not given."),
        int32("failedJobsHistoryLimit").ptr().doc("How many failed Jobs are kept; 1 if not given."),
    ];
    CRON_JOB_STATUS = "CronJobStatus" [
        list("active", &Object(&OBJECT_REFERENCE)), time("lastScheduleTime"), time("lastSuccessfulTime"),
    ];
    JOB_TEMPLATE_SPEC = "JobTemplateSpec" [inline_meta(), object("spec", &JOB_SPEC)];
    POD_TEMPLATE_SPEC = "PodTemplateSpec" [
        inline_meta(), object("spec", &POD_SPEC).doc("What the pods run."),
    ];
    POD_SPEC = "PodSpec" [
        list("volumes", &Object(&VOLUME)).by_retaining("name").doc("Directories that containers can mount."),
        list("initContainers", &Object(&CONTAINER)).by("name").doc("Containers that run one after the other before the others start. With restartPolicy Always they are sidecars."),
        list("containers", &Object(&CONTAINER)).by("name").must().doc("What the pod runs, all at the same time."),
        list("ephemeralContainers", &Object(&EPHEMERAL_CONTAINER)).by("name"),
        word("restartPolicy", "v1.RestartPolicy").doc("Who starts again what has failed. Never: the pod stays as it ended, and the Job makes another, up to its backoffLimit. OnFailure: the kubelet starts the container again in the same pod, at once and then after 10 s, doubled up to 5 min. Jobs allow no other."),
        int64("terminationGracePeriodSeconds").ptr().doc("Seconds between SIGTERM and SIGKILL; 30 if not given."),
        int64("activeDeadlineSeconds").ptr().doc("Seconds after which the kubelet ends this one pod. A Job has a field of that name for all its pods together."),
        word("dnsPolicy", "v1.DNSPolicy").go("DNSPolicy"),
        labels("nodeSelector").doc("Labels a node must have to run the pod."),
        text("serviceAccountName"),
        text("serviceAccount").external(),
        flag("automountServiceAccountToken").ptr(),
        text("nodeName").doc("The node the pod runs on; the scheduler sets it."),
        flag("hostNetwork").external(), flag("hostPID").external(), flag("hostIPC").external(),
        flag("shareProcessNamespace").ptr().external(), flag("hostUsers").ptr().external(),
        object("securityContext", &POD_SECURITY_CONTEXT).ptr(),
        list("imagePullSecrets", &Object(&LOCAL_OBJECT_REFERENCE)).by("name"),
        text("hostname"), text("subdomain"), flag("setHostnameAsFQDN").ptr(),
        object("affinity", &AFFINITY).ptr().doc("Which nodes and neighbours the pod needs or prefers."),
        text("schedulerName"),
        list("tolerations", &Object(&TOLERATION)).doc("Taints that do not keep the pod from a node."),
        list("hostAliases", &Object(&HOST_ALIAS)).by("ip"),
        text("priorityClassName").doc("The class that says how important the pod is."),
        int32("priority").ptr(),
        word("preemptionPolicy", "v1.PreemptionPolicy").ptr(),
        object("dnsConfig", &DNS_CONFIG).ptr().go("DNSConfig"),
        list("readinessGates", &Object(&READINESS_GATE)), text("runtimeClassName").ptr(), resources("overhead"),
        flag("enableServiceLinks").ptr(),
        list("topologySpreadConstraints", &Object(&TOPOLOGY_SPREAD)).by("topologyKey"),
        object("os", &POD_OS).ptr().go("OS"),
        list("schedulingGates", &Object(&SCHEDULING_GATE)).by("name").doc("While there are any, the scheduler leaves the pod alone."),
        list("resourceClaims", &Object(&POD_RESOURCE_CLAIM)).by_retaining("name"),
        object("resources", &RESOURCE_REQUIREMENTS).ptr(), text("hostnameOverride").ptr(),
        object("schedulingGroup", &SCHEDULING_GROUP).ptr().gated(),
    ];
    CONTAINER = "Container" [
        text("name").must().doc("The container's name, unique in the pod."),
        text("image").doc("What to run, such as busybox:1.36."),
        texts("command").doc("The program and its arguments, instead of the image's own. No shell unless you name one."),
        texts("args").doc("Arguments, instead of the image's own."),
        text("workingDir"),
        list("ports", &Object(&CONTAINER_PORT)).by("containerPort"),
        list("envFrom", &Object(&ENV_FROM)).doc("ConfigMaps and Secrets whose entries become environment variables."),
        list("env", &Object(&ENV_VAR)).by("name").doc("Environment variables."),
        object("resources", &RESOURCE_REQUIREMENTS).doc("How much CPU and memory it asks for, and may use at most."),
        list("resizePolicy", &Object(&RESIZE_POLICY)),
        word("restartPolicy", "v1.ContainerRestartPolicy").ptr().doc("On an init container, Always makes it a sidecar."),
        list("restartPolicyRules", &Object(&RESTART_RULE)),
        list("volumeMounts", &Object(&VOLUME_MOUNT)).by("mountPath").doc("Where the pod's volumes appear in the container."),
        list("volumeDevices", &Object(&VOLUME_DEVICE)).by("devicePath"),
        object("livenessProbe", &PROBE).ptr().doc("Where it fails, the container is killed."),
        object("readinessProbe", &PROBE).ptr().doc("Where it succeeds, the container is ready."),
        object("startupProbe", &PROBE).ptr().doc("Until it succeeds, the other probes wait; after a sidecar the next containers, too."),
        object("lifecycle", &LIFECYCLE).ptr().doc("What to do after the start and before the end."),
        text("terminationMessagePath"),
        word("terminationMessagePolicy", "v1.TerminationMessagePolicy"),
        word("imagePullPolicy", "v1.PullPolicy").doc("Always, IfNotPresent or Never."),
        object("securityContext", &SECURITY_CONTEXT).ptr(),
        flag("stdin"), flag("stdinOnce"), flag("tty").go("TTY"),
    ];
    EPHEMERAL_CONTAINER = "EphemeralContainer" [
        text("name").must(), text("image"), texts("command"), texts("args"), text("workingDir"),
        list("ports", &Object(&CONTAINER_PORT)).by("containerPort"), list("envFrom", &Object(&ENV_FROM)),
        list("env", &Object(&ENV_VAR)).by("name"), object("resources", &RESOURCE_REQUIREMENTS),
        list("resizePolicy", &Object(&RESIZE_POLICY)), word("restartPolicy", "v1.ContainerRestartPolicy").ptr(),
        list("restartPolicyRules", &Object(&RESTART_RULE)),
        list("volumeMounts", &Object(&VOLUME_MOUNT)).by("mountPath"),
        list("volumeDevices", &Object(&VOLUME_DEVICE)).by("devicePath"),
        object("livenessProbe", &PROBE).ptr(), object("readinessProbe", &PROBE).ptr(),
        object("startupProbe", &PROBE).ptr(), object("lifecycle", &LIFECYCLE).ptr(), text("terminationMessagePath"),
        word("terminationMessagePolicy", "v1.TerminationMessagePolicy"), word("imagePullPolicy", "v1.PullPolicy"),
        object("securityContext", &SECURITY_CONTEXT).ptr(), flag("stdin"), flag("stdinOnce"), flag("tty").go("TTY"),
        text("targetContainerName"),
    ];
    CONTAINER_PORT = "ContainerPort" [
        text("name"), int32("hostPort"), int32("containerPort").must(), word("protocol", "v1.Protocol"), text("hostIP"),
    ];
    ENV_FROM = "EnvFromSource" [
        text("prefix"), object("configMapRef", &CONFIG_MAP_ENV).ptr(), object("secretRef", &SECRET_ENV).ptr(),
    ];
    CONFIG_MAP_ENV = "ConfigMapEnvSource" [text("name"), flag("optional").ptr()];
    SECRET_ENV = "SecretEnvSource" [text("name"), flag("optional").ptr()];
    ENV_VAR = "EnvVar" [
        text("name").must(), text("value").doc("A string: numbers and words like true or N need quotes."),
        object("valueFrom", &ENV_VAR_SOURCE).ptr(),
    ];
    ENV_VAR_SOURCE = "EnvVarSource" [
        object("fieldRef", &FIELD_SELECTOR).ptr().doc("A field of the pod, such as metadata.name."),
        object("resourceFieldRef", &RESOURCE_FIELD_SELECTOR).ptr(),
        object("configMapKeyRef", &CONFIG_MAP_KEY).ptr(), object("secretKeyRef", &SECRET_KEY).ptr(),
        object("fileKeyRef", &FILE_KEY).ptr(),
    ];
    FIELD_SELECTOR = "ObjectFieldSelector" [text("apiVersion").go("APIVersion"), text("fieldPath").must()];
    RESOURCE_FIELD_SELECTOR = "ResourceFieldSelector" [
        text("containerName"), text("resource").must(), field("divisor", Quantity),
    ];
    CONFIG_MAP_KEY = "ConfigMapKeySelector" [text("name"), text("key").must(), flag("optional").ptr()];
    SECRET_KEY = "SecretKeySelector" [text("name"), text("key").must(), flag("optional").ptr()];
    FILE_KEY = "FileKeySelector" [
        text("volumeName").must(), text("path").must(), text("key").must(), flag("optional").ptr(),
    ];
    RESOURCE_REQUIREMENTS = "ResourceRequirements" [
        resources("limits").doc("What it may use at most. More memory than that ends it, more CPU slows it down."),
        resources("requests").doc("What the scheduler sets aside for it."),
        list("claims", &Object(&RESOURCE_CLAIM)),
    ];
    RESOURCE_CLAIM = "ResourceClaim" [text("name").must(), text("request")];
    RESIZE_POLICY = "ContainerResizePolicy" [
        word("resourceName", "v1.ResourceName").must(), word("restartPolicy", "v1.ResourceResizeRestartPolicy").must(),
    ];
    RESTART_RULE = "ContainerRestartRule" [
        word("action", "v1.ContainerRestartRuleAction").must(), object("exitCodes", &RESTART_EXIT_CODES).ptr(),
    ];
    RESTART_EXIT_CODES = "ContainerRestartRuleOnExitCodes" [
        word("operator", "v1.ContainerRestartRuleOnExitCodesOperator").must(), list("values", &Int32),
    ];
    VOLUME_MOUNT = "VolumeMount" [
        text("name").must(), flag("readOnly"), word("recursiveReadOnly", "v1.RecursiveReadOnlyMode").ptr(),
        text("mountPath").must(), text("subPath"), word("mountPropagation", "v1.MountPropagationMode").ptr(),
        text("subPathExpr"),
    ];
    VOLUME_DEVICE = "VolumeDevice" [text("name").must(), text("devicePath").must()];
    PROBE = "Probe" [
        object("exec", &EXEC_ACTION).ptr().doc("A command in the container: exit code 0 is a success."),
        object("httpGet", &HTTP_GET).ptr().go("HTTPGet").doc("An HTTP request: a status from 200 to 399 is a success."),
        object("tcpSocket", &TCP_SOCKET).ptr().go("TCPSocket").doc("A connection: that it opens is a success."),
        object("grpc", &GRPC).ptr().go("GRPC").doc("A call of the gRPC health service."),
        int32("initialDelaySeconds").doc("No probe before the container has run so long."),
        int32("timeoutSeconds").doc("An answer that takes longer is a failure; 1 by default."),
        int32("periodSeconds").doc("From one probe to the next; 10 by default."),
        int32("successThreshold").doc("After so many successes in a row it succeeds; 1 by default."),
        int32("failureThreshold").doc("After so many failures in a row it fails; 3 by default."),
        int64("terminationGracePeriodSeconds").ptr().doc("How long a container that is killed for it has to end."),
    ];
    EXEC_ACTION = "ExecAction" [texts("command")];
    HTTP_GET = "HTTPGetAction" [
        text("path"), port_or_name("port").must(), text("host"), word("scheme", "v1.URIScheme"),
        list("httpHeaders", &Object(&HTTP_HEADER)).go("HTTPHeaders"),
    ];
    HTTP_HEADER = "HTTPHeader" [text("name").must(), text("value").must()];
    TCP_SOCKET = "TCPSocketAction" [port_or_name("port").must(), text("host")];
    GRPC = "GRPCAction" [int32("port").must(), text("service").ptr()];
    LIFECYCLE = "Lifecycle" [
        object("postStart", &HANDLER).ptr(), object("preStop", &HANDLER).ptr(), word("stopSignal", "v1.Signal").ptr().gated(),
    ];
    HANDLER = "LifecycleHandler" [
        object("exec", &EXEC_ACTION).ptr(), object("httpGet", &HTTP_GET).ptr().go("HTTPGet"),
        object("tcpSocket", &TCP_SOCKET).ptr().go("TCPSocket"), object("sleep", &SLEEP).ptr(),
    ];
    SLEEP = "SleepAction" [int64("seconds").must()];
    SECURITY_CONTEXT = "SecurityContext" [
        object("capabilities", &CAPABILITIES).ptr(), flag("privileged").ptr(),
        object("seLinuxOptions", &SE_LINUX).ptr().go("SELinuxOptions"),
        object("windowsOptions", &WINDOWS).ptr(), int64("runAsUser").ptr(), int64("runAsGroup").ptr(),
        flag("runAsNonRoot").ptr(), flag("readOnlyRootFilesystem").ptr(), flag("allowPrivilegeEscalation").ptr(),
        word("procMount", "v1.ProcMountType").ptr(), object("seccompProfile", &SECCOMP).ptr(),
        object("appArmorProfile", &APP_ARMOR).ptr(),
    ];
    CAPABILITIES = "Capabilities" [list("add", &Word("v1.Capability")), list("drop", &Word("v1.Capability"))];
    SE_LINUX = "SELinuxOptions" [text("user"), text("role"), text("type"), text("level")];
    WINDOWS = "WindowsSecurityContextOptions" [
        text("gmsaCredentialSpecName").ptr().go("GMSACredentialSpecName"),
        text("gmsaCredentialSpec").ptr().go("GMSACredentialSpec"), text("runAsUserName").ptr(), flag("hostProcess").ptr(),
    ];
    SECCOMP = "SeccompProfile" [word("type", "v1.SeccompProfileType").must(), text("localhostProfile").ptr()];
    APP_ARMOR = "AppArmorProfile" [word("type", "v1.AppArmorProfileType").must(), text("localhostProfile").ptr()];
    POD_SECURITY_CONTEXT = "PodSecurityContext" [
        object("seLinuxOptions", &SE_LINUX).ptr().go("SELinuxOptions"),
        object("windowsOptions", &WINDOWS).ptr(), int64("runAsUser").ptr(), int64("runAsGroup").ptr(),
        flag("runAsNonRoot").ptr(), list("supplementalGroups", &Int64),
        word("supplementalGroupsPolicy", "v1.SupplementalGroupsPolicy").ptr(),
        int64("fsGroup").ptr().go("FSGroup"),
        word("fsGroupChangePolicy", "v1.PodFSGroupChangePolicy").ptr().go("FSGroupChangePolicy"),
        list("sysctls", &Object(&SYSCTL)), object("seccompProfile", &SECCOMP).ptr(),
        object("appArmorProfile", &APP_ARMOR).ptr(),
        word("seLinuxChangePolicy", "v1.PodSELinuxChangePolicy").ptr().go("SELinuxChangePolicy"),
    ];
    SYSCTL = "Sysctl" [text("name").must(), text("value").must()];
    LOCAL_OBJECT_REFERENCE = "LocalObjectReference" [text("name")];
    AFFINITY = "Affinity" [
        object("nodeAffinity", &NODE_AFFINITY).ptr(), object("podAffinity", &POD_AFFINITY).ptr(),
        object("podAntiAffinity", &POD_ANTI_AFFINITY).ptr(),
    ];
    NODE_AFFINITY = "NodeAffinity" [
        object("requiredDuringSchedulingIgnoredDuringExecution", &NODE_SELECTOR).ptr(),
        list("preferredDuringSchedulingIgnoredDuringExecution", &Object(&PREFERRED_TERM)),
    ];
    NODE_SELECTOR = "NodeSelector" [list("nodeSelectorTerms", &Object(&NODE_SELECTOR_TERM)).must()];
    NODE_SELECTOR_TERM = "NodeSelectorTerm" [
        list("matchExpressions", &Object(&NODE_REQUIREMENT)), list("matchFields", &Object(&NODE_REQUIREMENT)),
    ];
    NODE_REQUIREMENT = "NodeSelectorRequirement" [
        text("key").must(), word("operator", "v1.NodeSelectorOperator").must(), texts("values"),
    ];
    PREFERRED_TERM = "PreferredSchedulingTerm" [
        int32("weight").must(), object("preference", &NODE_SELECTOR_TERM).must(),
    ];
    POD_AFFINITY = "PodAffinity" [
        list("requiredDuringSchedulingIgnoredDuringExecution", &Object(&POD_AFFINITY_TERM)),
        list("preferredDuringSchedulingIgnoredDuringExecution", &Object(&WEIGHTED_TERM)),
    ];
    POD_ANTI_AFFINITY = "PodAntiAffinity" [
        list("requiredDuringSchedulingIgnoredDuringExecution", &Object(&POD_AFFINITY_TERM)),
        list("preferredDuringSchedulingIgnoredDuringExecution", &Object(&WEIGHTED_TERM)),
    ];
    POD_AFFINITY_TERM = "PodAffinityTerm" [
        object("labelSelector", &LABEL_SELECTOR).ptr(), texts("namespaces"), text("topologyKey").must(),
        object("namespaceSelector", &LABEL_SELECTOR).ptr(), texts("matchLabelKeys"), texts("mismatchLabelKeys"),
    ];
    WEIGHTED_TERM = "WeightedPodAffinityTerm" [
        int32("weight").must(), object("podAffinityTerm", &POD_AFFINITY_TERM).must(),
    ];
    TOLERATION = "Toleration" [
        text("key"), word("operator", "v1.TolerationOperator"), text("value"), word("effect", "v1.TaintEffect"),
        int64("tolerationSeconds").ptr(),
    ];
    HOST_ALIAS = "HostAlias" [text("ip").must().go("IP"), texts("hostnames")];
    DNS_CONFIG = "PodDNSConfig" [texts("nameservers"), texts("searches"), list("options", &Object(&DNS_OPTION))];
    DNS_OPTION = "PodDNSConfigOption" [text("name"), text("value").ptr()];
    READINESS_GATE = "PodReadinessGate" [word("conditionType", "v1.PodConditionType").must()];
    TOPOLOGY_SPREAD = "TopologySpreadConstraint" [
        int32("maxSkew").must(), text("topologyKey").must(),
        word("whenUnsatisfiable", "v1.UnsatisfiableConstraintAction").must(),
        object("labelSelector", &LABEL_SELECTOR).ptr(), int32("minDomains").ptr(),
        word("nodeAffinityPolicy", "v1.NodeInclusionPolicy").ptr(),
        word("nodeTaintsPolicy", "v1.NodeInclusionPolicy").ptr(), texts("matchLabelKeys"),
    ];
    POD_OS = "PodOS" [word("name", "v1.OSName").must()];
    SCHEDULING_GATE = "PodSchedulingGate" [text("name").must()];
    POD_RESOURCE_CLAIM = "PodResourceClaim" [
        text("name").must(), text("resourceClaimName").ptr(), text("resourceClaimTemplateName").ptr(),
    ];
    SCHEDULING_GROUP = "PodSchedulingGroup" [text("podGroupName").ptr()];
    VOLUME = "Volume" [
        text("name").must().doc("The volume's name, unique in the pod."),
        object("hostPath", &HOST_PATH).ptr(),
        object("emptyDir", &EMPTY_DIR).ptr().doc("A directory that is empty at first and lives as long as the pod."),
        raw("gcePersistentDisk").go("GCEPersistentDisk"), raw("awsElasticBlockStore").go("AWSElasticBlockStore"),
        raw("gitRepo"), object("secret", &SECRET_VOLUME).ptr(), object("nfs", &NFS).ptr().go("NFS"),
        raw("iscsi").go("ISCSI"), raw("glusterfs"), object("persistentVolumeClaim", &PVC_VOLUME).ptr(),
        raw("rbd").go("RBD"), raw("quobyte"), raw("flexVolume"), raw("cinder"), raw("cephfs").go("CephFS"),
        raw("flocker"), object("downwardAPI", &DOWNWARD_API).ptr(), raw("fc").go("FC"), raw("azureFile"),
        object("configMap", &CONFIG_MAP_VOLUME).ptr(), raw("vsphereVolume"), raw("azureDisk"),
        raw("photonPersistentDisk"), object("projected", &PROJECTED).ptr(), raw("portworxVolume"), raw("scaleIO"),
        raw("storageos").go("StorageOS"), object("csi", &CSI).ptr().go("CSI"),
        object("ephemeral", &EPHEMERAL).ptr(), object("image", &IMAGE_VOLUME).ptr(),
    ];
    CSI = "CSIVolumeSource" [
        text("driver").must(), flag("readOnly").ptr(), text("fsType").ptr().go("FSType"), labels("volumeAttributes"),
        object("nodePublishSecretRef", &LOCAL_OBJECT_REFERENCE).ptr(),
    ];
    EPHEMERAL = "EphemeralVolumeSource" [object("volumeClaimTemplate", &CLAIM_TEMPLATE).ptr()];
    CLAIM_TEMPLATE = "PersistentVolumeClaimTemplate" [inline_meta(), object("spec", &CLAIM_SPEC).must()];
    CLAIM_SPEC = "PersistentVolumeClaimSpec" [
        list("accessModes", &Word("v1.PersistentVolumeAccessMode")), object("selector", &LABEL_SELECTOR).ptr(),
        object("resources", &CLAIM_RESOURCES), text("volumeName"), text("storageClassName").ptr(),
        word("volumeMode", "v1.PersistentVolumeMode").ptr(), object("dataSource", &DATA_SOURCE).ptr(),
        object("dataSourceRef", &DATA_SOURCE).ptr(), text("volumeAttributesClassName").ptr(),
    ];
    CLAIM_RESOURCES = "VolumeResourceRequirements" [resources("limits"), resources("requests")];
    DATA_SOURCE = "TypedObjectReference" [
        text("apiGroup").ptr().go("APIGroup"), text("kind").must(), text("name").must(), text("namespace").ptr(),
    ];
    HOST_PATH = "HostPathVolumeSource" [text("path").must(), word("type", "v1.HostPathType").ptr()];
    EMPTY_DIR = "EmptyDirVolumeSource" [word("medium", "v1.StorageMedium"), field("sizeLimit", Quantity).ptr()];
    SECRET_VOLUME = "SecretVolumeSource" [
        text("secretName"), list("items", &Object(&KEY_TO_PATH)), int32("defaultMode").ptr(), flag("optional").ptr(),
    ];
    KEY_TO_PATH = "KeyToPath" [text("key").must(), text("path").must(), int32("mode").ptr()];
    NFS = "NFSVolumeSource" [text("server").must(), text("path").must(), flag("readOnly")];
    PVC_VOLUME = "PersistentVolumeClaimVolumeSource" [text("claimName").must(), flag("readOnly")];
    CONFIG_MAP_VOLUME = "ConfigMapVolumeSource" [
        text("name"), list("items", &Object(&KEY_TO_PATH)), int32("defaultMode").ptr(), flag("optional").ptr(),
    ];
    DOWNWARD_API = "DownwardAPIVolumeSource" [
        list("items", &Object(&DOWNWARD_API_FILE)), int32("defaultMode").ptr(),
    ];
    DOWNWARD_API_FILE = "DownwardAPIVolumeFile" [
        text("path").must(), object("fieldRef", &FIELD_SELECTOR).ptr(),
        object("resourceFieldRef", &RESOURCE_FIELD_SELECTOR).ptr(), int32("mode").ptr(),
    ];
    PROJECTED = "ProjectedVolumeSource" [list("sources", &Object(&PROJECTION)), int32("defaultMode").ptr()];
    PROJECTION = "VolumeProjection" [
        object("secret", &SECRET_PROJECTION).ptr(), object("downwardAPI", &DOWNWARD_API_PROJECTION).ptr(),
        object("configMap", &CONFIG_MAP_PROJECTION).ptr(), object("serviceAccountToken", &TOKEN_PROJECTION).ptr(),
        raw("clusterTrustBundle"), raw("podCertificate"),
    ];
    SECRET_PROJECTION = "SecretProjection" [text("name"), list("items", &Object(&KEY_TO_PATH)), flag("optional").ptr()];
    CONFIG_MAP_PROJECTION = "ConfigMapProjection" [
        text("name"), list("items", &Object(&KEY_TO_PATH)), flag("optional").ptr(),
    ];
    DOWNWARD_API_PROJECTION = "DownwardAPIProjection" [list("items", &Object(&DOWNWARD_API_FILE))];
    TOKEN_PROJECTION = "ServiceAccountTokenProjection" [
        text("audience"), int64("expirationSeconds").ptr(), text("path").must(),
    ];
    IMAGE_VOLUME = "ImageVolumeSource" [text("reference"), word("pullPolicy", "v1.PullPolicy")];
    POD_STATUS = "PodStatus" [
        int64("observedGeneration"), word("phase", "v1.PodPhase").doc("Pending, Running, Succeeded, Failed or Unknown."),
        list("conditions", &Object(&POD_CONDITION)).by("type"), text("message"), text("reason"),
        text("nominatedNodeName"), text("hostIP"), list("hostIPs", &Object(&HOST_IP)).by("ip"), text("podIP"),
        list("podIPs", &Object(&POD_IP)).by("ip"), time("startTime"),
        list("initContainerStatuses", &Object(&CONTAINER_STATUS)), list("containerStatuses", &Object(&CONTAINER_STATUS)),
        word("qosClass", "v1.PodQOSClass").go("QOSClass"),
        list("ephemeralContainerStatuses", &Object(&CONTAINER_STATUS)), word("resize", "v1.PodResizeStatus"),
        list("resourceClaimStatuses", &Raw), raw("extendedResourceClaimStatus"), resources("allocatedResources"),
        object("resources", &RESOURCE_REQUIREMENTS).ptr(),
    ];
    POD_CONDITION = "PodCondition" [
        word("type", "v1.PodConditionType").must(), int64("observedGeneration"),
        word("status", "v1.ConditionStatus").must(), field("lastProbeTime", Time), field("lastTransitionTime", Time),
        text("reason"), text("message"),
    ];
    HOST_IP = "HostIP" [text("ip").must().go("IP")];
    POD_IP = "PodIP" [text("ip").must().go("IP")];
    CONTAINER_STATUS = "ContainerStatus" [
        text("name").must(), object("state", &CONTAINER_STATE), object("lastState", &CONTAINER_STATE),
        flag("ready").must(), int32("restartCount").must(), text("image").must(), text("imageID").must(),
        text("containerID"), flag("started").ptr(), resources("allocatedResources"),
        object("resources", &RESOURCE_REQUIREMENTS).ptr(), list("volumeMounts", &Raw), raw("user"),
        list("allocatedResourcesStatus", &Raw), word("stopSignal", "v1.Signal").ptr(),
    ];
    CONTAINER_STATE = "ContainerState" [
        object("waiting", &STATE_WAITING).ptr(), object("running", &STATE_RUNNING).ptr(),
        object("terminated", &STATE_TERMINATED).ptr(),
    ];
    STATE_WAITING = "ContainerStateWaiting" [text("reason"), text("message")];
    STATE_RUNNING = "ContainerStateRunning" [field("startedAt", Time)];
    STATE_TERMINATED = "ContainerStateTerminated" [
        int32("exitCode").must(), int32("signal"), text("reason"), text("message"), field("startedAt", Time),
        field("finishedAt", Time), text("containerID"),
    ];
    NODE_SPEC = "NodeSpec" [
        text("podCIDR").external(), texts("podCIDRs").set(), text("providerID"),
        flag("unschedulable").doc("Whether the node is cordoned: it gets no new pods."),
        list("taints", &Object(&TAINT)).doc("What keeps pods away that do not tolerate it."),
        raw("configSource"), text("externalID").external(),
    ];
    TAINT = "Taint" [
        text("key").must(), text("value"), word("effect", "v1.TaintEffect").must().doc("NoSchedule, PreferNoSchedule or NoExecute."),
        time("timeAdded"),
    ];
    NODE_STATUS = "NodeStatus" [
        resources("capacity"), resources("allocatable"), word("phase", "v1.NodePhase"),
        list("conditions", &Object(&NODE_CONDITION)).by("type"), list("addresses", &Object(&NODE_ADDRESS)).by("type"),
        raw("daemonEndpoints"), raw("nodeInfo"), list("images", &Raw), list("volumesInUse", &Text),
        list("volumesAttached", &Raw), raw("config"), list("runtimeHandlers", &Raw), raw("features"),
        list("declaredFeatures", &Text),
    ];
    NODE_CONDITION = "NodeCondition" [
        word("type", "v1.NodeConditionType").must(), word("status", "v1.ConditionStatus").must(),
        field("lastHeartbeatTime", Time), field("lastTransitionTime", Time), text("reason"), text("message"),
    ];
    NODE_ADDRESS = "NodeAddress" [word("type", "v1.NodeAddressType").must(), text("address").must()];
    OBJECT_REFERENCE = "ObjectReference" [
        text("kind"), text("namespace"), text("name"), word("uid", "types.UID").go("UID"),
        text("apiVersion").go("APIVersion"), text("resourceVersion"), text("fieldPath"),
    ];
    EVENT_SOURCE = "EventSource" [text("component"), text("host")];
    NAMESPACE_SPEC = "NamespaceSpec" [list("finalizers", &Word("v1.FinalizerName"))];
    NAMESPACE_STATUS = "NamespaceStatus" [word("phase", "v1.NamespacePhase"), list("conditions", &Raw).by("type")];
    SERVICE_SPEC = "ServiceSpec" [
        word("type", "v1.ServiceType").doc("ClusterIP, NodePort, LoadBalancer or ExternalName."),
        list("ports", &Object(&SERVICE_PORT)).by("port"),
        labels("selector").doc("The labels of the pods behind this service."),
        text("clusterIP").doc("The service's address; None makes it headless: its name leads to the pods themselves."),
        texts("clusterIPs"), list("ipFamilies", &Word("v1.IPFamily")).go("IPFamilies"),
        word("ipFamilyPolicy", "v1.IPFamilyPolicy").ptr().go("IPFamilyPolicy"), text("externalName"),
        texts("externalIPs"), text("loadBalancerIP"), word("sessionAffinity", "v1.ServiceAffinity"),
        object("sessionAffinityConfig", &AFFINITY_CONFIG).ptr(), texts("loadBalancerSourceRanges"),
        word("externalTrafficPolicy", "v1.ServiceExternalTrafficPolicy"), int32("healthCheckNodePort"),
        flag("publishNotReadyAddresses"), flag("allocateLoadBalancerNodePorts").ptr(), text("loadBalancerClass").ptr(),
        word("internalTrafficPolicy", "v1.ServiceInternalTrafficPolicy").ptr(), text("trafficDistribution").ptr(),
    ];
    AFFINITY_CONFIG = "SessionAffinityConfig" [object("clientIP", &CLIENT_IP_CONFIG).ptr()];
    CLIENT_IP_CONFIG = "ClientIPConfig" [int32("timeoutSeconds").ptr()];
    SERVICE_PORT = "ServicePort" [
        text("name"), word("protocol", "v1.Protocol"), text("appProtocol").ptr(), int32("port").must(),
        port_or_name("targetPort"), int32("nodePort"),
    ];
    SERVICE_STATUS = "ServiceStatus" [raw("loadBalancer"), list("conditions", &Object(&CONDITION)).by("type")];
    PDB_SPEC = "PodDisruptionBudgetSpec" [
        port_or_name("minAvailable").ptr().doc("How many of the pods must stay; a number or a percentage."),
        object("selector", &LABEL_SELECTOR).ptr(),
        port_or_name("maxUnavailable").ptr().doc("How many of the pods may be away; a number or a percentage."),
        word("unhealthyPodEvictionPolicy", "v1.UnhealthyPodEvictionPolicyType").ptr(),
    ];
    PDB_STATUS = "PodDisruptionBudgetStatus" [
        int64("observedGeneration"), field("disruptedPods", Of::Map("map[string]v1.Time", &Time)),
        int32("disruptionsAllowed").must(), int32("currentHealthy").must(), int32("desiredHealthy").must(),
        int32("expectedPods").must(),
        list("conditions", &Object(&CONDITION)).by("type"),
    ];
    QUOTA_SPEC = "ResourceQuotaSpec" [
        resources("hard").doc("The limits, such as pods: 10 or requests.cpu: 4."),
        list("scopes", &Word("v1.ResourceQuotaScope")), object("scopeSelector", &SCOPE_SELECTOR).ptr(),
    ];
    SCOPE_SELECTOR = "ScopeSelector" [list("matchExpressions", &Object(&SCOPE_REQUIREMENT))];
    SCOPE_REQUIREMENT = "ScopedResourceSelectorRequirement" [
        word("scopeName", "v1.ResourceQuotaScope").must(), word("operator", "v1.ScopeSelectorOperator").must(),
        texts("values"),
    ];
    QUOTA_STATUS = "ResourceQuotaStatus" [resources("hard"), resources("used")];
    STATEFUL_SET_SPEC = "StatefulSetSpec" [
        int32("replicas").ptr(), object("selector", &LABEL_SELECTOR).ptr().must(),
        object("template", &POD_TEMPLATE_SPEC).must(), list("volumeClaimTemplates", &Raw), text("serviceName").must(),
        word("podManagementPolicy", "v1.PodManagementPolicyType"), raw("updateStrategy"),
        int32("revisionHistoryLimit").ptr(), int32("minReadySeconds"), raw("persistentVolumeClaimRetentionPolicy"),
        raw("ordinals"),
    ];
}

/// Metadata that stands in the same Go struct as what it describes.
const fn inline_meta() -> Field {
    let mut field =
        object("metadata", &OBJECT_META).doc("The labels and annotations that what is made from this gets.");
    field.inline = true;
    field
}

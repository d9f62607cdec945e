//! The one table of commands and flags: parsing, usage errors, help and completion all read it.

use super::call::{Action, Call};
use super::failure::Outcome;
use super::{
    api_resources, apply, auth, config, cordon, create, delete, describe, diff, drain, events, exec, explain, expose,
    get, label, logs, patch, raw, replace, rollout, run, scale, set, taint, version, wait,
};

/// A command, perhaps with commands below it.
pub struct Command {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What follows the name: `TYPE NAME…`.
    pub usage: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub flags: &'static [&'static [Flag]],
    pub subcommands: &'static [Command],
    /// What completes its arguments.
    pub completes: Completes,
    pub run: Option<fn(&Call<'_>) -> Outcome<Action>>,
}

/// What the arguments of a command are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completes {
    Nothing,
    /// A type of object, then names of such objects.
    Resources,
    /// Names of nodes.
    Nodes,
    /// Names of pods.
    Pods,
    /// Types of objects only.
    Types,
}

/// A flag of a command.
#[derive(Debug)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub takes: Takes,
    pub about: &'static str,
    /// The values there are, where they can be listed.
    pub values: &'static [&'static str],
}

/// What follows a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is a switch.
    Nothing,
    Value,
    /// A value after `=`; this one if there is none.
    Optional(&'static str),
}

impl Flag {
    /// `-o, --output`, as errors name it.
    pub fn names(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

impl Command {
    /// The command of this name below this one.
    pub fn subcommand(&self, name: &str) -> Option<&'static Command> {
        self.subcommands.iter().find(|command| command.name == name || command.aliases.contains(&name))
    }

    /// All flags, its own first.
    pub fn all_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().copied().flatten().chain(GLOBAL)
    }

    /// The flag of this name.
    pub fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.all_flags().find(|flag| flag.name == name)
    }

    /// The flag of this letter.
    pub fn short_flag(&self, letter: char) -> Option<&'static Flag> {
        self.all_flags().find(|flag| flag.short == Some(letter))
    }
}

const fn switch(name: &'static str, about: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Nothing, about, values: &[] }
}

const fn value(name: &'static str, about: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Value, about, values: &[] }
}

const fn optional(
    name: &'static str,
    bare: &'static str,
    about: &'static str,
    values: &'static [&'static str],
) -> Flag {
    Flag { name, short: None, takes: Takes::Optional(bare), about, values }
}

impl Flag {
    const fn short(self, letter: char) -> Self {
        Self { short: Some(letter), ..self }
    }

    const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }
}

/// Flags that every command takes.
const GLOBAL: &[Flag] = &[
    value("namespace", "look at this namespace instead of the context's").short('n'),
    value("context", "accepted: there is one cluster"),
    value("kubeconfig", "accepted: there is one cluster"),
    value("request-timeout", "accepted: no request takes that long here"),
    value("v", "accepted: there is nothing to log").short('v'),
    value("as", "accepted: everybody may do everything"),
];
const SELECT: &[Flag] = &[value("selector", "only objects with these labels").short('l')];
const FIELDS: &[Flag] =
    &[value("field-selector", "only objects with these field values, such as status.phase=Running")];
const EVERYWHERE: &[Flag] = &[switch("all-namespaces", "in all namespaces").short('A')];
const ALL: &[Flag] = &[switch("all", "all objects of the type in the namespace")];
const FILES: &[Flag] = &[
    value("filename", "a manifest, a folder of manifests, or - for standard input").short('f'),
    value("kustomize", "not available here").short('k'),
    switch("recursive", "with the folders in the folder").short('R'),
];
const FORMATS: &[&str] = &["json", "yaml", "name", "wide", "jsonpath=", "custom-columns="];
const OUTPUT: &[Flag] = &[
    value("output", "how to print: json, yaml, name, wide, jsonpath=…, custom-columns=…").short('o').one_of(FORMATS),
    value("template", "the template for -o jsonpath"),
    switch("allow-missing-template-keys", "print nothing for missing keys, as is the default"),
    switch("show-managed-fields", "accepted: no managed fields are recorded"),
];
const DRY_RUN: &[Flag] =
    &[optional("dry-run", "unchanged", "only say what would be done", &["none", "client", "server"])];
const MANAGER: &[Flag] = &[value("field-manager", "who applies, where the API server merges")];
const VALIDATE: &[Flag] =
    &[optional("validate", "strict", "what to do about unknown fields", &["strict", "warn", "ignore"])];
const SAVE: &[Flag] = &[switch("save-config", "also write the annotation that apply compares with")];
const OVERRIDES: &[Flag] = &[
    value("overrides", "JSON that changes the object before it is made"),
    value("override-type", "the language it is in: json, merge or strategic"),
];
const GRACE: &[Flag] = &[value("grace-period", "seconds that pods are given to end; -1 for their own")];
const TIMEOUT: &[Flag] = &[value("timeout", "how long to wait at most; 0 is for ever, or as the command says")];
const NO_HEADERS: &[Flag] = &[switch("no-headers", "without the line of headers")];
const WATCH: &[Flag] = &[
    switch("watch", "keep printing changes").short('w'),
    switch("watch-only", "only print changes"),
    switch("output-watch-events", "say of each line what happened"),
];
const TABLE: &[Flag] = &[
    switch("show-labels", "with a column of labels"),
    value("label-columns", "with columns for these labels").short('L'),
    switch("show-kind", "with the type before each name"),
    value("sort-by", "in the order of this field, such as .metadata.creationTimestamp"),
    switch("ignore-not-found", "say nothing about objects that do not exist"),
    value("chunk-size", "accepted: lists come in one piece"),
    switch("server-print", "accepted"),
    value("subresource", "a part of the object: status or scale").one_of(&["status", "scale"]),
];

const fn command(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    flags: &'static [&'static [Flag]],
    completes: Completes,
    run: fn(&Call<'_>) -> Outcome<Action>,
) -> Command {
    Command { name, aliases: &[], usage, about, flags, subcommands: &[], completes, run: Some(run) }
}

const fn group(name: &'static str, about: &'static str, subcommands: &'static [Command]) -> Command {
    Command {
        name,
        aliases: &[],
        usage: "COMMAND",
        about,
        flags: &[],
        subcommands,
        completes: Completes::Nothing,
        run: None,
    }
}

impl Command {
    const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

/// `kubectl` itself.
pub static ROOT: Command = group(
    "",
    "Talks to the cluster.",
    &[
        command(
            "get",
            "TYPE [NAME…] | TYPE/NAME…",
            "Lists objects, as a table or as they are stored.",
            &[
                OUTPUT,
                SELECT,
                FIELDS,
                EVERYWHERE,
                FILES,
                NO_HEADERS,
                WATCH,
                TABLE,
                &[value("raw", "a path of the API, such as /apis/batch")],
            ],
            Completes::Resources,
            get::start,
        ),
        command(
            "describe",
            "TYPE [NAME…] | TYPE/NAME…",
            "Tells about objects at length, with their events.",
            &[
                SELECT,
                EVERYWHERE,
                FILES,
                &[switch("show-events", "with events, as is the default"), value("chunk-size", "accepted")],
            ],
            Completes::Resources,
            describe::start,
        ),
        Command {
            run: Some(create::from_files),
            flags: &[
                FILES,
                OUTPUT,
                DRY_RUN,
                VALIDATE,
                SAVE,
                MANAGER,
                SELECT,
                &[switch("edit", "not available here"), value("raw", "a path of the API that the file is posted to")],
            ],
            usage: "-f FILE | COMMAND",
            ..group(
                "create",
                "Makes new objects.",
                &[
                    command(
                        "job",
                        "NAME --image=IMAGE [--from=cronjob/NAME] [-- COMMAND [ARGUMENT…]]",
                        "Makes a Job.",
                        &[
                            &[value("image", "what to run"), value("from", "the CronJob to run now")],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::job,
                    ),
                    command(
                        "cronjob",
                        "NAME --image=IMAGE --schedule='0/5 * * * ?' [-- COMMAND [ARGUMENT…]]",
                        "Makes a CronJob.",
                        &[
                            &[
                                value("image", "what to run"),
                                value("schedule", "when to run it, as cron writes it"),
                                value("restart", "the restart policy").one_of(&["OnFailure", "Never"]),
                            ],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::cron_job,
                    )
                    .alias(&["cj"]),
                    command(
                        "namespace",
                        "NAME",
                        "Makes a namespace.",
                        &[OUTPUT, DRY_RUN, VALIDATE, SAVE, MANAGER],
                        Completes::Nothing,
                        create::namespace,
                    )
                    .alias(&["ns"]),
                    command(
                        "configmap",
                        "NAME [--from-literal=KEY=VALUE…] [--from-file=[KEY=]FILE…]",
                        "Makes a ConfigMap.",
                        &[
                            &[
                                value("from-literal", "a key and its value"),
                                value("from-file", "a file, under its name or under this key"),
                                value("from-env-file", "a file with a KEY=VALUE in each line"),
                            ],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::config_map,
                    )
                    .alias(&["cm"]),
                    command(
                        "quota",
                        "NAME [--hard=RESOURCE=AMOUNT,…] [--scopes=SCOPE,…]",
                        "Makes a ResourceQuota.",
                        &[
                            &[value("hard", "how much there may be"), value("scopes", "which pods it is about")],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::quota,
                    )
                    .alias(&["resourcequota"]),
                    command(
                        "poddisruptionbudget",
                        "NAME --selector=LABELS --min-available=COUNT | --max-unavailable=COUNT",
                        "Makes a PodDisruptionBudget.",
                        &[
                            &[
                                value("selector", "which pods it is about"),
                                value("min-available", "how many stay, or what share"),
                                value("max-unavailable", "how many may go, or what share"),
                            ],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::budget,
                    )
                    .alias(&["pdb"]),
                    command(
                        "priorityclass",
                        "NAME --value=NUMBER [--global-default]",
                        "Makes a PriorityClass.",
                        &[
                            &[
                                value("value", "what its pods are worth"),
                                value("description", "what it is for"),
                                switch("global-default", "for pods that name none"),
                                value("preemption-policy", "whether its pods push others aside")
                                    .one_of(&["PreemptLowerPriority", "Never"]),
                            ],
                            OUTPUT,
                            DRY_RUN,
                            VALIDATE,
                            SAVE,
                            MANAGER,
                        ],
                        Completes::Nothing,
                        create::priority_class,
                    )
                    .alias(&["pc"]),
                    group(
                        "secret",
                        "Makes a Secret.",
                        &[command(
                            "generic",
                            "NAME [--from-literal=KEY=VALUE…] [--from-file=[KEY=]FILE…]",
                            "Makes a Secret of files and texts.",
                            &[
                                &[
                                    value("from-literal", "a key and its value"),
                                    value("from-file", "a file, under its name or under this key"),
                                    value("from-env-file", "a file with a KEY=VALUE in each line"),
                                    value("type", "what kind of secret it is"),
                                ],
                                OUTPUT,
                                DRY_RUN,
                                VALIDATE,
                                SAVE,
                                MANAGER,
                            ],
                            Completes::Nothing,
                            create::secret,
                        )],
                    ),
                    group(
                        "service",
                        "Makes a Service.",
                        &[command(
                            "clusterip",
                            "NAME [--tcp=PORT[:TARGET]…] [--clusterip=None]",
                            "Makes a Service with an address in the cluster.",
                            &[
                                &[
                                    value("tcp", "a port, and the pods' port"),
                                    value("clusterip", "its address; None for none"),
                                ],
                                OUTPUT,
                                DRY_RUN,
                                VALIDATE,
                                SAVE,
                                MANAGER,
                            ],
                            Completes::Nothing,
                            create::service,
                        )],
                    )
                    .alias(&["svc"]),
                ],
            )
        },
        Command {
            run: Some(apply::start),
            flags: &[
                FILES,
                OUTPUT,
                DRY_RUN,
                VALIDATE,
                SELECT,
                MANAGER,
                GRACE,
                &[
                    switch("force", "where a change is refused, delete the object and make it anew"),
                    switch("server-side", "let the API server merge"),
                    switch("force-conflicts", "take over fields that others manage"),
                    switch("overwrite", "accepted, as is the default"),
                    switch("prune", "delete what was applied before and is in no manifest any more"),
                    switch("all", "with --prune: whatever its labels are"),
                    value("prune-allowlist", "with --prune: only objects of this type, as GROUP/VERSION/KIND"),
                    switch("wait", "accepted"),
                ],
            ],
            usage: "-f FILE | COMMAND",
            ..group(
                "apply",
                "Makes objects what a manifest says, new or not.",
                &[command(
                    "view-last-applied",
                    "TYPE NAME | TYPE/NAME | -f FILE",
                    "Prints what was applied last.",
                    &[FILES, SELECT, ALL, &[value("output", "yaml or json").short('o').one_of(&["yaml", "json"])]],
                    Completes::Resources,
                    apply::view,
                )],
            )
        },
        command(
            "diff",
            "-f FILE",
            "Shows what apply would change.",
            &[FILES, SELECT, MANAGER, &[switch("show-managed-fields", "accepted: no managed fields are recorded")]],
            Completes::Nothing,
            diff::start,
        ),
        command(
            "replace",
            "-f FILE",
            "Replaces objects by what a manifest says.",
            &[
                FILES,
                OUTPUT,
                DRY_RUN,
                VALIDATE,
                SAVE,
                MANAGER,
                GRACE,
                TIMEOUT,
                &[switch("force", "delete them and make them anew"), switch("wait", "accepted")],
            ],
            Completes::Nothing,
            replace::start,
        ),
        command(
            "delete",
            "TYPE NAME… | TYPE/NAME… | TYPE -l LABELS | TYPE --all | -f FILE",
            "Deletes objects, and what belongs to them.",
            &[
                FILES,
                SELECT,
                FIELDS,
                EVERYWHERE,
                ALL,
                DRY_RUN,
                GRACE,
                TIMEOUT,
                &[
                    optional(
                        "cascade",
                        "background",
                        "what becomes of the objects that belong to it",
                        &["background", "foreground", "orphan"],
                    ),
                    switch("force", "with --grace-period=0: do not wait for the kubelet"),
                    switch("now", "the same as --grace-period=1"),
                    switch("ignore-not-found", "say nothing about objects that do not exist"),
                    switch("wait", "wait until they are gone, as is the default"),
                    value("output", "name: only print names").short('o').one_of(&["name"]),
                    switch("interactive", "ask before anything is deleted").short('i'),
                ],
            ],
            Completes::Resources,
            delete::start,
        ),
        command(
            "patch",
            "TYPE NAME -p PATCH",
            "Changes some fields of an object.",
            &[
                FILES,
                OUTPUT,
                DRY_RUN,
                MANAGER,
                &[
                    value("patch", "what to change, as JSON or YAML").short('p'),
                    value("patch-file", "a file with what to change"),
                    value("type", "how the patch is written").one_of(&["strategic", "merge", "json"]),
                    value("subresource", "change a part of the object: status").one_of(&["status", "scale"]),
                    switch("local", "not available here"),
                ],
            ],
            Completes::Resources,
            patch::start,
        ),
        command(
            "label",
            "TYPE NAME KEY=VALUE… KEY-…",
            "Sets and removes labels.",
            &[FILES, SELECT, FIELDS, EVERYWHERE, ALL, OUTPUT, DRY_RUN, MANAGER, LABELLING],
            Completes::Resources,
            label::label,
        ),
        command(
            "annotate",
            "TYPE NAME KEY=VALUE… KEY-…",
            "Sets and removes annotations.",
            &[FILES, SELECT, FIELDS, EVERYWHERE, ALL, OUTPUT, DRY_RUN, MANAGER, LABELLING],
            Completes::Resources,
            label::annotate,
        ),
        command(
            "taint",
            "nodes NAME KEY=VALUE:EFFECT… KEY:EFFECT-…",
            "Keeps pods off nodes, or no longer.",
            &[
                SELECT,
                ALL,
                OUTPUT,
                DRY_RUN,
                VALIDATE,
                MANAGER,
                &[switch("overwrite", "also where the node has such a taint")],
            ],
            Completes::Resources,
            taint::start,
        ),
        command("cordon", "NODE…", "No new pods on a node.", &[SELECT, DRY_RUN], Completes::Nodes, cordon::cordon),
        command(
            "uncordon",
            "NODE…",
            "New pods on a node again.",
            &[SELECT, DRY_RUN],
            Completes::Nodes,
            cordon::uncordon,
        ),
        command(
            "drain",
            "NODE…",
            "Evicts all pods from a node, to take it down.",
            &[
                SELECT,
                DRY_RUN,
                GRACE,
                TIMEOUT,
                &[
                    switch("ignore-daemonsets", "leave the pods of DaemonSets where they are"),
                    switch("delete-emptydir-data", "also pods whose emptyDir volumes are lost"),
                    switch("force", "also pods that nobody makes anew"),
                    value("pod-selector", "only pods with these labels"),
                    switch("disable-eviction", "delete the pods instead of evicting them"),
                    value("skip-wait-for-delete-timeout", "do not wait for pods deleted longer ago than these seconds"),
                    value("chunk-size", "accepted"),
                ],
            ],
            Completes::Nodes,
            drain::start,
        ),
        command(
            "wait",
            "TYPE/NAME… --for=condition=NAME | --for=delete | --for=jsonpath='{PATH}'=VALUE",
            "Waits until something is so.",
            &[
                FILES,
                SELECT,
                FIELDS,
                EVERYWHERE,
                ALL,
                OUTPUT,
                TIMEOUT,
                &[
                    value("for", "what to wait for: condition=…, delete, create, jsonpath='{…}'=…"),
                    switch("local", "not available here"),
                ],
            ],
            Completes::Resources,
            wait::start,
        ),
        command(
            "scale",
            "TYPE NAME --replicas=COUNT",
            "Sets how many pods there shall be; Jobs have .spec.parallelism instead.",
            &[
                FILES,
                SELECT,
                ALL,
                OUTPUT,
                DRY_RUN,
                TIMEOUT,
                &[
                    value("replicas", "how many"),
                    value("current-replicas", "only from this many"),
                    value("resource-version", "accepted"),
                ],
            ],
            Completes::Resources,
            scale::start,
        ),
        command(
            "events",
            "[--for TYPE/NAME]",
            "Lists events in the order of time.",
            &[
                EVERYWHERE,
                NO_HEADERS,
                OUTPUT,
                &[
                    value("for", "only about this object"),
                    value("types", "only of these types: Normal, Warning"),
                    switch("watch", "keep printing new ones").short('w'),
                    value("chunk-size", "accepted"),
                ],
            ],
            Completes::Nothing,
            events::start,
        ),
        command(
            "explain",
            "TYPE[.FIELD…]",
            "Tells what a field means.",
            &[&[
                switch("recursive", "with all fields below").short('r'),
                value("api-version", "of this version"),
                value("output", "accepted").short('o'),
            ]],
            Completes::Types,
            explain::start,
        ),
        command(
            "logs",
            "POD | TYPE/NAME | -l LABELS",
            "Prints what a container has printed.",
            &[
                SELECT,
                &[
                    switch("follow", "keep printing").short('f'),
                    switch("previous", "of the run before the last restart").short('p'),
                    value("container", "of this container").short('c'),
                    switch("all-containers", "of all containers"),
                    switch("all-pods", "of all pods of the object"),
                    switch("prefix", "with the pod and container before each line"),
                    value("tail", "only the last lines"),
                    value("since", "only of this last while"),
                    value("since-time", "only from this instant"),
                    switch("timestamps", "with the time before each line"),
                    value("limit-bytes", "at most this much"),
                    value("max-log-requests", "at most this many pods at a time"),
                    value("pod-running-timeout", "how long to wait for a pod"),
                    switch("ignore-errors", "go on after an error"),
                ],
            ],
            Completes::Pods,
            logs::start,
        ),
        group(
            "rollout",
            "About rollouts, which Jobs do not have.",
            &[
                command(
                    "status",
                    "TYPE/NAME",
                    "Tells how far a rollout is.",
                    &[FILES, ROLLOUT],
                    Completes::Resources,
                    rollout::status,
                ),
                command(
                    "history",
                    "TYPE/NAME",
                    "Tells of earlier rollouts.",
                    &[FILES, ROLLOUT],
                    Completes::Resources,
                    rollout::history,
                ),
                command(
                    "restart",
                    "TYPE/NAME",
                    "Makes all pods anew.",
                    &[FILES, SELECT],
                    Completes::Resources,
                    rollout::restart,
                ),
                command(
                    "pause",
                    "TYPE/NAME",
                    "Pauses a rollout.",
                    &[FILES, SELECT],
                    Completes::Resources,
                    rollout::pause,
                ),
                command(
                    "resume",
                    "TYPE/NAME",
                    "Resumes a rollout.",
                    &[FILES, SELECT],
                    Completes::Resources,
                    rollout::resume,
                ),
                command(
                    "undo",
                    "TYPE/NAME",
                    "Goes back to an earlier rollout.",
                    &[FILES, ROLLOUT],
                    Completes::Resources,
                    rollout::undo,
                ),
            ],
        ),
        group(
            "set",
            "Changes one thing about objects.",
            &[
                command(
                    "image",
                    "TYPE/NAME CONTAINER=IMAGE…",
                    "Changes the images of containers.",
                    &[FILES, SELECT, ALL, OUTPUT, DRY_RUN, MANAGER],
                    Completes::Resources,
                    set::image,
                ),
                command(
                    "resources",
                    "TYPE/NAME --requests=… --limits=…",
                    "Changes the requests and limits of containers.",
                    &[
                        FILES,
                        SELECT,
                        ALL,
                        OUTPUT,
                        DRY_RUN,
                        MANAGER,
                        &[
                            value("requests", "such as cpu=100m,memory=64Mi"),
                            value("limits", "such as cpu=100m,memory=64Mi"),
                            value("containers", "only containers of this name; * is all").short('c'),
                        ],
                    ],
                    Completes::Resources,
                    set::resources,
                ),
                command(
                    "env",
                    "TYPE/NAME KEY=VALUE… KEY-…",
                    "Sets and removes variables of containers.",
                    &[
                        FILES,
                        SELECT,
                        ALL,
                        OUTPUT,
                        DRY_RUN,
                        MANAGER,
                        &[
                            value("env", "a variable, as KEY=VALUE").short('e'),
                            value("from", "a ConfigMap or Secret whose keys become variables"),
                            value("keys", "only these keys of it"),
                            value("prefix", "what the variables' names begin with"),
                            value("containers", "only containers of this name; * is all").short('c'),
                            switch("list", "only print them"),
                            switch("overwrite", "also where there is another value, as is the default"),
                        ],
                    ],
                    Completes::Resources,
                    set::env,
                ),
                command(
                    "serviceaccount",
                    "TYPE/NAME ACCOUNT",
                    "Changes the service account of pods.",
                    &[FILES, ALL, OUTPUT, DRY_RUN, MANAGER],
                    Completes::Resources,
                    set::service_account,
                )
                .alias(&["sa"]),
                command(
                    "selector",
                    "service/NAME LABELS",
                    "Changes which pods are behind a Service.",
                    &[FILES, ALL, OUTPUT, DRY_RUN, MANAGER],
                    Completes::Resources,
                    set::selector,
                ),
            ],
        ),
        command(
            "run",
            "NAME --image=IMAGE [-- COMMAND [ARGUMENT…]]",
            "Makes a pod.",
            &[
                OUTPUT,
                DRY_RUN,
                MANAGER,
                SAVE,
                OVERRIDES,
                &[
                    value("image", "what to run"),
                    value("restart", "the restart policy").one_of(&["Always", "OnFailure", "Never"]),
                    switch("command", "what follows -- is the command, not its arguments"),
                    value("labels", "labels, as KEY=VALUE,…").short('l'),
                    value("env", "a variable, as KEY=VALUE"),
                    value("port", "a port of the container"),
                    switch("expose", "make a Service for that port as well"),
                    value("image-pull-policy", "when to pull the image"),
                    switch("privileged", "let its container do on the node what root can"),
                    value("annotations", "an annotation, as KEY=VALUE"),
                    switch("stdin", "keep its input open, and type into it").short('i'),
                    switch("tty", "give it a terminal").short('t'),
                    switch("attach", "wait for it and show what it prints"),
                    switch("leave-stdin-open", "keep its input open after the first who typed"),
                    switch("rm", "delete it when it has ended"),
                    switch("quiet", "print only what it prints").short('q'),
                    value("pod-running-timeout", "how long to wait for it"),
                ],
            ],
            Completes::Nothing,
            run::start,
        ),
        command(
            "autoscale",
            "TYPE NAME --max=COUNT",
            "Scales by load, which Jobs do not.",
            &[
                FILES,
                OUTPUT,
                DRY_RUN,
                &[
                    value("max", "at most"),
                    value("min", "at least"),
                    value("cpu-percent", "at this load"),
                    value("cpu", "at this load"),
                ],
            ],
            Completes::Resources,
            scale::autoscale,
        ),
        command(
            "expose",
            "TYPE NAME --port=PORT",
            "Makes a Service for pods.",
            &[
                FILES,
                OUTPUT,
                DRY_RUN,
                MANAGER,
                SAVE,
                &[
                    value("port", "the port, or several between commas"),
                    value("target-port", "the pods' port"),
                    value("protocol", "TCP, UDP or SCTP"),
                    value("name", "the Service's name"),
                    value("type", "the Service's type"),
                    value("cluster-ip", "its address; None for none"),
                    value("session-affinity", "None or ClientIP").one_of(&["None", "ClientIP"]),
                    value("labels", "the Service's labels, as KEY=VALUE,…").short('l'),
                    value("selector", "which pods are behind it, as KEY=VALUE,…"),
                ],
            ],
            Completes::Resources,
            expose::start,
        ),
        group(
            "auth",
            "About who may do what.",
            &[
                command(
                    "can-i",
                    "VERB TYPE",
                    "Says whether you may.",
                    &[
                        EVERYWHERE,
                        NO_HEADERS,
                        &[
                            switch("quiet", "only by the exit code").short('q'),
                            switch("list", "lists all that you may do"),
                        ],
                    ],
                    Completes::Nothing,
                    auth::can_i,
                ),
                command("whoami", "", "Says who you are.", &[OUTPUT], Completes::Nothing, auth::who_am_i),
            ],
        ),
        group(
            "config",
            "Changes how kubectl is set up.",
            &[
                command(
                    "current-context",
                    "",
                    "Prints the context's name.",
                    &[],
                    Completes::Nothing,
                    config::current_context,
                ),
                command(
                    "get-contexts",
                    "",
                    "Lists the contexts.",
                    &[NO_HEADERS, OUTPUT],
                    Completes::Nothing,
                    config::get_contexts,
                ),
                command("use-context", "NAME", "Chooses a context.", &[], Completes::Nothing, config::use_context)
                    .alias(&["use"]),
                command(
                    "set-context",
                    "NAME | --current",
                    "Changes a context: its namespace.",
                    &[&[switch("current", "the current one")]],
                    Completes::Nothing,
                    config::set_context,
                ),
                command(
                    "view",
                    "",
                    "Prints the settings.",
                    &[OUTPUT, &[switch("minify", "only the current context")]],
                    Completes::Nothing,
                    config::view,
                ),
            ],
        ),
        command(
            "version",
            "",
            "Prints the versions of kubectl and the cluster.",
            &[&[
                switch("client", "only kubectl's"),
                value("output", "json or yaml").short('o').one_of(&["json", "yaml"]),
            ]],
            Completes::Nothing,
            version::start,
        ),
        command(
            "api-resources",
            "",
            "Lists the types of objects there are.",
            &[
                NO_HEADERS,
                &[
                    value("api-group", "only of this group"),
                    switch("namespaced", "only those with a namespace; =false for those without"),
                    value("output", "wide or name").short('o').one_of(&["wide", "name"]),
                    value("sort-by", "name or kind").one_of(&["name", "kind"]),
                    value("verbs", "only those that can do all of this"),
                    value("categories", "only those that belong to all of this, such as all"),
                    switch("cached", "accepted"),
                ],
            ],
            Completes::Nothing,
            api_resources::start,
        ),
        command("api-versions", "", "Lists the versions of the API.", &[], Completes::Nothing, api_resources::versions),
        command("cluster-info", "", "Says where the cluster is.", &[], Completes::Nothing, version::cluster_info),
        group(
            "top",
            "How much nodes and pods use.",
            &[
                command("nodes", "", "How much nodes use.", &[SELECT], Completes::Nothing, raw::top)
                    .alias(&["node", "no"]),
                command("pods", "", "How much pods use.", &[SELECT, EVERYWHERE], Completes::Nothing, raw::top)
                    .alias(&["pod", "po"]),
            ],
        ),
        command(
            "exec",
            "POD [-c CONTAINER] -- COMMAND [ARGUMENT…]",
            "Runs a command in a container.",
            &[&[
                switch("stdin", "pass on what is typed").short('i'),
                switch("tty", "as a terminal").short('t'),
                value("container", "in this container").short('c'),
                switch("quiet", "print only what the command prints").short('q'),
                value("pod-running-timeout", "how long to wait for the pod"),
            ]],
            Completes::Pods,
            exec::exec,
        ),
        command(
            "attach",
            "POD [-c CONTAINER]",
            "Shows what a container prints, and types into it.",
            &[&[
                switch("stdin", "pass on what is typed").short('i'),
                switch("tty", "as a terminal").short('t'),
                value("container", "to this container").short('c'),
                switch("quiet", "print only what the container prints").short('q'),
                value("pod-running-timeout", "how long to wait for the pod"),
            ]],
            Completes::Pods,
            exec::attach,
        ),
        command(
            "options",
            "",
            "Lists the flags that every command takes.",
            &[],
            Completes::Nothing,
            super::help::options,
        ),
        command("help", "[COMMAND]", "Tells about a command.", &[], Completes::Nothing, super::help::start),
    ],
);

const LABELLING: &[Flag] = &[
    switch("overwrite", "also where there is another value"),
    switch("list", "print what there is"),
    value("resource-version", "only if the object has not been changed since"),
    switch("local", "not available here"),
];
const ROLLOUT: &[Flag] = &[
    switch("watch", "wait until it is over").short('w'),
    value("timeout", "how long to wait"),
    value("revision", "this rollout"),
    value("to-revision", "this rollout"),
];

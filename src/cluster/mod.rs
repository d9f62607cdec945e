//! The cluster: owns the API server and every component, and runs them on virtual time.
//!
//! It decides nothing that Kubernetes decides elsewhere. It hands each component the writes it watches, a little later
//! than they were made, wakes it when it asked to be woken, and passes on faults.

mod components;
mod fault;
mod rest;

use crate::api::{Kind, Object};
use crate::apiserver::{ApiServer, Change, Naming, Request, WATCH_LATENCY};
use crate::controllers::job::JobController;
use crate::node::runtime::Programs;
use crate::node::{Behaviour, Kubelets, NodeSize, Profile, Rule, node_object};
use crate::sim::Timestamp;
use components::{Components, JOB};
use std::ops::Range;
use std::time::Duration;

pub use fault::Fault;
pub use rest::{REST, Rest};

/// How a cluster begins.
#[derive(Clone, Debug)]
pub struct Config {
    /// The instant at which the first machine is switched on.
    pub start: Timestamp,
    /// Where names and UIDs come from.
    pub naming: Naming,
    /// The kubelets' pace.
    pub profile: Profile,
    /// How containers behave.
    pub behaviour: Behaviour,
    /// How many nodes there are: `node-1` and on.
    pub nodes: u32,
    pub node_size: NodeSize,
    /// What runs commands. Without it time stops where a pod is about to run one, until it is brought.
    pub programs: Option<&'static Programs>,
    /// All that one Job can do without as long as nobody acts. Until it is there nobody must.
    pub rest: Option<&'static Rest>,
}

/// A running cluster.
pub struct Cluster {
    api: ApiServer,
    components: Components,
    /// Up to which revision each component has been told.
    told: Vec<u64>,
}

impl Cluster {
    /// A cluster in which nothing has happened yet.
    pub fn new(config: Config) -> Self {
        let mut api = ApiServer::with_checks(config.start, config.naming, None);
        for number in 1..=config.nodes {
            let node = node_object(&format!("node-{number}"), number, &config.node_size, config.start);
            if let Err(error) = api.handle(Request::Create(node.into())) {
                panic!("the cluster's own node-{number} was refused: {error}");
            }
        }
        let components = Components::new(config.profile, config.behaviour);
        let mut cluster = Self { api, told: vec![0; components.count()], components };
        if let Some(rest) = config.rest {
            cluster.set_rest(rest);
        }
        if let Some(programs) = config.programs {
            cluster.set_programs(programs);
        }
        cluster
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// The API server, to read from.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The API server, for whoever acts from outside: kubectl.
    pub fn api_mut(&mut self) -> &mut ApiServer {
        &mut self.api
    }

    /// All that kubectl reaches: the API server and, through it, the kubelets.
    pub fn reach(&mut self) -> (&mut ApiServer, &mut Kubelets) {
        (&mut self.api, &mut self.components.kubelets)
    }

    /// Brings what runs commands, if it was not there from the beginning.
    pub fn set_programs(&mut self, programs: &'static Programs) {
        self.components.kubelets.set_programs(programs);
    }

    /// Brings the rest of the cluster, if it was not there from the beginning. Its controllers are told what they have
    /// missed: all goes on as if they had seen it happen.
    pub fn set_rest(&mut self, rest: &'static Rest) {
        let Components { controllers, scheduler, kubelets, .. } = &mut self.components;
        self.api.set_checks(rest.checks);
        scheduler.set_plugins(rest.plugins);
        kubelets.set_provisions(rest.provisions);
        kubelets.set_exceptions(rest.exceptions, rest.objection);
        *controllers = (rest.controllers)();
        let (storage, now) = (self.api.storage(), self.api.now());
        let seen = storage.revision_at(now - WATCH_LATENCY);
        // What was written long ago is unpacked once for all of them.
        storage.watch(0, seen, |change| {
            controllers.iter_mut().for_each(|controller| controller.observe(heard(change, now), change));
        });
        self.told.splice(JOB + 1..JOB + 1, controllers.iter().map(|_| seen));
    }

    /// What the Job controller decided and why.
    pub fn job_controller(&self) -> &JobController {
        &self.components.job
    }

    /// What the containers do and who says so.
    pub fn kubelets(&self) -> &Kubelets {
        &self.components.kubelets
    }

    /// Lets containers that start from now on behave differently.
    pub fn set_rules(&mut self, rules: Vec<Rule>) {
        self.components.kubelets.set_rules(rules);
    }

    /// Lets a fault happen.
    pub fn inject(&mut self, fault: &Fault) {
        let kubelets = &mut self.components.kubelets;
        match fault {
            Fault::Exit { pod, container, code } => kubelets.exit(pod, container.as_ref(), *code),
            Fault::OomKill { pod, container } => kubelets.oom_kill(pod, container.as_ref()),
            Fault::Hang { pod } => kubelets.hang(pod),
            Fault::IgnoreSigterm { pod } => kubelets.ignore_sigterm(pod),
            Fault::ImageGone { image } => kubelets.image_gone(image),
            Fault::ImageBack { image } => kubelets.image_back(image),
            Fault::NodeDown { node } => kubelets.node_down(node),
            Fault::PowerLoss { node } => kubelets.power_loss(node),
            Fault::MemoryPressure { node } => kubelets.memory_pressure(node),
            Fault::Shutdown { node } => kubelets.shut_down(node),
            Fault::NodeUp { node } => kubelets.node_up(node),
            Fault::Overload { seconds } => {
                self.api.overload(self.api.now() + Duration::from_secs(u64::from(*seconds)));
            }
            Fault::ControllerRestart => {
                // It begins with a list of what there is, and has not missed its own last writes.
                self.tell(JOB..JOB + 1, self.api.storage().revision());
                self.components.job.forget(self.api.now());
            }
        }
    }

    /// Whether there is a Job and every one is finished.
    pub fn is_settled(&self) -> bool {
        let mut jobs = self.api.live().list(Kind::Job).filter_map(Object::into_job).peekable();
        jobs.peek().is_some() && jobs.all(|job| job.status.is_finished())
    }

    /// Whether a CronJob will make more Jobs.
    pub fn is_scheduled(&self) -> bool {
        let mut cron_jobs = self.api.live().list(Kind::CronJob).filter_map(Object::into_cron_job);
        cron_jobs.any(|cron_job| !cron_job.spec.suspend.unwrap_or(false))
    }

    /// When something happens next, if nobody acts from outside.
    pub fn next_due(&self) -> Option<Timestamp> {
        let notified = self.told.iter().min().and_then(|&told| self.next_notification(told));
        let due = (0..self.components.count()).map(|place| self.components.at(place).wake_at());
        due.fold(notified, earlier).map(|at| at.max(self.now()))
    }

    /// Runs the next component that has something to do by `until`; false when none has, and it is `until`.
    pub fn step(&mut self, until: Timestamp) -> bool {
        let due = self.next_due().filter(|&at| at <= until);
        match due {
            Some(at) => self.run(at),
            None => self.api.set_now(until.max(self.now())),
        }
        due.is_some()
    }

    /// Runs the component that has something to do at an instant, which is [`Cluster::next_due`].
    pub fn run(&mut self, at: Timestamp) {
        self.api.set_now(at);
        let told = self.tell_all(self.api.storage().revision_at(at - WATCH_LATENCY));
        for place in 0..self.components.count() {
            let component = self.components.at_mut(place);
            if component.wake_at().is_some_and(|due| due <= at) {
                return component.wake(&mut self.api);
            }
        }
        assert!(told, "something was due at {at}, but no component was");
    }

    /// Tells every component what was written up to a revision; whether there was anything to tell. What one of them makes
    /// of it is nothing to the others: nobody acts yet.
    fn tell_all(&mut self, seen: u64) -> bool {
        // A pass of the Job controller that is due begins before what reaches the controller at the same instant: what
        // follows a second after its cause is a little later than that, and the batch has been closed.
        let closed = self.components.at(JOB).wake_at().is_some_and(|due| due <= self.now());
        let first = if closed { JOB + 1 } else { JOB };
        self.tell(first..self.told.len(), seen)
    }

    /// Tells some components what was written up to a revision; whether there was anything to tell. They hear of each write
    /// as at the instant at which it reaches them, or now, if that is to come.
    fn tell(&mut self, places: Range<usize>, seen: u64) -> bool {
        let (storage, now) = (self.api.storage(), self.api.now());
        let mut news = false;
        for place in places {
            let after = self.told[place];
            if after < seen {
                let component = self.components.at_mut(place);
                storage.watch(after, seen, |change| component.observe(heard(change, now), change));
                self.told[place] = seen;
                news = true;
            }
        }
        news
    }

    fn next_notification(&self, told: u64) -> Option<Timestamp> {
        let storage = self.api.storage();
        (told < storage.revision()).then(|| storage.written_at(told + 1) + WATCH_LATENCY)
    }
}

/// When a write reaches those who watch; now, if that is to come.
fn heard(change: &Change, now: Timestamp) -> Timestamp {
    now.min(change.at + WATCH_LATENCY)
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

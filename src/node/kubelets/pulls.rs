//! Images: pulled, present, or not to be had (spec 03 §3).

use super::super::events::{ImageName, full_image, pull_error};
use super::super::worker::{Role, back_off};
use super::{Due, Kubelets, Moment, Timer};
use crate::api::{Text, Uid};
use crate::apiserver::ApiServer;
use std::rc::Rc;

impl Kubelets {
    /// What keeps a container's image from being used, though nobody has asked for it yet: the reason, the event's and
    /// the words. A container that a rule decides about has no such trouble.
    pub(super) fn image_problem(&mut self, uid: Uid, index: usize) -> Option<(&'static str, &'static str, String)> {
        let worker = self.workers.get(&uid).filter(|_| self.profile.programs)?;
        let image = worker.spec(index).image.clone();
        let name = self.image_name(&image);
        let worker = self.workers.get(&uid)?;
        let is_decided = || self.behaviour.decides(&worker.place(index));
        if let Some(why) = &name.malformed {
            let problem =
                format!("Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {why}");
            return (!is_decided()).then_some(("InvalidImageName", "InspectFailed", problem));
        }
        let machine = self.machines.get(worker.machine);
        let present =
            self.brought_images.contains(&image) || machine.is_some_and(|machine| machine.images.contains(&image));
        let never = worker.spec(index).image_pull_policy.as_deref() == Some("Never") && !present;
        let problem = || format!("Container image \"{image}\" is not present with pull policy of Never");
        (never && !is_decided()).then(|| ("ErrImageNeverPull", "ErrImageNeverPull", problem()))
    }

    pub(super) fn image_name(&mut self, image: &Text) -> Rc<ImageName> {
        let read = || Rc::new(ImageName::read(image, self.profile.start));
        Rc::clone(self.image_names.entry(image.clone()).or_insert_with(read))
    }

    /// What is done about a pod's images when it arrives: of the containers that start first, those that the node lacks
    /// are pulled. The others' turn comes when they start.
    pub(super) fn pull_images(&mut self, api: &mut ApiServer, uid: Uid) {
        if !self.profile.events {
            return;
        }
        let waits_for_secrets = !self.workers[&uid].pod.spec.image_pull_secrets.is_empty();
        if let Some(exceptions) = self.exceptions.filter(|_| waits_for_secrets) {
            (exceptions.secrets)(self, api, uid);
        }
        let containers = &self.workers[&uid].containers;
        let first = if containers.iter().any(|held| held.role != Role::Main) { 1 } else { containers.len() };
        for index in 0..first {
            let container = self.workers[&uid].spec(index);
            let (image, always) = (container.image.clone(), container.image_pull_policy.as_deref() == Some("Always"));
            let present = self.machine_of(uid).is_some_and(|machine| machine.images.contains(&image));
            if (always || !present) && self.image_problem(uid, index).is_none() {
                self.worker(uid, |worker| worker.containers[index].pulling = true);
                let message = self.image_name(&image).pulling.clone();
                self.event(api, uid, Some(index), "Normal", "Pulling", message);
            }
        }
    }

    /// Whether it was said before, when the pod arrived, that a container's image is being pulled; if not it is said now.
    pub(super) fn said_pulling(&mut self, api: &mut ApiServer, uid: Uid, index: usize, image: &Text) -> bool {
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let said = std::mem::take(&mut worker.containers[index].pulling);
        if !said {
            let message = self.image_name(image).pulling.clone();
            self.event(api, uid, Some(index), "Normal", "Pulling", message);
        }
        said
    }

    pub(super) fn pulled(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let container = worker.spec(index);
        let (image, always) = (container.image.clone(), container.image_pull_policy.as_deref() == Some("Always"));
        // Whoever pulls an image that another pod pulls at the same time has pulled it as well.
        let pulling = worker.containers[index].pulling;
        let Some(machine) = self.machine_of(uid) else { return };
        let fresh = machine.images.insert(image.clone());
        let message = match fresh || always || pulling {
            true => {
                self.unpack(uid, &image);
                let said = self.said_pulling(api, uid, index, &image);
                self.image_name(&image).pulled[usize::from(said)].clone()
            }
            false => self.image_name(&image).present.clone(),
        };
        self.event(api, uid, Some(index), "Normal", "Pulled", message);
    }

    /// Keeps what a node has pulled, where that is of the learner's making.
    pub(super) fn unpack(&mut self, uid: Uid, image: &Text) {
        let pushed = match self.pushed_images.is_empty() {
            true => None,
            false => self.pushed_images.get(&full_image(image)).cloned(),
        };
        if let (Some(contents), Some(machine)) = (pushed, self.machine_of(uid)) {
            machine.built.insert(image.clone(), contents);
        }
    }

    /// A pull has failed; the next try comes after the back-off.
    pub(super) fn pull_failed(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let now = api.now();
        let told = self.profile.pull_errors;
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        let image = held.image.clone();
        let error = if told { pull_error(&image) } else { String::new() };
        held.epoch += 1;
        held.failures += 1;
        let moment = Moment { container: index, epoch: held.epoch };
        self.timers.set(now + back_off(held.failures), Timer { pod: uid, due: Due::PullAgain(moment) });
        if held.failures > 1 && !told {
            return;
        }
        self.timers.set(now + self.profile.pull_back_off_shown, Timer { pod: uid, due: Due::ShowPullBackOff(moment) });
        held.wait("ErrImagePull", error.clone());
        self.said_pulling(api, uid, index, &image);
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.event(api, uid, Some(index), "Warning", "Failed", message.into());
        self.event(api, uid, Some(index), "Warning", "Failed", "Error: ErrImagePull".into());
    }

    pub(super) fn show_pull_back_off(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let told = self.profile.pull_errors;
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        let message = format!("Back-off pulling image \"{}\"", held.image);
        let cause = if told { format!(": ErrImagePull: {}", pull_error(&held.image)) } else { String::new() };
        held.wait("ImagePullBackOff", format!("{message}{cause}"));
        self.event(api, uid, Some(index), "Normal", "BackOff", message.into());
        self.event(api, uid, Some(index), "Warning", "Failed", "Error: ImagePullBackOff".into());
        self.report(api, uid);
    }
}

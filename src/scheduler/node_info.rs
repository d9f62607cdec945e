//! What the scheduler knows of a node: the node itself, and what its pods take of it.

use super::resources::Resources;
use crate::api::{Node, Pod, Text, Uid};
use crate::sim::{Map, Table};
use std::rc::Rc;

/// A pod as the scheduler needs to know it, computed once.
#[derive(Clone, Debug)]
pub struct PodInfo {
    pub pod: Rc<Pod>,
    pub requested: Rc<Demand>,
    pub priority: i32,
    /// The UID of the controller: its pods are spread over the nodes.
    pub controller: Option<Uid>,
}

/// What every pod of one template takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    pub requested: Resources,
    /// For comparing nodes: pods that ask for nothing count for a little.
    pub estimated: Resources,
    /// (protocol, address, port) on the node itself.
    pub host_ports: Vec<(Text, Text, i32)>,
}

impl Demand {
    /// What a pod of this spec takes.
    pub fn of(spec: &crate::api::PodSpec) -> Self {
        let mut host_ports = Vec::new();
        for port in spec.containers.iter().chain(&spec.init_containers).flat_map(|container| &container.ports) {
            let host_port = if spec.host_network { port.container_port } else { port.host_port };
            if host_port > 0 {
                let protocol = port.protocol.clone().unwrap_or("TCP".into());
                host_ports.push((protocol, port.host_ip.clone(), host_port));
            }
        }
        Self { requested: Resources::requested(spec), estimated: Resources::estimated(spec), host_ports }
    }
}

impl PodInfo {
    /// A pod that takes what its template asks for.
    pub fn new(pod: &Rc<Pod>, requested: Rc<Demand>) -> Self {
        Self {
            pod: Rc::clone(pod),
            requested,
            priority: pod.spec.priority.unwrap_or(0),
            controller: pod.metadata.controller().map(|owner| owner.uid),
        }
    }
}

/// A node, and what its pods take of it.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    pub node: Rc<Node>,
    pub allocatable: Resources,
    pub pods_allowed: i128,
    /// The pods that are bound here and have not ended.
    pub pods: Table<Uid, PodInfo>,
    pub requested: Resources,
    pub estimated: Resources,
    per_controller: Map<Uid, u32>,
    /// How many pods here use a port of the node.
    with_ports: u32,
    state: u64,
}

impl NodeInfo {
    /// A node without pods.
    pub fn new(node: &Rc<Node>) -> Self {
        let mut info = Self {
            node: Rc::clone(node),
            allocatable: Resources::default(),
            pods_allowed: 0,
            pods: Table::new(),
            requested: Resources::default(),
            estimated: Resources::default(),
            per_controller: Map::new(),
            with_ports: 0,
            state: 0,
        };
        info.set_node(node);
        info
    }

    /// The node has changed.
    pub fn set_node(&mut self, node: &Rc<Node>) {
        self.state += 1;
        self.node = Rc::clone(node);
        self.allocatable = Resources::of(&node.status.allocatable);
        self.pods_allowed = self.allocatable.others.remove("pods").unwrap_or(0) / 1000;
    }

    /// A number from 1 that grows with whatever changes in the eyes of a pod without rules about its neighbours.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// Its name.
    pub fn name(&self) -> &Text {
        &self.node.metadata.name
    }

    /// A pod is bound here.
    pub fn add(&mut self, pod: PodInfo) {
        self.state += 1;
        self.requested += &pod.requested.requested;
        self.estimated += &pod.requested.estimated;
        self.with_ports += u32::from(!pod.requested.host_ports.is_empty());
        if let Some(controller) = pod.controller {
            *self.per_controller.entry(controller).or_insert(0) += 1;
        }
        self.pods.insert(pod.pod.metadata.uid, pod);
    }

    /// A pod has ended or is gone; `None` if it was not here.
    pub fn remove(&mut self, uid: Uid) -> Option<PodInfo> {
        let pod = self.pods.remove(&uid)?;
        self.state += 1;
        self.requested -= &pod.requested.requested;
        self.estimated -= &pod.requested.estimated;
        self.with_ports -= u32::from(!pod.requested.host_ports.is_empty());
        if let Some(controller) = pod.controller
            && let Some(count) = self.per_controller.get_mut(&controller)
        {
            *count -= 1;
            if *count == 0 {
                self.per_controller.remove(&controller);
            }
        }
        Some(pod)
    }

    /// How many pods of a controller are here.
    pub fn pods_of(&self, controller: Option<Uid>) -> u32 {
        controller.and_then(|controller| self.per_controller.get(&controller)).copied().unwrap_or(0)
    }

    /// The ports of the node that its pods use.
    pub fn host_ports(&self) -> impl Iterator<Item = &(Text, Text, i32)> {
        let pods = (self.with_ports > 0).then(|| self.pods.values());
        pods.into_iter().flatten().flat_map(|pod| &pod.requested.host_ports)
    }
}

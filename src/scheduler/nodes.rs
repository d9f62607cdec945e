//! The nodes as the scheduler sees them.

use super::node_info::NodeInfo;
use crate::api::{Node, Text};
use crate::sim::Table;
use std::rc::Rc;

/// Every node, in the order of the names.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    infos: Vec<NodeInfo>,
    places: Table<Text, usize>,
    arrangement: u64,
}

impl Nodes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// In the order of the names.
    pub fn iter(&self) -> std::slice::Iter<'_, NodeInfo> {
        self.infos.iter()
    }

    /// A number that is another one as soon as a node is new or gone.
    pub fn arrangement(&self) -> u64 {
        self.arrangement
    }

    pub fn get(&self, name: &Text) -> Option<&NodeInfo> {
        Some(&self.infos[*self.places.get(name)?])
    }

    pub fn get_mut(&mut self, name: &Text) -> Option<&mut NodeInfo> {
        Some(&mut self.infos[*self.places.get(name)?])
    }

    /// A node that was not there.
    pub fn insert(&mut self, node: &Rc<Node>) {
        let place = self.infos.partition_point(|known| *known.name() < node.metadata.name);
        self.infos.insert(place, NodeInfo::new(node));
        self.rearrange();
    }

    /// Takes a node out.
    pub fn remove(&mut self, name: &Text) -> Option<NodeInfo> {
        let node = self.infos.remove(*self.places.get(name)?);
        self.rearrange();
        Some(node)
    }

    fn rearrange(&mut self) {
        self.places = Table::new();
        for (place, node) in self.infos.iter().enumerate() {
            self.places.insert(node.name().clone(), place);
        }
        self.arrangement += 1;
    }
}

impl<'a> IntoIterator for &'a Nodes {
    type Item = &'a NodeInfo;
    type IntoIter = std::slice::Iter<'a, NodeInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

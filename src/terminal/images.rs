//! The images on the learner's machine. The cluster cannot pull one before it is pushed.

use crate::api::Text;
use crate::node::Kubelets;
use crate::node::images::Contents;
use crate::sim::{Map, Set};
use std::rc::Rc;

/// An image that was built.
#[derive(Clone)]
pub struct Image {
    /// A number that stands for what is in it.
    pub id: u64,
    /// What that is, where its programs are known.
    pub contents: Option<Rc<Contents>>,
}

/// The images on the learner's machine.
#[derive(Default)]
pub struct Images {
    /// By name and tag.
    local: Map<String, Image>,
    /// Those that are in a registry as well, in whatever version.
    pushed: Set<String>,
    /// What is to happen there: an image is not there any more, or it is, and what is in it.
    changes: Vec<(String, Option<Image>)>,
}

impl Images {
    /// The image of a name and tag.
    pub fn get(&self, name: &str) -> Option<&Image> {
        self.local.get(name)
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Image)> {
        self.local.iter()
    }

    /// Brings one to a registry.
    pub fn push(&mut self, name: String, image: Image) {
        self.pushed.insert(name.clone());
        self.changes.push((name, Some(image)));
    }

    /// Gives an image a name. Of that name there is none in a registry until it is pushed.
    pub fn add(&mut self, name: &str, image: Image) {
        let is_new = self.local.insert(name.to_owned(), image).is_none();
        if is_new && !self.pushed.contains(name) {
            self.changes.push((name.to_owned(), None));
        }
    }

    /// Lets the nodes know; whether there was anything.
    pub fn settle(&mut self, kubelets: &mut Kubelets) -> bool {
        for (name, image) in &self.changes {
            let short = name.strip_suffix(":latest").unwrap_or(name);
            for name in [name.as_str(), short] {
                let name = Text::from(name.to_owned());
                match image {
                    Some(image) => kubelets.image_pushed(&name, image.contents.clone()),
                    None => kubelets.image_gone(&name),
                }
            }
        }
        !std::mem::take(&mut self.changes).is_empty()
    }
}

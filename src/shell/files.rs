//! Files and folders: a tree in memory, shared by whoever holds it, mountable into another.
//!
//! A container's root, an `emptyDir`, a ConfigMap's keys are each a [`Files`]. Cloning one shares it: what one container
//! writes into a shared volume the other reads. Paths are absolute; [`absolute`] makes them so.

use super::Errno;
use super::program::Executable;
use crate::sim::{Map, Timestamp};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What a tree may hold unless it is given a limit of its own, in bytes.
const DEFAULT_LIMIT: u64 = 64 << 20;
/// What a file or folder counts for beside its content, in bytes: empty files fill a volume too.
const NODE_COST: u64 = 256;
/// How many symbolic links a path may go through.
const MAX_LINKS: u32 = 40;

/// A tree of files and folders. A clone is the same tree.
#[derive(Clone)]
pub struct Files {
    root: Rc<Node>,
    read_only: bool,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub kind: FileKind,
    /// The permission bits, such as `0o644`.
    pub mode: u32,
    /// Length in bytes; of a folder, what a disk would say.
    pub size: u64,
    pub modified: Timestamp,
    /// Whether nothing can be written there.
    pub read_only: bool,
}

/// What sort of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    Link,
}

/// How a file is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    pub read: bool,
    pub write: bool,
    pub append: bool,
    /// Make it if it is missing.
    pub create: bool,
    /// Fail if it is there.
    pub exclusive: bool,
    pub truncate: bool,
}

/// Where the bytes of a tree are counted.
struct Volume {
    used: Cell<u64>,
    limit: Cell<u64>,
}

struct Node {
    volume: Rc<Volume>,
    content: RefCell<Content>,
    mode: Cell<u32>,
    modified: Cell<Timestamp>,
}

enum Content {
    File(Vec<u8>),
    Folder(Map<String, Rc<Node>>),
    Link(String),
    /// Something that can be run, and read by nobody.
    Program(Executable),
    /// The root of another tree.
    Mount(Files),
}

impl Drop for Node {
    fn drop(&mut self) {
        let size = self.content.borrow().size();
        self.volume.used.set(self.volume.used.get().saturating_sub(size + NODE_COST));
    }
}

impl Content {
    fn size(&self) -> u64 {
        match self {
            Self::File(bytes) => bytes.len() as u64,
            Self::Link(target) => target.len() as u64,
            Self::Folder(_) | Self::Program(_) | Self::Mount(_) => 0,
        }
    }
}

impl Node {
    fn new(volume: &Rc<Volume>, content: Content, mode: u32, now: Timestamp) -> Result<Rc<Self>, Errno> {
        reserve(volume, content.size() + NODE_COST)?;
        let (content, mode, modified) = (RefCell::new(content), Cell::new(mode), Cell::new(now));
        Ok(Rc::new(Self { volume: volume.clone(), content, mode, modified }))
    }

    fn kind(&self) -> FileKind {
        match &*self.content.borrow() {
            Content::Folder(_) | Content::Mount(_) => FileKind::Folder,
            Content::Link(_) => FileKind::Link,
            Content::File(_) | Content::Program(_) => FileKind::File,
        }
    }

    fn child(&self, name: &str) -> Result<Option<Rc<Node>>, Errno> {
        match &*self.content.borrow() {
            Content::Folder(entries) => Ok(entries.get(name).cloned()),
            _ => Err(Errno::NotDirectory),
        }
    }

    fn insert(&self, name: &str, node: Rc<Node>, now: Timestamp) -> Result<(), Errno> {
        let Content::Folder(entries) = &mut *self.content.borrow_mut() else { return Err(Errno::NotDirectory) };
        entries.insert(name.to_owned(), node);
        self.modified.set(now);
        Ok(())
    }

    fn take(&self, name: &str, now: Timestamp) -> Option<Rc<Node>> {
        let Content::Folder(entries) = &mut *self.content.borrow_mut() else { return None };
        self.modified.set(now);
        entries.remove(name)
    }
}

fn reserve(volume: &Volume, bytes: u64) -> Result<(), Errno> {
    let used = volume.used.get() + bytes;
    if used > volume.limit.get() {
        return Err(Errno::NoSpace);
    }
    volume.used.set(used);
    Ok(())
}

/// A node that a path led to, and whether the way there went through a read-only mount.
#[derive(Clone)]
struct Found {
    node: Rc<Node>,
    read_only: bool,
}

impl Found {
    fn writable(self) -> Result<Rc<Node>, Errno> {
        if self.read_only { Err(Errno::ReadOnly) } else { Ok(self.node) }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("used", &self.root.volume.used.get()).finish_non_exhaustive()
    }
}

impl Files {
    /// An empty tree that holds up to 64 MiB.
    pub fn new() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }

    /// An empty tree that holds so many bytes; then "No space left on device".
    pub fn with_limit(bytes: u64) -> Self {
        let volume = Rc::new(Volume { used: Cell::new(0), limit: Cell::new(bytes) });
        let content = RefCell::new(Content::Folder(Map::new()));
        let root = Node { volume, content, mode: Cell::new(0o755), modified: Cell::new(Timestamp::default()) };
        root.volume.used.set(NODE_COST);
        Self { root: Rc::new(root), read_only: false }
    }

    /// The same tree, through which nothing can be written.
    pub fn read_only(&self) -> Self {
        Self { root: self.root.clone(), read_only: true }
    }

    /// The bytes the tree holds.
    pub fn used(&self) -> u64 {
        self.root.volume.used.get()
    }

    /// The tree that begins at a path (a `subPath`); it may be a single file.
    pub fn sub(&self, path: &str) -> Result<Self, Errno> {
        let found = self.find(path)?;
        Ok(Self { root: found.node, read_only: found.read_only })
    }

    /// Puts another tree where `path` is, over whatever is there; folders on the way are made.
    pub fn mount(&self, path: &str, other: &Files) -> Result<(), Errno> {
        let (parent, name) = split(path).ok_or(Errno::Busy)?;
        self.make_folders(parent, Timestamp::default())?;
        let parent = self.find(parent)?;
        let volume = &parent.node.volume;
        let node = Node::new(volume, Content::Mount(other.clone()), 0o755, Timestamp::default())?;
        parent.node.insert(name, node, parent.node.modified.get())
    }

    /// Puts something that can be run at a path; folders on the way are made.
    pub(super) fn install(&self, path: &str, program: Executable) -> Result<(), Errno> {
        let (parent, name) = split(path).ok_or(Errno::Busy)?;
        self.make_folders(parent, Timestamp::default())?;
        let parent = self.find(parent)?.writable()?;
        let node = Node::new(&parent.volume, Content::Program(program), 0o755, Timestamp::default())?;
        parent.insert(name, node, parent.modified.get())
    }

    /// What can be run at a path, if it is not text.
    pub(super) fn executable(&self, path: &str) -> Option<Executable> {
        match &*self.find(path).ok()?.node.content.borrow() {
            Content::Program(program) => Some(program.clone()),
            _ => None,
        }
    }

    /// All bytes of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        match &*self.find(path)?.node.content.borrow() {
            Content::File(bytes) => Ok(bytes.clone()),
            Content::Program(_) => Ok(b"\x7fELF".to_vec()),
            _ => Err(Errno::IsDirectory),
        }
    }

    /// A file as text; what is not UTF-8 is replaced.
    pub fn read_text(&self, path: &str) -> Result<String, Errno> {
        Ok(String::from_utf8_lossy(&self.read(path)?).into_owned())
    }

    /// Makes a file, or replaces what it holds.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>, now: Timestamp) -> Result<(), Errno> {
        let access = Access { write: true, create: true, truncate: true, ..Access::default() };
        self.open(path, access, 0o644, now)?.write_at(0, bytes.as_ref(), now)
    }

    /// Makes a file, or adds to what it holds.
    pub fn append(&self, path: &str, bytes: impl AsRef<[u8]>, now: Timestamp) -> Result<(), Errno> {
        let file = self.open(path, Access { write: true, create: true, ..Access::default() }, 0o644, now)?;
        file.write_at(file.len(), bytes.as_ref(), now)
    }

    /// Opens a file. `mode` is that of a file which is made.
    pub fn open(&self, path: &str, access: Access, mode: u32, now: Timestamp) -> Result<OpenFile, Errno> {
        let found = match self.find(path) {
            Ok(_) if access.exclusive => return Err(Errno::Exists),
            Ok(found) => found,
            Err(Errno::NoEntry) if access.create && !path.ends_with('/') => {
                let (parent, name) = split(path).ok_or(Errno::NoEntry)?;
                let parent = self.find(parent)?;
                if let Some(link) = parent.node.child(name)? {
                    // A link to what is not there yet.
                    let Content::Link(target) = &*link.content.borrow() else { return Err(Errno::NoEntry) };
                    return self.open(&absolute(split(path).map_or("/", |(dir, _)| dir), target), access, mode, now);
                }
                let parent = parent.writable()?;
                let node = Node::new(&parent.volume, Content::File(Vec::new()), mode, now)?;
                parent.insert(name, node.clone(), now)?;
                Found { node, read_only: false }
            }
            Err(errno) => return Err(errno),
        };
        match &*found.node.content.borrow() {
            Content::Folder(_) | Content::Mount(_) if access.write => return Err(Errno::IsDirectory),
            Content::Program(_) if access.write => return Err(Errno::Busy),
            _ => {}
        }
        if access.write && found.read_only {
            return Err(Errno::ReadOnly);
        }
        let file = OpenFile { node: found.node };
        if access.truncate && access.write {
            file.truncate(0, now);
        }
        Ok(file)
    }

    /// The names in a folder, in order, and what they are.
    pub fn list(&self, path: &str) -> Result<Vec<(String, Stat)>, Errno> {
        let found = self.find(path)?;
        let Content::Folder(entries) = &*found.node.content.borrow() else { return Err(Errno::NotDirectory) };
        Ok(entries.iter().map(|(name, node)| (name.clone(), stat(&enter(node.clone(), found.read_only)))).collect())
    }

    /// What is at a path; a link is followed.
    pub fn stat(&self, path: &str) -> Result<Stat, Errno> {
        self.find(path).map(|found| stat(&found))
    }

    /// What is at a path, be it a link.
    pub fn link_stat(&self, path: &str) -> Result<Stat, Errno> {
        self.walk(path, false, 0).map(|found| stat(&found))
    }

    /// Where a link points.
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        match &*self.walk(path, false, 0)?.node.content.borrow() {
            Content::Link(target) => Ok(target.clone()),
            _ => Err(Errno::Invalid),
        }
    }

    /// Whether two paths lead to the same file.
    pub fn same(&self, a: &str, b: &str) -> bool {
        matches!((self.find(a), self.find(b)), (Ok(a), Ok(b)) if Rc::ptr_eq(&a.node, &b.node))
    }

    /// Makes a folder.
    pub fn make_folder(&self, path: &str, now: Timestamp) -> Result<(), Errno> {
        self.add(path, Content::Folder(Map::new()), 0o755, now)
    }

    /// Makes a folder and those on the way to it; it may be there already.
    pub fn make_folders(&self, path: &str, now: Timestamp) -> Result<(), Errno> {
        match self.find(path) {
            Ok(found) if found.node.kind() == FileKind::Folder => Ok(()),
            Ok(_) => Err(Errno::NotDirectory),
            Err(Errno::NoEntry) => {
                let (parent, _) = split(path).ok_or(Errno::NoEntry)?;
                self.make_folders(parent, now)?;
                self.make_folder(path, now)
            }
            Err(errno) => Err(errno),
        }
    }

    /// Makes a symbolic link.
    pub fn make_link(&self, path: &str, target: &str, now: Timestamp) -> Result<(), Errno> {
        self.add(path, Content::Link(target.to_owned()), 0o777, now)
    }

    fn add(&self, path: &str, content: Content, mode: u32, now: Timestamp) -> Result<(), Errno> {
        let (parent, name) = split(path).ok_or(Errno::Exists)?;
        let parent = self.find(parent)?;
        if parent.node.child(name)?.is_some() {
            return Err(Errno::Exists);
        }
        let parent = parent.writable()?;
        let node = Node::new(&parent.volume, content, mode, now)?;
        parent.insert(name, node, now)
    }

    /// Removes a file, or a folder that is empty.
    pub fn remove(&self, path: &str, now: Timestamp) -> Result<(), Errno> {
        let (parent, name) = split(path).ok_or(Errno::Busy)?;
        let parent = self.find(parent)?;
        let node = parent.node.child(name)?.ok_or(Errno::NoEntry)?;
        match &*node.content.borrow() {
            Content::Mount(_) => return Err(Errno::Busy),
            Content::Folder(entries) if !entries.is_empty() => return Err(Errno::NotEmpty),
            _ => {}
        }
        parent.writable()?.take(name, now);
        Ok(())
    }

    /// Removes whatever is at a path, and all that is in it.
    pub fn remove_all(&self, path: &str, now: Timestamp) -> Result<(), Errno> {
        if self.link_stat(path)?.kind == FileKind::Folder {
            for (name, _) in self.list(path)? {
                self.remove_all(&absolute(path, &name), now)?;
            }
        }
        self.remove(path, now)
    }

    /// Gives a file or folder another place, over a file that may be there.
    pub fn rename(&self, from: &str, to: &str, now: Timestamp) -> Result<(), Errno> {
        let (from_parent, from_name) = split(from).ok_or(Errno::Busy)?;
        let (to_parent, to_name) = split(to).ok_or(Errno::Busy)?;
        if format!("{to}/").starts_with(&format!("{from}/")) {
            return if from == to { self.link_stat(from).map(|_| ()) } else { Err(Errno::Invalid) };
        }
        let from_parent = self.find(from_parent)?;
        let to_parent = self.find(to_parent)?;
        let node = from_parent.node.child(from_name)?.ok_or(Errno::NoEntry)?;
        if matches!(&*node.content.borrow(), Content::Mount(_)) {
            return Err(Errno::Busy);
        }
        if let Some(there) = to_parent.node.child(to_name)? {
            match &*there.content.borrow() {
                Content::Mount(_) => return Err(Errno::Busy),
                Content::Folder(_) if node.kind() != FileKind::Folder => return Err(Errno::IsDirectory),
                Content::Folder(entries) if !entries.is_empty() => return Err(Errno::NotEmpty),
                Content::Folder(_) => {}
                _ if node.kind() == FileKind::Folder => return Err(Errno::NotDirectory),
                _ => {}
            }
        }
        let (from_parent, to_parent) = (from_parent.writable()?, to_parent.writable()?);
        to_parent.insert(to_name, node, now)?;
        from_parent.take(from_name, now);
        Ok(())
    }

    /// Sets the permission bits.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Errno> {
        self.find(path)?.writable()?.mode.set(mode);
        Ok(())
    }

    /// Sets when a file was last changed.
    pub fn set_modified(&self, path: &str, at: Timestamp) -> Result<(), Errno> {
        self.find(path)?.writable()?.modified.set(at);
        Ok(())
    }

    fn find(&self, path: &str) -> Result<Found, Errno> {
        self.walk(path, true, 0)
    }

    fn walk(&self, path: &str, follow_last: bool, links: u32) -> Result<Found, Errno> {
        let mut way = vec![enter(self.root.clone(), self.read_only)];
        let mut names: Vec<&str> = Vec::new();
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
        let must_be_folder = path.len() > 1 && path.ends_with('/');
        while let Some(part) = parts.next() {
            let here = way.last().cloned().ok_or(Errno::NoEntry)?;
            if part == ".." {
                if names.pop().is_some() {
                    way.pop();
                }
                continue;
            }
            let node = here.node.child(part)?.ok_or(Errno::NoEntry)?;
            let last = parts.peek().is_none() && !must_be_folder;
            let target = match &*node.content.borrow() {
                Content::Link(target) if !last || follow_last => Some(target.clone()),
                _ => None,
            };
            if let Some(target) = target {
                if links == MAX_LINKS {
                    return Err(Errno::Loop);
                }
                let mut path = absolute(&format!("/{}", names.join("/")), &target);
                for part in parts {
                    path.push('/');
                    path.push_str(part);
                }
                return self.walk(&path, follow_last, links + 1);
            }
            names.push(part);
            way.push(enter(node, here.read_only));
        }
        let found = way.pop().ok_or(Errno::NoEntry)?;
        if must_be_folder && found.node.kind() != FileKind::Folder {
            return Err(Errno::NotDirectory);
        }
        Ok(found)
    }
}

/// Goes through mounts.
fn enter(node: Rc<Node>, read_only: bool) -> Found {
    let mounted = match &*node.content.borrow() {
        Content::Mount(files) => Some(files.clone()),
        _ => None,
    };
    match mounted {
        Some(files) => enter(files.root, files.read_only),
        None => Found { node, read_only },
    }
}

fn stat(found: &Found) -> Stat {
    let node = &found.node;
    let size = if node.kind() == FileKind::Folder { 4096 } else { node.content.borrow().size() };
    let (mode, modified) = (node.mode.get(), node.modified.get());
    Stat { kind: node.kind(), mode, size, modified, read_only: found.read_only }
}

/// A file that was opened: it stays readable when its name is removed.
#[derive(Clone)]
pub struct OpenFile {
    node: Rc<Node>,
}

impl OpenFile {
    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.node.content.borrow().size() as usize
    }

    /// Whether the file holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Up to `most` bytes from a place; none at the end.
    pub fn read_at(&self, offset: usize, most: usize) -> Result<Vec<u8>, Errno> {
        match &*self.node.content.borrow() {
            Content::File(bytes) => {
                let from = offset.min(bytes.len());
                Ok(bytes[from..bytes.len().min(from.saturating_add(most))].to_vec())
            }
            Content::Program(_) => Ok(if offset == 0 { b"\x7fELF".to_vec() } else { Vec::new() }),
            _ => Err(Errno::IsDirectory),
        }
    }

    /// Writes at a place; a gap before it is filled with zeros.
    pub fn write_at(&self, offset: usize, bytes: &[u8], now: Timestamp) -> Result<(), Errno> {
        let Content::File(held) = &mut *self.node.content.borrow_mut() else { return Err(Errno::IsDirectory) };
        let end = offset + bytes.len();
        if end > held.len() {
            reserve(&self.node.volume, (end - held.len()) as u64)?;
            held.resize(end, 0);
        }
        held[offset..end].copy_from_slice(bytes);
        self.node.modified.set(now);
        Ok(())
    }

    /// Cuts the file to a length.
    pub fn truncate(&self, len: usize, now: Timestamp) {
        if let Content::File(held) = &mut *self.node.content.borrow_mut() {
            let freed = held.len().saturating_sub(len) as u64;
            held.truncate(len);
            self.node.volume.used.set(self.node.volume.used.get().saturating_sub(freed));
            self.node.modified.set(now);
        }
    }
}

/// A path as seen from a folder, without `.` and `..`.
pub fn absolute(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let from = if path.starts_with('/') { "" } else { folder };
    for part in from.split('/').chain(path.split('/')).filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}{}", parts.join("/"), if path.ends_with('/') && !parts.is_empty() { "/" } else { "" })
}

/// The folder of a path, and the name in it; nothing for the root.
fn split(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.trim_end_matches('/').rsplit_once('/')?;
    Some((if folder.is_empty() { "/" } else { folder }, name))
}

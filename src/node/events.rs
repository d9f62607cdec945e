//! What a kubelet reports about its pods (spec 03 §3, §5, §6), and the names that containerd makes up.

use crate::api::{Decimal, Hex, Kind, ObjectReference, Pod, Text};
use crate::sim::{digest, digests};
use std::time::Duration;

/// The object of an event: the pod, or the container of it that lies at a field.
pub(super) fn about(pod: &Pod, field_path: Text) -> ObjectReference {
    let metadata = &pod.metadata;
    let reference = ObjectReference::to(Kind::Pod, &metadata.namespace, &metadata.name, metadata.uid);
    ObjectReference { field_path, ..reference }
}

/// Where a container lies in its pod: `spec.containers{main}`.
pub(super) fn field_path(container: &str, init: bool) -> Text {
    Text::concat(&[if init { "spec.initContainers{" } else { "spec.containers{" }, container, "}"])
}

/// What the name of an image says by itself, and what is said of it over and over.
#[derive(Clone, Debug)]
pub(super) struct ImageName {
    /// What is wrong with it.
    pub malformed: Option<String>,
    /// `imageID` in a container's status.
    pub id: Text,
    /// Where it is pulled from, with its tag.
    pub full: Text,
    /// It is being pulled.
    pub pulling: Text,
    /// It was pulled, in no time or in as long as a pod takes to start.
    pub pulled: [Text; 2],
    /// It needs not be pulled.
    pub present: Text,
}

impl ImageName {
    /// `start`: how long a pod takes to start.
    pub fn read(image: &str, start: Duration) -> Self {
        let size = Decimal::of(image_size(image));
        let pulled = |took: Duration| {
            let took = go_millis(took);
            let (done, waited) = ("Successfully pulled image \"", " including waiting). Image size: ");
            Text::concat(&[done, image, "\" in ", &took, " (", &took, waited, size.as_str(), " bytes."])
        };
        let known = "\" already present on machine and can be accessed by the pod";
        Self {
            malformed: malformed(image),
            id: image_id(image),
            full: full_image(image).into(),
            pulling: Text::concat(&["Pulling image \"", image, "\""]),
            pulled: [Duration::ZERO, start].map(pulled),
            present: Text::concat(&["Container image \"", image, known]),
        }
    }
}

/// `1.2s`, `850ms`, as Go prints a duration that is cut to milliseconds.
fn go_millis(span: Duration) -> String {
    match (span.as_secs(), span.subsec_millis()) {
        (0, millis) => format!("{millis}ms"),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, millis) => format!("{seconds}.{}s", format!("{millis:03}").trim_end_matches('0')),
    }
}

/// The full name of an image: where it is pulled from.
pub(super) fn full_image(image: &str) -> String {
    let host = image.split_once('/').map(|(first, _)| first);
    let has_host = host.is_some_and(|first| first.contains(['.', ':']) || first == "localhost");
    let named = match (has_host, host) {
        (true, _) => image.to_owned(),
        (false, Some(_)) => format!("docker.io/{image}"),
        (false, None) => format!("docker.io/library/{image}"),
    };
    let last = named.rsplit('/').next().unwrap_or(&named);
    if last.contains([':', '@']) { named } else { format!("{named}:latest") }
}

/// The same without its tag.
fn repository(image: &str) -> String {
    let named = full_image(image);
    let tag = named.rfind(':').filter(|&at| !named[at..].contains('/'));
    let end = named.find('@').or(tag).unwrap_or(named.len());
    named[..end].to_owned()
}

/// What is wrong with the name of an image, in the words of the library that reads it (`distribution/reference`).
fn malformed(image: &str) -> Option<String> {
    let first = image.split_once('/').map(|(first, _)| first);
    let is_host = |first: &&str| {
        first.contains(['.', ':']) || *first == "localhost" || first.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let host = first.filter(is_host);
    let rest = host.map_or(image, |host| &image[host.len() + 1..]);
    let remote = rest.split(':').next().unwrap_or(rest);
    if remote.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let library = if host.is_none() && !rest.contains('/') { "library/" } else { "" };
        return Some(format!("invalid reference format: repository name ({library}{remote}) must be lowercase"));
    }
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let names = |text: &str, between: &[char]| text.split(between).all(|part| !part.is_empty());
    let is_path = path.split('/').all(|part| {
        let known =
            part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte));
        let ends = [part.bytes().next(), part.bytes().last()];
        known && ends.iter().flatten().all(u8::is_ascii_alphanumeric) && !part.is_empty() && !part.contains("..")
    });
    let is_tag = tag.is_none_or(|tag| {
        let known = tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-');
        known && tag.len() <= 128 && tag.bytes().next().is_some_and(word)
    });
    let is_digest = digest.is_none_or(|digest| {
        let parts = digest.split_once(':').filter(|(_, hex)| hex.len() >= 32);
        parts
            .is_some_and(|(kind, hex)| names(kind, &['+', '.', '-', '_']) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let is_host = host.is_none_or(|host| {
        let (name, port) = host.split_once(':').unwrap_or((host, "0"));
        let known = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        port && names(name, &['.']) && name.split('.').all(known)
    });
    (!(is_path && is_tag && is_digest && is_host)).then(|| "invalid reference format".into())
}

/// The repository and a digest made from the name.
fn image_id(image: &str) -> Text {
    let [a, b, c, d] = digests(&[image]).map(Hex::of);
    Text::concat(&[&repository(image), "@sha256:", a.as_str(), b.as_str(), c.as_str(), d.as_str()])
}

/// How big an image is: something between 1 and 100 MB.
fn image_size(image: &str) -> u64 {
    1_000_000 + digest(&[image]) % 99_000_000
}

/// What containerd says of an image that does not exist.
pub(super) fn pull_error(image: &str) -> String {
    let name = full_image(image);
    format!(
        "failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": pull access denied, \
         repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_full_names() {
        let check = |image: &str, full: &str, repo: &str| {
            assert_eq!((full_image(image).as_str(), repository(image).as_str()), (full, repo));
        };
        check("busybox", "docker.io/library/busybox:latest", "docker.io/library/busybox");
        check("busybox:1.36", "docker.io/library/busybox:1.36", "docker.io/library/busybox");
        check("acme/report:1.2", "docker.io/acme/report:1.2", "docker.io/acme/report");
        check("localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a");
        check("registry.k8s.io/a/b:v1", "registry.k8s.io/a/b:v1", "registry.k8s.io/a/b");
    }

    #[test]
    fn malformed_names_are_told_apart() {
        let check = |image: &str, why: Option<&str>| assert_eq!(malformed(image).as_deref(), why, "{image}");
        let digest = format!("busybox@sha256:{}", "0a".repeat(32));
        for right in ["busybox", "a/b:1.36", "localhost:5000/a_b/c-d", "Host/a:V1", "x.io/a__b", digest.as_str()] {
            check(right, None);
        }
        let wrong = Some("invalid reference format");
        for image in
            ["<todo>", ":sha-0b29", "busybox:", "a//b", "docker pull x", "-a", "a:b:c", "a@sha256:12", "x.io:/a"]
        {
            check(image, wrong);
        }
        let lower = |name: &str| format!("invalid reference format: repository name ({name}) must be lowercase");
        check("Alpine:3.20", Some(&lower("library/Alpine")));
        check("acme/Report", Some(&lower("acme/Report")));
        check("x.io/Report:1", Some(&lower("Report")));
    }

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        let check = |millis, text| assert_eq!(go_millis(Duration::from_millis(millis)), text);
        check(850, "850ms");
        check(1200, "1.2s");
        check(1203, "1.203s");
        check(2000, "2s");
    }
}

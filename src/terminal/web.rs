//! What is at the addresses of the documents' files: equivalents written for this page.

/// Hosts, and where the examples of the documents lie on them.
const PLACES: &[&str] = &[
    "k8s.io/examples/",
    "kubernetes.io/examples/",
    "www.kubernetes.io/examples/",
    "raw.githubusercontent.com/kubernetes/website/main/content/en/examples/",
];

/// The files, by what follows the place.
const FILES: &[(&str, &str)] = &[
    ("application/job/cronjob.yaml", include_str!("web/cronjob.yaml")),
    ("application/job/indexed-job-vol.yaml", include_str!("web/indexed-job-vol.yaml")),
    ("application/job/indexed-job.yaml", include_str!("web/indexed-job.yaml")),
    ("application/job/job-tmpl.yaml", include_str!("web/job-tmpl.yaml")),
    ("application/job/rabbitmq/Dockerfile", include_str!("../programs/images/rabbitmq/Dockerfile")),
    ("application/job/rabbitmq/job.yaml", include_str!("web/rabbitmq-job.yaml")),
    ("application/job/rabbitmq/rabbitmq-service.yaml", include_str!("web/rabbitmq-service.yaml")),
    ("application/job/rabbitmq/rabbitmq-statefulset.yaml", include_str!("web/rabbitmq-statefulset.yaml")),
    ("application/job/rabbitmq/worker.py", include_str!("../programs/images/rabbitmq/worker.py")),
    ("application/job/redis/Dockerfile", include_str!("../programs/images/redis/Dockerfile")),
    ("application/job/redis/job.yaml", include_str!("web/redis-job.yaml")),
    ("application/job/redis/redis-pod.yaml", include_str!("web/redis-pod.yaml")),
    ("application/job/redis/redis-service.yaml", include_str!("web/redis-service.yaml")),
    ("application/job/redis/rediswq.py", include_str!("../programs/images/redis/rediswq.py")),
    ("application/job/redis/worker.py", include_str!("../programs/images/redis/worker.py")),
    ("controllers/job-backoff-limit-per-index-failindex.yaml", include_str!("web/failindex.yaml")),
    ("controllers/job-pod-failure-policy-config-issue.yaml", include_str!("web/config-issue.yaml")),
    ("controllers/job-pod-failure-policy-failjob.yaml", include_str!("web/failjob.yaml")),
    ("controllers/job-pod-failure-policy-ignore.yaml", include_str!("web/ignore.yaml")),
    ("controllers/job.yaml", include_str!("web/job.yaml")),
];

/// Files that the older documents fetch from elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "raw.githubusercontent.com/kubernetes/kubernetes/release-1.3/examples/celery-rabbitmq/rabbitmq-service.yaml",
        include_str!("web/rabbitmq-service.yaml"),
    ),
    // A ReplicationController then; what the documents start the broker with today.
    (
        "raw.githubusercontent.com/kubernetes/kubernetes/release-1.3/examples/celery-rabbitmq/rabbitmq-controller.yaml",
        include_str!("web/rabbitmq-statefulset.yaml"),
    ),
];

fn without_scheme(address: &str) -> &str {
    address.strip_prefix("https://").or(address.strip_prefix("http://")).unwrap_or(address)
}

/// What is at an address.
pub fn fetch(address: &str) -> Option<&'static str> {
    let address = without_scheme(address);
    let path = PLACES.iter().find_map(|place| address.strip_prefix(place));
    let file = path.and_then(|path| FILES.iter().find(|(known, _)| *known == path));
    file.or_else(|| ELSEWHERE.iter().find(|(known, _)| *known == address)).map(|(_, text)| *text)
}

/// The host of an address.
pub fn host(address: &str) -> &str {
    without_scheme(address).split(['/', ':', '?']).next().unwrap_or("")
}

/// Whether there is anything at a host.
pub fn is_known_host(host: &str) -> bool {
    PLACES.iter().any(|place| place.split('/').next() == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::yaml;

    #[test]
    fn what_the_documents_name_is_here() {
        let check = |address: &str, begins: Option<&str>| {
            let text = fetch(address);
            assert_eq!(text.and_then(|text| text.lines().next()), begins, "{address}");
        };
        check("https://k8s.io/examples/application/job/job-tmpl.yaml", Some("apiVersion: batch/v1"));
        check("https://kubernetes.io/examples/application/job/cronjob.yaml", Some("apiVersion: batch/v1"));
        check("k8s.io/examples/application/job/redis/Dockerfile", Some("FROM python"));
        check("https://k8s.io/examples/nothing.yaml", None);
        check("https://example.org/application/job/cronjob.yaml", None);
        assert_eq!(host("https://example.org:80/x"), "example.org");
        for (path, text) in FILES.iter().filter(|(path, _)| path.ends_with(".yaml")) {
            assert!(yaml::read(text).error.is_none(), "{path}");
        }
    }
}

//! stub
mod files;
use crate::api::Object;
use crate::apiserver::{ApiServer, Request, View};
use crate::sim::Timestamp;
pub use files::Files;
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub namespace: String,
    pub resource_versions: bool,
    pub read_at: Option<Timestamp>,
    pub write_at: Vec<Timestamp>,
}
impl Default for Config {
    fn default() -> Self {
        Self { namespace: "default".into(), resource_versions: true, read_at: None, write_at: Vec::new() }
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub at: Timestamp,
    pub stream: Stream,
    pub text: String,
}
pub enum Progress {
    Waiting { until: Option<Timestamp> },
    Done { exit_code: i32 },
}
pub struct Invocation {
    files: Files,
    out: Vec<Output>,
}
impl Invocation {
    pub fn start(_line: &str, files: &Files, _config: Config) -> Self {
        Self { files: files.clone(), out: vec![] }
    }
    pub fn poll(&mut self, api: &mut ApiServer) -> Progress {
        let s = crate::api::yaml::read(self.files.get("manifest.yaml").unwrap());
        for d in s.documents {
            let mut v = d.root.to_value();
            v["metadata"]["namespace"] = "default".into();
            let kind = crate::api::Kind::of(v["apiVersion"].as_str().unwrap(), v["kind"].as_str().unwrap()).unwrap();
            let o = Object::from_value(kind, v).unwrap();
            let r = api.handle(Request::Create(o));
        }
        Progress::Done { exit_code: 0 }
    }
    pub fn output(&self) -> &[Output] {
        &self.out
    }
    pub fn interrupt(&mut self) {}
}
pub fn read_at(_l: &str, _v: View<'_>, _n: Timestamp, _f: &Files, _c: &Config) -> (String, String, i32) {
    (String::new(), String::new(), 0)
}

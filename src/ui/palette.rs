//! The page's colours as a canvas and a chart need them: read from the stylesheet, so that they are written once.

use super::timeline::phase::Phase;
use leptos::prelude::*;

/// The colours of the theme that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    pub panel: String,
    pub line: String,
    pub edge: String,
    pub ink: String,
    pub dim: String,
    pub faint: String,
    pub accent: String,
    pub on_state: String,
    pub pending: String,
    pub starting: String,
    pub running: String,
    pub ok: String,
    pub bad: String,
    pub bad_ink: String,
    pub end: String,
    pub end_ink: String,
    pub font: String,
    pub mono: String,
}

impl Palette {
    /// Reads the variables of `style/tokens.css` as they stand.
    pub fn read() -> Self {
        let root = document().document_element();
        let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
        let read = |name: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok()).unwrap_or_default();
            value.trim().to_owned()
        };
        Self {
            panel: read("--panel"),
            line: read("--line"),
            edge: read("--edge"),
            ink: read("--ink"),
            dim: read("--dim"),
            faint: read("--faint"),
            accent: read("--accent"),
            on_state: read("--on-state"),
            pending: read("--pending"),
            starting: read("--starting"),
            running: read("--running"),
            ok: read("--ok"),
            bad: read("--bad"),
            bad_ink: read("--bad-ink"),
            end: read("--end"),
            end_ink: read("--end-ink"),
            font: read("--font"),
            mono: read("--mono"),
        }
    }

    /// The colour of what a pod is doing.
    pub fn phase(&self, phase: Phase) -> &str {
        match phase {
            Phase::Pending => &self.pending,
            Phase::Starting | Phase::Stuck => &self.starting,
            Phase::Running => &self.running,
            Phase::Succeeded => &self.ok,
            Phase::Failed | Phase::Restarting | Phase::Ignored => &self.bad,
            Phase::Terminating => &self.end,
        }
    }
}

/// `#rrggbb` as red, green, blue; grey for anything else.
pub fn rgb(colour: &str) -> [u8; 3] {
    let channel = |from: usize| colour.get(from..from + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
    match (channel(1), channel(3), channel(5)) {
        (Some(red), Some(green), Some(blue)) => [red, green, blue],
        _ => [128; 3],
    }
}

//! Lets things travel from where they stood to where they stand: a pod from the lane of those without a node to its node.

use crate::sim::Map;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// How long the way takes, in milliseconds; it does not depend on the speed of play.
const TRAVEL: f64 = 220.0;
/// Where there are more than this, what moves is no story any more, only noise.
const MOST: usize = 60;

/// Where everything with `data-travels` stood when it was last looked at.
#[derive(Clone, Copy)]
pub struct Travellers(StoredValue<Map<String, (f64, f64)>>);

impl Travellers {
    /// Nobody has been seen yet.
    pub fn new() -> Self {
        Self(StoredValue::new(Map::new()))
    }

    /// Looks where everything inside `root` stands now, and lets what has moved travel there.
    pub fn look(self, root: &web_sys::Element) {
        let Ok(found) = root.query_selector_all("[data-travels]") else { return };
        if found.length() as usize > MOST {
            return self.0.set_value(Map::new());
        }
        let elements = (0..found.length()).filter_map(|n| found.get(n)?.dyn_into::<web_sys::Element>().ok());
        let origin = root.get_bounding_client_rect();
        let calm = window()
            .match_media("(prefers-reduced-motion: reduce)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches());
        let before = self.0.get_value();
        let mut now = Map::new();
        let mut moves = Vec::new();
        for element in elements {
            let Some(name) = element.get_attribute("data-travels") else { continue };
            let bounds = element.get_bounding_client_rect();
            let place = (bounds.left() - origin.left(), bounds.top() - origin.top());
            if let Some(&(x, y)) = before.get(&name)
                && ((x - place.0).abs() > 2.0 || (y - place.1).abs() > 2.0)
            {
                moves.push((element, x - place.0, y - place.1));
            }
            now.insert(name, place);
        }
        self.0.set_value(now);
        if calm {
            return;
        }
        for (element, x, y) in moves {
            let frame = |transform: String| {
                let frame = js_sys::Object::new();
                let _ = js_sys::Reflect::set(&frame, &"transform".into(), &transform.into());
                frame
            };
            let frames = js_sys::Array::of2(&frame(format!("translate({x}px, {y}px)")), &frame("none".into()));
            let options = js_sys::Object::new();
            let _ = js_sys::Reflect::set(&options, &"duration".into(), &TRAVEL.into());
            let _ = js_sys::Reflect::set(&options, &"easing".into(), &"ease-out".into());
            // web-sys has no stable binding for `animate` yet.
            let animate = js_sys::Reflect::get(&element, &"animate".into()).ok();
            if let Some(animate) = animate.and_then(|animate| animate.dyn_into::<js_sys::Function>().ok()) {
                let _ = animate.call2(&element, &frames, &options);
            }
        }
    }
}

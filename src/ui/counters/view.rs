//! The counters on the page: a chart under the timeline, on the timeline's axis, and the same in words.

use super::model::{Model, NAMES, words};
use crate::recording::Run;
use crate::ui::session::Session;
use crate::ui::timeline::Scale;
use leptos::prelude::*;
use plotters::prelude::*;

/// How high the chart is.
const HEIGHT: u32 = 68;
/// Corners of one line beyond which those in between are left out.
const CORNERS: usize = 600;
/// From how many steps on the chart follows the other panels, and not each pixel of the live edge.
const MANY: usize = 600;

/// The counters over time.
#[component]
pub fn Counters() -> impl IntoView {
    let session = Session::expect();
    let scale: Scale = expect_context();
    let model = StoredValue::new_local(Model::default());
    let stamp = RwSignal::new(0_u64);
    let source = StoredValue::new((0_u32, usize::MAX));
    Effect::new(move || {
        let now = (session.loaded(), session.current());
        if source.get_value() != now {
            source.set_value(now);
            model.set_value(Model::default());
            stamp.update(|stamp| *stamp += 1);
        }
        let mut changed = false;
        session.with_run(|run| model.update_value(|model| changed = model.update(run.storage())));
        if changed {
            stamp.update(|stamp| *stamp += 1);
        }
    });
    // The lines end at the live edge, which moves with every frame; a chart per pixel is enough.
    let edge_pixel = Memo::new(move |_| scale.axis.get().x(session.edge()).round() as i64);
    let are_many = Memo::new(move |_| {
        stamp.track();
        model.with_value(|model| model.steps.len() > MANY)
    });
    let chart = Memo::new(move |_| {
        // Read, not only tracked: a memo that nobody reads hears of nothing.
        if are_many.get() {
            session.version();
        } else {
            stamp.track();
            edge_pixel.get();
        }
        let axis = scale.axis.get();
        let edge = session.with_run_untracked(Run::now);
        let to = axis.at(axis.width()).min(edge);
        let lines = model.with_value(|model| {
            let from = axis.at(0.0);
            let highest = model.highest();
            let line = |counter| {
                let corners = model.line(counter, from, to, CORNERS).into_iter();
                corners.map(|(at, count)| (axis.x(at).clamp(-4.0, axis.width() + 4.0), count)).collect::<Vec<_>>()
            };
            (highest, [0, 1, 2, 3, 4].map(line))
        });
        draw(axis.width(), &lines.1, lines.0).unwrap_or_default()
    });
    let now = Memo::new(move |_| {
        stamp.track();
        let at = session.playhead();
        model.with_value(|model| model.at(at))
    });
    let highest = move || {
        stamp.track();
        model.with_value(Model::highest)
    };
    view! {
        <section class="counters" aria-label="Counters" style:--gutter=move || format!("{}px", scale.gutter.get())>
            <div class="counters-key">
                <h2>"Counters"</h2>
                <ul aria-label="Counters at the playhead">
                    {NAMES
                        .into_iter()
                        .enumerate()
                        .map(|(number, name)| {
                            view! {
                                <li class=format!("count count--{name}") hidden=move || name == "terminating" && now.get()[number] == 0>
                                    <i aria-hidden="true"></i>
                                    <span>{name}</span>
                                    <b>{move || now.get()[number]}</b>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
            <div class="counters-plot" role="img" aria-label=move || format!("Counters over time. At the playhead: {}.", words(now.get()))>
                <span class="counters-top" aria-hidden="true">{move || Some(highest()).filter(|highest| *highest > 0)}</span>
                <div class="counters-chart" aria-hidden="true" inner_html=move || chart.get()></div>
                <div
                    class="counters-playhead"
                    aria-hidden="true"
                    style:transform=move || format!("translateX({:.1}px)", scale.axis.get().x(session.playhead()))
                ></div>
            </div>
        </section>
    }
}

/// The chart as SVG. Every line has a class, through which the stylesheet gives it a colour and a form.
fn draw(width: f64, lines: &[Vec<(f64, i64)>; 5], highest: i64) -> Option<String> {
    let mut svg = String::new();
    let width = width.max(1.0);
    // What is drawn last lies on top: failures. What never happens needs no line at zero; the usual four have theirs.
    let happens = |counter: usize| counter != 4 || lines[counter].iter().any(|(_, count)| *count != 0);
    let drawn: Vec<usize> =
        [4, 1, 0, 2, 3].into_iter().filter(|&counter| happens(counter) && lines[counter].len() > 1).collect();
    {
        let area = SVGBackend::with_string(&mut svg, (width.ceil() as u32, HEIGHT)).into_drawing_area();
        // Some room above and below keeps lines at the top and at zero whole.
        let room = highest.max(1) as f64 * 0.08;
        let heights = -room..highest.max(1) as f64 + room;
        let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..width, heights).ok()?;
        for &counter in &drawn {
            // Lines that run at the same height stand beside each other.
            let shift = room * [0.0, -0.35, 0.35, 0.7, -0.7][counter];
            let points = lines[counter].iter().map(|&(x, count)| (x, count as f64 + shift));
            chart.draw_series(LineSeries::new(points, BLACK.stroke_width(2))).ok()?;
        }
        area.present().ok()?;
    }
    let mut parts = svg.split("<polyline");
    let mut classed = parts.next()?.to_owned();
    for (counter, part) in drawn.iter().zip(parts) {
        classed.push_str(&format!("<polyline class=\"line line--{}\"{part}", NAMES[*counter]));
    }
    Some(classed)
}

//! The page's side of CodeMirror: loads `editor.js` when it is first needed and speaks to it.
//!
//! The calls mirror `tools/editor/editor.js`, where each is described. Loading can fail (offline on the first
//! visit, a blocked file): [`Editor::load`] then returns an error, and the page keeps its plain text area.

use js_sys::Array;
use wasm_bindgen::prelude::*;

/// The file beside `index.html` that holds the editor.
const MODULE: &str = "editor.js";

#[wasm_bindgen(module = "/src/ui/editor/load.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = load)]
    async fn load_module(name: &str) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The loaded module.
    type Module;

    #[wasm_bindgen(method, catch, js_name = createEditor)]
    fn create_editor(this: &Module, options: &js_sys::Object) -> Result<View, JsValue>;

    /// What `createEditor` returns.
    type View;

    #[wasm_bindgen(method, js_name = getDoc)]
    fn get_doc(this: &View) -> String;
    #[wasm_bindgen(method, js_name = setDoc)]
    fn set_doc(this: &View, text: &str);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics(this: &View, problems: &Array);
    #[wasm_bindgen(method, js_name = setCompletions)]
    fn set_completions(this: &View, complete: &JsValue);
    #[wasm_bindgen(method, js_name = setHover)]
    fn set_hover(this: &View, explain: &JsValue);
    #[wasm_bindgen(method, js_name = highlightLines)]
    fn highlight_lines(this: &View, lines: &Array);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &View, line: u32, column: u32);
    #[wasm_bindgen(method, js_name = setDark)]
    fn set_dark(this: &View, dark: bool);
    #[wasm_bindgen(method)]
    fn focus(this: &View);
    #[wasm_bindgen(method)]
    fn destroy(this: &View);
}

/// How loud a problem is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    Info,
}

/// A problem in the text. Lines and columns count from 1; columns count characters; the end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    pub severity: Severity,
    pub message: String,
}

/// Something that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows, and what is matched against the word already typed.
    pub label: String,
    /// Shown dim beside the label, such as the field's type. May be empty.
    pub detail: String,
    /// Shown beside the list while selected. May be empty.
    pub info: String,
    /// What is inserted; empty for the label itself.
    pub apply: String,
}

/// A question about a place in the text: the whole text, a line and a column.
type Question<Answer> = Closure<dyn Fn(String, u32, u32) -> Answer>;

/// A CodeMirror editor in the page. Dropping it takes it off the page.
pub struct Editor {
    view: View,
    // JavaScript calls these: they must live as long as the view.
    _on_change: Closure<dyn FnMut(String)>,
    complete: Option<Question<Array>>,
    explain: Option<Question<Option<String>>>,
}

impl Editor {
    /// Loads the editor's module (once; a browser remembers it) and puts an editor into `parent`.
    ///
    /// `label` is what a screen reader calls it. `on_change` hears the whole text after each change by the user.
    ///
    /// # Errors
    /// A sentence for the page when the module cannot be loaded or started.
    pub async fn load(
        parent: &web_sys::Element,
        text: &str,
        label: &str,
        dark: bool,
        on_change: impl FnMut(String) + 'static,
    ) -> Result<Self, String> {
        let module: Module = load_module(MODULE).await.map_err(in_words)?.unchecked_into();
        let on_change = Closure::<dyn FnMut(String)>::new(on_change);
        let options: [(&str, &JsValue); 5] = [
            ("parent", parent),
            ("doc", &text.into()),
            ("label", &label.into()),
            ("dark", &dark.into()),
            ("onChange", on_change.as_ref()),
        ];
        let entries = options.iter().map(|(name, value)| Array::of2(&(*name).into(), value)).collect::<Array>();
        let options = js_sys::Object::from_entries(&entries).map_err(in_words)?;
        let view = module.create_editor(&options).map_err(in_words)?;
        Ok(Self { view, _on_change: on_change, complete: None, explain: None })
    }

    pub fn text(&self) -> String {
        self.view.get_doc()
    }

    /// Replaces the text as one undoable step; `on_change` does not hear of it.
    pub fn set_text(&self, text: &str) {
        self.view.set_doc(text);
    }

    /// Underlines these problems and no others.
    pub fn set_diagnostics(&self, diagnostics: &[Diagnostic]) {
        let row = |one: &Diagnostic| {
            let severity = match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            let place = [one.line, one.column, one.end_line, one.end_column].map(JsValue::from);
            place.into_iter().chain([severity.into(), one.message.as_str().into()]).collect::<Array>()
        };
        self.view.set_diagnostics(&diagnostics.iter().map(row).collect());
    }

    /// Asks `complete(text, line, column)` for what may stand at the cursor.
    pub fn set_completions(&mut self, complete: impl Fn(&str, u32, u32) -> Vec<Completion> + 'static) {
        let rows = move |text: String, line, column| {
            let row = |one: Completion| {
                [one.label, one.detail, one.info, one.apply].into_iter().map(JsValue::from).collect::<Array>()
            };
            complete(&text, line, column).into_iter().map(row).collect::<Array>()
        };
        let closure = Question::<Array>::new(rows);
        self.view.set_completions(closure.as_ref());
        self.complete = Some(closure);
    }

    /// Asks `explain(text, line, column)` what the pointer rests on; `None` shows nothing.
    pub fn set_hover(&mut self, explain: impl Fn(&str, u32, u32) -> Option<String> + 'static) {
        let closure = Question::<Option<String>>::new(move |text: String, line, column| explain(&text, line, column));
        self.view.set_hover(closure.as_ref());
        self.explain = Some(closure);
    }

    /// Marks these lines and no others, and scrolls to the first.
    pub fn highlight_lines(&self, lines: &[u32]) {
        self.view.highlight_lines(&lines.iter().map(|&line| JsValue::from(line)).collect());
    }

    /// Puts the cursor there and focuses the editor.
    pub fn go_to(&self, line: u32, column: u32) {
        self.view.go_to(line, column);
    }

    pub fn set_dark(&self, dark: bool) {
        self.view.set_dark(dark);
    }

    pub fn focus(&self) {
        self.view.focus();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.view.destroy();
    }
}

fn in_words(error: JsValue) -> String {
    let reason = error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into());
    format!("the editor could not be loaded: {reason}")
}

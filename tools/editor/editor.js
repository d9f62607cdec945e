// The manifest's editor: CodeMirror 6 behind the few calls the page needs.
//
// The page loads this module only when somebody edits (src/ui/editor/binding.rs), so that reading a lesson costs
// nothing of it. Positions are those of the page's own YAML reader: lines and columns count from 1, columns count
// characters. CodeMirror counts UTF-16 units from 0; `offset` and `place` below are the only two who translate.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, drawSelection, highlightActiveLine, highlightSpecialChars, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Marks a change that the page made, so that it is not reported back as one the user made. */
const fromPage = Annotation.define();

/** UTF-16 offset of a line and column; both are clamped into the document. */
function offset(doc, line, column) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = Array.from(text).slice(0, Math.max(column - 1, 0));
  return from + before.join("").length;
}

/** Line and column of a UTF-16 offset. */
function place(doc, at) {
  const line = doc.lineAt(at);
  return [line.number, Array.from(line.text.slice(0, at - line.from)).length + 1];
}

// All colours are the page's own variables (style/tokens.css), so one theme serves light and dark.
const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--sunk)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  // Not an outline: the gutters would cover it.
  "&.cm-focused::after": { content: '""', position: "absolute", inset: "0", zIndex: "300", border: "2px solid var(--accent)", pointerEvents: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--faint)", backgroundColor: "var(--sunk)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 4%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)",
  },
  ".cm-marked-line": { backgroundColor: "var(--mark)" },
  ".cm-tooltip, .cm-panels": { color: "var(--ink)", backgroundColor: "var(--panel)", borderColor: "var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--accent-ink)", backgroundColor: "var(--accent)" },
  ".cm-completionInfo, .cm-tooltip-hover": { padding: "8px 12px", maxWidth: "36em", fontFamily: "var(--font)" },
  ".cm-tooltip.cm-tooltip-lint": { padding: "0" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--starting)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--accent)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--sunk)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "var(--r1)" },
  ".cm-textfield": { backgroundColor: "var(--sunk)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "var(--r1)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.comment, tags.meta, tags.separator, tags.squareBracket, tags.brace], color: "var(--faint)" },
  { tag: [tags.labelName, tags.typeName], color: "var(--dim)", fontWeight: "600" },
  { tag: tags.invalid, textDecoration: "underline dotted" },
]);

/** What is left of a long line goes on below it, indented a little further than the line itself. */
const hangingIndent = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = this.of(view);
    }

    update(update) {
      if (update.docChanged || update.viewportChanged) this.decorations = this.of(update.view);
    }

    of(view) {
      const lines = [];
      for (const { from, to } of view.visibleRanges) {
        for (let at = from; at <= to; ) {
          const line = view.state.doc.lineAt(at);
          // At most half of a narrow editor.
          const indent = Math.min(/^ *(?:- +)*/.exec(line.text)[0].length + 2, 16);
          lines.push(Decoration.line({ attributes: { style: `padding-left: ${indent + 0.5}ch; text-indent: -${indent}ch` } }).range(line.from));
          at = line.to + 1;
        }
      }
      return Decoration.set(lines, true);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** Lines that the page points at, such as the field that a decision came from. */
const markLines = StateEffect.define();
const markedLines = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(markLines)) continue;
      const { doc } = transaction.state;
      const lines = [...new Set(effect.value)].filter((line) => line >= 1 && line <= doc.lines).sort((a, b) => a - b);
      marks = Decoration.set(lines.map((line) => Decoration.line({ class: "cm-marked-line" }).range(doc.line(line).from)));
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Puts an editor into `parent`.
 *
 * - `doc`: the text to start with.
 * - `label`: what a screen reader calls the editor.
 * - `dark`: whether the page is dark now.
 * - `onChange(text)`: called after the user changed the text, never after `setDoc`.
 *
 * Tab indents. Escape, then Tab, moves on to what comes after the editor.
 */
export function createEditor({ parent, doc, label, dark, onChange }) {
  let complete = () => [];
  let explain = () => null;
  const brightness = new Compartment();

  const view = new EditorView({
    parent,
    doc,
    extensions: [
      lineNumbers(),
      lintGutter(),
      foldGutter(),
      history(),
      drawSelection(),
      highlightSpecialChars(),
      highlightActiveLine(),
      // A mark at the end of a long line is seen without scrolling sideways.
      EditorView.lineWrapping,
      hangingIndent,
      highlightSelectionMatches(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      search({ top: true }),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
      yaml(),
      syntaxHighlighting(colours),
      look,
      brightness.of(EditorView.darkTheme.of(dark)),
      markedLines,
      autocompletion({ override: [({ state, pos, explicit }) => completions(state.doc, pos, explicit)] }),
      hoverTooltip((view, at) => hover(view.state.doc, at)),
      EditorView.contentAttributes.of({
        "aria-label": label,
        // What scrolls must be reachable by keyboard, and not every reader knows that editable text is.
        tabindex: "0",
        "aria-description": "Tab indents. Press Escape, then Tab, to leave the editor.",
      }),
      EditorView.updateListener.of((update) => {
        const byUser = update.transactions.some((one) => one.docChanged && !one.annotation(fromPage));
        if (byUser) onChange(update.state.doc.toString());
      }),
      // Mod-Enter stays free for the page, which runs the manifest with it.
      keymap.of([
        { key: "Tab", run: acceptCompletion },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
        indentWithTab,
      ]),
    ],
  });

  function completions(doc, pos, explicit) {
    const line = doc.lineAt(pos);
    const word = /[\w./-]*$/.exec(line.text.slice(0, pos - line.from))[0];
    if (word === "" && !explicit) return null;
    const options = complete(doc.toString(), ...place(doc, pos));
    if (options.length === 0) return null;
    return {
      from: pos - word.length,
      validFor: /^[\w./-]*$/,
      options: options.map(([label, detail, info, apply]) => ({ label, detail, info: info || undefined, apply: apply || label })),
    };
  }

  function hover(doc, at) {
    const text = explain(doc.toString(), ...place(doc, at));
    if (!text) return null;
    return { pos: at, above: true, create: () => ({ dom: Object.assign(document.createElement("div"), { textContent: text }) }) };
  }

  return {
    /** The whole text. */
    getDoc: () => view.state.doc.toString(),

    /** Replaces the text, as one step of the undo history. Does nothing when it is the same already. */
    setDoc(text) {
      const old = view.state.doc;
      if (old.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: old.length, insert: text }, annotations: [fromPage.of(true), isolateHistory.of("full")] });
    },

    /**
     * Underlines problems and marks them in the gutter. Each is
     * `[line, column, endLine, endColumn, severity, message]`, severity one of `error`, `warning`, `info`.
     */
    setDiagnostics(problems) {
      const { doc } = view.state;
      const diagnostics = problems.map(([line, column, endLine, endColumn, severity, message]) => {
        const from = offset(doc, line, column);
        return { from, to: Math.max(offset(doc, endLine, endColumn), from), severity, message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },

    /** `fn(text, line, column)` answers what may stand there: `[label, detail, info, apply]` each; the last two may be "". */
    setCompletions: (fn) => void (complete = fn),

    /** `fn(text, line, column)` explains what the pointer rests on, in plain words, or returns nothing. */
    setHover: (fn) => void (explain = fn),

    /** Marks these lines (and no others); the first of them scrolls into view. */
    highlightLines(lines) {
      const { doc } = view.state;
      const effects = [markLines.of(lines)];
      if (lines.length > 0) effects.push(EditorView.scrollIntoView(offset(doc, Math.min(...lines), 1), { y: "nearest" }));
      view.dispatch({ effects });
    },

    /** Puts the cursor there, scrolls to it and focuses the editor. */
    goTo(line, column) {
      view.dispatch({ selection: { anchor: offset(view.state.doc, line, column) }, scrollIntoView: true });
      view.focus();
    },

    setDark: (dark) => view.dispatch({ effects: brightness.reconfigure(EditorView.darkTheme.of(dark)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

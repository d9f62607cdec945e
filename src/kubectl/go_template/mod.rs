//! Go templates as kubectl speaks them: `{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}` (spec 05 §3.5).
//!
//! In Go: `text/template`, with two functions of kubectl's. It is all there but methods, channels and complex numbers,
//! which no object has.

mod functions;
mod lexer;
mod parser;
mod run;
mod value;
mod verbs;

use crate::sim::Map;
use parser::Node;
use serde_json::Value;

/// A template: text, and in double braces what is done with the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    text: String,
    templates: Map<String, Vec<Node>>,
    /// Whether a key must not be missing.
    strict: bool,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.into(), templates: parser::parse(text)?, strict: false })
    }

    /// The same, but a key that is missing is an error.
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// The text for an object; an error, after what was printed before it.
    pub fn print(&self, object: &Value) -> Result<String, (String, String)> {
        run::run(&self.text, &self.templates, object, self.strict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_what_they_find() {
        let object = json!({
            "kind": "List",
            "items": [
                {"metadata": {"name": "a", "labels": {"x": "1", "y.z/w": "2"}}, "status": {"succeeded": 3}},
                {"metadata": {"name": "b"}, "spec": {"completions": 1000000, "suspend": true}, "list": [1, "t", null]},
            ],
            "data": {"k": "aGk="},
        });
        let check = |text: &str, expected: &str| {
            let template = Template::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(template.print(&object).as_deref(), Ok(expected), "{text}");
        };
        check("plain", "plain");
        check("{{.kind}}", "List");
        check("{{.nothing}}", "<no value>");
        check("{{.nothing.more}}", "<no value>");
        check(r#"{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}"#, "a\nb\n");
        check("{{range $i, $e := .items}}{{$i}}={{$e.metadata.name}} {{end}}", "0=a 1=b ");
        check("{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}:{{$v}},{{end}}", "x:1,y.z/w:2,");
        check("{{range .none}}x{{else}}empty{{end}}", "empty");
        check("{{range .items}}{{if .spec}}{{.spec.completions}}{{else}}-{{end}} {{end}}", "- 1000000 ");
        check("{{if eq .kind \"Job\"}}1{{else if eq .kind \"Pod\" \"List\"}}2{{else}}3{{end}}", "2");
        check("{{with (index .items 0).status}}{{.succeeded}}{{end}}", "3");
        check("{{len .items}} {{len .kind}}", "2 4");
        check("{{index (index .items 0).metadata.labels \"y.z/w\"}}", "2");
        check("{{.kind | printf \"%-6s|\"}}", "List  |");
        check("{{printf \"%s has %d of %v\" .kind (len .items) (index .items 0).status.succeeded}}", "List has 2 of 3");
        check("{{(index .items 1).list}} {{(index .items 0).metadata.labels}}", "[1 t <nil>] map[x:1 y.z/w:2]");
        check("a {{- /* no */ -}} b", "ab");
        check("a {{- .kind -}} b", "aListb");
        check("{{$n := .kind}}{{$n}}{{$n}}", "ListList");
        check("{{and true .none}}|{{or .none .kind}}|{{not .none}}", "<no value>|List|true");
        check("{{base64decode .data.k}}", "hi");
        check(
            "{{exists . \"data\" \"k\"}} {{exists . \"data\" \"l\"}} {{exists .kind 3}} {{exists \"ab\" 2}}",
            "true false true false",
        );
        check("{{gt (index .items 0).status.succeeded 2}}", "true");
        check("{{range .items}}{{if .spec}}{{break}}{{end}}{{.metadata.name}}{{end}}", "a");
        check("{{range $i, $e := .items}}{{if eq $i 0}}{{continue}}{{end}}{{.metadata.name}}{{end}}", "b");
        check("{{range 3}}{{.}}{{end}}", "012");
        check("{{$n := 0}}{{range .items}}{{$n = len .metadata.name}}{{end}}{{$n}}", "1");
        check("{{define \"x\"}}<{{.}}>{{end}}{{template \"x\" .kind}}{{template \"x\"}}", "<List><<no value>>");
        check("{{block \"x\" .kind}}{{len .}}{{end}}", "4");
        check("{{html \"<a>\"}} {{js \"it's\"}} {{urlquery \"a b&c\"}}", "&lt;a&gt; it\\'s a+b%26c");
        check("{{print 1 2 \"x\" 3}}|{{slice .kind 1 3}}|{{index .kind 0}}", "1 2x3|is|76");
        check(
            "{{printf \"%05d|%-4s|%q|%T|%x|%6.2f|%v\" 42 \"a\" \"b\" 1 255 1.5 nil}}",
            "00042|a   |\"b\"|int|ff|  1.50|<nil>",
        );
        check("{{printf \"%d %s\" \"a\"}}{{printf \"x\" 1}}", "%!d(string=a) %!s(MISSING)x%!(EXTRA int=1)");
        check("{{.kind | }}{{- /* nothing */ -}}", "List");
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        let object = json!({"a": "b", "n": 3, "no": null, "m": {"x": [1]}});
        let check = |text: &str, printed: &str, why: &str| {
            let told = match Template::parse(text) {
                Ok(template) => template.print(&object),
                Err(why) => Err((String::new(), why)),
            };
            assert_eq!(told, Err((printed.into(), format!("template: output:{why}"))), "{text}");
        };
        for (text, why) in [
            ("{{.a", "1: unclosed action"),
            ("{{.a\n", "2: unclosed action started at output:1"),
            ("{{\"a}}", "1: unterminated quoted string"),
            ("{{/* a", "1: unclosed comment"),
            ("{{/* a */ b}}", "1: comment ends before closing delimiter"),
            ("{{.a#}}", "1: bad character U+0023 '#'"),
            ("{{1x}}", "1: bad number syntax: \"1x\""),
            ("{{if .a}}x", "1: unexpected EOF"),
            ("{{if}}x{{end}}", "1: missing value for if"),
            ("{{end}}", "1: unexpected {{end}}"),
            ("{{else}}", "1: unexpected {{else}}"),
            ("{{if .a}}{{else}}{{else}}{{end}}", "1: expected end; found {{else}}"),
            ("{{range .m}}{{else if .a}}{{end}}", "1: unexpected <if> in input"),
            ("{{break}}", "1: {{break}} outside {{range}}"),
            ("{{foo .a}}", "1: function \"foo\" not defined"),
            ("{{$x}}", "1: undefined variable \"$x\""),
            ("{{if .a}}{{$x := 1}}{{end}}{{$x}}", "1: undefined variable \"$x\""),
            ("{{(.a}}", "1: unclosed left paren"),
            ("{{.a)}}", "1: unexpected right paren"),
            ("{{1 | 2}}", "1: non executable command in pipeline stage 2"),
            ("{{.a..b}}", "1: unexpected <.> in operand"),
            ("{{.a }b}}", "1: unexpected \"}\" in operand"),
            ("{{range $i, 3 := .m}}{{end}}", "1: range can only initialize variables"),
            ("{{$i, $x := .m}}", "1: too many declarations in command"),
            ("{{nil.a}}", "1: unexpected . after term \"nil\""),
            ("{{template .a}}", "1: unexpected \".a\" in template clause"),
            ("{{define \"x\"}}{{else}}{{end}}", "1: unexpected {{else}} in define clause"),
            (&format!("{{{{{}", "(".repeat(90)), "1: unclosed action"),
            (&"{{if .a}}".repeat(101), "1: it nests too deeply"),
        ] {
            check(text, "", why);
        }
        let at = |place: &str, context: &str| format!("{place}: executing \"output\" at <{context}>: ");
        for (text, printed, place, context, why) in [
            ("x{{.a.b}}", "x", "1:5", ".a.b", "can't evaluate field b in type interface {}"),
            ("{{$x := .a}}\n{{ $x.b }}", "\n", "2:5", "$x.b", "can't evaluate field b in type string"),
            ("{{.no.b}}", "", "1:5", ".no.b", "nil pointer evaluating interface {}.b"),
            ("{{range .a}}{{end}}", "", "1:8", ".a", "range can't iterate over b"),
            ("{{index}}", "", "1:2", "index", "wrong number of args for index: want at least 1 got 0"),
            ("{{len .a 1}}", "", "1:2", "len", "wrong number of args for len: want 1 got 2"),
            ("{{len .n}}", "", "1:2", "len .n", "error calling len: len of type int64"),
            ("{{eq .n 3.0}}", "", "1:2", "eq .n 3.0", "error calling eq: incompatible types for comparison"),
            ("{{index .m.x 7}}", "", "1:2", "index .m.x 7", "error calling index: index out of range: 7"),
            ("{{(index .m \"x\").y}}", "", "1:12", "\"x\"", "can't evaluate field y in type []interface {}"),
            ("{{printf 1}}", "", "1:9", "1", "expected string; found 1"),
            ("{{.a 1}}", "", "1:2", ".a", "a is not a method but has arguments"),
            ("{{nil}}", "", "1:2", "nil", "nil is not a command"),
            ("{{template \"x\"}}", "", "1:11", "{{template \"x\"}}", "template \"x\" not defined"),
        ] {
            check(text, printed, &(at(place, context) + why));
        }
        for text in [
            "{{range 9223372036854775807}}{{end}}".to_owned(),
            format!("{{{{$x := \"long\"}}}}{}", "{{$x = print $x $x}}".repeat(60)),
            format!("{{{{$x := \"long\"}}}}{}", "{{$x = printf \"%s%s\" $x $x}}".repeat(60)),
        ] {
            let (printed, why) = Template::parse(&text).expect("a template").print(&object).expect_err("too long");
            assert!(printed.is_empty() && why.ends_with("the text grows too long"), "{text}: {why}");
        }
        let endless =
            Template::parse("{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}").expect("a template");
        let (_, why) = endless.print(&object).expect_err("there is no end to it");
        assert!(why.ends_with("exceeded maximum template depth (100000)"), "{why}");
        let strict = Template::parse("{{.a}}{{.m.y}}").expect("a template").strict();
        let (printed, why) = strict.print(&object).expect_err("it is not there");
        assert_eq!((printed.as_str(), why.ends_with("<.m.y>: map has no entry for key \"y\"")), ("b", true), "{why}");
    }
}

use super::*;

fn value(text: &str) -> Value {
    let stream = read(text);
    assert_eq!(stream.error, None, "{text:?}");
    stream.documents.first().map_or(Value::Null, |document| document.root.to_value())
}

#[test]
fn scalars_mean_what_they_mean_to_kubectl() {
    let check = |text: &str, json: &str| assert_eq!(print::json_compact(&value(&format!("v: {text}")))[5..], *json);
    //    written            as JSON
    check("N}", "\"N}\"}");
    check("N", "false}");
    check("y", "true}");
    check("Off", "false}");
    check("'N'", "\"N\"}");
    check("!!str 5", "\"5\"}");
    check("!", "\"\"}");
    check("! 5", "\"5\"}");
    check("!!binary aGk=", "\"hi\"}");
    check("~", "null}");
    check("", "null}");
    check("Null", "null}");
    check("0777", "511}");
    check("0o17", "15}");
    check("08", "8}");
    check("0x1F", "31}");
    check("-0b11", "-3}");
    check("1_000", "1000}");
    check("+5", "5}");
    check("3.0", "3}");
    check("1e3", "1000}");
    check("2.5", "2.5}");
    check(".5", "0.5}");
    check("1e400", "\"1e400\"}");
    check("0.00017976931348623157e312", "1.7976931348623157e+308}");
    check("17976931348623159e292", "\"17976931348623159e292\"}");
    check("1e-400", "0}");
    check("9223372036854775808", "9223372036854776000}");
    check("1e21", "1e+21}");
    check("0.0000001", "1e-7}");
    check("1.2.3", "\"1.2.3\"}");
    check("1:30", "\"1:30\"}");
    check("2026-11-20", "\"2026-11-20\"}");
    check("2026-11-20T00:00:00Z", "\"2026-11-20T00:00:00Z\"}");
    check("<b>&", "\"\\u003cb\\u003e\\u0026\"}");
    check("\"\\u263a\\n\"", "\"☺\\n\"}");
}

#[test]
fn structure_is_read_as_kubectl_reads_it() {
    let check = |text: &str, json: &str| assert_eq!(print::json_compact(&value(text)), json, "{text:?}");
    check("{a: 1, b: [x, {c: d}]}", r#"{"a":1,"b":["x",{"c":"d"}]}"#);
    check("a: &x {k: 1}\nb: *x", r#"{"a":{"k":1},"b":{"k":1}}"#);
    check("a: &x {k: 1, l: 1}\nb:\n  k: 2\n  <<: *x\n  l: 2", r#"{"a":{"k":1,"l":1},"b":{"k":1,"l":2}}"#);
    check("a: &x {k: 1}\nb: &y {k: 2}\nc: {<<: [*x, *y]}", r#"{"a":{"k":1},"b":{"k":2},"c":{"k":1}}"#);
    check("on: 1\n1: 2\n~x: 3", r#"{"1":2,"true":1,"~x":3}"#);
    check("a: 1\na: 2", r#"{"a":2}"#);
    check("a: |\n  x\n\n  y\nb: >-\n  x\n  y\n", r#"{"a":"x\n\ny\n","b":"x y"}"#);
    check("a: \"x\n  y\n\n  z\"", r#"{"a":"x y\nz"}"#);
    // The indentation within quotes and brackets does not matter.
    check("a: u?v\nb: [\"u?v\", ? z]", r#"{"a":"u?v","b":["u?v",{"z":null}]}"#);
    check(
        ".inf: 1\n-.inf: 2\n.nan: 3\n1.5: 4\n1e6: 5\n0.1: 6",
        r#"{"-.inf":2,".inf":1,".nan":3,"0.1":6,"1.5":4,"1e+06":5}"#,
    );
    check("m: {\n  a: 1\n}\ns: [\nx\n]\n", r#"{"m":{"a":1},"s":["x"]}"#);
    check("a:\n  b: \"x\ny\nz\"\nc: 'it''s\n1'", r#"{"a":{"b":"x y z"},"c":"it's 1"}"#);
    check("a:\t1\nb:\tx", r#"{"a":1,"b":"x"}"#);
    check("\u{feff}a: 1\r\nb:\r\n- c\r\n", r#"{"a":1,"b":["c"]}"#);
    check(
        "{\"a\": \"\\ud83d\\ude00\",\n\t\"b\": 1e3, \"c\": null, \"d\": \"N\"}",
        r#"{"a":"😀","b":1000,"c":null,"d":"N"}"#,
    );
    // JSON that is not quite JSON is read as YAML.
    check(r#"{"a":{"b":1,},}"#, r#"{"a":{"b":1}}"#);
}

#[test]
fn documents_are_split_before_they_are_parsed() {
    let check = |text: &str, expected: &[&str]| {
        let stream = read(text);
        let found: Vec<String> = stream.documents.iter().map(|d| print::json_compact(&d.root.to_value())).collect();
        let error = stream.error.map(|error| error.kubectl);
        assert_eq!(found.iter().map(String::as_str).chain(error.as_deref()).collect::<Vec<_>>(), expected, "{text:?}");
    };
    check("", &[]);
    check("# nothing\n---\n---\n# here\n", &[]);
    check("---\na: 1\n---\na: 2\n", &[r#"{"a":1}"#, r#"{"a":2}"#]);
    check("a: 1\n--- # two\na: 2\n...\nignored: [", &[r#"{"a":1}"#, r#"{"a":2}"#]);
    check("a: 1\n--- a: 2\n", &["invalid Yaml document separator: a: 2"]);
    check("{\"a\":1}{\"a\":2}\n{\"a\":3}", &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    check("{\"a\":1}\n---\na: 2\n", &[r#"{"a":1}"#, r#"{"a":2}"#]);
    check(
        "a: 1\n---\n\nb\nc: 1\n",
        &[r#"{"a":1}"#, "error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context"],
    );
}

/// The lines are those that libyaml finds, counted as go-yaml counts them.
#[test]
fn errors_have_kubectls_words_and_the_editors_place() {
    let check = |text: &str, kubectl: &str, line: usize, column: usize| {
        let error = read(text).error.unwrap_or_else(|| panic!("{text:?} can be read"));
        let start = error.span.start;
        let found = error.kubectl.strip_prefix("error converting YAML to JSON: yaml: ").unwrap_or(&error.kubectl);
        assert_eq!((found, start.line, start.column), (kubectl, line, column), "{text:?}");
        assert!(!error.plain.is_empty());
    };
    let invalid_key = "invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}";
    //    text                                        kubectl                                               editor
    check("apiVersion: batch/v1\nkind Job\nmetadata:\n", "line 3: could not find expected ':'", 3, 1);
    check("a: 1\nb: 2\nm: {n: demo\nspec: {}\n", "line 3: did not find expected ',' or '}'", 4, 5);
    check("a: b: c\n", "mapping values are not allowed in this context", 1, 5);
    check("x: 1\na: b: c\n", "line 2: mapping values are not allowed in this context", 2, 5);
    check("\ta: 1\n", "found character that cannot start any token", 1, 1);
    check("m:\n\tname: x\n", "line 2: found character that cannot start any token", 2, 1);
    check("m:\n  name: x\n  \tl: y\n", "line 3: found a tab character that violates indentation", 3, 3);
    check("a: |\n  x\n\ty\n", "line 3: found a tab character where an indentation space is expected", 3, 1);
    check("s:\n  a: 1\n b: 2\n", "line 2: did not find expected key", 3, 2);
    check("s:\n  a: 1\n   b: 2\n", "line 3: mapping values are not allowed in this context", 3, 5);
    check("x: 1\na: @b\n", "line 2: found character that cannot start any token", 2, 4);
    check("x: 1\na: \"open\nb: 2\n", "line 4: found unexpected end of stream", 2, 4);
    check("x: 1\na: 'open\nb: 2\n", "line 4: found unexpected end of stream", 2, 4);
    check("x: 1\na: \"bad \\q\"\n", "line 2: found unknown escape character", 2, 9);
    check("a: \"\\uZZZZ\"\n", "did not find expected hexdecimal number", 1, 7);
    check("x: 1\na: [1, 2\nb: 3\n", "line 2: did not find expected ',' or ']'", 3, 2);
    check("x: 1\na: [1, 2\n", "line 2: did not find expected ',' or ']'", 3, 1);
    check("x: 1\na: \"open\n  ", "line 4: found unexpected end of stream", 2, 4);
    check("%YAML 1.2\n---\na: b\n", "found incompatible YAML document", 1, 1);
    check("# c\n%YAML 1.2\n---\na: b\n", "line 1: found incompatible YAML document", 2, 1);
    check("%YAML 1.1\n---\na: b\n", "line 1: did not find expected <document start>", 2, 1);
    check("x: 1\na: \"b\\", "line 3: found unexpected end of stream", 2, 4);
    check("x: 1\na: [u?v=1]\n", "line 1: did not find expected ',' or ']'", 2, 6);
    check("a: {b: 1,\n  c: u?v}\nd: e: f", "line 1: did not find expected ',' or '}'", 2, 7);
    check("a: [.inf]\nb: u?v\n", "error converting YAML to JSON: json: unsupported value: +Inf", 1, 5);
    check("a: [b: u?v]\n", "did not find expected ',' or ']'", 1, 9);
    check("a: [1,, 2]\n", "did not find expected node content", 1, 7);
    check("x: 1\n- a\n", "line 1: did not find expected key", 2, 1);
    check("x: 1\na: \"\\\\/ \\/\"\n", "line 2: found unknown escape character", 2, 9);
    check("a: b\ns: */5 * * * *\n", "line 2: did not find expected alphabetic or numeric character", 2, 5);
    check("a: b\ns: &\"1\" x\n", "line 2: did not find expected alphabetic or numeric character", 2, 5);
    check("s:\n  - a\n  \t- b\n", "line 3: found a tab character that violates indentation", 3, 3);
    check("s:\n  a:\n    \tb: c\n", "line 3: found character that cannot start any token", 3, 5);
    check("s: |\n  a\n\t b\n", "line 3: found a tab character where an indentation space is expected", 3, 1);
    check("a: b\n'c\n...\n", "line 3: found unexpected document indicator", 2, 1);
    check("a: !!binary '?'\n", "!!binary value contains invalid base64 data", 1, 4);
    check("- a\nx: 1\n", "line 1: did not find expected '-' indicator", 2, 1);
    check("x: - a\n", "block sequence entries are not allowed in this context", 1, 4);
    check("x: 1\nc: [\"sh\", \"-c\" \"echo\"]\n", "line 1: did not find expected ',' or ']'", 2, 16);
    check("x: 1\ny: \"a\" b\n", "line 1: did not find expected key", 2, 8);
    check("x: 1\n\"c\" d\ny: 1\n", "line 3: could not find expected ':'", 3, 1);
    check("x: 1\na: [a]]\n", "line 1: did not find expected key", 2, 7);
    check("x: 1\na: }\n", "line 1: did not find expected node content", 2, 4);
    check("x: 1\nk: v # ok\n  more: 1\n", "line 2: did not find expected key", 3, 3);
    check("a: 1\n: b\n", "line 1: did not find expected key", 2, 1);
    check("a: b\nc\n", "line 3: could not find expected ':'", 3, 1);
    check("a: *nope\n", "unknown anchor 'nope' referenced", 1, 4);
    check("a: &x\n  b: *x\n", "anchor 'x' value contains itself", 2, 6);
    check("a: {<<: 1}\n", "map merge requires map or sequence of maps as the value", 1, 9);
    check("a: !!int x\n", "cannot decode !!str `x` as a !!int", 1, 4);
    check("a: {{ .Values.x }}\n", invalid_key, 1, 5);
    check("a: {{ .Values.x }}-b\n", "did not find expected key", 1, 19);
    check("a: -.inf\n", "error converting YAML to JSON: json: unsupported value: -Inf", 1, 4);
    check("a: \0\n", "control characters are not allowed", 1, 4);
    check("{\"a\":1", "unexpected EOF", 1, 7);
    check("{\"a\" 1}", "json: offset 6: invalid character '1' after object key", 1, 6);
    check("{\"a\":1}\n{\"a\":2}\n{\"a\":[1 2]}", "json: offset 25: invalid character '2' after array element", 3, 9);
    check("{\"a\":tru]", "json: offset 9: invalid character ']' in literal true (expecting 'e')", 1, 9);
}

#[test]
fn everything_has_its_place() {
    let text =
        "spec:\n  # a comment\n  containers:\n  - name: \"é\"\n    args: [a, bc]\n\n  x: *y\n".replace("*y", "1");
    let root = &read(&text).documents[0].root;
    let key = |k: &str| Step::Key(k.into());
    let check = |path: &[Step], key: [usize; 4], value: [usize; 4]| {
        let numbers = |s: Span| [s.start.line, s.start.column, s.end.line, s.end.column];
        assert_eq!((numbers(root.key_span(path)), numbers(root.at(path).unwrap().span)), (key, value), "{path:?}");
    };
    check(&[key("spec")], [1, 1, 1, 5], [3, 3, 7, 7]);
    check(&[key("spec"), key("containers")], [3, 3, 3, 13], [4, 3, 5, 18]);
    check(&[key("spec"), key("containers"), Step::Index(0), key("name")], [4, 5, 4, 9], [4, 11, 4, 14]);
    let args = [key("spec"), key("containers"), Step::Index(0), key("args"), Step::Index(1)];
    check(&args, [5, 15, 5, 17], [5, 15, 5, 17]);
    let duplicate = read("a: 1\nb: 2\n---\nc: 1\nd: 2\nc: 3\n").documents[1].warnings.clone();
    assert_eq!(
        duplicate[0].span,
        Span { start: Position { line: 6, column: 1 }, end: Position { line: 6, column: 2 } }
    );
}

/// Whatever the text: an answer, and soon.
#[test]
fn hostile_texts_are_answered() {
    let check = |what: &str, text: String, expected: &str| {
        let stream = read(&text);
        stream.documents.iter().for_each(|document| _ = document.root.to_value());
        let found = stream.error.map_or_else(|| format!("{} documents", stream.documents.len()), |error| error.kubectl);
        assert!(found.contains(expected), "{what}: {found}");
    };
    let bomb: String = (1..30).map(|i| format!("a{i}: &a{i} [{}]\n", format!("*a{}, ", i - 1).repeat(9))).collect();
    let long = "&s ".to_owned() + &"x".repeat(1 << 20);
    check("alias bomb", format!("a0: &a0 [{}]\n{bomb}", "x, ".repeat(9)), "document contains excessive aliasing");
    check("long text, repeated", format!("a: {long}\nb: [{}]\n", "*s, ".repeat(99)), "excessive aliasing");
    check("10 MB", "a: b\n".repeat(2 << 20), "too large");
    check("deep, in brackets", "[".repeat(100_000), "max depth");
    check("deep, in braces", "x: ".to_owned() + &"{a: ".repeat(100_000), "max depth");
    check("deep, in JSON", "{\"a\":".repeat(100_000), "max depth");
    check("deep, in blocks", "- ".repeat(100_000), "max depth");
    check(
        "deep, by aliases",
        (1..300).fold("a0: &a0 x\n".into(), |t, i| t + &format!("a{i}: &a{i} [*a{}]\n", i - 1)),
        "max depth",
    );
    check("deep, just so", format!("{}1{}", "[".repeat(150), "]".repeat(150)), "1 documents");
    check("NUL", "\0".repeat(100), "control characters");
    check("quotes", "\"".repeat(100_000), "1 documents");
    check("keys", "? ".repeat(50_000), "");
    check("colons", ": ".repeat(50_000), "");
    check("brackets under-indented", format!("a: {{\n{}}}", "b: [\n1\n],\n".repeat(2000)), "");
    check(
        "many texts in quotes",
        "\"a\": \"b\"\n".repeat(200_000) + "\"c\": \"\\/\"",
        "found unknown escape character",
    );
    check("questions behind another kind of line", format!("# \u{2028}[{}", "a?,".repeat(1 << 20)), "did not find");
    check("one long line", "a: ".to_owned() + &"x ".repeat(1 << 20), "1 documents");
    check("many keys", (0..100_000).map(|i| format!("k{i}: {i}\n")).collect(), "1 documents");
    check("percent", "%".repeat(10_000), "");
    check("bangs", "!".repeat(10_000), "");
    check("dashes", "-\n".repeat(10_000), "");
    check("tabs", "a:\t".repeat(10_000), "");
    check("odd characters", "\u{feff}\u{2028}\u{85}a:\u{a0}\u{fffd}\r\r\n\u{10ffff}: |+9\n".repeat(100), "");
}

/// Samples of what `kubectl get -o yaml` printed come back byte for byte.
#[test]
fn yaml_is_printed_as_kubectl_prints_it() {
    for sample in
        [include_str!("samples/job.yaml"), include_str!("samples/cronjob.yaml"), include_str!("samples/strings.yaml")]
    {
        assert_eq!(print::yaml(&value(sample)), sample);
    }
}

#[test]
fn json_is_printed_as_kubectl_prints_it() {
    let json = "{\n    \"a\": {},\n    \"b\": [],\n    \"c\": [\n        1,\n        {\n            \"d\": \"\\u003c\\\"\\n\"\n        }\n    ]\n}\n";
    assert_eq!(print::json(&value(json)), json);
}

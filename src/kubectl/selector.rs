//! `-l` and `--field-selector`: which objects of a list are meant (spec 05, global flags).

use crate::api::fields::Field;
use crate::api::validation::{names, quoted};
use crate::api::{Kind, LabelSelector, LabelSelectorRequirement, Object, Strings, Text};
use crate::sim::{Order, Set};
use serde_json::{Map, Value, json};

/// A label selector as typed. `>` and `<` compare whole numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    requirements: Vec<LabelSelectorRequirement>,
}

impl Labels {
    /// Reads `app=x,tier in (a,b),!old`; the error is the API server's.
    pub fn parse(text: &str) -> Result<Self, String> {
        Parser { tokens: tokens(text), at: 0 }.selector()
    }

    /// The labels that are asked for, if nothing else is.
    pub fn exact(&self) -> Option<impl Iterator<Item = (String, String)>> {
        let exact =
            |requirement: &LabelSelectorRequirement| requirement.operator == "In" && requirement.values.len() == 1;
        let pair = |requirement: &LabelSelectorRequirement| {
            (requirement.key.to_string(), requirement.values.first().map(ToString::to_string).unwrap_or_default())
        };
        self.requirements.iter().all(exact).then(|| self.requirements.iter().map(pair))
    }

    /// Reads a selector that is to stand in an object, which can say less.
    pub fn for_object(text: &str) -> Result<Self, String> {
        let labels =
            Self::parse(text).map_err(|why| format!("couldn't parse the selector string {}: {why}", quoted(text)))?;
        match ["!=", ">", "<"].into_iter().find(|sign| text.contains(sign)) {
            Some(sign) => Err(format!("{} is not a valid label selector operator", quoted(sign))),
            None => Ok(labels),
        }
    }

    /// The same as objects write it.
    pub fn selector(&self) -> Value {
        match self.exact() {
            Some(labels) => {
                json!({"matchLabels": labels.map(|(key, value)| (key, value.into())).collect::<Map<String, Value>>()})
            }
            None => json!({"matchExpressions": self.requirements.iter().map(Field::write).collect::<Vec<_>>()}),
        }
    }

    /// Whether an object with these labels is meant.
    pub fn matches(&self, labels: &Strings) -> bool {
        self.requirements.iter().all(|requirement| match requirement.operator.as_str() {
            operator @ ("Gt" | "Lt") => {
                let number = |text: &Text| text.parse::<i64>().ok();
                let pair =
                    labels.get(&requirement.key).and_then(number).zip(requirement.values.first().and_then(number));
                pair.is_some_and(|(label, limit)| if operator == "Gt" { label > limit } else { label < limit })
            }
            _ => {
                let one = LabelSelector { match_expressions: vec![requirement.clone()], ..LabelSelector::default() };
                one.matches(labels)
            }
        })
    }
}

/// Splits at blanks and around the operators.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let special = |c: char| "=!(),<>".contains(c);
        let length = if ["==", "!="].iter().any(|two| rest.starts_with(two)) {
            2
        } else if special(first) {
            1
        } else {
            rest.find(|c: char| special(c) || c.is_whitespace()).unwrap_or(rest.len())
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// In Kubernetes: `apimachinery/pkg/labels/selector.go`, whose words these are.
struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn selector(mut self) -> Result<Labels, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                "" => return Ok(Labels { requirements }),
                token if token != "!" && is_operator(token) => {
                    return Err(format!("found '{token}', expected: !, identifier, or 'end of string'"));
                }
                _ => {
                    requirements.push(self.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?)
                }
            }
            match self.next().as_str() {
                "" => return Ok(Labels { requirements }),
                "," if self.peek().is_empty() || (self.peek() != "!" && is_operator(self.peek())) => {
                    return Err(format!("found '{}', expected: identifier after ','", self.peek()));
                }
                "," => {}
                other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<LabelSelectorRequirement, String> {
        let is_absent = self.peek() == "!";
        self.at += usize::from(is_absent);
        let key = self.identifier()?;
        if let Some(why) = wrong("<nil>", &key, &names::qualified_name(&key)) {
            return Err(why);
        }
        if is_absent {
            return requirement(key, "DoesNotExist", Vec::new());
        }
        if matches!(self.peek(), "" | ",") {
            return requirement(key, "Exists", Vec::new());
        }
        match self.next().as_str() {
            "=" | "==" => requirement(key, "In", vec![self.value()?]),
            "!=" => requirement(key, "NotIn", vec![self.value()?]),
            ">" => requirement(key, "Gt", vec![self.value()?]),
            "<" => requirement(key, "Lt", vec![self.value()?]),
            "in" => requirement(key, "In", self.values()?),
            "notin" => requirement(key, "NotIn", self.values()?),
            other => Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn identifier(&mut self) -> Result<String, String> {
        let token = self.next();
        match token.is_empty() || is_operator(&token) {
            true => Err(format!("found '{token}', expected: identifier")),
            false => Ok(token),
        }
    }

    /// One value; nothing before a comma or the end means the empty value.
    fn value(&mut self) -> Result<String, String> {
        if matches!(self.peek(), "" | ",") { Ok(String::new()) } else { self.identifier() }
    }

    /// `(a,b)`, each value once and in order; nothing between two signs means the empty value.
    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values = Set::new();
        match self.peek() {
            ")" => drop(values.insert(String::new())),
            token if token.is_empty() || (token != "," && is_operator(token)) => {
                return Err(format!("found '{token}', expected: ',', ')' or identifier"));
            }
            _ => loop {
                let token = self.next();
                if token == "," {
                    if values.is_empty() || matches!(self.peek(), ")" | ",") {
                        values.insert(String::new());
                    }
                    if self.peek() == ")" {
                        break;
                    }
                } else if token.is_empty() || is_operator(&token) {
                    return Err(format!("found '{token}', expected: ',', or identifier"));
                } else {
                    values.insert(token);
                    match self.peek() {
                        "," => {}
                        ")" => break,
                        other => return Err(format!("found '{other}', expected: ',' or ')'")),
                    }
                }
            },
        }
        self.at += 1;
        Ok(values.into_iter().collect())
    }
}

/// A requirement with values that labels can have.
fn requirement(key: String, operator: &'static str, values: Vec<String>) -> Result<LabelSelectorRequirement, String> {
    let mut told: Vec<String> = Vec::new();
    if matches!(operator, "Gt" | "Lt") {
        let text = values.iter().enumerate().filter(|(_, value)| value.parse::<i64>().is_err());
        let rule = "for 'Gt', 'Lt' operators, the value must be an integer".to_owned();
        told.extend(text.filter_map(|(i, value)| wrong(&format!("values[{i}]"), value, std::slice::from_ref(&rule))));
    }
    let place = |i: usize| format!("values[{i}][{key}]");
    told.extend(values.iter().enumerate().filter_map(|(i, value)| wrong(&place(i), value, &names::label_value(value))));
    match told.as_slice() {
        [] => {}
        [one] => return Err(one.clone()),
        several => return Err(format!("[{}]", several.join(", "))),
    }
    Ok(LabelSelectorRequirement {
        key: key.into(),
        operator: operator.into(),
        values: values.into_iter().map(Text::from).collect(),
    })
}

/// What there is to say of a value that breaks rules.
fn wrong(place: &str, value: &str, rules: &[String]) -> Option<String> {
    (!rules.is_empty()).then(|| format!("{place}: Invalid value: {}: {}", quoted(value), rules.join("; ")))
}

fn is_operator(token: &str) -> bool {
    token.chars().all(|c| "=!(),<>".contains(c))
}

/// A field selector: fields that must, or must not, have a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    terms: Vec<(String, bool, String)>,
}

impl Fields {
    /// Reads `status.phase=Running,spec.nodeName!=node-1`; the error is the API server's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let term = |term: &str| {
            let mut places = term.char_indices().map(|(at, _)| at);
            let operator = |at: usize| ["!=", "==", "="].into_iter().find(|operator| term[at..].starts_with(operator));
            let (at, operator) = places
                .find_map(|at| Some((at, operator(at)?)))
                .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
            Ok((term[..at].to_owned(), operator != "!=", unescaped(&term[at + operator.len()..])?))
        };
        let mut escaped = false;
        let ends = |c: char| {
            let is_end = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end
        };
        let mut terms: Vec<&str> = text.split(ends).filter(|term| !term.is_empty()).collect();
        terms.sort_unstable();
        Ok(Self { terms: terms.into_iter().map(term).collect::<Result<_, String>>()? })
    }

    /// Why these fields cannot be asked for in a list of this kind.
    pub fn unsupported(&self, kind: Kind) -> Option<String> {
        let (field, ..) = self.terms.iter().find(|(field, ..)| !supported(kind).contains(&field.as_str()))?;
        Some(match kind {
            Kind::Job => format!("field label {} not supported for Job", quoted(field)),
            Kind::Pod | Kind::Node | Kind::Event | Kind::Secret | Kind::Namespace | Kind::Service => {
                format!("field label not supported: {field}")
            }
            _ => {
                let known = r#"only "metadata.name", "metadata.namespace""#;
                format!("{} is not a known field selector: {known}", quoted(field))
            }
        })
    }

    /// Whether an object is meant.
    pub fn matches(&self, object: &Object) -> bool {
        self.terms.iter().all(|(name, equal, value)| (field(object, name) == *value) == *equal)
    }
}

/// The value that a field selector writes with backslashes before commas, equals signs and backslashes.
fn unescaped(text: &str) -> Result<String, String> {
    let (mut value, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        value.push(match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => c,
                other => {
                    let sequence: String = std::iter::once(c).chain(other).collect();
                    return Err(format!("invalid field selector: invalid escape sequence: {sequence}"));
                }
            },
            ',' | '=' => return Err(format!("invalid field selector: unescaped character in value: {}", u32::from(c))),
            _ => c,
        });
    }
    Ok(value)
}

fn supported(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Job => &["metadata.name", "metadata.namespace", "status.successful"],
        Kind::Pod => &[
            "metadata.name",
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Kind::Node => &["metadata.name", "spec.unschedulable"],
        Kind::Event => &[
            "metadata.name",
            "metadata.namespace",
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Kind::Secret => &["metadata.name", "metadata.namespace", "type"],
        Kind::Service => &["metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type"],
        Kind::Namespace => &["metadata.name", "status.phase"],
        _ => &["metadata.name", "metadata.namespace"],
    }
}

/// The value of a field that can be asked for, in words.
fn field(object: &Object, name: &str) -> String {
    let value = object.to_value();
    let path = match (object.kind(), name) {
        (Kind::Job, "status.successful") => return value["status"]["succeeded"].as_i64().unwrap_or(0).to_string(),
        (Kind::Event, "source") => "source.component",
        (Kind::Pod, "spec.hostNetwork") | (Kind::Node, "spec.unschedulable") => {
            let pointer = format!("/{}", name.replace('.', "/"));
            return value.pointer(&pointer).and_then(serde_json::Value::as_bool).unwrap_or(false).to_string();
        }
        _ => name,
    };
    let found = value.pointer(&format!("/{}", path.replace('.', "/")));
    found.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// A label selector as one text: `app=x,tier in (a,b),!old`; `<none>` if it selects everything.
pub fn words_or_none(selector: &LabelSelector) -> String {
    Some(words(selector)).filter(|words| !words.is_empty()).unwrap_or_else(|| "<none>".into())
}

/// A label selector as one text: `app=x,tier in (a,b),!old`.
pub fn words(selector: &LabelSelector) -> String {
    let mut words: Vec<(String, String)> =
        selector.match_labels.iter().map(|(key, value)| (key.to_string(), format!("{key}={value}"))).collect();
    for requirement in &selector.match_expressions {
        let key = &requirement.key;
        let mut values: Vec<&str> = requirement.values.iter().map(Text::as_str).collect();
        values.order_by(Ord::cmp);
        let values = values.join(",");
        let word = match requirement.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_string(),
        };
        words.push((key.to_string(), word));
    }
    words.order_by(|one, other| one.0.cmp(&other.0));
    words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use serde_json::json;

    #[test]
    fn label_selectors_choose_by_labels() {
        let labels: Strings = [("app", "report"), ("n", "5")].map(|(k, v)| (k.into(), v.into())).into();
        for (selector, expected) in [
            ("", true),
            ("app", true),
            ("!app", false),
            ("app=report", true),
            ("app==report,n=5", true),
            ("app!=report", false),
            ("tier!=x", true),
            ("app in (report, other)", true),
            ("app notin (report)", false),
            ("tier notin (a)", true),
            ("n>4", true),
            ("n<4", false),
        ] {
            assert_eq!(Labels::parse(selector).expect("a selector").matches(&labels), expected, "{selector}");
        }
    }

    #[test]
    fn label_selectors_are_told_by_key() {
        let check = |selector: serde_json::Value, expected: &str| {
            assert_eq!(words(&fields::read(selector).expect("a selector")), expected);
        };
        let job = json!({
            "matchLabels": {"m": "x", "b": "1"},
            "matchExpressions": [
                {"key": "m", "operator": "In", "values": ["z", "x"]},
                {"key": "q", "operator": "DoesNotExist"},
                {"key": "a", "operator": "Exists"},
                {"key": "n", "operator": "NotIn", "values": ["y"]},
            ],
        });
        check(job, "a,b=1,m=x,m in (x,z),n notin (y),!q");
        check(json!({}), "");
    }

    #[test]
    fn a_bad_selector_is_told_as_the_api_server_tells_it() {
        let check = |selector, expected: &str| {
            assert_eq!(Labels::parse(selector).expect_err("no selector"), expected, "{selector}");
        };
        check("bad selector", "unable to parse requirement: found 'selector', expected: in, notin, =, ==, !=, gt, lt");
        check("a,", "found '', expected: identifier after ','");
        check("a=b c", "found 'c', expected: ',' or 'end of string'");
        check("=a", "found '=', expected: !, identifier, or 'end of string'");
        check("!a=b", "found '=', expected: ',' or 'end of string'");
        check("!=a", "found '!=', expected: !, identifier, or 'end of string'");
        check("a in (b", "unable to parse requirement: found '', expected: ',' or ')'");
        check("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'");
        check("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier");
        check("a==!", "unable to parse requirement: found '!', expected: identifier");
        check("! =", "unable to parse requirement: found '=', expected: identifier");
        let not_a_number = "Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer";
        check("a>x", &format!("unable to parse requirement: values[0]: {not_a_number}"));
        let label = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        check("a=-b", &format!("unable to parse requirement: values[0][a]: Invalid value: \"-b\": {label}"));
        let name = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        check("-a=b", &format!("unable to parse requirement: <nil>: Invalid value: \"-a\": {name}"));
        check("a in b", "unable to parse requirement: found 'b' expected: '('");
    }
}

//! What MongoDB does with documents: queries, updates, expressions, and the stages of an aggregation.

use super::document::{Bson, Document};
use crate::programs::dates;
use crate::sim::{Map, Order};
use std::cmp::Ordering;

/// A failure: MongoDB's code, its name, and what is said.
pub type Failure = (i32, &'static str, String);

fn unknown<T>(what: &str, name: &str) -> Result<T, Failure> {
    Err((40324, "Location40324", format!("{what}: '{name}' (it is not simulated, or does not exist)")))
}

fn bad<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err((2, "BadValue", message.into()))
}

/// Whether a document is what a query asks for.
pub fn matches(document: &Bson, query: &Bson) -> Result<bool, Failure> {
    for (name, wanted) in query.fields() {
        let holds = match name.as_str() {
            "$and" | "$or" | "$nor" => {
                let mut any = false;
                let mut all = true;
                for part in wanted.items() {
                    let holds = matches(document, part)?;
                    any |= holds;
                    all &= holds;
                }
                match name.as_str() {
                    "$and" => all,
                    "$or" => any,
                    _ => !any,
                }
            }
            "$expr" => evaluate(wanted, document)?.truth(),
            "$comment" => true,
            operator if operator.starts_with('$') => return bad(format!("unknown top level operator: {operator}")),
            path => {
                let value = document.at(path);
                match wanted.fields().first() {
                    Some((operator, _)) if operator.starts_with('$') => {
                        let mut all = true;
                        for (operator, operand) in wanted.fields() {
                            all &= compares(value, operator, operand)?;
                        }
                        all
                    }
                    _ => equals(value, wanted),
                }
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A value equals, or an array holds what equals; nothing equals null.
fn equals(value: Option<&Bson>, wanted: &Bson) -> bool {
    let Some(value) = value else { return *wanted == Bson::Null };
    value == wanted || value.items().contains(wanted)
}

fn compares(value: Option<&Bson>, operator: &str, operand: &Bson) -> Result<bool, Failure> {
    let ordered = |accepts: fn(Ordering) -> bool| {
        let one = |value: &Bson| {
            std::mem::discriminant(value) == std::mem::discriminant(operand) && accepts(value.compare(operand))
        };
        value.is_some_and(|value| one(value) || value.items().iter().any(one))
    };
    Ok(match operator {
        "$eq" => equals(value, operand),
        "$ne" => !equals(value, operand),
        "$gt" => ordered(Ordering::is_gt),
        "$gte" => ordered(Ordering::is_ge),
        "$lt" => ordered(Ordering::is_lt),
        "$lte" => ordered(Ordering::is_le),
        "$in" => operand.items().iter().any(|one| equals(value, one)),
        "$nin" => !operand.items().iter().any(|one| equals(value, one)),
        "$exists" => value.is_some() == operand.truth(),
        "$size" => value
            .is_some_and(|value| matches!(value, Bson::Array(items) if Some(items.len() as f64) == operand.number())),
        "$not" => {
            let mut all = true;
            for (operator, operand) in operand.fields() {
                all &= compares(value, operator, operand)?;
            }
            !all
        }
        _ => return bad(format!("unknown operator: {operator}")),
    })
}

/// Changes a document as an update says; `inserting` if it did not exist before.
pub fn update(document: &mut Bson, update: &Bson, now: i64, inserting: bool) -> Result<(), Failure> {
    if !update.fields().first().is_some_and(|(operator, _)| operator.starts_with('$')) {
        let id = document.get("_id").cloned();
        *document = update.clone();
        if let (Some(id), Bson::Document(fields)) = (id, document) {
            fields.retain(|(name, _)| name != "_id");
            fields.insert(0, ("_id".to_owned(), id));
        }
        return Ok(());
    }
    for (operator, changes) in update.fields() {
        for (path, operand) in changes.fields() {
            let old = document.at(path).cloned();
            match operator.as_str() {
                "$set" => document.set(path, operand.clone()),
                "$setOnInsert" if inserting => document.set(path, operand.clone()),
                "$setOnInsert" => {}
                "$unset" => document.remove(path),
                "$inc" | "$mul" => {
                    let number = old.as_ref().map_or(Some(0.0), Bson::number);
                    let (Some(number), Some(by)) = (number, operand.number()) else {
                        return Err((
                            14,
                            "TypeMismatch",
                            format!("Cannot apply {operator} to a value of non-numeric type"),
                        ));
                    };
                    document.set(path, Bson::Number(if operator == "$inc" { number + by } else { number * by }));
                }
                "$min" | "$max" => {
                    let replaces = old.is_none_or(|old| {
                        let order = operand.compare(&old);
                        if operator == "$min" { order.is_lt() } else { order.is_gt() }
                    });
                    if replaces {
                        document.set(path, operand.clone());
                    }
                }
                "$push" | "$addToSet" => {
                    let mut items = old.map_or(Vec::new(), |old| old.items().to_vec());
                    let more = match operand.get("$each") {
                        Some(each) => each.items().to_vec(),
                        None => vec![operand.clone()],
                    };
                    for item in more {
                        if operator == "$push" || !items.contains(&item) {
                            items.push(item);
                        }
                    }
                    document.set(path, Bson::Array(items));
                }
                "$pull" => {
                    let items = old.map_or(Vec::new(), |old| old.items().to_vec());
                    document.set(path, Bson::Array(items.into_iter().filter(|item| item != operand).collect()));
                }
                "$currentDate" => document.set(path, Bson::Date(now)),
                "$rename" => {
                    if let (Some(old), Some(name)) = (old, operand.as_str()) {
                        document.remove(path);
                        document.set(name, old);
                    }
                }
                _ => return Err((9, "FailedToParse", format!("Unknown modifier: {operator}."))),
            }
        }
    }
    Ok(())
}

/// The value of an expression for a document.
pub fn evaluate(expression: &Bson, document: &Bson) -> Result<Bson, Failure> {
    match expression {
        Bson::String(text) => Ok(match text.strip_prefix("$$ROOT") {
            Some("") => document.clone(),
            Some(path) => document.at(&path[1..]).cloned().unwrap_or(Bson::Null),
            None => match text.strip_prefix('$') {
                Some(path) => document.at(path).cloned().unwrap_or(Bson::Null),
                None => expression.clone(),
            },
        }),
        Bson::Array(items) => {
            Ok(Bson::Array(items.iter().map(|item| evaluate(item, document)).collect::<Result<_, _>>()?))
        }
        Bson::Document(fields) => match fields.as_slice() {
            [(operator, operand)] if operator.starts_with('$') => operate(operator, operand, document),
            _ => {
                let field = |(name, value): &(String, Bson)| Ok((name.clone(), evaluate(value, document)?));
                Ok(Bson::Document(fields.iter().map(field).collect::<Result<_, Failure>>()?))
            }
        },
        _ => Ok(expression.clone()),
    }
}

fn operate(operator: &str, operand: &Bson, document: &Bson) -> Result<Bson, Failure> {
    if operator == "$literal" {
        return Ok(operand.clone());
    }
    if operator == "$cond" {
        let part = |name: &str, place: usize| operand.get(name).or(operand.items().get(place)).unwrap_or(&Bson::Null);
        let yes = evaluate(part("if", 0), document)?.truth();
        return evaluate(if yes { part("then", 1) } else { part("else", 2) }, document);
    }
    let value = evaluate(operand, document)?;
    let args: Vec<Bson> = match (&value, operand) {
        (Bson::Array(items), Bson::Array(_)) => items.clone(),
        _ => vec![value.clone()],
    };
    let arg = |place: usize| args.get(place).unwrap_or(&Bson::Null);
    let order = || arg(0).compare(arg(1));
    let truth = |value: bool| Ok(Bson::Bool(value));
    // Nothing comes of what is nothing.
    let numbers = |fold: fn(f64, f64) -> f64| {
        let all: Option<Vec<f64>> = args.iter().map(Bson::number).collect();
        Ok(all.and_then(|all| all.into_iter().reduce(fold)).map_or(Bson::Null, Bson::Number))
    };
    // An operator of dates takes the date alone or as `date`.
    let date = || match value.get("date").unwrap_or(arg(0)) {
        Bson::Date(millis) => Some(*millis),
        _ => None,
    };
    let part = |place: usize| Ok(date().map_or(Bson::Null, |millis| Bson::Number(dates::parts(millis)[place] as f64)));
    match operator {
        "$eq" => truth(order().is_eq()),
        "$ne" => truth(order().is_ne()),
        "$gt" => truth(order().is_gt()),
        "$gte" => truth(order().is_ge()),
        "$lt" => truth(order().is_lt()),
        "$lte" => truth(order().is_le()),
        "$and" => truth(args.iter().all(Bson::truth)),
        "$or" => truth(args.iter().any(Bson::truth)),
        "$not" => truth(!arg(0).truth()),
        "$in" => truth(arg(1).items().contains(arg(0))),
        "$add" => match arg(0) {
            Bson::Date(millis) => Ok(Bson::Date(millis + arg(1).number().unwrap_or(0.0) as i64)),
            _ => numbers(|a, b| a + b),
        },
        "$subtract" => match (arg(0), arg(1)) {
            (Bson::Date(a), Bson::Date(b)) => Ok(Bson::Number((a - b) as f64)),
            (Bson::Date(a), Bson::Number(b)) => Ok(Bson::Date(a - *b as i64)),
            _ => numbers(|a, b| a - b),
        },
        "$multiply" => numbers(|a, b| a * b),
        "$divide" if arg(1).number() == Some(0.0) => bad("can't $divide by zero"),
        "$divide" => numbers(|a, b| a / b),
        "$mod" => numbers(libm::fmod),
        "$abs" => Ok(arg(0).number().map_or(Bson::Null, |number| Bson::Number(number.abs()))),
        "$floor" => Ok(arg(0).number().map_or(Bson::Null, |number| Bson::Number(libm::floor(number)))),
        "$ceil" => Ok(arg(0).number().map_or(Bson::Null, |number| Bson::Number(libm::ceil(number)))),
        "$toInt" | "$toLong" | "$toDouble" => {
            let number = match arg(0) {
                Bson::Number(number) => Some(*number),
                Bson::Bool(value) => Some(f64::from(u8::from(*value))),
                Bson::String(text) => text.trim().parse().ok(),
                Bson::Date(millis) => Some(*millis as f64),
                _ => None,
            };
            Ok(number.map_or(Bson::Null, |number| {
                Bson::Number(if operator == "$toDouble" { number } else { libm::trunc(number) })
            }))
        }
        "$toString" => Ok(plain(arg(0))),
        "$concat" => {
            let all: Option<Vec<&str>> = args.iter().map(Bson::as_str).collect();
            Ok(all.map_or(Bson::Null, |all| Bson::String(all.concat())))
        }
        "$toUpper" => Ok(Bson::String(arg(0).as_str().unwrap_or_default().to_uppercase())),
        "$toLower" => Ok(Bson::String(arg(0).as_str().unwrap_or_default().to_lowercase())),
        "$ifNull" => Ok(args.iter().find(|arg| **arg != Bson::Null).cloned().unwrap_or(Bson::Null)),
        "$size" => Ok(Bson::Number(value.items().len() as f64)),
        "$sum" => Ok(Bson::Number(value.items().iter().chain([&value]).filter_map(Bson::number).sum())),
        "$arrayElemAt" => {
            Ok(arg(1).number().and_then(|place| arg(0).items().get(place as usize)).cloned().unwrap_or(Bson::Null))
        }
        "$year" => part(0),
        "$month" => part(1),
        "$dayOfMonth" => part(2),
        "$hour" => part(3),
        "$minute" => part(4),
        "$second" => part(5),
        "$dayOfWeek" => Ok(date().map_or(Bson::Null, |millis| Bson::Number(dates::parts(millis)[7] as f64 + 1.0))),
        "$dateFromParts" => {
            let part = |name: &str, default: f64| value.get(name).and_then(Bson::number).unwrap_or(default) as i64;
            let time = ((part("hour", 0.0) * 60 + part("minute", 0.0)) * 60 + part("second", 0.0)) * 1000;
            Ok(Bson::Date(dates::millis(part("year", 1970.0), part("month", 1.0), part("day", 1.0), time)))
        }
        "$dateTrunc" => Ok(date().map_or(Bson::Null, |millis| {
            let [year, month, day, hour, ..] = dates::parts(millis);
            Bson::Date(match value.get("unit").and_then(Bson::as_str) {
                Some("year") => dates::millis(year, 1, 1, 0),
                Some("month") => dates::millis(year, month, 1, 0),
                Some("hour") => dates::millis(year, month, day, hour * 3_600_000),
                _ => dates::millis(year, month, day, 0),
            })
        })),
        "$dateToString" => Ok(date().map_or(Bson::Null, |millis| {
            let format = value.get("format").and_then(Bson::as_str).unwrap_or("%Y-%m-%dT%H:%M:%S.%LZ");
            let [year, month, day, hour, minute, second, milli, _] = dates::parts(millis);
            let mut out = format.to_owned();
            let parts = [
                ("%Y", year, 4),
                ("%m", month, 2),
                ("%d", day, 2),
                ("%H", hour, 2),
                ("%M", minute, 2),
                ("%S", second, 2),
                ("%L", milli, 3),
            ];
            for (letter, number, width) in parts {
                out = out.replace(letter, &format!("{number:0width$}"));
            }
            Bson::String(out)
        })),
        _ => Err((168, "InvalidPipelineOperator", format!("Unrecognized expression '{operator}'"))),
    }
}

fn plain(value: &Bson) -> Bson {
    match value {
        Bson::Null => Bson::Null,
        Bson::String(text) | Bson::Id(text) => Bson::String(text.clone()),
        Bson::Date(millis) => Bson::String(dates::iso(*millis)),
        value => Bson::String(value.json()),
    }
}

/// Sorts documents by the fields of a specification.
pub fn sort(documents: &mut [Bson], by: &Bson) {
    documents.order_by(|a, b| {
        let field = |(path, direction): &(String, Bson)| {
            let order = a.at(path).unwrap_or(&Bson::Null).compare(b.at(path).unwrap_or(&Bson::Null));
            if direction.number().is_some_and(|direction| direction < 0.0) { order.reverse() } else { order }
        };
        by.fields().iter().map(field).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
}

/// The fields of a document that a projection asks for.
pub fn project(document: &Bson, projection: &Bson) -> Result<Bson, Failure> {
    let leaves_out =
        |value: &Bson| matches!(value, Bson::Number(number) if *number == 0.0) || *value == Bson::Bool(false);
    let takes = projection.fields().iter().any(|(name, value)| name != "_id" && !leaves_out(value));
    let only_id = projection.fields().iter().all(|(name, value)| name == "_id" && !leaves_out(value));
    if !takes && !only_id {
        let mut left = document.clone();
        projection.fields().iter().filter(|(_, value)| leaves_out(value)).for_each(|(path, _)| left.remove(path));
        return Ok(left);
    }
    let mut taken = Bson::Document(Vec::new());
    if !projection.get("_id").is_some_and(leaves_out)
        && let Some(id) = document.get("_id")
    {
        taken.set("_id", id.clone());
    }
    for (path, wanted) in projection.fields() {
        match wanted {
            wanted if leaves_out(wanted) => {}
            Bson::Number(_) | Bson::Bool(true) => {
                if let Some(value) = document.at(path) {
                    taken.set(path, value.clone());
                }
            }
            expression => taken.set(path, evaluate(expression, document)?),
        }
    }
    Ok(taken)
}

/// A stage that writes its documents into a collection.
pub enum Write {
    /// Merges each into the one of the same fields: with the name, the fields, and what happens to one that is there.
    Merge(String, Vec<String>, String),
    /// Replaces all.
    Out(String),
}

/// Runs the stages of an aggregation; what is left, and where it is to be written.
pub fn aggregate(mut documents: Vec<Bson>, stages: &[Bson]) -> Result<(Vec<Bson>, Option<Write>), Failure> {
    for stage in stages {
        let [(name, operand)] = stage.fields() else {
            return Err((
                40323,
                "Location40323",
                "A pipeline stage specification object must contain exactly one field.".to_owned(),
            ));
        };
        match name.as_str() {
            "$match" => {
                let mut kept = Vec::new();
                for document in documents {
                    if matches(&document, operand)? {
                        kept.push(document);
                    }
                }
                documents = kept;
            }
            "$group" => documents = group(&documents, operand)?,
            "$sort" => sort(&mut documents, operand),
            "$limit" => documents.truncate(operand.number().unwrap_or(0.0) as usize),
            "$skip" => drop(documents.drain(..(operand.number().unwrap_or(0.0) as usize).min(documents.len()))),
            "$project" => {
                documents = documents.iter().map(|document| project(document, operand)).collect::<Result<_, _>>()?;
            }
            "$addFields" | "$set" => {
                for document in &mut documents {
                    let old = document.clone();
                    for (path, expression) in operand.fields() {
                        document.set(path, evaluate(expression, &old)?);
                    }
                }
            }
            "$unset" => {
                for document in &mut documents {
                    operand
                        .items()
                        .iter()
                        .chain([operand])
                        .filter_map(Bson::as_str)
                        .for_each(|path| document.remove(path));
                }
            }
            "$count" => {
                let name = operand.as_str().unwrap_or("count").to_owned();
                documents = vec![Bson::Document(vec![(name, Bson::Number(documents.len() as f64))])];
            }
            "$unwind" => {
                let path = operand
                    .get("path")
                    .unwrap_or(operand)
                    .as_str()
                    .unwrap_or_default()
                    .trim_start_matches('$')
                    .to_owned();
                let mut all = Vec::new();
                for document in documents {
                    match document.at(&path).cloned() {
                        Some(Bson::Array(items)) => {
                            for item in items {
                                let mut one = document.clone();
                                one.set(&path, item);
                                all.push(one);
                            }
                        }
                        Some(Bson::Null) | None => {}
                        Some(_) => all.push(document),
                    }
                }
                documents = all;
            }
            "$replaceRoot" | "$replaceWith" => {
                let root = operand.get("newRoot").unwrap_or(operand);
                documents = documents.iter().map(|document| evaluate(root, document)).collect::<Result<_, _>>()?;
            }
            "$merge" => {
                let into = operand.get("into").unwrap_or(operand);
                let into = into.get("coll").unwrap_or(into).as_str().unwrap_or_default().to_owned();
                let on = match operand.get("on") {
                    None => vec!["_id".to_owned()],
                    Some(on) => on.items().iter().chain([on]).filter_map(Bson::as_str).map(str::to_owned).collect(),
                };
                let matched = operand.get("whenMatched").and_then(Bson::as_str).unwrap_or("merge").to_owned();
                return Ok((documents, Some(Write::Merge(into, on, matched))));
            }
            "$out" => return Ok((documents, Some(Write::Out(operand.as_str().unwrap_or_default().to_owned())))),
            _ => return unknown("Unrecognized pipeline stage name", name),
        }
    }
    Ok((documents, None))
}

/// A key by which equal values are found.
struct Grouped {
    id: Bson,
    members: Vec<usize>,
}

fn group(documents: &[Bson], operand: &Bson) -> Result<Vec<Bson>, Failure> {
    let by = operand.get("_id").unwrap_or(&Bson::Null);
    let mut places: Map<String, usize> = Map::new();
    let mut groups: Vec<Grouped> = Vec::new();
    for (place, document) in documents.iter().enumerate() {
        let id = evaluate(by, document)?;
        let group = *places.entry(id.json()).or_insert_with(|| {
            groups.push(Grouped { id, members: Vec::new() });
            groups.len() - 1
        });
        groups[group].members.push(place);
    }
    let mut out = Vec::new();
    for Grouped { id, members } in groups {
        let mut fields: Document = vec![("_id".to_owned(), id)];
        for (name, accumulator) in operand.fields().iter().filter(|(name, _)| name != "_id") {
            let [(operator, expression)] = accumulator.fields() else {
                return bad(format!("The field '{name}' must be an accumulator object"));
            };
            let values =
                members.iter().map(|&place| evaluate(expression, &documents[place])).collect::<Result<Vec<_>, _>>()?;
            let numbers = || values.iter().filter_map(Bson::number);
            let value = match operator.as_str() {
                "$sum" => Bson::Number(numbers().sum()),
                "$count" => Bson::Number(members.len() as f64),
                "$avg" if numbers().count() == 0 => Bson::Null,
                "$avg" => Bson::Number(numbers().sum::<f64>() / numbers().count() as f64),
                "$min" => values
                    .iter()
                    .cloned()
                    .reduce(|a, b| if b.compare(&a).is_lt() { b } else { a })
                    .unwrap_or(Bson::Null),
                "$max" => values
                    .iter()
                    .cloned()
                    .reduce(|a, b| if b.compare(&a).is_gt() { b } else { a })
                    .unwrap_or(Bson::Null),
                "$first" => values.first().cloned().unwrap_or(Bson::Null),
                "$last" => values.last().cloned().unwrap_or(Bson::Null),
                "$push" => Bson::Array(values),
                "$addToSet" => {
                    let mut set: Vec<Bson> = Vec::new();
                    for value in values {
                        if !set.contains(&value) {
                            set.push(value);
                        }
                    }
                    Bson::Array(set)
                }
                _ => return unknown("unknown group operator", operator),
            };
            fields.push((name.clone(), value));
        }
        out.push(Bson::Document(fields));
    }
    Ok(out)
}

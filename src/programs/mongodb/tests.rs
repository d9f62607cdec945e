//! Scripts of mongosh with what it prints.

use super::{Import, MongoDb, Shell};
use crate::programs::testing::World;

fn run(world: &mut World, arguments: &[&str], files: &[(&str, &str)], input: &str) -> (String, String, i32) {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let place = world.containers.len();
    let around = match arguments[0].as_str() {
        "mongoimport" => world.start_or_end(Import::new(&arguments[1..]), input),
        _ => world.start_or_end(Shell::new(&arguments[1..]), input),
    };
    files.iter().for_each(|(path, text)| drop(around.files.insert((*path).to_owned(), text.as_bytes().to_vec())));
    around.variables.insert("YEAR".to_owned(), "2020".to_owned());
    around.variables.insert("MONTH".to_owned(), "2".to_owned());
    world.run(60);
    let (output, errors) = world.streams(place);
    (output, errors, world.containers[place].ended.map_or(-1, |(_, code)| code))
}

fn world() -> World {
    World::new().serve("127.0.0.1", MongoDb::new())
}

#[rustfmt::skip] // rows
#[test]
fn values_are_shown_as_mongosh_shows_them() {
    let mut world = world();
    let mut check = |code: &str, printed: &str| {
        let (output, errors, _) = run(&mut world, &["mongosh", "kiada", "--quiet", "--eval", code], &[], "");
        assert_eq!(format!("{output}{errors}"), format!("{printed}\n"), "{code}");
    };
    check("1 + 2 * 3", "7");
    check("'text'", "text");
    check("db.items.insertOne({_id: '2023-01', year: 2023, month: 1})", "{ acknowledged: true, insertedId: '2023-01' }");
    check("db.items.insertMany([{_id: 1, a: [1, 2]}, {_id: 2, b: {c: null}}])", "{ acknowledged: true, insertedIds: { '0': 1, '1': 2 } }");
    check("db.items.find()", "[\n  { _id: '2023-01', year: 2023, month: 1 },\n  { _id: 1, a: [ 1, 2 ] },\n  { _id: 2, b: { c: null } }\n]");
    check("db.items.find({_id: 1})", "[ { _id: 1, a: [ 1, 2 ] } ]");
    check("db.items.find({_id: 9})", "[]");
    check("db.items.find({}, {_id: 0, year: 1}).limit(1)", "[ { year: 2023 } ]");
    check("db.items.findOne({year: {$gte: 2000}}).month", "1");
    check("db.items.countDocuments()", "3");
    check("db.items.insertOne({_id: 1})", "MongoServerError: E11000 duplicate key error collection: kiada.items index: _id_ dup key: { _id: 1 }");
    check("db.items.findOneAndDelete({_id: 1})", "{ _id: 1, a: [ 1, 2 ] }");
    check("db.items.findOneAndDelete({_id: 1})", "null");
    check("db.items.updateOne({_id: 5}, {$set: {n: 1}, $inc: {m: 2}}, {upsert: true})", "{\n  acknowledged: true,\n  insertedId: 5,\n  matchedCount: 0,\n  modifiedCount: 0,\n  upsertedCount: 1\n}");
    check("db.items.findOneAndUpdate({_id: 5}, {$inc: {n: 4}}, {returnDocument: 'after'})", "{ _id: 5, n: 5, m: 2 }");
    check("db.items.find({$or: [{_id: 2}, {n: {$in: [5, 6]}}]}).sort({_id: -1}).map(d => d._id)", "[ 5, 2 ]");
    check("db.items.deleteMany({})", "{ acknowledged: true, deletedCount: 3 }");
    check("db.d.insertMany([{_id: 1, at: new Date(2020, 1, 28)}, {_id: 2, at: ISODate('2020-02-28T13:00:00Z')}]).acknowledged", "true");
    check("db.d.find({at: {$gt: ISODate('2020-02-28T01:00:00Z')}})", "[ { _id: 2, at: ISODate(\"2020-02-28T13:00:00.000Z\") } ]");
    check("rs.hello().isWritablePrimary", "true");
    check("rs.initiate()", "{ ok: 1 }");
    check("rs.hello().primary", "worker-0:27017");
    check("rs.initiate()", "MongoServerError: already initialized");
    check("db", "kiada");
    check("show collections", "d\nitems");
    check("ObjectId('507f1f77bcf86cd799439011')", "ObjectId(\"507f1f77bcf86cd799439011\")");
    check("nothing.at.all", "ReferenceError: nothing is not defined");
    check("null.x", "TypeError: Cannot read properties of null (reading 'x')");
    check("let x = ;", "SyntaxError: Unexpected token ';'");
    check("db.items.insertOne({a: /x/})", "SyntaxError: regular expressions are not simulated");
    check("db.items.aggregate([{$nonsense: 1}])", "MongoServerError: Unrecognized pipeline stage name: '$nonsense' (it is not simulated, or does not exist)");
}

#[rustfmt::skip] // rows
#[test]
fn javascript_does_what_node_does() {
    let mut world = world();
    let mut check = |code: &str, printed: &str| {
        let (output, errors, _) = run(&mut world, &["mongosh", "--quiet", "--eval", code], &[], "");
        assert_eq!(format!("{output}{errors}"), format!("{printed}\n"), "{code}");
    };
    check("let s = ''; for (let i = 0; i < 3; i++) { if (i == 1) continue; s += i; } s", "02");
    check("const f = (a, b = 2, ...rest) => a + b + rest.length; [f(1), f(1, 1), f(1, 1, 9, 9)]", "[ 3, 2, 4 ]");
    check("var fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); fs.map(f => f()).join()", "0,1,2");
    check("const {a, b: {c = 5}} = {a: 1, b: {}}; const [x, , y] = [1, 2, 3]; [a, c, x, y]", "[ 1, 5, 1, 3 ]");
    check("[3, 1, 2].sort((a, b) => b - a).concat([10, 9].sort())", "[ 3, 2, 1, 10, 9 ]");
    check("`${1 + 1} and ${[1, 2]} ${{}}`", "2 and 1,2 [object Object]");
    check("typeof undefined + typeof null + typeof 1 + typeof 'a' + typeof nobody + typeof print", "undefinedobjectnumberstringundefinedfunction");
    check("function P(n) { this.n = n; } P.prototype.get = function() { return this.n; }; new P(4).get()", "4");
    check("class Q { constructor(n) { this.n = n; } twice() { return this.n * 2; } } new Q(4).twice()", "8");
    check("try { throw new Error('bad'); } catch (e) { e.message + e.name } finally { print('f') }", "f");
    check("var r; try { null.x } catch ({message}) { r = message } r", "Cannot read properties of null (reading 'x')");
    check("let n = 0; do { n++; switch (n) { case 2: n = 10; break; default: n += 0; } } while (n < 5); n", "10");
    check("Object.entries({a: 1, b: [2]}).map(([k, v]) => k + v).join(';')", "a1;b2");
    check("JSON.stringify({a: [1, null, undefined], b: 'x\"', c: undefined, d: {e: 1.5}})", "{\"a\":[1,null,null],\"b\":\"x\\\"\",\"d\":{\"e\":1.5}}");
    check("JSON.parse('{\"a\": [1, {\"b\": null}]}').a[1]", "{ b: null }");
    check("[parseInt('08'), parseInt('12px'), parseInt('x'), Number('3.5'), 0.1 + 0.2, 7 / 2, 6 / 2, 2 ** 10, -7 % 3]", "[ 8, 12, NaN, 3.5, 0.30000000000000004, 3.5, 3, 1024, -1 ]");
    check("'a-b-c'.split('-').reverse().map(s => s.toUpperCase().padStart(3, '.'))", "[ '..C', '..B', '..A' ]");
    check("new Date(Date.UTC(2021, 11, 31)).getFullYear() + ' ' + new Date('2021-03-04').toISOString()", "2021 2021-03-04T00:00:00.000Z");
    check("['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon']", "[\n  'apple',  'banana',\n  'cherry', 'date',\n  'fig',    'grape',\n  'lemon',  'melon'\n]");
    check("null ?? 'd', undefined?.x, 0 || 'e'", "e");
    check("for (var k in {a: 1, b: 2}) print(k); for (const v of [7]) print(v)", "a\nb\n7");
    check("1 == '1' && null == undefined && 1 !== '1' && NaN != NaN", "true");
    check("print('a', {b: 1}, [2]); sleep(1500); quit(0)", "a { b: 1 } [ 2 ]");
    check("function f() { f(); } f()", "RangeError: Maximum call stack size exceeded");
}

/// The book's scripts.
#[test]
fn a_queue_of_months_is_worked_off() {
    let mut world = world();
    let months: String =
        (1..=4).map(|month| format!("{{_id: \"2022-{month:02}\", year: 2022, month: {month}}},")).collect();
    run(
        &mut world,
        &["mongosh", "kiada", "--eval", &format!("\n  db.monthsToProcess.insertMany([{months}])")],
        &[],
        "",
    );
    let coarse = "print(\"Fetching one work item from queue...\");\nvar workItem = db.monthsToProcess.findOneAndDelete({});\n\
                  if (workItem == null) {\n    print(\"No work item found. Processing is complete.\");\n    quit(0);\n}\n\
                  print(\"Found work item:\");\nprint(\"  Year:  \" + workItem.year);\nprint(\"  Month: \" + workItem.month);\n\
                  var month = parseInt(workItem.month) + 1;\nsleep(2000);\nprint(\"Done.\");\nquit(0);\n";
    let command = ["mongosh", "mongodb+srv://127.0.0.1/kiada?tls=false", "--quiet", "--file", "/script.js"];
    let (output, errors, code) = run(&mut world, &command, &[("/script.js", coarse)], "");
    let expected = "Fetching one work item from queue...\nFound work item:\n  Year:  2022\n  Month: 1\nDone.\n";
    assert_eq!((output.as_str(), errors.as_str(), code), (expected, "", 0));
    let fine = "while (true) {\n  var workItem = db.monthsToProcess.findOneAndDelete({});\n  if (workItem == null) {\n    print('none'); quit(0);\n  }\n  print(workItem._id);\n  sleep(1000);\n}";
    let (output, _, code) = run(&mut world, &command, &[("/script.js", fine)], "");
    assert_eq!((output.as_str(), code), ("2022-02\n2022-03\n2022-04\nnone\n", 0));
    let left =
        run(&mut world, &["mongosh", "kiada", "--quiet", "--eval", "db.monthsToProcess.countDocuments()"], &[], "");
    assert_eq!(left.0, "0\n");
}

#[test]
fn responses_are_counted_by_day() {
    let mut world = world();
    let script = "
        var year = parseInt(process.env[\"YEAR\"]);
        var month = parseInt(process.env[\"MONTH\"]);
        for (let i = 0; i < 12; i++) {
            db.responses.insertOne({timestamp: new Date(year, month - 1, 1 + i % 3, i), isCorrect: i % 4 == 0});
        }
        db.responses.aggregate([
            {$match: {timestamp: {$gte: new Date(year, month - 1, 1), $lt: new Date(year, month, 1)}}},
            {$group: {
                _id: {$dateFromParts: {year: {$year: '$timestamp'}, month: {$month: '$timestamp'}, day: {$dayOfMonth: '$timestamp'}}},
                totalCount: {$sum: 1},
                correctCount: {$sum: {$cond: ['$isCorrect', 1, 0]}},
            }},
            {$project: {totalCount: 1, correctCount: 1, incorrectCount: {$subtract: ['$totalCount', '$correctCount']}}},
            {$sort: {_id: 1}},
            {$merge: {into: 'statistics'}},
        ]);
        print('Done.');";
    let (output, errors, code) =
        run(&mut world, &["mongosh", "kiada", "--quiet", "script.js"], &[("script.js", script)], "");
    assert_eq!((output.as_str(), errors.as_str(), code), ("Done.\n", "", 0));
    let (output, ..) = run(&mut world, &["mongosh", "kiada", "--quiet", "--eval", "db.statistics.find()"], &[], "");
    let day = |day: u32| {
        format!(
            "  {{\n    _id: ISODate(\"2020-02-0{day}T00:00:00.000Z\"),\n    totalCount: 4,\n    correctCount: 1,\n    incorrectCount: 3\n  }}"
        )
    };
    assert_eq!(output, format!("[\n{},\n{},\n{}\n]\n", day(1), day(2), day(3)));
}

#[test]
fn documents_are_imported() {
    let mut world = world();
    let command = [
        "mongoimport",
        "mongodb+srv://127.0.0.1/kiada?tls=false",
        "--collection",
        "questions",
        "--file",
        "/questions.json",
        "--drop",
    ];
    let (output, errors, code) = run(
        &mut world,
        &command,
        &[("/questions.json", "{\"q\": 1}\n{\"q\": {\"$oid\": \"507f1f77bcf86cd799439011\"}}\n")],
        "",
    );
    let lines: Vec<&str> = errors.lines().map(|line| line.split_once('\t').map_or(line, |(_, text)| text)).collect();
    let expected = [
        "connected to: mongodb+srv://127.0.0.1/kiada?tls=false",
        "dropping: kiada.questions",
        "2 document(s) imported successfully. 0 document(s) failed to import.",
    ];
    assert_eq!((output.as_str(), lines.as_slice(), code), ("", expected.as_slice(), 0));
    assert!(errors.starts_with("2026-01-01T00:00:00.000+0000\t"), "{errors}");
    let (_, errors, code) =
        run(&mut world, &["mongoimport", "-d", "kiada", "-c", "questions", "--file", "/no.json"], &[], "");
    assert!(errors.contains("Failed: open /no.json: no such file or directory") && code == 1, "{errors}");
}

#[test]
fn a_person_sees_a_prompt_and_scripts_come_through_the_input() {
    let mut world = world();
    let words = ["--quiet".to_owned(), "kiada".to_owned()];
    world.start_or_end(Shell::new(&words), "db.a.insertOne({_id: 1})\nuse other\nfoo\n1+1\nexit\n").terminal = true;
    world.run(10);
    let expected =
        "kiada> { acknowledged: true, insertedId: 1 }\nkiada> switched to db other\nother> other> 2\nother> ";
    assert_eq!(world.streams(0), (expected.to_owned(), "ReferenceError: foo is not defined\n".to_owned()));
    let (output, _, code) =
        run(&mut world, &["mongosh", "--quiet", "--file", "/dev/stdin"], &[], "print('from input')\n");
    assert_eq!((output.as_str(), code), ("from input\n", 0));
    let (_, errors, code) = run(&mut world, &["mongosh", "mongodb://nobody/x", "--eval", "1"], &[], "");
    assert_eq!((errors.as_str(), code), ("MongoNetworkError: getaddrinfo ENOTFOUND nobody\n", 1));
    let (output, errors, code) = run(&mut World::new(), &["mongosh", "--nodb", "--eval", "6 * 7"], &[], "");
    assert_eq!((output.as_str(), errors.as_str(), code), ("42\n", "", 0));
}

use super::*;
use serde_json::json;

#[test]
fn merge_patches_replace_lists() {
    let check = |original: Value, patch: Value, expected: Value| {
        assert_eq!(merge(&original, &patch).unwrap(), expected, "{original} + {patch}");
    };
    check(
        json!({"a": 1, "b": {"c": 2, "d": 3}}),
        json!({"b": {"c": null, "e": 4}}),
        json!({"a": 1, "b": {"d": 3, "e": 4}}),
    );
    check(json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]}));
    check(json!({"a": 1}), json!({"a": {"b": null, "c": 1}}), json!({"a": {"c": 1}}));
    check(json!({"a": 1}), json!({}), json!({"a": 1}));
    let refused = "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}";
    assert_eq!(merge(&json!({}), &json!([])), Err(PatchError::BadRequest(refused.into())));
}

#[test]
fn json_patches_are_decoded_first() {
    let check = |operations: Value, why: &str| {
        let why = format!("error decoding patch: json: cannot unmarshal {why}");
        assert_eq!(json(&json!({}), &operations), Err(PatchError::BadRequest(why)), "{operations}");
    };
    check(json!({}), "object into Go value of type []handlers.jsonPatchOp");
    check(json!([1]), "number into Go value of type handlers.jsonPatchOp");
    check(json!([{"op": "add", "path": 1}]), "number into Go struct field jsonPatchOp.path of type string");
    check(json!([{"op": true}]), "bool into Go struct field jsonPatchOp.op of type string");
    let warned = |operations: Value, warnings: &[&str]| assert_eq!(unknown_members(&operations), warnings);
    warned(json!([{"op": "add", "path": "/a", "from": "/b", "value": {"c": 1}}]), &[]);
    warned(json!([{"op": "add"}, {"valu": 1}]), &["json patch unknown field \"[1].valu\""]);
}

#[test]
fn json_patches_are_all_or_nothing() {
    let check = |operations: Value, expected: Result<Value, &str>| {
        let original = json!({"a": [1, 2], "b": {"c": 3}, "d/e": 4});
        let expected = expected.map_err(|why| PatchError::Invalid(why.into()));
        assert_eq!(json(&original, &operations), expected, "{operations}");
    };
    let with = |change: fn(&mut Value)| {
        let mut value = json!({"a": [1, 2], "b": {"c": 3}, "d/e": 4});
        change(&mut value);
        Ok(value)
    };
    check(json!([]), with(|_| {}));
    check(json!([{"op": "add", "path": "/a/-", "value": 3}]), with(|v| v["a"] = json!([1, 2, 3])));
    check(json!([{"op": "add", "path": "/a/0", "value": 0}]), with(|v| v["a"] = json!([0, 1, 2])));
    check(json!([{"op": "add", "path": "/b/x", "value": {}}]), with(|v| v["b"]["x"] = json!({})));
    check(json!([{"op": "remove", "path": "/a/-1"}]), with(|v| v["a"] = json!([1])));
    check(json!([{"op": "remove", "path": "/d~1e"}]), with(|v| _ = v.as_object_mut().unwrap().remove("d/e")));
    check(json!([{"op": "replace", "path": "/b/c", "value": 5}]), with(|v| v["b"]["c"] = json!(5)));
    check(json!([{"op": "replace", "path": "/b/nosuch", "value": 5}]), with(|v| v["b"]["nosuch"] = json!(5)));
    check(
        json!([{"op": "move", "from": "/b/c", "path": "/a/0"}]),
        with(|v| {
            v["a"] = json!([3, 1, 2]);
            v["b"] = json!({});
        }),
    );
    check(json!([{"op": "copy", "from": "/a/0", "path": "/f"}]), with(|v| v["f"] = json!(1)));
    check(json!([{"op": "test", "path": "/b/c", "value": 3}]), with(|_| {}));
    check(json!([{"op": "test", "path": "/b/c", "value": 4}]), Err("testing value /b/c failed: test failed"));
    check(
        json!([{"op": "remove", "path": "/b/x"}]),
        Err("error in remove for path: '/b/x': Unable to remove nonexistent key: x: missing value"),
    );
    check(
        json!([{"op": "add", "path": "/x/y", "value": 1}]),
        Err("add operation does not apply: doc is missing path: \"/x/y\": missing value"),
    );
    check(
        json!([{"op": "add", "path": "/a/7", "value": 1}]),
        Err("error in add for path: '/a/7': Unable to access invalid index: 7: invalid index referenced"),
    );
    check(
        json!([{"op": "replace", "path": "/a/2", "value": 1}]),
        Err("replace operation does not apply: doc is missing key: /a/2: missing value"),
    );
    check(json!([{"op": "add"}]), Err("add operation failed to decode path: missing value"));
    check(json!([{"op": "jump", "path": "/a"}]), Err("Unexpected kind: jump"));
    check(
        json!([{"op": "add", "path": "", "value": 1}]),
        Err("add operation does not apply: doc is missing path: \"\": missing value"),
    );
}

fn pod(spec: Value) -> Value {
    json!({"kind": "Pod", "spec": spec})
}

#[test]
fn strategic_patches_merge_lists_by_key() {
    let check = |original: Value, patch: Value, expected: Value| {
        assert_eq!(
            strategic("Pod", &pod(original.clone()), &pod(patch.clone())),
            Ok(pod(expected)),
            "{original} + {patch}"
        );
    };
    let two = || json!({"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]});
    check(
        two(),
        json!({"containers": [{"name": "b", "image": "b:2"}]}),
        json!({"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}]}),
    );
    // What is new comes first.
    check(
        two(),
        json!({"containers": [{"name": "c", "env": null}]}),
        json!({"containers": [{"name": "c"}, {"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]}),
    );
    check(
        two(),
        json!({"containers": [{"name": "c"}], "$setElementOrder/containers": [{"name": "b"}, {"name": "c"}]}),
        json!({"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}, {"name": "c"}]}),
    );
    check(
        two(),
        json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}),
        json!({"containers": [{"name": "b", "image": "b:1"}, {"name": "a", "image": "a:1"}]}),
    );
    check(
        two(),
        json!({"containers": [{"name": "a", "$patch": "delete"}]}),
        json!({"containers": [{"name": "b", "image": "b:1"}]}),
    );
    check(two(), json!({"containers": [{"$patch": "replace"}, {"name": "c"}]}), json!({"containers": [{"name": "c"}]}));
    check(
        two(),
        json!({"containers": [{"name": "a", "image": null}]}),
        json!({"containers": [{"name": "a"}, {"name": "b", "image": "b:1"}]}),
    );
    // Within an item, by the key of that list.
    check(
        json!({"containers": [{"name": "a", "env": [{"name": "X", "value": "1"}]}]}),
        json!({"containers": [{"name": "a", "env": [{"name": "X", "value": "2"}]}]}),
        json!({"containers": [{"name": "a", "env": [{"name": "X", "value": "2"}]}]}),
    );
    // Lists without a key are replaced.
    check(
        json!({"tolerations": [{"key": "a"}]}),
        json!({"tolerations": [{"key": "b"}]}),
        json!({"tolerations": [{"key": "b"}]}),
    );
    check(
        json!({"nodeSelector": {"a": "1", "b": "2"}}),
        json!({"nodeSelector": {"a": null}}),
        json!({"nodeSelector": {"b": "2"}}),
    );
    check(
        json!({"securityContext": {"runAsUser": 1}}),
        json!({"securityContext": {"$patch": "replace", "fsGroup": 2}}),
        json!({"securityContext": {"fsGroup": 2}}),
    );
    check(
        json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
        json!({"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}),
        json!({"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}),
    );
    let finalizers = |words: &[&str]| json!({"metadata": {"finalizers": words}});
    assert_eq!(strategic("Pod", &finalizers(&["a", "b"]), &finalizers(&["c"])), Ok(finalizers(&["c", "a", "b"])));
    let delete = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}});
    assert_eq!(strategic("Pod", &finalizers(&["a", "b"]), &delete), Ok(finalizers(&["b"])));
    let nameless = strategic("Pod", &pod(two()), &pod(json!({"containers": [{"image": "x"}]})));
    assert_eq!(nameless, Err(PatchError::Other("map: map[image:x] does not contain declared merge key: name".into())));
}

/// What is applied: last time, now, and what the object has become meanwhile.
#[test]
fn apply_sends_what_changed_and_what_is_gone() {
    let check = |original: Value, modified: Value, current: Value, expected: Value| {
        let patch = three_way("Pod", &pod(original), &pod(modified.clone()), &pod(current.clone())).unwrap();
        assert_eq!(patch, if expected == json!({}) { expected } else { json!({"spec": expected}) });
        // The patch does what it is for: patched, there is nothing left to do.
        let patched = strategic("Pod", &pod(current), &patch).unwrap();
        assert_eq!(three_way("Pod", &pod(modified.clone()), &pod(modified), &patched), Ok(json!({})));
    };
    check(json!({"a": 1}), json!({"a": 1}), json!({"a": 1, "defaulted": 2}), json!({}));
    check(json!({"a": 1, "b": 2}), json!({"a": 3}), json!({"a": 1, "b": 2}), json!({"a": 3, "b": null}));
    let container = |image: &str| json!({"containers": [{"name": "main", "image": image}]});
    check(
        container("acme/main:1"),
        container("acme/main:2"),
        json!({"containers": [{"name": "main", "image": "acme/main:1", "imagePullPolicy": "Always"}]}),
        json!({"$setElementOrder/containers": [{"name": "main"}], "containers": [{"name": "main", "image": "acme/main:2"}]}),
    );
    check(
        json!({"containers": [{"name": "a"}, {"name": "b"}]}),
        json!({"containers": [{"name": "b"}]}),
        json!({"containers": [{"name": "a"}, {"name": "b"}]}),
        json!({"$setElementOrder/containers": [{"name": "b"}], "containers": [{"$patch": "delete", "name": "a"}]}),
    );
    check(
        json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
        json!({"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}),
        json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
        json!({
            "$setElementOrder/volumes": [{"name": "v"}],
            "volumes": [{"$retainKeys": ["hostPath", "name"], "emptyDir": null, "hostPath": {"path": "/x"}, "name": "v"}],
        }),
    );
}

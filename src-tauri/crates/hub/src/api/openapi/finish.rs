//! What the attributes of handlers cannot say, or would say forty times: the second address of the default server,
//! names of operations, the form of errors, and which fields of an answer are always there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What can be done to a server.
const SERVER: &[&str] = &["get", "put", "post", "patch", "delete"];

/// (as attributes have it, the default server's address for the same handlers, the methods)
const ALSO: [(&str, &str, &[&str]); 7] = [
    ("/hub/api/users/{name}/servers/{server}", "/hub/api/users/{name}/server", SERVER),
    ("/hub/api/users/{name}/servers/{server}", "/hub/api/users/{name}/servers/", SERVER),
    ("/hub/api/users/{name}/servers/{server}/progress", "/hub/api/users/{name}/server/progress", &["get"]),
    ("/hub/api/shares/{owner}/{server}", "/hub/api/shares/{owner}/", &["get", "post", "patch", "delete"]),
    ("/hub/api/users/{name}/shared/{owner}/{server}", "/hub/api/users/{name}/shared/{owner}/", &["get", "delete"]),
    ("/hub/api/groups/{name}/shared/{owner}/{server}", "/hub/api/groups/{name}/shared/{owner}/", &["get", "delete"]),
    ("/hub/api/share-codes/{owner}/{server}", "/hub/api/share-codes/{owner}/", &["get", "post", "delete"]),
];

/// Shows each caller what they may see, or what was said at all: even its fields that can be null may be absent.
const BY_RIGHT: [&str; 3] = ["User", "Group", "Layer"];

/// Completes the document.
pub(super) fn finish(document: &mut Value) {
    for (from, to, methods) in ALSO {
        add_default_server(document, from, to, methods);
    }
    let mut answered = BTreeSet::new();
    for (path, item) in entries(&mut document["paths"]) {
        for (method, operation) in entries(item) {
            operation["operationId"] = json!(operation_id(method, path));
            declare_refusals(operation);
            describe_errors(&mut operation["responses"]);
            collect(&operation["responses"], &mut answered);
        }
    }
    require_answered_fields(&mut document["components"]["schemas"], answered);
}

fn entries(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

fn add_default_server(document: &mut Value, from: &str, to: &str, methods: &[&str]) {
    let mut item = Map::new();
    for method in methods {
        let mut operation = document["paths"][from][method].clone();
        if let Some(parameters) = operation["parameters"].as_array_mut() {
            parameters.retain(|parameter| parameter["name"] != "server");
        }
        item.insert((*method).to_owned(), operation);
    }
    document["paths"][to] = Value::Object(item);
}

/// `get-users-name-server`: unique, because method and path are. The empty name of a server reads `default`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/hub/api/").unwrap_or(path);
    let path = if path.ends_with('/') { format!("{path}default") } else { path.to_owned() };
    let words: Vec<_> =
        path.split('/').map(|part| part.trim_matches(['{', '}'])).filter(|part| !part.is_empty()).collect();
    format!("{method}-{}", if words.is_empty() { "version".to_owned() } else { words.join("-") })
}

/// What any operation of its kind can answer, whatever it does: who is unknown or may not (403), a name in its path that
/// nothing has or that the right does not reach (404), and what cannot be read (400).
fn declare_refusals(operation: &mut Value) {
    let secured = operation["security"][0].get("token").is_some();
    let named = operation["parameters"].as_array().is_some_and(|all| !all.is_empty());
    let told = named || operation.get("requestBody").is_some();
    let about = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "path"));
    for (status, applies) in [("400", told), ("403", secured), ("404", secured && about)] {
        if applies && operation["responses"].get(status).is_none() {
            operation["responses"][status] = json!({ "description": "" });
        }
    }
}

/// Every operation can be refused, in one form; those that say otherwise keep their own.
fn describe_errors(responses: &mut Value) {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
    for (status, response) in entries(responses) {
        if status.starts_with(['4', '5']) && response.get("content").is_none() {
            response["content"] = content.clone();
        }
    }
    responses["default"] = json!({ "description": "Refused or failed.", "content": content });
}

/// The names of the schemas that `value` refers to.
fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next());
            names.extend(name.map(str::to_owned));
            fields.values().for_each(|field| collect(field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Answers write `null` where there is nothing: a field of theirs that can be null is there. (What can be absent is
/// declared `nullable = false`.) In requests such a field may be left out.
fn require_answered_fields(schemas: &mut Value, mut names: BTreeSet<String>) {
    loop {
        let known = names.len();
        for name in names.clone() {
            collect(&schemas[&name], &mut names);
        }
        if names.len() == known {
            break;
        }
    }
    for (_, schema) in entries(schemas).filter(|(name, _)| names.contains(*name) && !BY_RIGHT.contains(&name.as_str()))
    {
        require_nullable(schema);
    }
}

fn require_nullable(schema: &mut Value) {
    for part in ["allOf", "oneOf"] {
        schema.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten().for_each(require_nullable);
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let all: Vec<_> = properties
        .iter()
        .filter(|(name, property)| required.iter().any(|known| known == *name) || can_be_null(property))
        .map(|(name, _)| json!(name))
        .collect();
    schema["required"] = Value::Array(all);
}

fn can_be_null(property: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let among = property["oneOf"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| is_null(&kind["type"])));
    among || property["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_null))
}

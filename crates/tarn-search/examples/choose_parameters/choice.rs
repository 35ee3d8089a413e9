//! What is chosen, by `parameters.json` as it is and HL7's definitions.

#![expect(
    clippy::indexing_slicing,
    reason = "what is not in a JSON value reads as null"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};

const RESOURCE: &str = "Resource";

/// `parameters.json` as it should be, by the definitions in `dir`.
pub(crate) fn written(dir: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("parameters.json");
    Choice::new(&read(&here)?, dir)?.write()
}

fn read(path: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// What is chosen and what HL7 says of it.
struct Choice {
    record_types: Vec<String>,
    left_out: Vec<Value>,
    retired: BTreeSet<u64>,
    numbers: BTreeMap<(String, String), u64>,
    definitions: Vec<Value>,
    schema: Map<String, Value>,
    all_types: Vec<String>,
    persons_types: BTreeSet<String>,
    code_systems: BTreeMap<String, String>,
    /// Elements that the chosen expressions walk through: definition, property, type.
    elements: BTreeMap<String, BTreeMap<String, String>>,
}

impl Choice {
    fn new(old: &Value, dir: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let bundle = read(&dir.join("hl7-search-parameters.json"))?;
        let schema = read(&dir.join("hl7-fhir.schema.json"))?;
        let compartment = read(&dir.join("CompartmentDefinition-patient.json"))?;
        let record_types = strings(&old["record_types"]);
        Ok(Self {
            left_out: old["left_out"].as_array().cloned().unwrap_or_default(),
            retired: list(&old["retired"])
                .iter()
                .filter_map(Value::as_u64)
                .collect(),
            numbers: list(&old["parameters"])
                .iter()
                .filter_map(|p| Some((key(p), p["number"].as_u64()?)))
                .collect(),
            definitions: list(&bundle["entry"])
                .iter()
                .map(|entry| entry["resource"].clone())
                .collect(),
            schema: schema["definitions"]
                .as_object()
                .cloned()
                .unwrap_or_default(),
            persons_types: list(&compartment["resource"])
                .iter()
                .filter(|r| !list(&r["param"]).is_empty())
                .map(|r| text(&r["code"]))
                .collect(),
            all_types: all_types(dir)?,
            code_systems: code_systems(&record_types, dir)?,
            record_types,
            elements: BTreeMap::new(),
        })
    }

    fn write(mut self) -> Result<String, Box<dyn std::error::Error>> {
        let mut chosen = self.chosen();
        let known: BTreeSet<_> = chosen.iter().map(key).collect();
        for (gone, number) in &self.numbers {
            if !known.contains(gone) {
                self.retired.insert(*number);
            }
        }
        let mut next = 1 + self
            .numbers
            .values()
            .chain(&self.retired)
            .max()
            .copied()
            .unwrap_or(0);
        for parameter in &mut chosen {
            let number = self
                .numbers
                .get(&key(parameter))
                .copied()
                .unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
            parameter["number"] = json!(number);
        }
        chosen.sort_by_key(|p| p["number"].as_u64());
        let used = self.elements.iter().flat_map(|(of, properties)| {
            properties
                .keys()
                .map(move |name| format!("{}.{name}", of.replace('_', ".")))
        });
        let used: BTreeSet<String> = used.map(|path| path.to_lowercase()).collect();
        self.code_systems
            .retain(|path, _| used.contains(&path.to_lowercase()));
        let types = &self.all_types;
        let persons: Vec<&String> = types
            .iter()
            .filter(|t| self.persons_types.contains(*t) || *t == "Binary")
            .collect();
        let mut out = String::from("{\n");
        let fields = [
            (
                "about",
                json!(
                    "The search parameters that Tarn offers, from HL7 FHIR R4 4.0.1 (CC0). Written by examples/choose_parameters.rs; choose by record_types and left_out."
                ),
            ),
            ("record_types", json!(self.record_types)),
            ("left_out", json!(self.left_out)),
            ("retired", json!(self.retired)),
            ("all_types", json!(types)),
            ("about_a_person", json!(persons)),
        ];
        for (name, value) in fields {
            out.push_str(&format!("  {}: {value},\n", json!(name)));
        }
        lines(
            &mut out,
            "code_systems",
            '{',
            self.code_systems
                .iter()
                .map(|(k, v)| format!("{}: {}", json!(k), json!(v))),
        );
        out.push_str(",\n");
        lines(
            &mut out,
            "elements",
            '{',
            self.elements
                .iter()
                .map(|(k, v)| format!("{}: {}", json!(k), json!(v))),
        );
        out.push_str(",\n");
        lines(
            &mut out,
            "parameters",
            '[',
            chosen.iter().map(Value::to_string),
        );
        out.push_str("\n}");
        Ok(out)
    }

    /// The chosen parameters without their numbers, one for each type that has it.
    fn chosen(&mut self) -> Vec<Value> {
        let mut chosen = Vec::new();
        for definition in self.definitions.clone() {
            let code = text(&definition["code"]);
            for base in strings(&definition["base"]) {
                let left_out = self.left_out.iter().any(|left| {
                    left["code"] == code.as_str()
                        && (left["base"].is_null() || left["base"] == base.as_str())
                });
                if left_out || base != RESOURCE && !self.record_types.contains(&base) {
                    continue;
                }
                chosen.push(self.parameter(&definition, &base, &code));
            }
        }
        chosen.sort_by_key(key);
        chosen
    }

    fn parameter(&mut self, definition: &Value, base: &str, code: &str) -> Value {
        let expression = text(&definition["expression"])
            .split(" | ")
            .filter(|part| {
                names(part)
                    .first()
                    .is_some_and(|n| n.first().is_some_and(|f| f == base))
            })
            .collect::<Vec<_>>()
            .join(" | ");
        self.walk(&expression, &[]);
        let mut parameter = json!({
            "number": 0,
            "base": base,
            "code": code,
            "type": definition["type"],
            "expression": expression,
        });
        let targets = strings(&definition["target"]);
        if !targets.is_empty() {
            // "Any type" is written as a star instead of 145 names.
            parameter["targets"] = if targets.len() > 100 {
                json!("*")
            } else {
                json!(targets)
            };
        }
        let components: Vec<Value> = list(&definition["component"])
            .iter()
            .map(|component| self.component(component, &expression))
            .collect();
        if !components.is_empty() {
            parameter["components"] = json!(components);
        }
        parameter["definition"] = definition["url"].clone();
        parameter
    }

    fn component(&mut self, component: &Value, focus: &str) -> Value {
        let defined = self
            .definitions
            .iter()
            .find(|d| d["url"] == component["definition"]);
        let (code, kind) = defined.map_or((Value::Null, Value::Null), |d| {
            (d["code"].clone(), d["type"].clone())
        });
        let expression = text(&component["expression"]);
        for one in focus.split(" | ") {
            let focus: Vec<String> = one.split('.').map(str::to_owned).collect();
            self.walk(&expression, &focus);
        }
        json!({ "code": code, "type": kind, "expression": expression })
    }

    /// Notes the elements on every dotted name of an expression. Casts are not looked at: all
    /// types of a choice are noted.
    fn walk(&mut self, expression: &str, focus: &[String]) {
        for name in names(expression) {
            let mut at: Vec<String> = Vec::new();
            for step in focus.iter().chain(&name) {
                if at.is_empty() {
                    at.push(step.clone());
                    continue;
                }
                at = at.iter().flat_map(|of| self.step(of, step)).collect();
            }
        }
    }

    /// The types under `name` in `of`.
    fn step(&mut self, of: &str, name: &str) -> Vec<String> {
        let Some(properties) = self
            .schema
            .get(if of == RESOURCE { "Patient" } else { of })
            .map(|d| d["properties"].clone())
        else {
            return Vec::new();
        };
        let Some(properties) = properties.as_object() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (property, schema) in properties {
            let choice = property
                .strip_prefix(name)
                .filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
            if property != name && (choice.is_none() || properties.contains_key(name)) {
                continue;
            }
            let many = schema["type"] == "array";
            let one = if many { &schema["items"] } else { schema };
            let kind = match (one["$ref"].as_str(), choice) {
                (Some(reference), _) => reference.rsplit('/').next().unwrap_or_default().to_owned(),
                // Primitive members of a choice are written in place; their type is in the name.
                (None, Some(rest)) => rest[..1].to_lowercase() + &rest[1..],
                (None, None) if one.get("enum").is_some() => "code".to_owned(),
                (None, None) => text(&one["type"]),
            };
            let star = if many { "*" } else { "" };
            self.elements
                .entry(of.to_owned())
                .or_default()
                .insert(property.clone(), format!("{kind}{star}"));
            found.push(kind);
        }
        found
    }
}

/// Every type of resource that can be stored, by name.
fn all_types(dir: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut types = Vec::new();
    for file in std::fs::read_dir(dir.join("profiles"))? {
        let profile = read(&file?.path())?;
        let is_abstract = profile["abstract"].as_bool() == Some(true);
        let name = text(&profile["type"]);
        if profile["kind"] == "resource" && !is_abstract && name != "Bundle" && name != "Parameters"
        {
            types.push(name);
        }
    }
    types.sort();
    Ok(types)
}

/// The code systems that elements of type `code` have by a required binding.
fn code_systems(
    types: &[String],
    dir: &Path,
) -> Result<BTreeMap<String, String>, Box<dyn std::error::Error>> {
    let mut systems = BTreeMap::new();
    for name in types {
        let profile = read(&dir.join(format!("profiles/StructureDefinition-{name}.json")))?;
        for element in list(&profile["snapshot"]["element"]) {
            let set = text(&element["binding"]["valueSet"]);
            let set = set.split('|').next().unwrap_or_default();
            let is_code = list(&element["type"]).iter().any(|t| t["code"] == "code");
            if let Some(id) = set
                .strip_prefix("http://hl7.org/fhir/ValueSet/")
                .filter(|_| is_code)
            {
                systems.insert(text(&element["path"]), format!("http://hl7.org/fhir/{id}"));
            }
        }
    }
    Ok(systems)
}

/// The dotted names of an expression: `(A.b as T) | A.c.where(d='e')` has `A.b` and `A.c`.
fn names(expression: &str) -> Vec<Vec<String>> {
    let mut bare = String::new();
    let mut depth = 0_usize;
    let mut previous = ' ';
    for c in expression.chars() {
        match c {
            // An opening bracket after a word is a call, another one only groups.
            '(' if depth > 0 || previous.is_alphanumeric() => depth += 1,
            ')' if depth > 0 => depth -= 1,
            '(' | ')' => {}
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
        previous = c;
    }
    bare.split([' ', '|'])
        .scan("", |before, word| {
            let cast = *before == "as";
            *before = word;
            Some((cast, word))
        })
        .filter(|(cast, word)| !cast && word.starts_with(char::is_alphabetic))
        .map(|(_, word)| {
            word.split('.')
                .filter(|step| !matches!(*step, "as" | "where" | "exists" | "ofType"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn lines(out: &mut String, name: &str, open: char, items: impl Iterator<Item = String>) {
    let close = if open == '{' { '}' } else { ']' };
    let items: Vec<String> = items.map(|item| format!("    {item}")).collect();
    out.push_str(&format!(
        "  {}: {open}\n{}\n  {close}",
        json!(name),
        items.join(",\n")
    ));
}

fn key(parameter: &Value) -> (String, String) {
    (text(&parameter["base"]), text(&parameter["code"]))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<String> {
    list(value).iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

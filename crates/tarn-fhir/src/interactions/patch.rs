//! `PATCH [type]/[id]` by JSON Patch (RFC 6902).

use json_patch::{Patch, PatchOperation};
use serde_json::Value;
use tarn_identity::Interaction;
use tarn_model::fhir::Limits;

use crate::answer::Answer;
use crate::api::Work;
use crate::interactions::write::{self, Entry};
use crate::refusal::{Kind, Refusal};

/// The most operations of one patch.
const MOST_OPERATIONS: usize = 500;
/// The most of them that may copy: each can double what is there.
const MOST_COPIES: usize = 20;
/// The most steps of one path. What a copy takes with it can be as deep as its path is long, so
/// that without this a few copies of a copy would nest deeper than any stack.
const MOST_STEPS: usize = Limits::RESOURCE.depth;
/// How often a patch without a condition of its own is tried again when somebody else wrote first.
const TRIES: usize = 3;

/// `PATCH [type]/[id]`: applied to the current version, and written only if that still is it.
pub(crate) async fn run(work: &Work<'_>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    write::allowed(work, Interaction::Update)?;
    asked.only(&[])?;
    let patch = read(&asked.body)?;
    let condition = asked.conditions.matched_version()?;
    for _ in 1..TRIES {
        match once(work, &patch, condition).await {
            Err(refusal) if refusal.kind() == Kind::VersionMismatch && condition.is_none() => {}
            answer => return answer,
        }
    }
    once(work, &patch, condition).await
}

async fn once(work: &Work<'_>, patch: &Patch, condition: Option<i64>) -> Result<Answer, Refusal> {
    let asked = &work.asked;
    let narrowing = work.caller.narrowing(Interaction::Update);
    let (door, ctx) = (&work.api.door, &work.caller.ctx);
    let base = door
        .patch_base(ctx, &narrowing, &asked.resource_type, &asked.id)
        .await?;
    if condition.is_some_and(|version| version != base.version) {
        let words = "The version named in If-Match is not the current one.";
        return Err(Refusal::new(Kind::VersionMismatch, words));
    }
    let patched = apply(base.json(), patch)?;
    let entry = Entry {
        method: "PUT",
        url: format!("{}/{}", asked.resource_type, asked.id),
        resource: Some(&patched),
        if_match: Some(base.version),
        ..Entry::default()
    };
    write::answered(work, &entry, Interaction::Update).await
}

pub(crate) fn read(body: &str) -> Result<Patch, Refusal> {
    let patch: Patch = serde_json::from_str(body)
        .map_err(|_| Refusal::new(Kind::Structure, "The body is not a JSON Patch."))?;
    let copies = |operation: &&PatchOperation| matches!(operation, PatchOperation::Copy(_));
    let too_many =
        patch.0.len() > MOST_OPERATIONS || patch.0.iter().filter(copies).count() > MOST_COPIES;
    if too_many {
        let words = format!(
            "A patch has at most {MOST_OPERATIONS} operations, {MOST_COPIES} of them copies."
        );
        return Err(Refusal::new(Kind::TooLarge, words));
    }
    if patch
        .0
        .iter()
        .flat_map(paths)
        .any(|path| path.matches('/').count() > MOST_STEPS)
    {
        let words = format!("A path of a patch has at most {MOST_STEPS} steps.");
        return Err(Refusal::new(Kind::TooLarge, words));
    }
    Ok(patch)
}

/// The paths that an operation names.
fn paths(operation: &PatchOperation) -> impl Iterator<Item = &str> {
    let from = match operation {
        PatchOperation::Copy(copy) => Some(copy.from.as_str()),
        PatchOperation::Move(moved) => Some(moved.from.as_str()),
        PatchOperation::Add(_)
        | PatchOperation::Remove(_)
        | PatchOperation::Replace(_)
        | PatchOperation::Test(_) => None,
    };
    std::iter::once(operation.path().as_str()).chain(from)
}

/// The patched text. Numbers keep the digits that their source wrote.
pub(crate) fn apply(text: &str, patch: &Patch) -> Result<String, Refusal> {
    let mut value: Value = serde_json::from_str(text).map_err(|_| Refusal::internal())?;
    let identity = |value: &Value| (value.get("resourceType").cloned(), value.get("id").cloned());
    let before = identity(&value);
    for (index, operation) in patch.0.iter().enumerate() {
        let one = std::slice::from_ref(operation);
        json_patch::patch_unsafe(&mut value, one).map_err(|_| {
            let words = format!("Operation {index} of the patch cannot be applied.");
            Refusal::new(Kind::Unprocessable, words)
        })?;
        let grows = matches!(operation, PatchOperation::Copy(_));
        if grows && value.to_string().len() > Limits::RESOURCE.size_bytes {
            let words = "The patch makes the resource too large.";
            return Err(Refusal::new(Kind::TooLarge, words));
        }
    }
    if identity(&value) != before {
        let words = "A patch cannot change the type or the id of a resource.";
        return Err(Refusal::new(Kind::Unprocessable, words));
    }
    Ok(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.50},"note":[{"text":"a"}]}"#;

    fn patched(patch: &str) -> Result<String, Refusal> {
        apply(TEXT, &read(patch)?)
    }

    #[test]
    fn what_is_not_patched_keeps_its_digits_and_its_order() {
        let patch = r#"[{"op":"test","path":"/note/0/text","value":"a"},{"op":"replace","path":"/note/0/text","value":"b"}]"#;
        assert_eq!(patched(patch).unwrap(), TEXT.replace("\"a\"", "\"b\""));
    }

    #[test]
    fn copies_of_copies_cannot_nest_deeper_than_a_stack() {
        let nested = format!("{}{}", "[".repeat(40), "]".repeat(40));
        let into = |steps: usize| format!("/x{}/-", "/0".repeat(steps));
        let deep = |steps: usize, copies: usize| {
            let mut operations = vec![format!(r#"{{"op":"add","path":"/x","value":{nested}}}"#)];
            for _ in 0..copies {
                let path = into(steps);
                operations.push(format!(r#"{{"op":"copy","from":"/x","path":"{path}"}}"#));
            }
            format!("[{}]", operations.join(","))
        };
        let refused = read(&deep(10_000, MOST_COPIES)).unwrap_err();
        assert_eq!(refused.kind(), Kind::TooLarge);
        // As long as a path may be, it only makes a text that no parser of ours takes.
        let text = patched(&deep(39, 4)).unwrap();
        let limits = tarn_model::fhir::check_limits(text.as_bytes(), Limits::RESOURCE);
        assert!(limits.is_err());
    }

    #[test]
    fn a_patch_that_cannot_be_applied_is_refused() {
        let check = |patch: &str, kind: Kind| {
            assert_eq!(patched(patch).unwrap_err().kind(), kind, "{patch}");
        };
        check(
            r#"[{"op":"test","path":"/note/0/text","value":"z"}]"#,
            Kind::Unprocessable,
        );
        check(
            r#"[{"op":"remove","path":"/nowhere"}]"#,
            Kind::Unprocessable,
        );
        check(
            r#"[{"op":"replace","path":"/id","value":"2"}]"#,
            Kind::Unprocessable,
        );
        check(r#"[{"op":"remove","path":""}]"#, Kind::Unprocessable);
        check(r#"{"resourceType":"Parameters"}"#, Kind::Structure);
    }

    #[test]
    fn copies_cannot_make_a_bomb() {
        let copy = r#"{"op":"copy","from":"/note","path":"/note/-"}"#;
        let many = |times: usize| format!("[{}]", vec![copy; times].join(","));
        assert_eq!(
            patched(&many(MOST_COPIES + 1)).unwrap_err().kind(),
            Kind::TooLarge
        );
        let large = TEXT.replace("\"a\"", &format!("\"{}\"", "a".repeat(60_000)));
        let refused = apply(&large, &read(&many(MOST_COPIES)).unwrap()).unwrap_err();
        assert_eq!(refused.kind(), Kind::TooLarge);
    }
}

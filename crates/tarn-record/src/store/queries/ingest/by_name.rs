use std::collections::HashMap;

/// Something for each name, by type: looked up without an owned key.
pub(super) struct ByName<T>(HashMap<String, HashMap<String, T>>);

impl<T> ByName<T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(super) fn get(&self, resource_type: &str, name: &str) -> Option<&T> {
        self.0.get(resource_type)?.get(name)
    }

    pub(super) fn insert(&mut self, resource_type: &str, name: String, value: T) {
        if let Some(of_type) = self.0.get_mut(resource_type) {
            of_type.insert(name, value);
        } else {
            let first = HashMap::from([(name, value)]);
            self.0.insert(resource_type.to_owned(), first);
        }
    }
}

//! The panels that pages are made of. Each is words only: templates decide nothing.

mod allergies;
mod contacts;
mod medicines;
mod results;
mod rows;

pub use allergies::AllergyPanel;
pub use contacts::ContactsPanel;
pub use medicines::{MedicinePanel, Which};
pub use results::ResultsPanel;
pub use rows::{Panel, Row};

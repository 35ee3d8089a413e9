#![doc = include_str!("../README.md")]

pub mod backends;
pub mod check;
pub mod evidence;
pub mod generated;
pub mod hazards;
pub mod licences;
pub mod links;
pub mod migrations;
pub mod process;
pub mod ranks;
pub mod requirements;
pub mod suites;
pub mod text;
pub mod trace;
pub mod workspace;

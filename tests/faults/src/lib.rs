#![doc = include_str!("../README.md")]

mod client;
mod cluster;
mod drill;
pub mod history;
mod kills;
mod process;
mod random;
mod registers;
mod server;
mod world;
mod writer;

pub use client::{Answer, Client, Request};
pub use cluster::{Cluster, DatabaseKill};
pub use drill::{Drill, Ended, Load, Report};
pub use kills::{KillOptions, KillReport, kill};
pub use registers::{RegisterOptions, RegisterReport, registers};
pub use server::{Deployment, Place};

//! Jobscope: a Kubernetes batch cluster in a browser tab.
//!
//! The modules below stand in reading order. Data flows one way through them: a module uses only those above it.

pub mod sim;
pub mod shell;
pub mod programs;
pub mod api;
pub mod apiserver;
pub mod controllers;
pub mod scheduler;
pub mod node;
pub mod cluster;
pub mod kubectl;
pub mod terminal;
pub mod recording;
pub mod lessons;
pub mod ui;

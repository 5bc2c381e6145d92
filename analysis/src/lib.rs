//! What an editor asks of a project: completion, hover, where a name is, what is wrong.
//!
//! Pure: texts and the world's definitions in, plain answers out. It knows no protocol, reads no file and
//! no clock; the crate `lsp` is its voice. What is *right* is not decided here either: import rules and
//! codes are [`bowline_script`]'s, components and the script API [`bowline_schema`]'s.
//!
//! Read in this order: [`text`] (places), [`summary`] (what one file says, in flat lists), [`syntax`] (how
//! it is found out, however broken the text), [`project`] (all files at one moment), [`world`] (what a
//! world gives), [`ty`] and [`infer`] (what things are), then one file per question: [`complete`], [`target`] (what stands
//! at a place), [`hover`], [`signature`], [`references`], [`moves`] (files that
//! get another name), [`check`] (what is wrong), [`hints`] and [`tokens`]
//! (what is shown beside the letters and in them); [`show`] writes types down.

#![warn(missing_docs)]

pub mod check;
pub mod complete;
pub mod hints;
pub mod hover;
pub mod infer;
pub mod moves;
pub mod project;
pub mod references;
pub mod show;
pub mod signature;
pub mod summary;
pub mod syntax;
pub mod target;
pub mod text;
pub mod tokens;
pub mod ty;
pub mod world;

#[cfg(test)]
mod tests;

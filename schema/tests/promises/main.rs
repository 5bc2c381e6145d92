//! What this crate promises, held from outside: random schemas, random changes, the executed rules.

mod changes;
mod dice;
mod round_trips;
mod rules;

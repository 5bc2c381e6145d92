//! What this crate promises, held from outside: random schemas, random changes, the executed rules.

mod batches;
mod changes;
mod core_records;
mod dice;
mod plans;
mod projections;
mod round_trips;
mod rules;

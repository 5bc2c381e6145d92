//! One file per question: what the editor asks, put to [`bowline_analysis`], and its answer in the words of
//! the protocol.

pub(crate) mod capabilities;
pub(crate) mod completion;
pub(crate) mod diagnostics;
pub(crate) mod folding;
pub(crate) mod hints;
pub(crate) mod hover;
pub(crate) mod places;
pub(crate) mod rename;
pub(crate) mod signature;
pub(crate) mod symbols;
pub(crate) mod tokens;

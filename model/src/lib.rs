//! The nouns of a world project, and the functions from nouns to nouns.

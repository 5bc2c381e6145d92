//! Decides what must move between a folder and a world, and who wins.

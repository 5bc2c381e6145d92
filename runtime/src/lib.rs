//! A world that ticks: entities, components and scripts, with no clock of its own.

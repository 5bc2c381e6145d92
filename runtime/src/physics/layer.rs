//! [`Layer`]: who collides with whom, and what a mask of layers means.

use rapier3d::geometry::{Group, InteractionGroups, InteractionTestMode};
use serde::{Deserialize, Serialize};

/// What something collides as. The number of each is the bit it has in a mask, as existing worlds
/// count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Layer {
    Camera,
    Environment,
    Player,
    Prop,
    Tool,
}

/// Each layer with its name and those it meets. Both sides say the same: existing worlds let a pair
/// collide if either side asks for it.
const LAYERS: [(Layer, &str, &[Layer]); 5] = [
    (Layer::Camera, "camera", &[Layer::Environment]),
    (
        Layer::Environment,
        "environment",
        &[Layer::Camera, Layer::Environment, Layer::Player, Layer::Prop, Layer::Tool],
    ),
    (Layer::Player, "player", &[Layer::Environment, Layer::Prop]),
    (Layer::Prop, "prop", &[Layer::Environment, Layer::Player, Layer::Prop, Layer::Tool]),
    (Layer::Tool, "tool", &[Layer::Environment, Layer::Prop]),
];

impl Layer {
    pub(super) fn named(name: &str) -> Option<Layer> {
        LAYERS.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Its bit in a mask.
    pub(super) fn bit(self) -> u32 {
        1 << self as u32
    }

    fn met(self) -> u32 {
        let row = LAYERS.iter().find(|row| row.0 == self);
        row.into_iter().flat_map(|row| row.2).fold(0, |mask, it| mask | it.bit())
    }

    /// For the engine.
    pub(super) fn groups(self) -> InteractionGroups {
        InteractionGroups::new(
            Group::from_bits_truncate(self.bit()),
            Group::from_bits_truncate(self.met()),
            InteractionTestMode::And,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write as _;

    #[test]
    fn layers_meet_as_in_existing_worlds_and_both_sides_agree() {
        let mut out = String::new();
        for (layer, name, _) in LAYERS {
            let meets = |it: &&(Layer, &str, &[Layer])| layer.groups().test(it.0.groups());
            let met: Vec<&str> = LAYERS.iter().filter(meets).map(|row| row.1).collect();
            writeln!(out, "{name} {}: {}", layer.bit(), met.join(" ")).unwrap();
        }
        expect![[r#"
            camera 1: environment
            environment 2: camera environment player prop tool
            player 4: environment prop
            prop 8: environment player prop tool
            tool 16: environment prop
        "#]]
        .assert_eq(&out);
    }
}

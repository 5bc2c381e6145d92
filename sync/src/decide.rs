//! The whole policy for one item: a total function of three contents. Who wins a conflict is
//! [`crate::winner`]; what holds a move back is [`crate::plan`].

use crate::sighting::Held;

/// What must happen to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Both sides hold what they agreed on.
    Nothing,
    /// Both sides hold the same, and it is not the base yet: only the base moves.
    Agree,
    /// The world must get what the disk holds.
    ToWorld,
    /// The disk must get what the world holds.
    ToDisk,
    /// Both sides changed to different contents.
    Conflict,
}

/// What to do about an item the two sides last agreed was `base`, given what they hold now.
///
/// An edit beats a deletion in both directions: bringing a file back is cheap, losing one is not.
/// Without a base (first contact, a lost database) no row deletes anything.
#[must_use]
pub fn decide(base: Held, disk: Held, world: Held) -> Decision {
    match (disk == base, world == base) {
        (true, true) => Decision::Nothing,
        // Nearly always our own write coming back to us. Content tells an echo from an edit; a
        // timer ("ignore events for 500 ms after we write") would only guess.
        (false, false) if disk == world => Decision::Agree,
        (false, true) => Decision::ToWorld,
        (true, false) => Decision::ToDisk,
        (false, false) if disk.is_none() => Decision::ToDisk,
        (false, false) if world.is_none() => Decision::ToWorld,
        (false, false) => Decision::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::Digest;
    use expect_test::expect;

    #[test]
    fn every_way_an_item_can_change() {
        let mut table = String::from("base disk world\n");
        for row in [
            "aaa", "aba", "aab", "abb", "abc", "a-a", "aa-", "a--", "a-b", "ab-", "---", "-a-", "--a", "-aa",
            "-ab",
        ] {
            let held: Vec<Held> =
                row.bytes().map(|it| (it != b'-').then(|| Digest::from_bytes([it; 32]))).collect();
            let [base, disk, world] = [held[0], held[1], held[2]];
            let spelled: String = row.chars().flat_map(|it| [it, ' ']).collect();
            table += &format!("{spelled} {:?}\n", decide(base, disk, world));
        }
        expect![[r#"
            base disk world
            a a a  Nothing
            a b a  ToWorld
            a a b  ToDisk
            a b b  Agree
            a b c  Conflict
            a - a  ToWorld
            a a -  ToDisk
            a - -  Agree
            a - b  ToDisk
            a b -  ToWorld
            - - -  Nothing
            - a -  ToWorld
            - - a  ToDisk
            - a a  Agree
            - a b  Conflict
        "#]]
        .assert_eq(&table);
    }
}

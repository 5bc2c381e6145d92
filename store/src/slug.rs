//! [`Slug`] and [`Scope`]: the one spelling of a record's name, and whose it is.
//!
//! Not here: what a bare name like `position` means; see [`crate::precedence`].

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Most bytes of a whole slug.
pub const SLUG_BYTES_MAX: usize = 255;
/// Most bytes of one segment.
pub const SEGMENT_BYTES_MAX: usize = 64;

/// The name of a record. The published grammar (EBNF):
///
/// ```text
/// slug    = scope , "/" , path ;
/// scope   = "core" | ( "user" | "group" | "room" ) , "/" , segment ;
/// path    = segment , { "/" , segment } ;
/// segment = word , { "-" , word } ;                    (* at most 64 bytes *)
/// word    = letter , { letter } ;
/// letter  = "a" … "z" | "0" … "9" ;
/// ```
///
/// At most 255 bytes. Nothing is repaired: `Core/Position` is refused, not lower-cased, because the
/// other side would go on asking for the old spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Whose record it is: the first part of its slug. Printed as it is spelled there: `core`,
/// `user/ada`, `group/builders`, `room/lobby`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Comes with the product.
    Core,
    /// One group of users.
    Group(String),
    /// One room of a world.
    Room(String),
    /// One user.
    User(String),
}

/// Why a spelling is no slug, or no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSlug {
    /// Over 255 bytes.
    #[error("the slug has {0} bytes; {SLUG_BYTES_MAX} is the most")]
    Long(usize),
    /// Starts with none of the four scopes.
    #[error("`{0}` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/")]
    Scope(String),
    /// Is a scope and nothing more, or a scope without its name.
    #[error("`{0}` ends before it names anything")]
    Short(String),
    /// Has a segment that is not lower-case words joined by `-`.
    #[error("`{slug}` has the segment `{segment}`; use lower-case letters, digits and single `-` between")]
    Segment {
        /// The whole spelling.
        slug: String,
        /// The part at fault.
        segment: String,
    },
}

impl Slug {
    /// Checks `spelling` against the grammar.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn parse(spelling: &str) -> Result<Slug, BadSlug> {
        if spelling.len() > SLUG_BYTES_MAX {
            return Err(BadSlug::Long(spelling.len()));
        }
        let (_, path) = split_scope(spelling)?;
        let path = path.ok_or_else(|| BadSlug::Short(spelling.to_owned()))?;
        path.split('/').try_for_each(|segment| check_segment(spelling, segment))?;
        Ok(Slug(spelling.to_owned()))
    }

    /// The slug of `path` (`component/position`) in `scope`.
    ///
    /// # Errors
    /// If the two together are no slug.
    pub fn in_scope(scope: &Scope, path: &str) -> Result<Slug, BadSlug> {
        Slug::parse(&format!("{scope}/{path}"))
    }

    /// The spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose record it names.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.parts().0
    }

    /// What follows the scope: `component/position`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (Scope, &str) {
        let (scope, path) = split_scope(&self.0).expect("a slug was parsed with its scope");
        (scope, path.expect("a slug was parsed with its path"))
    }
}

/// The scope at the start of `spelling`, and what follows the `/` after it.
fn split_scope(spelling: &str) -> Result<(Scope, Option<&str>), BadSlug> {
    let (first, rest) = match spelling.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (spelling, None),
    };
    let named: fn(String) -> Scope = match first {
        "core" => return Ok((Scope::Core, rest)),
        "user" => Scope::User,
        "group" => Scope::Group,
        "room" => Scope::Room,
        _ => return Err(BadSlug::Scope(spelling.to_owned())),
    };
    let rest = rest.ok_or_else(|| BadSlug::Short(spelling.to_owned()))?;
    let (name, path) = match rest.split_once('/') {
        Some((name, path)) => (name, Some(path)),
        None => (rest, None),
    };
    check_segment(spelling, name)?;
    Ok((named(name.to_owned()), path))
}

fn check_segment(slug: &str, segment: &str) -> Result<(), BadSlug> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = segment.len() <= SEGMENT_BYTES_MAX
        && segment.split('-').all(|word| !word.is_empty() && word.chars().all(plain));
    if good { Ok(()) } else { Err(BadSlug::Segment { slug: slug.to_owned(), segment: segment.to_owned() }) }
}

impl FromStr for Slug {
    type Err = BadSlug;

    fn from_str(spelling: &str) -> Result<Slug, BadSlug> {
        Slug::parse(spelling)
    }
}

impl FromStr for Scope {
    type Err = BadSlug;

    fn from_str(spelling: &str) -> Result<Scope, BadSlug> {
        match split_scope(spelling)? {
            (scope, None) => Ok(scope),
            (_, Some(rest)) => Err(BadSlug::Segment { slug: spelling.to_owned(), segment: rest.to_owned() }),
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Core => f.write_str("core"),
            Scope::User(name) => write!(f, "user/{name}"),
            Scope::Group(name) => write!(f, "group/{name}"),
            Scope::Room(name) => write!(f, "room/{name}"),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn the_grammar_in_examples() {
        let long = format!("core/{}", "a".repeat(65));
        let cases = [
            "core/position",
            "core/component/position",
            "core/component/position/v2",
            "core/a",
            "core/9",
            "core/3d-model",
            "core/core",
            "core/user/x",
            "user/ada/door",
            "user/ada/prefab/red-door",
            "user/42/x",
            "group/builders/strings/en-gb",
            "room/lobby/system/day-night",
            "room/r1/position",
            "room/room/room",
            "",
            "/",
            "position",
            "core",
            "core/",
            "/core/position",
            "core//position",
            "core/position/",
            "Core/position",
            "core/Position",
            "core/has space",
            "core/snake_case",
            "core/dot.ted",
            "core/-lead",
            "core/trail-",
            "core/two--dashes",
            "core/ünï",
            "core/../etc",
            "core/.",
            "core\\position",
            "user",
            "user/ada",
            "user//door",
            "user/Ada/door",
            "group/x/",
            "world/w1/position",
            "core/nul\0",
            &long,
        ];
        let lines: Vec<String> = cases
            .iter()
            .map(|it| match Slug::parse(it) {
                Ok(slug) => format!("ok   {slug} = {} | {}\n", slug.scope(), slug.path()),
                Err(bad) => format!("bad  {}\n", bad.to_string().replace('\0', "<nul>")),
            })
            .collect();
        expect![[r#"
            ok   core/position = core | position
            ok   core/component/position = core | component/position
            ok   core/component/position/v2 = core | component/position/v2
            ok   core/a = core | a
            ok   core/9 = core | 9
            ok   core/3d-model = core | 3d-model
            ok   core/core = core | core
            ok   core/user/x = core | user/x
            ok   user/ada/door = user/ada | door
            ok   user/ada/prefab/red-door = user/ada | prefab/red-door
            ok   user/42/x = user/42 | x
            ok   group/builders/strings/en-gb = group/builders | strings/en-gb
            ok   room/lobby/system/day-night = room/lobby | system/day-night
            ok   room/r1/position = room/r1 | position
            ok   room/room/room = room/room | room
            bad  `` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `/` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `position` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `core` ends before it names anything
            bad  `core/` has the segment ``; use lower-case letters, digits and single `-` between
            bad  `/core/position` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `core//position` has the segment ``; use lower-case letters, digits and single `-` between
            bad  `core/position/` has the segment ``; use lower-case letters, digits and single `-` between
            bad  `Core/position` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `core/Position` has the segment `Position`; use lower-case letters, digits and single `-` between
            bad  `core/has space` has the segment `has space`; use lower-case letters, digits and single `-` between
            bad  `core/snake_case` has the segment `snake_case`; use lower-case letters, digits and single `-` between
            bad  `core/dot.ted` has the segment `dot.ted`; use lower-case letters, digits and single `-` between
            bad  `core/-lead` has the segment `-lead`; use lower-case letters, digits and single `-` between
            bad  `core/trail-` has the segment `trail-`; use lower-case letters, digits and single `-` between
            bad  `core/two--dashes` has the segment `two--dashes`; use lower-case letters, digits and single `-` between
            bad  `core/ünï` has the segment `ünï`; use lower-case letters, digits and single `-` between
            bad  `core/../etc` has the segment `..`; use lower-case letters, digits and single `-` between
            bad  `core/.` has the segment `.`; use lower-case letters, digits and single `-` between
            bad  `core\position` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `user` ends before it names anything
            bad  `user/ada` ends before it names anything
            bad  `user//door` has the segment ``; use lower-case letters, digits and single `-` between
            bad  `user/Ada/door` has the segment `Ada`; use lower-case letters, digits and single `-` between
            bad  `group/x/` has the segment ``; use lower-case letters, digits and single `-` between
            bad  `world/w1/position` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
            bad  `core/nul<nul>` has the segment `nul<nul>`; use lower-case letters, digits and single `-` between
            bad  `core/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has the segment `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`; use lower-case letters, digits and single `-` between
        "#]].assert_eq(&lines.concat());
    }

    #[test]
    fn a_slug_of_256_bytes_is_one_too_long() {
        let of_bytes = |n: usize| {
            let mut slug = String::from("core");
            while slug.len() + 65 < n {
                slug.push('/');
                slug.push_str(&"a".repeat(SEGMENT_BYTES_MAX.min(n - slug.len() - 3)));
            }
            let rest = n - slug.len() - 1;
            format!("{slug}/{}", "b".repeat(rest))
        };
        assert_eq!(of_bytes(255).len(), 255);
        assert!(Slug::parse(&of_bytes(255)).is_ok());
        assert_eq!(Slug::parse(&of_bytes(256)), Err(BadSlug::Long(256)));
    }

    proptest! {
        #[test]
        fn no_spelling_panics_and_what_parses_round_trips(spelling in r"(core|user|room|group)?[a-z0-9/\-A-Z_.\PC]{0,24}") {
            if let Ok(slug) = Slug::parse(&spelling) {
                prop_assert_eq!(slug.as_str(), spelling.as_str());
                prop_assert_eq!(format!("{}/{}", slug.scope(), slug.path()), spelling.clone());
                prop_assert_eq!(slug.scope().to_string().parse::<Scope>(), Ok(slug.scope()));
                prop_assert_eq!(Slug::in_scope(&slug.scope(), slug.path()), Ok(slug));
            }
            let _ = spelling.parse::<Scope>();
        }

        #[test]
        fn what_the_grammar_writes_is_accepted(
            spelling in "(core|(user|group|room)/[a-z0-9]{1,8}(-[a-z0-9]{1,4}){0,2})(/[a-z0-9]{1,8}(-[a-z0-9]{1,4}){0,2}){1,4}",
        ) {
            prop_assert_eq!(Slug::parse(&spelling).map(|it| it.to_string()), Ok(spelling));
        }
    }
}

//! A copy of a text in which something stands at the cursor, so that a parser can read it.
//!
//! `if (world.` becomes `if (world.__here__) {}`. What closes a half-typed line is tried in an order, the
//! mildest first; whatever parses is taken. Offsets before the cursor stay what they are.

use bowline_model::ProjectPath;

use super::{Language, repair};
use crate::summary::{Expr, Kind, Summary};

/// What stands at the cursor where people have not typed a name yet.
pub(crate) const HERE: &str = "__here__";

/// So many copies are repaired: each may be read several times.
const REPAIRED_MAX: usize = 3;

/// The summary of a copy of `text` in which there is something at `offset`, if any copy can be read.
pub(crate) fn summary(path: &ProjectPath, text: &str, offset: u32) -> Option<Summary> {
    let language = Language::of(path);
    let copies = copies(text, offset as usize, language);
    let dot = text.get(..offset as usize).is_some_and(|it| it.ends_with('.') || it.ends_with(':'));
    let asks = |it: &Summary| !dot || it.exprs.iter().any(|it| is_member_at(it, offset));
    let mut best = Best { read: None, asks: &asks };
    let read = |it: &String| super::whole(path, it).ok();
    // Looking at brackets and indentation is much quicker than reading: what looks whole comes first. If it
    // has mistakes, they are elsewhere.
    let whole = |it: &&String| language == Language::Json || repair::looks_whole(it, language);
    if !best.of(copies.iter().filter(whole).filter_map(read)) && !best.is_good() {
        let others = copies.iter().filter_map(read);
        let closed = copies.iter().take(REPAIRED_MAX).filter_map(|it| repair::closed(path, it));
        if !best.of(others) && !best.is_good() && !best.of(closed) && !best.is_good() {
            best.of(copies.first().into_iter().filter_map(|it| repair::summary(path, it, Some(offset))));
        }
    }
    best.read.map(|it| it.0)
}

/// The best of what was read: what holds what is asked about comes first, then what has fewer mistakes.
struct Best<'a> {
    read: Option<(Summary, usize)>,
    asks: &'a dyn Fn(&Summary) -> bool,
}

impl Best<'_> {
    /// Whether one of `all` has what is asked about and no mistake; no further one is read then.
    fn of(&mut self, all: impl Iterator<Item = (Summary, usize)>) -> bool {
        for read in all {
            let asks = (self.asks)(&read.0);
            let done = asks && read.1 == 0;
            let better = |best: &(Summary, usize)| (asks, best.1) > ((self.asks)(&best.0), read.1);
            if done || self.read.as_ref().is_none_or(better) {
                self.read = Some(read);
            }
            if done {
                return true;
            }
        }
        false
    }

    fn is_good(&self) -> bool {
        self.read.as_ref().is_some_and(|it| (self.asks)(&it.0))
    }
}

fn is_member_at(it: &Expr, offset: u32) -> bool {
    matches!(&it.kind, Kind::Member(_, name) if name.span.touches(offset))
}

fn copies(text: &str, offset: usize, language: Language) -> Vec<String> {
    let (Some(before), Some(after)) = (text.get(..offset), text.get(offset..)) else { return Vec::new() };
    if language == Language::Json {
        return vec![json(before, after)];
    }
    let luau = language == Language::Luau;
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let line_end = after.find('\n').unwrap_or(after.len());
    let open = Open::of(&before[line_start..], language);
    let rest = &after[..line_end];
    let below = &after[line_end..];
    let here = if open.quote.is_some() || touches_name(before, after) { "" } else { HERE };
    // Letters behind the cursor belong to the name it is in.
    let letters = rest.find(|it: char| !is_letter(it)).unwrap_or(rest.len());
    let (name_end, tail) = rest.split_at(if open.quote.is_some() { 0 } else { letters });
    let quote = open.quote.filter(|it| !rest.contains(*it)).map(String::from).unwrap_or_default();
    // In Luau a member alone is no statement, and `a:b` must be called.
    let chain = before[line_start..].trim_start();
    let alone = rest.trim().is_empty() && chain.chars().all(|it| is_letter(it) || matches!(it, '.' | ':'));
    let method = chain.trim_end_matches(is_letter).ends_with(':');
    let call = luau
        && (alone && chain.contains(['.', ':']) || method)
        && open.quote.is_none()
        && !tail.trim_start().starts_with(['(', '{', '"', '\'', '=']);
    let start = format!("{before}{here}{name_end}{}", if call { "()" } else { "" });
    let closed = open.closed();
    let word = before[line_start..].split_whitespace().next().unwrap_or_default();
    // What stands further in below is the body.
    let body = luau && stands_further_in(&before[line_start..], below);
    let block = match word.trim_end_matches('(') {
        "if" if luau => {
            if body {
                " then"
            } else {
                " then end"
            }
        }
        "elseif" if luau => " then",
        "while" | "for" if luau => {
            if body {
                " do"
            } else {
                " do end"
            }
        }
        "if" | "while" | "for" | "switch" => " {}",
        _ => "",
    };
    let mut all = vec![
        format!("{start}{quote}{tail}{below}"),
        format!("{start}{quote}{tail}{closed}{block}{below}"),
        format!("{start}{quote}{closed}{block}{below}"),
    ];
    if luau {
        all.push(format!("{start}{quote}{closed}(){below}"));
        all.push(format!("{start}{quote}(){below}"));
        let ends = ["(", "({", "(function()", " = {", " = function()", " then", " do", ", {", ", function()"];
        all.extend(ends.into_iter().filter(|_| body).map(|end| format!("{start}{quote}{end}{below}")));
    } else {
        all.push(format!("{start}{quote}{closed};{block}{below}"));
        all.push(format!("{start}{quote}: 0{closed}{below}"));
        let ends = [",", ", {", ", () => {", ", ["].map(str::to_owned);
        let ends = ends.into_iter().chain([format!("{closed} {{"), format!("{closed} => {{")]);
        all.extend(ends.map(|end| format!("{start}{quote}{end}{below}")));
    }
    all
}

/// Whether the next line that is not empty is indented more than `line`.
fn stands_further_in(line: &str, below: &str) -> bool {
    let indent = |it: &str| it.len() - it.trim_start().len();
    below.lines().find(|it| !it.trim().is_empty()).is_some_and(|it| indent(it) > indent(line))
}

/// JSON can always be read; only where nothing stands a key or a value is missing.
fn json(before: &str, after: &str) -> String {
    let line = before.rfind('\n').map_or(before, |it| &before[it + 1..]);
    let quoted = Open::of(line, Language::Json).quote.is_some();
    let behind_value = before.trim_end().ends_with(['"', '}', ']']);
    let here = if quoted || behind_value || touches_name(before, after) { "" } else { HERE };
    format!("{before}{here}{after}")
}

fn is_letter(it: char) -> bool {
    it.is_alphanumeric() || it == '_' || it == '$'
}

fn touches_name(before: &str, after: &str) -> bool {
    before.chars().next_back().is_some_and(is_letter) || after.chars().next().is_some_and(is_letter)
}

/// What is open at the end of a piece of a line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Open {
    /// What would close the brackets, the outermost first.
    brackets: Vec<char>,
    /// The quote a text was begun with.
    quote: Option<char>,
}

impl Open {
    /// What closes all of it.
    fn closed(&self) -> String {
        self.brackets.iter().rev().collect()
    }

    fn of(line: &str, language: Language) -> Open {
        let mut open = Open::default();
        let mut letters = line.chars().peekable();
        while let Some(it) = letters.next() {
            if let Some(quote) = open.quote {
                match it {
                    '\\' => drop(letters.next()),
                    _ if it == quote => open.quote = None,
                    // What stands inside `${ }` is no text; the quote goes on behind it.
                    '$' if quote == '`' && letters.peek() == Some(&'{') => {
                        letters.next();
                        open.quote = None;
                        open.brackets.extend(['`', '}']);
                    }
                    '{' if quote == '`' && language == Language::Luau => {
                        open.quote = None;
                        open.brackets.extend(['`', '}']);
                    }
                    _ => (),
                }
                continue;
            }
            match it {
                '}' if open.brackets.ends_with(&['`', '}']) => {
                    open.brackets.truncate(open.brackets.len() - 2);
                    open.quote = Some('`');
                }
                '(' => open.brackets.push(')'),
                '[' => open.brackets.push(']'),
                '{' => open.brackets.push('}'),
                ')' | ']' | '}' => drop(open.brackets.pop()),
                '"' | '\'' | '`' => open.quote = Some(it),
                '/' if language != Language::Luau && letters.peek() == Some(&'/') => break,
                '-' if language == Language::Luau && letters.peek() == Some(&'-') => break,
                _ => (),
            }
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use bowline_model::ProjectPath;

    use super::summary;
    use crate::summary::Kind;

    #[test]
    fn half_typed_lines_can_be_read() {
        let path = ProjectPath::parse("apps/A/index.js").unwrap();
        for line in [
            "world.|",
            "const t = world.|",
            "if (world.|",
            "if (world.|) {",
            "while (app.|",
            "f(world.|",
            "f(a, { x: world.|",
            "app.on('upd|",
            "app.on('|')",
            "app.create('|",
            "const { a, | } = world",
            "const x = [world.|",
            "`${world.|",
            "return world.|",
            "x = a ? world.|",
            "app.on('update', dt => { world.|",
            "app.on('update', () => world.|",
            "new |",
            "|",
        ] {
            let text =
                format!("export default (world, app) => {{\n  const a = 1\n  {line}\n  const b = 2\n}}\n");
            let closes = line.ends_with('{');
            let text = if closes { text + "}\n" } else { text };
            let at = text.find('|').unwrap();
            let text = text.replacen('|', "", 1);
            let found = summary(&path, &text, u32::try_from(at).unwrap());
            assert!(found.is_some(), "{line}");
            let names = found.unwrap();
            assert!(names.bindings.iter().any(|it| it.name.text == "b"), "{line}");
        }
    }

    #[test]
    fn half_typed_lines_of_luau_can_be_read() {
        let path = ProjectPath::parse("apps/A/index.luau").unwrap();
        for line in [
            "world.|",
            "world:|",
            "local t = world.|",
            "if world.|",
            "if world.| then",
            "while app.|",
            "for _, p in world:|",
            "f(world.|",
            "f(a, { x = world.|",
            "app:on('upd|",
            "app:on('|')",
            "app:create(\"|",
            "local x = { world.|",
            "local x = `{world.|",
            "return world.|",
            "x = if a then world.|",
            "app:on('update', function(dt) world.|",
            "local y: |",
            "local z = a .. world.|",
            "f{ |",
            "|",
        ] {
            let text = format!("return function(world, app)\n\tlocal a = 1\n\t{line}\n\tlocal b = 2\nend\n");
            let text = if line.ends_with("then") { text + "end\n" } else { text };
            let at = text.find('|').unwrap();
            let text = text.replacen('|', "", 1);
            let found = summary(&path, &text, u32::try_from(at).unwrap());
            assert!(found.is_some(), "{line}");
            let names = found.unwrap();
            assert!(names.bindings.iter().any(|it| it.name.text == "b"), "{line}");
            let member = names.exprs.iter().any(
                |it| matches!(&it.kind, Kind::Member(_, name) if name.span.touches(u32::try_from(at).unwrap())),
            );
            let asks = line.contains(".|") || line.contains(":|");
            assert!(member || !asks, "{line}");
        }
    }

    #[test]
    fn what_stands_below_is_the_body() {
        let path = ProjectPath::parse("apps/A/index.luau").unwrap();
        for line in
            ["if self.|", "while self.|", "for _, it in self.|", "self:|", "local x = self.|", "f(self.|"]
        {
            let end =
                if line.starts_with(['s', 'f', 'l']) && !line.starts_with("for") { "end)" } else { "end" };
            let text = format!("local function f(self)\n\t{line}\n\t\tg()\n\t{end}\nend\nlocal b = 2\n");
            let at = text.find('|').unwrap();
            let found = summary(&path, &text.replacen('|', "", 1), u32::try_from(at).unwrap()).unwrap();
            let b = found.bindings.iter().find(|it| it.name.text == "b").expect(line);
            assert_eq!(b.scope, crate::summary::ScopeId(0), "{line}");
            let member = found.exprs.iter().any(|it| super::is_member_at(it, u32::try_from(at).unwrap()));
            assert!(member, "{line}");
        }
    }

    #[test]
    fn keys_and_values_of_json_are_there() {
        let path = ProjectPath::parse("apps/A/A.json").unwrap();
        for (text, expected) in [
            ("{ | }", "key __here__"),
            ("{ \"a\": 1, | }", "key __here__"),
            ("{ \"na|", "key na"),
            ("{ \"na|\": 1 }", "key na"),
            ("{ \"a\": | }", "name __here__"),
            ("{ \"a\": \"x|", "text x"),
            ("{ \"a\": \"|\" }", "text "),
            ("{ \"a\": [|] }", "name __here__"),
            ("{ \"a\": tr| }", "name tr"),
        ] {
            let at = u32::try_from(text.find('|').unwrap()).unwrap();
            let found = summary(&path, &text.replacen('|', "", 1), at).unwrap();
            let here = found.exprs.iter().filter(|it| it.span.touches(at)).find_map(|it| match &it.kind {
                Kind::Object(all) => {
                    let key = all.iter().find(|it| it.name.span.touches(at))?;
                    Some(format!("key {}", key.name.text))
                }
                Kind::Text(text) => Some(format!("text {text}")),
                Kind::Name(name, ..) => Some(format!("name {name}")),
                _ => None,
            });
            assert_eq!(here.as_deref(), Some(expected), "{text}");
        }
    }
}

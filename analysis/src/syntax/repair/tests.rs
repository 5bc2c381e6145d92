use std::fmt::Write as _;

use bowline_model::ProjectPath;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Language, copied, summary};

/// What becomes of each text.
fn repaired(name: &str, texts: &[&str], expected: Expect) {
    let path = ProjectPath::parse(name).unwrap();
    let mut out = String::new();
    for text in texts {
        let copy = copied(text, Language::of(&path)).text;
        let read = super::super::whole(&path, &copy).is_ok_and(|it| it.1 == 0);
        writeln!(out, "{}{}", copy.replace('\n', "⏎"), if read { "" } else { "   ✗" }).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn half_typed_lines_of_javascript() {
    let texts = [
        "{\n  world.\n  const b = 2\n}\n",
        "{\n  if (world.\n  const b = 2\n}\n",
        "{\n  if (world.x)\n  const b = 2\n}\n",
        "{\n  foo(\n  const b = 2\n}\n",
        "{\n  foo(a, [b\n  const b = 2\n}\n",
        "{\n  const x = \n  const b = 2\n}\n",
        "{\n  const x = {\n    a: 1,\n    b:\n  const b = 2\n}\n",
        "{\n  app.on('\n  const b = 2\n}\n",
        "{\n  app.on('update', () => {\n    x()\n  const b = 2\n}\n",
        "{\n  { a: \n  const b = 2\n}\n",
        "{\n  x = `a ${world.\n  const b = 2\n}\n",
        "{\n  const { a, \n  const b = 2\n}\n",
        "import { a, \nconst b = 2\n",
        "{\n  for (const p of \n  const b = 2\n}\n",
        "{\n  foo())\n  const b = 2\n}\n",
        "export default (world) => {\n  a(() => {\n    world.",
        "/* not closed\nconst b = 2\n",
    ];
    repaired(
        "apps/A/index.js",
        &texts,
        expect![[r#"
        {⏎  world.__here__⏎  const b = 2⏎}⏎
        {⏎  if (world.__here__) {}⏎  const b = 2⏎}⏎
        {⏎  if (world.x) {}⏎  const b = 2⏎}⏎
        {⏎  foo()⏎  const b = 2⏎}⏎
        {⏎  foo(a, [b])⏎  const b = 2⏎}⏎
        {⏎  const x =__here__ ⏎  const b = 2⏎}⏎
        {⏎  const x = {⏎    a: 1,⏎    b:__here__}⏎  const b = 2⏎}⏎
        {⏎  app.on('')⏎  const b = 2⏎}⏎
        {⏎  app.on('update', () => {⏎    x()})⏎  const b = 2⏎}⏎
        {⏎  { a:__here__} ⏎  const b = 2⏎}⏎
        {⏎  x = `a ${world.__here__}`⏎  const b = 2⏎}⏎
        {⏎  const { a,} = 0 ⏎  const b = 2⏎}⏎
        import { a,} from '' ⏎const b = 2⏎
        {⏎  for (const p of __here__) {} ⏎  const b = 2⏎}⏎
        {⏎  foo() ⏎  const b = 2⏎}⏎
        export default (world) => {⏎  a(() => {⏎    world.__here__})}
        /* not closed⏎const b = 2⏎*/
    "#]],
    );
}

#[test]
fn half_typed_lines_of_luau() {
    let texts = [
        "do\n\tworld.\n\tlocal b = 2\nend\n",
        "do\n\tworld:\n\tlocal b = 2\nend\n",
        "do\n\tif world.\n\tlocal b = 2\nend\n",
        "do\n\tif world.x then\n\tlocal b = 2\nend\n",
        "do\n\tfoo(\n\tlocal b = 2\nend\n",
        "do\n\tlocal x =\n\tlocal b = 2\nend\n",
        "do\n\tapp:on('\n\tlocal b = 2\nend\n",
        "do\n\tapp:on('update', function(dt)\n\t\tx()\n\tlocal b = 2\nend\n",
        "do\n\tfor _, p in world:\n\tlocal b = 2\nend\n",
        "do\n\twhile a and\n\tlocal b = 2\nend\n",
        "do\n\trepeat\n\t\tx()\n\tlocal b = 2\nend\n",
        "do\n\tlocal x = if a then\n\tlocal b = 2\nend\n",
        "do\n\tlocal x = `a {world.\n\tlocal b = 2\nend\n",
        "return function(world, app)\n\tif a then\n\t\tworld.",
        "local M = {}\nfunction M.f(\nlocal b = 2\n",
        "do\n\tif self.\n\t\tx()\n\tend\nend\n",
        "do\n\tfor _, it in self.items\n\t\tit.\n\tend\nend\n",
    ];
    repaired(
        "apps/A/index.luau",
        &texts,
        expect![[r#"
            do⏎	world.__here__()⏎	local b = 2⏎end⏎
            do⏎	world:__here__()⏎	local b = 2⏎end⏎
            do⏎	if world.__here__ then end⏎	local b = 2⏎end⏎
            do⏎	if world.x then⏎	local b = 2 end⏎end⏎
            do⏎	foo()⏎	local b = 2⏎end⏎
            do⏎	local x =__here__⏎	local b = 2⏎end⏎
            do⏎	app:on('')⏎	local b = 2⏎end⏎
            do⏎	app:on('update', function(dt)⏎		x() end)⏎	local b = 2⏎end⏎
            do⏎	for _, p in world:__here__() do end⏎	local b = 2⏎end⏎
            do⏎	while a and __here__ do end⏎	local b = 2⏎end⏎
            do⏎	repeat⏎		x() until true⏎	local b = 2⏎end⏎
            do⏎	local x = if a then __here__ else __here__⏎	local b = 2⏎end⏎
            do⏎	local x = `a {world.__here__}`⏎	local b = 2⏎end⏎
            return function(world, app)⏎	if a then⏎		world.__here__() end end
            local M = {}⏎function M.f() end⏎local b = 2⏎
            do⏎	if self.__here__ then⏎		x()⏎	end⏎end⏎
            do⏎	for _, it in self.items do⏎		it.__here__()⏎	end⏎end⏎
        "#]],
    );
}

#[test]
fn what_is_whole_stays_as_it_is() {
    let texts = [
        "if (a) {\nb()\n}\n",
        "switch (a) {\n  case 1:\n    b()\n  default:\n    c()\n}\n",
        "const x = a\n  .map(it => it)\n  .filter(Boolean)\n",
        "const x = /[(]/.test(a)\n",
        "foo(a,\n    b)\n",
        "app.on('move', (e) =>\n{\n  b()\n})\n",
        "x = a\n  ? b\n  : c\n",
        "if (a ||\n    b) {\n  c()\n}\n",
        "do {\n  a()\n} while (b)\nconst c = `x\n${d})\n`\n",
        "foo(\n{\n  a: 1,\n})\n",
    ];
    for text in texts {
        assert_eq!(copied(text, Language::JavaScript).text, text);
    }
    let texts = [
        "if a then\n\tb()\nelseif c then\n\td()\nelse\n\te()\nend\n",
        "local x = if a then b else c\nlocal y = if a then b elseif c then d else e\n",
        "repeat\n\ta()\nuntil b\n",
        "f{\n\ta = function()\n\t\treturn [[\nlong ( text\n]]\n\tend,\n}\n",
        "type T = { a: number, b: (x: string) -> () }\n",
        "function M.f(a: number?, ...: any): T?\n\tg(...)\nend\n",
        "f(\n\ta,\n\tif b then c else d\n)\n",
        "--[[ a\n( b ]]\nlocal s = \"(\"\n",
    ];
    for text in texts {
        assert_eq!(copied(text, Language::Luau).text, text);
    }
}

#[test]
fn places_are_those_of_the_text_as_it_is() {
    let path = ProjectPath::parse("apps/A/index.js").unwrap();
    let text = "{\n  foo(world.\n  const behind = 2\n}\n";
    let (read, _) = summary(&path, text, None).unwrap();
    let names: Vec<_> = read.bindings.iter().map(|it| &text[it.name.span.range()]).collect();
    assert_eq!(names, ["behind"]);
}

proptest! {
    #[test]
    fn whatever_is_typed_nothing_breaks(
        text in r#"((world|if|function|end|then|do|const|x|=|\.|:|,|\(|\)|\{|\}|\[|\]|'|"|`|\$\{|/|--|//|é|\n|\n  |\t| )){0,30}"#
    ) {
        for name in ["a.js", "a.ts", "a.luau", "a.json"] {
            let path = ProjectPath::parse(name).unwrap();
            if let Some(read) = crate::syntax::summary(&path, &text) {
                for it in &read.exprs {
                    prop_assert!(text.get(it.span.range()).is_some(), "{} {:?} in {:?}", name, it, text);
                }
            }
        }
    }
}

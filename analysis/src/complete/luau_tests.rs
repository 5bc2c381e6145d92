//! What may be written in Luau: as in `tests`, with the other language's words.

use expect_test::expect;

use crate::tests::completed;

macro_rules! completions {
    ($($name:ident: $fixture:expr, $count:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            completed($fixture, $count, $expected);
        }
    )*};
}

completions! {
    members_of_what_an_entry_is_given:
        "//- apps/A/index.luau\nreturn function(world, app, props)\n\tworld:getP$0\nend\n", 3 => expect![[r#"
            add Method
            attach Method
            chat Method
        "#]];
    parameters_by_place_whatever_their_names:
        "//- apps/A/index.luau\nreturn function(w, a, p)\n\tif a.$0\nend\n", 3 => expect![[r#"
            active Property
            add Method
            children Property
        "#]];
    parameters_of_a_hook_by_place:
        "//- apps/A/index.luau\nlocal door = {}\nfunction door.on_start(w, a)\n\ta:$0\nend\nreturn door\n", 3 => expect![[r#"
            active Property
            add Method
            children Property
        "#]];
    parameters_of_a_hook_in_a_returned_table:
        "//- apps/A/index.luau\nreturn {\n\ton_start = function(w, a)\n\t\tw.$0\n\tend,\n}\n", 3 => expect![[r#"
            add Method
            attach Method
            chat Method
        "#]];
    what_a_hook_saved_is_restored:
        "//- apps/A/index.luau\nlocal wind = { heading = 0 }\nreturn {\n\ton_save = function() return wind end,\n\ton_restore = function(kept)\n\t\tkept.$0\n\tend,\n}\n", 2 => expect![[r#"
            heading Property
        "#]];
    a_node_of_the_kind_that_was_made:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tlocal lamp = app:create(\"light\")\n\tlocal body = app:create(\"rigidbody\")\n\tbody:add$0\nend\n", 4 => expect![[r#"
            add Method
            active Property
            addForce Method
            addForceAtLocalPos Method
        "#]];
    a_component_by_name:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tlocal t = app.entity:get(\"transform\")\n\tt.$0\nend\n", 4 => expect![[r#"
            position Property
            quaternion Property
            scale Property
        "#]];
    names_of_components_in_strings:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tlocal t = app.entity:get(\"$0\nend\n", 3 => expect![[r#"
            action Value
            anchor Value
            audio Value
        "#]];
    names_of_node_types_in_strings:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tlocal t = app:create('$0')\nend\n", 3 => expect![[r#"
            action Value
            anchor Value
            audio Value
        "#]];
    what_a_table_says:
        "//- apps/A/index.luau\nlocal state = { speed = 1, name = \"x\" }\nfunction state.turn() end\nstate.size = 1\nstate.$0\n", 9 => expect![[r#"
            size Property
            turn Method
            name Property
            speed Property
        "#]];
    what_a_loop_goes_over:
        "//- apps/A/index.luau\nlocal all = {}\ntable.insert(all, { door = 1, open = true })\nfor _, it in all do\n\tit.$0\nend\n", 4 => expect![[r#"
            door Property
            open Property
        "#]];
    what_pairs_go_over:
        "//- apps/A/index.luau\nlocal all = {}\nall[1] = { door = 1 }\nfor key, it in pairs(all) do\n\tit.$0\nend\n", 2 => expect![[r#"
            door Property
        "#]];
    players_of_a_world:
        "//- apps/A/index.luau\nreturn function(world)\n\tfor _, p in ipairs(world:getPlayers()) do\n\t\tp.$0\n\tend\nend\n", 3 => expect![[r#"
            admin Property
            applyEffect Method
            builder Property
        "#]];
    what_a_callback_is_given:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tworld:on(\"enter\", function(e)\n\t\te.$0\n\tend)\nend\n", 3 => expect![[r#"
            playerId Property
        "#]];
    members_of_texts:
        "//- apps/A/index.luau\nlocal s = \"x\"\ns:up$0\n", 3 => expect![[r#"
            byte Method
            find Method
            format Method
        "#]];
    no_members_of_lists:
        "//- apps/A/index.luau\nlocal list = { 1, 2 }\nlist.$0\n", 3 => expect![[""]];
    libraries_of_the_language:
        "//- apps/A/index.luau\nlocal x = math.$0\n", 3 => expect![[r#"
            abs Method
            acos Method
            asin Method
        "#]];
    names_of_the_language_alone:
        "//- apps/A/index.luau\nlocal mine = 1\nlocal later = $0\n", 4 => expect![[r#"
            mine Variable
            opaque Constant
            Vector3 Class
            Quaternion Class
        "#]];
    what_another_file_returns:
        "//- apps/A/index.luau\nlocal gust = require(\"./lib/gust\")\ngust.$0\n//- apps/A/lib/gust.luau\nlocal gust = {}\n\n-- Where it blows to.\nfunction gust.heading(time: number): number\n\treturn time\nend\n\ngust.limit = 3\n\nreturn gust\n", 3 => expect![[r#"
            heading Method
            limit Property
        "#]];
    modules_that_may_be_required:
        "//- apps/A/index.luau\nlocal gust = require(\"$0\n//- apps/A/lib/gust.luau\nreturn {}\n//- shared/tide.luau\nreturn {}\n", 3 => expect![[r#"
            ./lib/gust.luau File
            @shared/tide.luau File
        "#]];
    a_class_and_its_self:
        "//- apps/A/index.luau\nlocal Door = {}\nDoor.__index = Door\nfunction Door.new()\n\tlocal self = setmetatable({ open = false }, Door)\n\tself.angle = 0\n\treturn self\nend\nfunction Door:swing()\n\tself.$0\nend\n", 6 => expect![[r#"
            angle Property
            new Method
            swing Method
            open Property
            __index Guess
        "#]];
    an_instance_of_a_class:
        "//- apps/A/index.luau\nlocal Door = {}\nDoor.__index = Door\nfunction Door.new()\n\tlocal self = setmetatable({ open = false }, Door)\n\tself.angle = 0\n\treturn self\nend\nfunction Door:swing() end\nlocal d = Door.new()\nd:$0\n", 6 => expect![[r#"
            new Method
            angle Property
            swing Method
            open Property
        "#]];
    a_class_of_another_file:
        "//- apps/A/index.luau\nlocal Door = require('./door')\nlocal d = Door.new()\nd:$0\n//- apps/A/door.luau\nlocal Door = {}\nDoor.__index = Door\nfunction Door.new()\n\treturn setmetatable({ open = false }, Door)\nend\nfunction Door:swing() end\nreturn Door\n", 6 => expect![[r#"
            new Method
            swing Method
            open Property
        "#]];
    a_class_that_stands_on_another:
        "//- apps/A/index.luau\nlocal Animal = {}\nfunction Animal:eat() end\nlocal Dog = setmetatable({}, { __index = Animal })\nDog.__index = Dog\nfunction Dog:bark() end\nlocal rex = setmetatable({}, Dog)\nrex:$0\n", 6 => expect![[r#"
            bark Method
            eat Method
            __index Guess
        "#]];
    types_that_are_written:
        "//- apps/A/index.luau\ntype Props = { color: string?, mark: \"ball\" | \"can\" }\nreturn function(world, app, props: Props)\n\tprops.$0\nend\n", 4 => expect![[r#"
            color Property
            mark Property
        "#]];
    a_type_of_another_file:
        "//- apps/A/index.luau\nlocal boats = require(\"./boats\")\nlocal function f(b: boats.Boat)\n\tb.$0\nend\n//- apps/A/boats.luau\nexport type Boat = { mast: number, crew: { string } }\nreturn {}\n", 4 => expect![[r#"
            crew Property
            mast Property
        "#]];
    a_word_of_a_few:
        "//- apps/A/index.luau\ntype Props = { mark: \"ball\" | \"can\" }\nlocal p: Props = { mark = \"$0\" }\n", 4 => expect![[r#"
            ball Value
            can Value
        "#]];
    a_cast:
        "//- apps/A/index.luau\nlocal x = (nil :: any) :: World\nx.$0\n", 2 => expect![[r#"
            add Method
            attach Method
        "#]];
    types_in_comments:
        "//- apps/A/index.luau\n---@param b { mast: number, sails: string[] }\n---@return World\nlocal function f(b)\n\tb.$0\nend\n", 4 => expect![[r#"
            mast Property
            sails Property
        "#]];
    what_a_comment_says_is_returned:
        "//- apps/A/index.luau\n---@return { mast: number }\nlocal function f() return g() end\nf().$0\n", 4 => expect![[r#"
            mast Property
        "#]];
    if_expressions:
        "//- apps/A/index.luau\nlocal x = if true then { a = 1 } else { b = 2 }\nx.$0\n", 4 => expect![[r#"
            a Property
            b Property
        "#]];
    props_that_were_asked_for:
        "//- apps/A/index.luau\nreturn function(world, app, props)\n\tapp:configure({ { key = \"speed\", type = \"number\" }, { key = \"model\", type = \"file\" } })\n\tprops.$0\nend\n", 3 => expect![[r#"
            model Property
            speed Property
        "#]];
    keys_of_what_a_call_takes:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tapp:create(\"uitext\", { value = \"x\", fontS$0 })\nend\n", 3 => expect![[r#"
            display Property
            absolute Property
            top Property
        "#]];
    locals_hold_after_their_statement:
        "//- apps/A/index.luau\nlocal a = { x = 1 }\nlocal a = a.$0\n", 3 => expect![[r#"
            x Property
        "#]];
    names_that_hold_here:
        "//- apps/A/index.luau\nlocal outer = 1\nlocal function f(param)\n\tlocal inner = 2\n\t$0\n\tlocal behind = 3\nend\n", 5 => expect![[r#"
            param Variable
            inner Variable
            outer Variable
            f Function
            opaque Constant
        "#]];
    vectors_can_be_calculated_with:
        "//- apps/A/index.luau\nlocal v = Vector3.new(1, 2, 3) * 2\nv.$0\n", 3 => expect![[r#"
            add Method
            addScalar Method
            addScaledVector Method
        "#]];
    fetch_waits_by_itself:
        "//- apps/A/index.luau\nlocal r = fetch(\"x\")\nr.$0\n", 3 => expect![[r#"
            buffer Method
            headers Property
            json Method
        "#]];
    calls_with_a_table_alone:
        "//- apps/A/index.luau\nlocal function make(options: { size: number }) return options end\nmake{ $0 }\n", 3 => expect![[r#"
            size Property
            make Function
            opaque Constant
        "#]];
    events_that_others_send:
        "//- apps/A/index.luau\nreturn function(world, app)\n\tapp:on(\"$0\")\nend\n//- apps/B/index.luau\nreturn function(world, app)\n\tapp:emit(\"door:open\", { by = 1 })\nend\n", 1 => expect![[r#"
            door:open Value
        "#]];
    what_an_event_brings:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.on('door:open', e => e.$0)\n}\n//- apps/B/index.luau\nreturn function(world, app)\n\tapp:emit(\"door:open\", { by = 1 })\nend\n", 1 => expect![[r#"
            by Property
        "#]];
    all_that_a_call_gives:
        "//- apps/A/index.luau\nlocal function any() return \"cod\", { weight = 2 } end\nlocal name, fish = any()\nfish.$0\n", 3 => expect![[r#"
            weight Property
        "#]];
    what_an_attempt_gives:
        "//- apps/A/index.luau\nlocal ok, fish = pcall(function() return { weight = 2 } end)\nfish.$0\n", 3 => expect![[r#"
            weight Property
        "#]];
    parameters_by_the_calls_of_a_method:
        "//- apps/A/index.luau\nlocal M = {}\nfunction M:weigh(fish)\n\tfish.$0\nend\nM:weigh({ weight = 2 })\n", 3 => expect![[r#"
            weight Property
        "#]];
    lists_in_tables_hold_what_is_put_in:
        "//- apps/A/index.luau\nlocal Pile = {}\nPile.__index = Pile\nfunction Pile.new() return setmetatable({ items = {} }, Pile) end\nfunction Pile:add(x) table.insert(self.items, { weight = x }) end\nfunction Pile:sum()\n\tfor _, it in self.items do it.$0 end\nend\n", 3 => expect![[r#"
            weight Property
        "#]];
    what_an_iterator_gives:
        "//- apps/A/index.luau\nfor word in string.gmatch(\"a b\", \"%a\") do\n\tword:$0\nend\n", 2 => expect![[r#"
            gmatch Method
            byte Method
        "#]];
    what_a_callback_of_a_method_of_texts_is_given:
        "//- apps/A/index.luau\nlocal s = (\"x\"):gsub(\"a\", function(m) return m:$0 end)\n", 2 => expect![[r#"
            gsub Method
            byte Method
        "#]];
}

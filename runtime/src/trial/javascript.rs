//! Tests in JavaScript and TypeScript: an engine per file.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bowline_model::{Problem, ProjectPath};
use bowline_script::graph::check_graph;
use bowline_script::{Role, ScriptFormat, compile, facts};
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared as DeclaredModule;
use rquickjs::{
    CatchResultExt as _, CaughtError, Context, Ctx, Error, Function, Module, Object, Promise, Runtime,
};
use serde_json::{Value, json};

use super::{Declared, MEMORY, POLLS_MAX, Stage, TestFile, Trial, each, place};

const PRELUDE: &str = include_str!("prelude.js");

/// The maths that modules of a world count on, made as the world makes them.
const MATHS: &str = concat!(
    "(function () {\n'use strict'\n",
    include_str!("../script/prelude/math/vector3.js"),
    include_str!("../script/prelude/math/quaternion.js"),
    include_str!("../script/prelude/math/euler.js"),
    include_str!("../script/prelude/math/matrix4.js"),
    include_str!("../script/prelude/math/prng.js"),
    "\nreturn { Vector3, Quaternion, Euler, Matrix4, prng, clamp: clampTo }\n})()",
);

/// The world of the test that runs; none between two.
type Shared = Rc<RefCell<Option<Stage>>>;

pub(super) fn run(file: &TestFile, trial: Trial<'_>) -> Result<(), Problem> {
    let broken = |error: Error| file.problem("test_engine", error.to_string());
    let runtime = Runtime::new().map_err(broken)?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(512 << 10);
    let polls = Rc::new(Cell::new(0_u64));
    let counted = Rc::clone(&polls);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        counted.set(counted.get() + 1);
        counted.get() > POLLS_MAX
    })));
    runtime.set_loader(Files(file.clone()), Files(file.clone()));
    let context = Context::full(&runtime).map_err(broken)?;
    let stage = Shared::default();
    context.with(|ctx| {
        let engine = Engine { file, ctx: &ctx, polls: &polls };
        let bridge = engine.prelude(&stage)?;
        engine.load()?;
        let declared = engine.declared(&bridge)?;
        each(declared, trial, |number, fresh| {
            stage.replace(Some(fresh));
            let ended = engine.call(&bridge, number);
            let used = stage.take();
            // Nothing but this takes it.
            let used = used.expect("the world of a test is there until the test has ended");
            (ended, used)
        });
        Ok(())
    })
}

struct Engine<'a, 'js> {
    file: &'a TestFile,
    ctx: &'a Ctx<'js>,
    polls: &'a Rc<Cell<u64>>,
}

impl<'js> Engine<'_, 'js> {
    fn prelude(&self, stage: &Shared) -> Result<Object<'js>, Problem> {
        let (stage, polls) = (Rc::clone(stage), Rc::clone(self.polls));
        let host = move |name: String, asked: String| -> String {
            polls.set(0);
            let asked: Value = serde_json::from_str(&asked).unwrap_or_default();
            let answer = match stage.borrow_mut().as_mut() {
                Some(stage) => stage.call(&name, &asked),
                None => Err("only inside a test there is a world to ask".to_owned()),
            };
            let answer = match answer {
                Ok(value) => json!({"ok": value}),
                Err(error) => json!({"error": error}),
            };
            answer.to_string()
        };
        let made = || -> rquickjs::Result<Object<'js>> {
            let mut options = rquickjs::context::EvalOptions::default();
            options.filename = Some("bowline:test".to_owned());
            let prelude: Function = self.ctx.eval_with_options(PRELUDE, options)?;
            let maths: Object = self.ctx.eval(MATHS)?;
            prelude.call((Function::new(self.ctx.clone(), host)?, maths))
        };
        made().catch(self.ctx).map_err(|it| self.problem(&it))
    }

    /// Runs the file: it says which tests it has.
    fn load(&self) -> Result<(), Problem> {
        let entry = &self.file.entry;
        let text = self.file.text(entry).unwrap_or_default();
        self.check()?;
        let on_disk = |it: Problem| Problem { path: self.file.path().to_owned(), ..it };
        // Every file of tests is a module; it need export nothing.
        let text = compile(entry, text, Role::Module).map_err(on_disk)?;
        let loaded = || -> rquickjs::Result<()> {
            let name = self.file.root().specifier(entry);
            let (_, promise) = Module::declare(self.ctx.clone(), name, text)?.eval()?;
            promise.finish::<()>()
        };
        loaded().catch(self.ctx).map_err(|it| self.problem(&it))
    }

    /// Syntax and imports, by the rules and in the words of scripts.
    fn check(&self) -> Result<(), Problem> {
        let TestFile { entry, files, .. } = self.file;
        let facts = files.iter().map(|(key, (_, text))| (key.clone(), facts(key, text))).collect();
        let problems = check_graph(&facts, entry, ScriptFormat::Module, &self.file.root());
        // Nobody calls its default export.
        let real = problems.into_iter().find(|it| it.code != "module_entry_missing_default_export");
        match real {
            None => Ok(()),
            Some(problem) => {
                let key = ProjectPath::parse(&problem.path).unwrap_or_else(|_| entry.clone());
                Err(Problem { path: self.file.path_of(&key).to_owned(), ..problem })
            }
        }
    }

    fn declared(&self, bridge: &Object<'js>) -> Result<Vec<Declared>, Problem> {
        let declared = || -> rquickjs::Result<String> { bridge.get::<_, Function>("declared")?.call(()) };
        let declared = declared().catch(self.ctx).map_err(|it| self.problem(&it))?;
        let declared: Vec<(String, bool)> = serde_json::from_str(&declared).unwrap_or_default();
        Ok(declared.into_iter().map(|(name, skipped)| Declared { name, skipped }).collect())
    }

    fn call(&self, bridge: &Object<'js>, number: usize) -> Result<(), Problem> {
        self.polls.set(0);
        let called = || -> rquickjs::Result<()> {
            let promise: Promise = bridge.get::<_, Function>("run")?.call((number,))?;
            promise.finish::<rquickjs::Value>().map(|_| ())
        };
        called().catch(self.ctx).map_err(|it| self.problem(&it))
    }

    /// What was thrown, at the innermost line of the project.
    fn problem(&self, caught: &CaughtError<'js>) -> Problem {
        if self.polls.get() > POLLS_MAX {
            let message = "it does not end: some seconds passed without a call into the world";
            return self.file.problem("test_hung", message);
        }
        let (message, stack) = match caught {
            CaughtError::Error(Error::WouldBlock) => {
                return self.file.problem("test_hung", "it waits for something that never comes");
            }
            CaughtError::Error(error) => (error.to_string(), String::new()),
            CaughtError::Exception(exception) => {
                let message = exception.message().unwrap_or_default();
                let name = exception.as_object().get::<_, String>("name").unwrap_or_default();
                let message = if name == "Error" { message } else { format!("{name}: {message}") };
                (message, exception.stack().unwrap_or_default())
            }
            CaughtError::Value(value) => (format!("threw {value:?}"), String::new()),
        };
        let problem = self.file.problem("test_failed", message);
        match place(self.file, &stack) {
            Some((path, line, column)) => Problem { path, ..problem }.at(line, column),
            None => problem,
        }
    }
}

/// The files beside the test, by the rules of scripts.
struct Files(TestFile);

impl Files {
    fn key(&self, specifier: &str) -> Option<ProjectPath> {
        self.0.root().key_of(specifier).ok()
    }
}

impl Resolver for Files {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        let refused = |why: String| Error::new_resolving_message(base, name, why);
        let importer = self.key(base).ok_or_else(|| refused("it is no file of this project".to_owned()))?;
        let target = self.0.target(&importer, name).map_err(refused)?;
        Ok(self.0.root().specifier(&target))
    }
}

impl Loader for Files {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, DeclaredModule>> {
        let key = self.key(name);
        let found = key.as_ref().and_then(|key| Some((key, self.0.text(key)?)));
        let (key, text) = found.ok_or_else(|| Error::new_loading_message(name, "there is no such file"))?;
        let role = match key.as_str() {
            "index.js" | "index.ts" => Role::Entry(ScriptFormat::Module),
            _ => Role::Module,
        };
        let text = compile(key, text, role).map_err(|it| Error::new_loading_message(name, it.to_string()))?;
        Module::declare(ctx.clone(), name, text)
    }
}

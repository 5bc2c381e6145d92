//! What names are: from what is beside them, what is assigned to them, who calls with what.

use smol_str::SmolStr;

use super::{Infer, Open, widened};
use crate::project::{FileId, Owner, WORLD};
use crate::summary::{
    BindingId, BindingKind, DeclKind, Exported, ExprId, FunctionId, Kind, Note, ScopeId, Source, SourceId,
};
use crate::syntax::Language;
use crate::ty::{Env, Ty};

/// More calls of one function are not looked at.
const CALLS_MAX: usize = 8;

/// What the world calls by name of the table that a Luau file returns, as the runtime does.
const HOOKS: [&str; 9] = [
    "on_start",
    "on_update",
    "on_fixed_update",
    "on_late_update",
    "on_message",
    "on_destroy",
    "on_save",
    "on_restore",
    "on_reload",
];

/// More assignments to one name are not looked at.
const SOURCES_MAX: usize = 16;

impl Infer<'_> {
    /// What a name is.
    #[must_use]
    pub fn binding(&self, file: FileId, binding: BindingId) -> Ty {
        if let Some(known) = self.bindings.borrow().get(&(file, binding)) {
            return known.clone();
        }
        let ty = self.guarded((file, Open::Binding(binding)), || self.binding_of(file, binding));
        if self.open.borrow().is_empty() || !ty.is_open() {
            self.bindings.borrow_mut().insert((file, binding), ty.clone());
        }
        ty
    }

    fn binding_of(&self, file: FileId, binding: BindingId) -> Ty {
        let it = &self.summary(file)[binding];
        let noted = it.note.map(|note| self.note(file, note, &Env::default()));
        if let Some(ty) = noted
            && !ty.is_open()
        {
            return ty;
        }
        let constant = it.kind == BindingKind::Constant;
        let found = it.sources.iter().take(SOURCES_MAX).map(|source| {
            let ty = self.source(file, *source);
            if constant { ty } else { widened(ty) }
        });
        let ty = Ty::one_of(found);
        let ty =
            if it.kind == BindingKind::Param { ty.or_else(|| self.by_name(file, &it.name.text)) } else { ty };
        self.filled(file, binding, ty)
    }

    /// A list that is made empty holds what is put into it.
    fn filled(&self, file: FileId, binding: BindingId, ty: Ty) -> Ty {
        match &ty {
            Ty::List(item) if item.is_open() => {
                let path = crate::summary::Path {
                    root: crate::summary::Root::Binding(binding),
                    rest: SmolStr::default(),
                };
                Ty::List(std::rc::Rc::new(self.put_on(file, &path)))
            }
            _ => ty,
        }
    }

    /// What comes from there.
    pub(crate) fn source(&self, file: FileId, source: SourceId) -> Ty {
        match &self.summary(file)[source] {
            Source::Value(expr) => self.expr(file, *expr),
            Source::Note(note) => self.note(file, *note, &Env::default()),
            Source::Element(of) => self.element(&self.expr(file, *of)).or_else(|| self.put_into(file, *of)),
            Source::Each(of, number) => self.each(file, *of, *number),
            Source::Result(call, number) => self.result(file, *call, *number),
            Source::Param(function, number) => self.param(file, *function, *number),
            Source::Member(of, name) => {
                self.member(&self.source(file, *of), name).map_or(Ty::Unknown, |it| it.ty)
            }
            Source::Item(of, number) => match self.source(file, *of) {
                Ty::Tuple(items) => items.get(*number as usize).cloned().unwrap_or_default(),
                other => self.element(&other),
            },
            Source::Import(import, name) => self.imported(file, *import, name),
            Source::Class(class) => Ty::Class(file, *class),
        }
    }

    /// What Luau's `for` gives of `of`: of lists numbers and items, of other tables keys and values.
    fn each(&self, file: FileId, of: ExprId, number: u32) -> Ty {
        let ty = self.expr(file, of);
        match (number, ty) {
            (0, Ty::List(_) | Ty::Tuple(_)) => Ty::Number,
            // A function that gives one after another.
            (_, ty @ (Ty::Signature(..) | Ty::Function(..))) if number == 0 => self.given_by(&ty),
            (0, Ty::Object(file, expr)) => match &self.summary(file)[expr].kind {
                Kind::Object(all) if all.is_empty() => Ty::Number,
                _ => Ty::Text,
            },
            (0, _) => Ty::Text,
            (1, other) => self.element(&other).or_else(|| self.put_into(file, of)),
            _ => Ty::Unknown,
        }
    }

    /// What a parameter is.
    #[must_use]
    pub fn param(&self, file: FileId, function: FunctionId, number: u32) -> Ty {
        let it = &self.summary(file)[function];
        if let Some(note) = it.params.get(number as usize).and_then(|it| it.note) {
            let ty = self.note(file, note, &Env::default());
            if !ty.is_open() {
                return ty;
            }
        }
        let given = it.given.map_or(Ty::Unknown, |(call, argument)| {
            let wanted = self.expected_argument(file, call, argument);
            self.param_of(&wanted, number)
        });
        given
            .or_else(|| self.entry_param(file, function, number))
            .or_else(|| self.assigned_callback(file, function, number))
            .or_else(|| self.called_with(file, function, number))
            .or_else(|| {
                let name = it.params.get(number as usize).map(|it| it.name.text.clone());
                name.map_or(Ty::Unknown, |it| self.by_name(file, &it))
            })
            .or_else(|| {
                let default = it.params.get(number as usize).and_then(|it| it.default);
                default.map_or(Ty::Unknown, |it| widened(self.expr(file, it)))
            })
    }

    /// What whoever calls it by name hands over.
    fn called_with(&self, file: FileId, function: FunctionId, number: u32) -> Ty {
        let summary = self.summary(file);
        let calls = summary[function].calls.iter().take(CALLS_MAX);
        Ty::one_of(calls.filter_map(|call| match &summary[*call].kind {
            Kind::Call(_, args) | Kind::New(_, args) => {
                args.get(number as usize).map(|it| widened(self.expr(file, *it)))
            }
            _ => None,
        }))
    }

    /// A function that is assigned to a member or is part of what is handed over: `onPress: e => …`.
    fn assigned_callback(&self, file: FileId, function: FunctionId, number: u32) -> Ty {
        let summary = self.summary(file);
        let Some(expr) = summary.expr_of(function) else { return Ty::Unknown };
        let wanted = match summary.target_of(expr) {
            Some(target) => match &summary[target].kind {
                Kind::Member(object, name) => {
                    self.member(&self.expr(file, *object), &name.text).map_or(Ty::Unknown, |it| it.ty)
                }
                _ => Ty::Unknown,
            },
            None => self.expected(file, expr),
        };
        self.param_of(&wanted, number)
    }

    /// The parameters of an app's entry have an order.
    fn entry_param(&self, file: FileId, function: FunctionId, number: u32) -> Ty {
        let luau = self.project.file(file).is_some_and(|it| Language::of(&it.path) == Language::Luau);
        if luau && let Some(hook) = self.hook(file, function) {
            return match (&*hook, number) {
                ("on_update" | "on_fixed_update" | "on_late_update", 0) => Ty::Number,
                ("on_start", _) => self.place_of(file, (luau, number)),
                ("on_message", 0) => Ty::Text,
                // What was kept is what was saved.
                ("on_restore" | "on_reload", 0) => self.saved(file),
                _ => Ty::Unknown,
            };
        }
        if self.is_entry(file, function) { self.place_of(file, (luau, number)) } else { Ty::Unknown }
    }

    fn place_of(&self, file: FileId, (luau, number): (bool, u32)) -> Ty {
        let names = if luau {
            ["world", "app", "props", "", ""]
        } else {
            ["world", "app", "fetch", "props", "setTimeout"]
        };
        names.get(number as usize).map_or(Ty::Unknown, |it| self.named_param(file, it))
    }

    /// The name by which the world calls a function: `on_update` of the table a Luau file returns.
    fn hook(&self, file: FileId, function: FunctionId) -> Option<SmolStr> {
        let hooks = self.exported(file, "default", 0);
        let all = HOOKS.into_iter().filter_map(|it| self.member(&hooks, it));
        let mut mine = all.filter(|it| it.ty.parts().contains(&Ty::Function(file, function)));
        mine.next().map(|it| it.name)
    }

    /// The n-th value a Luau call gives; of `pcall(f)` what `f` gives.
    fn result(&self, file: FileId, call: ExprId, number: u32) -> Ty {
        let summary = self.summary(file);
        let Kind::Call(callee, args) = &summary[call].kind else { return Ty::Unknown };
        let is_attempt = matches!(&summary[*callee].kind,
            Kind::Name(name, None, _) if matches!(&**name, "pcall" | "xpcall"));
        let (function, number) = match args.first() {
            Some(function) if is_attempt => (self.expr(file, *function), number - 1),
            _ => (self.expr(file, *callee), number),
        };
        if number == 0 {
            return self.given_by(&function);
        }
        Ty::one_of(function.parts().iter().filter_map(|it| match it {
            Ty::Function(at, function) => {
                let others = self.summary(*at)[*function].others.iter().filter(|it| it.0 == number);
                Some(Ty::one_of(others.map(|it| widened(self.expr(*at, it.1)))))
            }
            _ => None,
        }))
    }

    /// What `on_save` gives.
    fn saved(&self, file: FileId) -> Ty {
        let save = self.member(&self.exported(file, "default", 0), "on_save");
        save.map_or(Ty::Unknown, |it| self.given_by(&it.ty))
    }

    /// What a function gives, whatever it is called with.
    fn given_by(&self, function: &Ty) -> Ty {
        match function {
            Ty::Signature(at, note, env) => match &self.summary(*at)[*note] {
                Note::Function(it) => it.returns.map_or(Ty::Unknown, |it| self.note(*at, it, env)),
                _ => Ty::Unknown,
            },
            Ty::Function(at, function) => {
                let it = &self.summary(*at)[*function];
                Ty::one_of(it.returns.iter().map(|it| self.expr(*at, *it)))
            }
            _ => Ty::Unknown,
        }
    }

    /// Whether a function is what a file below `apps/` exports by default.
    fn is_entry(&self, file: FileId, function: FunctionId) -> bool {
        let summary = self.summary(file);
        let Some(export) = summary.export("default") else { return false };
        let value = match &export.what {
            Exported::Value(value) => Some(*value),
            Exported::Name(name) => summary.find(name, ScopeId(0), u32::MAX).and_then(|binding| {
                summary[binding].sources.iter().find_map(|it| match summary[*it] {
                    Source::Value(value) => Some(value),
                    _ => None,
                })
            }),
            Exported::Import(..) => None,
        };
        value.is_some_and(|it| summary[it].kind == Kind::Function(function))
    }

    /// The script API's own names, wherever they are parameters.
    fn by_name(&self, file: FileId, name: &str) -> Ty {
        match name {
            "world" | "app" | "props" | "config" => self.named_param(file, name),
            "player" => self.world_type("Player"),
            "entity" => self.world_type("Entity"),
            _ => Ty::Unknown,
        }
    }

    fn named_param(&self, file: FileId, name: &str) -> Ty {
        match name {
            "world" => self.world_type("World"),
            "app" => self.world_type("App"),
            "props" | "config" => self.props_of(file),
            other => self.global(file, other),
        }
    }

    /// What is set for the app that a file belongs to.
    pub(super) fn props_of(&self, file: FileId) -> Ty {
        let owner = self.project.file(file).and_then(|it| Owner::of(&it.path));
        owner.filter(|it| !it.app.is_empty()).map_or(Ty::Unknown, |it| Ty::Props(SmolStr::new(it.app)))
    }

    /// A type of the world, by its name.
    #[must_use]
    pub fn world_type(&self, name: &str) -> Ty {
        let world = self.summary(WORLD);
        world.decl(name).map_or(Ty::Unknown, |it| match &world[it].kind {
            DeclKind::Alias(note) => self.note(WORLD, *note, &Env::default()),
            _ => Ty::Named(WORLD, it, Env::default()),
        })
    }

    /// What `require` gives.
    pub(super) fn required(&self, file: FileId, import: u32) -> Ty {
        let luau = self.project.file(file).is_some_and(|it| Language::of(&it.path) == Language::Luau);
        self.imported(file, import, if luau { "default" } else { "*" })
    }

    /// What another file gives by that name.
    pub(super) fn imported(&self, file: FileId, import: u32, name: &str) -> Ty {
        let Some(target) = self.import_target(file, import) else { return Ty::Unknown };
        if name == "*" { Ty::Module(target) } else { self.exported(target, name, 0) }
    }

    fn import_target(&self, file: FileId, import: u32) -> Option<FileId> {
        let specifier = &self.summary(file).imports.get(import as usize)?.specifier.text;
        self.project.imported(file, specifier)
    }

    /// What a file exports by that name; re-exports are followed a few times.
    pub(super) fn exported(&self, file: FileId, name: &str, depth: u32) -> Ty {
        let summary = self.summary(file);
        if let Some(export) = summary.export(name) {
            return match &export.what {
                Exported::Value(value) => self.expr(file, *value),
                Exported::Name(name) => {
                    summary.find(name, ScopeId(0), u32::MAX).map_or(Ty::Unknown, |it| self.binding(file, it))
                }
                Exported::Import(import, name) if depth < 8 => match self.import_target(file, *import) {
                    Some(target) if name == "*" => Ty::Module(target),
                    Some(target) => self.exported(target, name, depth + 1),
                    None => Ty::Unknown,
                },
                Exported::Import(..) => Ty::Unknown,
            };
        }
        let all = summary.exports.iter().filter(|it| it.name.text == "*" && depth < 8);
        let found = all.filter_map(|it| match &it.what {
            Exported::Import(import, _) => self.import_target(file, *import),
            _ => None,
        });
        found.map(|it| self.exported(it, name, depth + 1)).find(|it| !it.is_open()).unwrap_or_default()
    }

    /// The type another file exports by that name.
    pub(super) fn exported_type(&self, file: FileId, name: &str, env: &Env) -> Option<Ty> {
        let summary = self.summary(file);
        let (name, file) = match &summary.export(name)?.what {
            Exported::Name(name) => (name.clone(), file),
            Exported::Import(import, name) => {
                return self.exported_type(self.import_target(file, *import)?, name, env);
            }
            Exported::Value(_) => return None,
        };
        let decl = self.summary(file).decl(&name)?;
        Some(self.declared(file, decl, env))
    }

    /// What a name means among types, if an import gives it.
    pub(crate) fn imported_type(&self, file: FileId, name: &str, env: &Env) -> Option<Ty> {
        let summary = self.summary(file);
        let binding = summary.find(name, ScopeId(0), u32::MAX)?;
        summary[binding].sources.iter().find_map(|it| match &summary[*it] {
            Source::Import(import, there) => {
                self.exported_type(self.import_target(file, *import)?, there, env)
            }
            _ => None,
        })
    }

    /// The type that is written beside a foreign name: `import('x').T`.
    pub(super) fn foreign(&self, file: FileId, import: u32, name: &str, env: &Env) -> Ty {
        let target = self.import_target(file, import);
        target.and_then(|it| self.exported_type(it, name, env)).unwrap_or_default()
    }
}

//! Finding things in a summary by place or by name.

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use super::links::Links;
use super::{
    BindingId, BindingKind, DeclId, Export, Expr, ExprId, FunctionId, Kind, Path, Root, ScopeId, Source,
    Summary,
};

/// How often one name may stand for another.
const STANDS_MAX: u32 = 8;

impl Expr {
    /// What it is made of, in the order of the text.
    #[must_use]
    pub fn parts(&self) -> Vec<ExprId> {
        match &self.kind {
            Kind::Member(one, _) | Kind::Await(one) | Kind::Spread(one) | Kind::Cast(one, _) => vec![*one],
            Kind::Index(one, two) | Kind::Sum(one, two) | Kind::Instance(one, two) => vec![*one, *two],
            Kind::Call(callee, args) | Kind::New(callee, args) => {
                std::iter::once(*callee).chain(args.iter().copied()).collect()
            }
            Kind::Joined(all) | Kind::List(all) | Kind::Either(all) | Kind::Unknown(all) => all.clone(),
            Kind::Object(all) => all.iter().map(|it| it.value).collect(),
            Kind::Name(..)
            | Kind::This(_)
            | Kind::Require(_)
            | Kind::Text(_)
            | Kind::Number
            | Kind::Truth
            | Kind::Nothing
            | Kind::Function(_)
            | Kind::Class(_) => Vec::new(),
        }
    }
}

impl Summary {
    /// The innermost scope at `offset`.
    #[must_use]
    pub fn scope_at(&self, offset: u32) -> ScopeId {
        // Inner ones come after outer ones.
        let innermost = self.scopes.iter().rposition(|it| it.span.touches(offset));
        ScopeId(innermost.and_then(|it| u32::try_from(it).ok()).unwrap_or(0))
    }

    /// `scope` and those around it, from the inside.
    pub fn around(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(scope), |it| self.scopes.get(it.0 as usize)?.parent)
    }

    /// What `name` means at `offset` in `scope`: the last one given before, from the inside.
    #[must_use]
    pub fn find(&self, name: &str, scope: ScopeId, offset: u32) -> Option<BindingId> {
        let all = self.by_name.get(name)?;
        self.around(scope).find_map(|scope| {
            let mut here = all.iter().rev().filter(|it| self[**it].scope == scope);
            here.find(|it| self[**it].from <= offset).copied()
        })
    }

    /// The function around `scope`.
    #[must_use]
    pub fn function_around(&self, scope: ScopeId) -> Option<FunctionId> {
        self.around(scope).find_map(|it| self[it].function)
    }

    /// The path of an expression, if it is one.
    #[must_use]
    pub fn path(&self, expr: ExprId) -> Option<Path> {
        self.path_within(expr, STANDS_MAX)
    }

    fn path_within(&self, expr: ExprId, left: u32) -> Option<Path> {
        let root = |root| Some(Path { root, rest: SmolStr::default() });
        match &self[expr].kind {
            Kind::Name(_, Some(binding), _) => match self.stands_for(*binding) {
                Some(other) if left > 0 => self.path_within(other, left - 1),
                _ => root(Root::Binding(*binding)),
            },
            Kind::Name(name, None, _) => root(Root::Global(name.clone())),
            Kind::This(class) => root(Root::This(*class)),
            Kind::Member(object, name) => {
                let Path { root, rest } = self.path_within(*object, left)?;
                Some(Path { root, rest: format_smolstr!("{rest}.{}", name.text) })
            }
            _ => None,
        }
    }

    /// Luau's `self` is the table its method is put on, and an instance is kept with its class: what is put
    /// on one of them, all of them have.
    fn stands_for(&self, binding: BindingId) -> Option<ExprId> {
        let it = &self[binding];
        let Source::Value(value) = self[*it.sources.first()?] else { return None };
        let named = |it: ExprId| matches!(self[it].kind, Kind::Name(..) | Kind::Member(..)).then_some(it);
        match self[value].kind {
            Kind::Instance(_, class) if it.kind != BindingKind::Param => named(class),
            _ if it.kind == BindingKind::Param && it.name.text == "self" => named(value),
            _ => None,
        }
    }

    /// Where a value that is made in place is kept first: `state` of `const state = {}`.
    #[must_use]
    pub fn holder(&self, expr: ExprId) -> Option<&Path> {
        self.holders.get(&expr)
    }

    /// Everything of that name.
    pub fn all_named(&self, name: &str) -> impl Iterator<Item = BindingId> {
        self.by_name.get(name).into_iter().flatten().copied()
    }

    /// The smallest expression that `wanted` says yes to and `offset` touches.
    #[must_use]
    pub fn expr_at(&self, offset: u32, wanted: impl Fn(&Expr) -> bool) -> Option<ExprId> {
        let all = self.exprs.iter().enumerate();
        let here = all.filter(|(_, it)| it.span.touches(offset) && wanted(it));
        let (at, _) = here.min_by_key(|(_, it)| it.span.end - it.span.start)?;
        u32::try_from(at).ok().map(ExprId)
    }

    /// What it exports by that name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|it| it.name.text == name)
    }

    /// The type of that name.
    #[must_use]
    pub fn decl(&self, name: &str) -> Option<DeclId> {
        self.decl_names.get(name).copied()
    }

    /// Says what every name means, who calls which function and what is asked of which path. Done once,
    /// when everything is there.
    pub(crate) fn resolve(&mut self) {
        self.index_names();
        for at in 0..self.exprs.len() {
            let Expr { kind: Kind::Name(name, None, scope), span } = &self.exprs[at] else { continue };
            let found = self.find(name, *scope, span.start);
            if let Kind::Name(_, binding, _) = &mut self.exprs[at].kind {
                *binding = found;
            }
        }
        for write in self.writes.clone() {
            if let Kind::Name(_, Some(binding), _) = self[write.target].kind {
                let source = self.sources(Source::Value(write.value));
                self[binding].sources.push(source);
            }
        }
        self.links = Links::of(self);
        self.parents = vec![None; self.exprs.len()];
        let methods = self.index_holders();
        for at in 0..self.exprs.len() {
            let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
            self.index_use(id, &methods);
            for part in self[id].parts() {
                self.parents[part.0 as usize] = Some(id);
            }
        }
    }

    /// Says where values that are made in place are kept. Gives the functions that are kept below a name.
    fn index_holders(&mut self) -> BTreeMap<Path, FunctionId> {
        let mut methods = self.class_methods();
        let bound = (0..).map(BindingId).zip(&self.bindings).filter_map(|(at, it)| {
            let Source::Value(value) = self[*it.sources.first()?] else { return None };
            Some((value, Path { root: Root::Binding(at), rest: SmolStr::default() }))
        });
        let written = self.writes.iter().filter_map(|it| Some((it.value, self.path(it.target)?)));
        let mut held: Vec<(ExprId, Path)> = bound.chain(written).collect();
        held.reverse();
        while let Some((value, path)) = held.pop() {
            match &self[value].kind {
                Kind::Object(all) => {
                    let within = all.iter().filter(|it| !it.name.text.is_empty()).map(|it| {
                        let rest = format_smolstr!("{}.{}", path.rest, it.name.text);
                        (it.value, Path { root: path.root.clone(), rest })
                    });
                    held.extend(within);
                }
                Kind::Instance(table, _) | Kind::Cast(table, _) => held.push((*table, path.clone())),
                Kind::Either(all) => held.extend(all.iter().map(|it| (*it, path.clone()))),
                Kind::Function(function) if !path.rest.is_empty() => {
                    methods.entry(path).or_insert(*function);
                    continue;
                }
                Kind::List(_) => (),
                _ => continue,
            }
            self.holders.entry(value).or_insert(path);
        }
        for write in self.writes.clone() {
            if let Kind::Index(object, _) = self[write.target].kind
                && let Some(path) = self.path(object)
            {
                self.puts.entry(path).or_default().push(write.value);
            }
        }
        methods
    }

    /// `this.step` in a class is its method.
    fn class_methods(&self) -> BTreeMap<Path, FunctionId> {
        let decls = (0..).map(DeclId).zip(&self.decls);
        let all = decls.flat_map(|(class, it)| it.fields.iter().map(move |it| (class, it)));
        all.filter_map(|(class, it)| match self[it.value?].kind {
            Kind::Function(function) => {
                let root = Root::This(Some(class));
                Some((Path { root, rest: format_smolstr!(".{}", it.name.text) }, function))
            }
            _ => None,
        })
        .collect()
    }

    /// What it is a part of.
    #[must_use]
    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.parents.get(expr.0 as usize).copied().flatten()
    }

    fn count(&mut self, expr: ExprId) {
        let Kind::Member(object, name) = &self[expr].kind else { return };
        let (words, name) = (self.words(*object), name.text.clone());
        for words in words.into_iter().chain([SmolStr::default()]) {
            *self.uses.entry(words).or_default().entry(name.clone()).or_default() += 1;
        }
    }

    /// The last words of what members are asked of: `app.state`, `this.node`, `create()`.
    #[must_use]
    pub fn words(&self, expr: ExprId) -> Option<SmolStr> {
        match &self[expr].kind {
            Kind::Name(name, ..) => Some(name.clone()),
            Kind::This(_) => Some("this".into()),
            Kind::Member(object, name) => match &self[*object].kind {
                Kind::Name(root, ..) => Some(format_smolstr!("{root}.{}", name.text)),
                _ => Some(format_smolstr!(".{}", name.text)),
            },
            Kind::Call(callee, _) | Kind::New(callee, _) => {
                let words = self.words(*callee)?;
                Some(format_smolstr!("{words}()"))
            }
            _ => None,
        }
    }

    fn index_names(&mut self) {
        for (at, binding) in (0..).zip(&self.bindings) {
            self.by_name.entry(binding.name.text.clone()).or_default().push(BindingId(at));
        }
        for (at, decl) in (0..).zip(&self.decls) {
            self.decl_names.entry(decl.name.text.clone()).or_insert(DeclId(at));
        }
    }

    fn index_use(&mut self, expr: ExprId, methods: &BTreeMap<Path, FunctionId>) {
        match self[expr].kind {
            Kind::Member(object, _) => {
                self.count(expr);
                if let Some(path) = self.path(object) {
                    self.paths.entry(path).or_default().push(expr);
                }
            }
            Kind::Call(callee, _) | Kind::New(callee, _) => {
                self.index_insert(expr);
                if let Some(function) = self.called(callee, methods) {
                    self[function].calls.push(expr);
                }
            }
            _ => (),
        }
    }

    /// `table.insert(list, x)`, `table.insert(list, at, x)`.
    fn index_insert(&mut self, call: ExprId) {
        let Kind::Call(callee, args) = &self[call].kind else { return };
        let (Kind::Member(object, name), [list, .., value]) = (&self[*callee].kind, args.as_slice()) else {
            return;
        };
        let is_table = matches!(&self[*object].kind, Kind::Name(name, None, _) if name == "table");
        if is_table
            && name.text == "insert"
            && let Some(path) = self.path(*list)
        {
            let value = *value;
            self.puts.entry(path).or_default().push(value);
        }
    }

    /// The function of this file that `callee` names.
    fn called(&self, callee: ExprId, methods: &BTreeMap<Path, FunctionId>) -> Option<FunctionId> {
        let Kind::Name(_, Some(binding), _) = self[callee].kind else {
            return methods.get(&self.path(callee)?).copied();
        };
        self[binding].sources.iter().find_map(|it| match &self[*it] {
            Source::Value(value) => self.as_function(*value),
            Source::Class(class) => {
                let made = self[*class].fields.iter().find(|it| it.name.text == "constructor");
                self.as_function(made?.value?)
            }
            _ => None,
        })
    }

    fn as_function(&self, expr: ExprId) -> Option<FunctionId> {
        match self[expr].kind {
            Kind::Function(function) => Some(function),
            _ => None,
        }
    }
}

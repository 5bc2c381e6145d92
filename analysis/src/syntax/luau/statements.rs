//! Statements, and what a module gives.

use full_moon::ast::luau::{IfConditionBinding, TypeDeclaration, TypeSpecifier};
use full_moon::ast::punctuated::Punctuated;
use full_moon::ast::{
    Assignment, Block, Expression, FunctionBody, FunctionDeclaration, GenericFor, If, LastStmt,
    LocalAssignment, LocalFunction, NumericFor, Stmt, Var,
};
use full_moon::tokenizer::TokenReference;

use super::Lower;
use crate::summary::{
    BindingId, BindingKind, Decl, DeclKind, Export, Exported, ExprId, Kind, ScopeId, Source, Word,
};
use crate::text::Span;

/// A name, the type beside it.
type Named<'a> = (&'a TokenReference, Option<&'a TypeSpecifier>);

impl Lower<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        block.stmts().for_each(|it| self.statement(it));
        if let Some(LastStmt::Return(it)) = block.last_stmt() {
            let values: Vec<ExprId> = it.returns().iter().map(|it| self.expr(it)).collect();
            let first = values.first().copied();
            match (self.out.function_around(self.scope), first) {
                (Some(function), Some(value)) => {
                    self.out[function].returns.push(value);
                    let others = (0..).zip(values).skip(1);
                    self.out[function].others.extend(others);
                }
                (None, Some(value)) if self.scope == ScopeId(0) => {
                    let at = self.span(it.token()).start;
                    let name = Word { text: "default".into(), span: Span { start: at, end: at } };
                    self.out.exports.push(Export { name, what: Exported::Value(value) });
                }
                _ => (),
            }
        }
    }

    /// A block whose names end with it.
    fn inner(&mut self, span: Span, block: &Block) {
        self.within((span, None), |lower| lower.block(block));
    }

    fn statement(&mut self, it: &Stmt) {
        match it {
            Stmt::Assignment(it) => self.assignment(it),
            Stmt::Do(it) => {
                let span = self.block_span(self.span(it.do_token()).start, it.end_token());
                self.inner(span, it.block());
            }
            Stmt::FunctionCall(it) => drop(self.call(it)),
            Stmt::FunctionDeclaration(it) => self.function_declaration(it),
            Stmt::GenericFor(it) => self.generic_for(it),
            Stmt::If(it) => self.condition(it),
            Stmt::LocalAssignment(it) => self.local_assignment(it),
            Stmt::LocalFunction(it) => self.local_function(it),
            Stmt::NumericFor(it) => self.numeric_for(it),
            Stmt::Repeat(it) => {
                let mut span = self.block_span(self.span(it.repeat_token()).start, it.until_token());
                span.end = span.end.max(self.span(it.until()).end);
                // What is asked at the end still knows the names of the block.
                self.within((span, None), |lower| {
                    lower.block(it.block());
                    lower.expr(it.until());
                });
            }
            Stmt::While(it) => {
                self.expr(it.condition());
                let span = self.block_span(self.span(it.do_token()).start, it.end_token());
                self.inner(span, it.block());
            }
            Stmt::CompoundAssignment(it) => {
                let right = self.expr(it.rhs());
                let target = self.var(it.lhs());
                let span = self.span(&**it);
                let value = match it.compound_operator().token().token().to_string().as_str() {
                    "..=" => self.expr_of(Kind::Joined(vec![right]), span),
                    _ => self.expr_of(Kind::Sum(right, right), span),
                };
                self.write(target, value);
            }
            Stmt::ConstAssignment(it) => {
                let span = self.span(it);
                let names = it.names().iter().zip(it.type_specifiers().chain(std::iter::repeat(None)));
                self.locals((span, BindingKind::Constant), names.collect(), it.expressions());
            }
            Stmt::ConstFunction(it) => {
                self.named_function((it.name(), self.span(it.const_token()).start), it.body());
            }
            Stmt::TypeDeclaration(it) => self.type_declaration(it, self.span(&**it)),
            Stmt::ExportedTypeDeclaration(it) => {
                self.type_declaration(it.type_declaration(), self.span(&**it));
                let name = self.word(it.type_declaration().type_name());
                let what = Exported::Name(name.text.clone());
                self.out.exports.push(Export { name, what });
            }
            _ => (),
        }
    }

    fn assignment(&mut self, it: &Assignment) {
        let values: Vec<ExprId> = it.expressions().iter().map(|it| self.expr(it)).collect();
        let targets: Vec<ExprId> = it.variables().iter().map(|it| self.var(it)).collect();
        for (target, value) in targets.into_iter().zip(values) {
            self.write(target, value);
        }
    }

    fn local_assignment(&mut self, it: &LocalAssignment) {
        let span = self.span(it);
        let names = it.names().iter().zip(it.type_specifiers().chain(std::iter::repeat(None)));
        self.locals((span, BindingKind::Variable), names.collect(), it.expressions());
    }

    fn locals(
        &mut self,
        (span, kind): (Span, BindingKind),
        names: Vec<Named<'_>>,
        values: &Punctuated<Expression>,
    ) {
        let values: Vec<ExprId> = values.iter().map(|it| self.expr(it)).collect();
        let doc = self.doc(span.start);
        let said = self.cats(span.start);
        for (at, (name, note)) in names.into_iter().enumerate() {
            let note = note.map(|it| self.note(it.type_info()));
            let note = note.or(said.of.filter(|_| at == 0));
            let name = self.word(name);
            if let Some(import) = values.get(at).and_then(|it| self.required(*it)) {
                self.modules.insert(name.text.clone(), import);
            }
            let binding = self.bind(name, kind, span.end);
            self.out[binding].note = note;
            self.out[binding].doc.clone_from(&doc);
            if let Some(source) = self.nth(&values, at) {
                self.source(binding, source);
            }
        }
    }

    /// Where the n-th of several names has its value from: the last of the values may be a call that gives more.
    fn nth(&self, values: &[ExprId], at: usize) -> Option<Source> {
        if let Some(value) = values.get(at) {
            return Some(Source::Value(*value));
        }
        let last = *values.last()?;
        let number = u32::try_from(at + 1 - values.len()).ok()?;
        matches!(self.out[last].kind, Kind::Call(..)).then_some(Source::Result(last, number))
    }

    /// The import that a value is.
    fn required(&self, value: ExprId) -> Option<u32> {
        match self.out[value].kind {
            Kind::Require(import) => Some(import),
            Kind::Cast(inner, _) => self.required(inner),
            _ => None,
        }
    }

    fn local_function(&mut self, it: &LocalFunction) {
        self.named_function((it.name(), self.span(it.local_token()).start), it.body());
    }

    fn named_function(&mut self, (name, start): (&TokenReference, u32), body: &FunctionBody) {
        let name = self.word(name);
        let binding = self.bind(name.clone(), BindingKind::Function, name.span.start);
        self.out[binding].doc = self.doc(start);
        let value = self.function((body, start), None);
        self.source(binding, Source::Value(value));
    }

    /// `function f()`, `function M.f()`, `function M:f()`.
    fn function_declaration(&mut self, it: &FunctionDeclaration) {
        let start = self.span(it.function_token()).start;
        let mut names = it.name().names().iter();
        let Some(first) = names.next() else { return };
        let mut target = self.name(first);
        let mut owner = None;
        for name in names.chain(it.name().method_name()) {
            owner = Some(target);
            target = self.member(target, name);
        }
        let known = matches!(&self.out[target].kind, Kind::Name(name, ..)
            if self.out.bindings.iter().any(|it| it.name.text == *name));
        if owner.is_none() && !known {
            let name = self.word(first);
            let doc = self.doc(start);
            self.binding((name, BindingKind::Function), (ScopeId(0), 0), doc);
        }
        let value = self.function((it.body(), start), owner);
        self.write(target, value);
    }

    fn condition(&mut self, it: &If) {
        let start = self.span(it.if_token()).start;
        let after = |lower: &Self| lower.block_span(start, it.end_token()).end;
        let mut parts = vec![(it.binding(), Some(it.condition()), it.then_token(), it.block())];
        for other in it.else_if().into_iter().flatten() {
            parts.push((other.binding(), Some(other.condition()), other.then_token(), other.block()));
        }
        if let (Some(token), Some(block)) = (it.else_token(), it.else_block()) {
            parts.push((None, None, token, block));
        }
        let starts: Vec<u32> = parts.iter().map(|it| self.span(it.2).start.max(start)).collect();
        for (at, (binding, condition, _, block)) in parts.into_iter().enumerate() {
            let value = condition.map(|it| self.expr(it));
            let end = starts.get(at + 1).copied().unwrap_or_else(|| after(self));
            let span = Span { start: starts[at], end: end.max(starts[at]) };
            self.within((span, None), |lower| {
                if let (Some(binding), Some(value)) = (binding, value) {
                    lower.bound(binding, value);
                }
                lower.block(block);
            });
        }
    }

    /// `if local x = value then`.
    pub(super) fn bound(&mut self, it: &IfConditionBinding, value: ExprId) -> BindingId {
        let note = it.type_specifier().map(|it| self.note(it.type_info()));
        let name = self.word(it.name());
        let binding = self.bind(name, BindingKind::Variable, 0);
        self.out[binding].note = note;
        self.source(binding, Source::Value(value));
        binding
    }

    fn numeric_for(&mut self, it: &NumericFor) {
        self.expr(it.start());
        self.expr(it.end());
        if let Some(step) = it.step() {
            self.expr(step);
        }
        let span = self.block_span(self.span(it.do_token()).start, it.end_token());
        self.within((span, None), |lower| {
            let name = lower.word(it.index_variable());
            let number = lower.expr_of(Kind::Number, Span { start: name.span.end, end: name.span.end });
            let binding = lower.bind(name, BindingKind::Variable, 0);
            lower.source(binding, Source::Value(number));
            lower.block(it.block());
        });
    }

    fn generic_for(&mut self, it: &GenericFor) {
        let values: Vec<ExprId> = it.expressions().iter().map(|it| self.expr(it)).collect();
        let over = self.gone_over(&values);
        let span = self.block_span(self.span(it.do_token()).start, it.end_token());
        self.within((span, None), |lower| {
            let notes = it.type_specifiers().chain(std::iter::repeat(None));
            for ((number, name), note) in (0..).zip(it.names().iter()).zip(notes) {
                let note = note.map(|it| lower.note(it.type_info()));
                let name = lower.word(name);
                let binding = lower.bind(name, BindingKind::Variable, 0);
                lower.out[binding].note = note;
                if let Some(over) = over {
                    lower.source(binding, Source::Each(over, number));
                }
            }
            lower.block(it.block());
        });
    }

    /// What `pairs(t)`, `ipairs(t)` and `next, t` go over is `t`.
    fn gone_over(&self, values: &[ExprId]) -> Option<ExprId> {
        let is = |it: ExprId, names: &[&str]| matches!(&self.out[it].kind, Kind::Name(name, ..) if names.contains(&&**name));
        match values {
            [next, table, ..] if is(*next, &["next"]) => Some(*table),
            [one, ..] => match &self.out[*one].kind {
                Kind::Call(callee, args) if is(*callee, &["pairs", "ipairs"]) => args.first().copied(),
                _ => Some(*one),
            },
            [] => None,
        }
    }

    fn type_declaration(&mut self, it: &TypeDeclaration, span: Span) {
        let generics = self.generics(it.generics());
        let note = self.note(it.type_definition());
        let doc = self.doc(span.start);
        let name = self.word(it.type_name());
        self.out.decls(Decl {
            name,
            kind: DeclKind::Alias(note),
            span,
            generics,
            extends: Vec::new(),
            base: None,
            fields: Vec::new(),
            doc,
        });
    }

    fn var(&mut self, it: &Var) -> ExprId {
        match it {
            Var::Expression(it) => self.chain(it.prefix(), it.suffixes()),
            Var::Name(it) => self.name(it),
            other => {
                let span = self.span(other);
                self.expr_of(Kind::Unknown(Vec::new()), span)
            }
        }
    }
}

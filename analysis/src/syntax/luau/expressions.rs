//! Expressions and functions.

use full_moon::ast::luau::IfExpression;
use full_moon::ast::{
    BinOp, Call, Expression, Field, FunctionArgs, FunctionBody, FunctionCall, Index, Parameter, Prefix,
    Suffix, TableConstructor, UnOp, Var,
};
use full_moon::node::Node;
use full_moon::tokenizer::TokenReference;
use smol_str::SmolStr;

use super::Lower;
use crate::summary::{
    BindingKind, ExprId, Function, FunctionId, Import, Kind, Param, Property, Source, Word,
};
use crate::text::Span;

impl Lower<'_> {
    pub(super) fn expr(&mut self, it: &Expression) -> ExprId {
        let span = self.span(it);
        match it {
            Expression::BinaryOperator { lhs, binop, rhs } => {
                let (left, right) = (self.expr(lhs), self.expr(rhs));
                self.expr_of(binary(binop, left, right), span)
            }
            Expression::Parentheses { expression, .. } => self.expr(expression),
            Expression::UnaryOperator { unop, expression } => {
                let inner = self.expr(expression);
                let kind = match unop {
                    UnOp::Not(_) => Kind::Truth,
                    // `-v` of a vector is a vector.
                    UnOp::Minus(_) => Kind::Sum(inner, inner),
                    _ => Kind::Number,
                };
                self.expr_of(kind, span)
            }
            Expression::Function(it) => self.function((it.body(), span.start), None),
            Expression::FunctionCall(it) => self.call(it),
            Expression::IfExpression(it) => self.choice(it),
            Expression::InterpolatedString(it) => {
                let parts = it.expressions().map(|it| self.expr(it)).collect();
                self.expr_of(Kind::Joined(parts), span)
            }
            Expression::TableConstructor(it) => self.table(it),
            Expression::Number(_) => self.expr_of(Kind::Number, span),
            Expression::String(it) => self.text(it),
            Expression::Symbol(it) => {
                let kind = match it.token().to_string().as_str() {
                    "true" | "false" => Kind::Truth,
                    "nil" => Kind::Nothing,
                    _ => Kind::Unknown(Vec::new()),
                };
                self.expr_of(kind, span)
            }
            Expression::TypeAssertion { expression, type_assertion } => {
                let value = self.expr(expression);
                let note = self.note(type_assertion.cast_to());
                self.expr_of(Kind::Cast(value, note), span)
            }
            Expression::Var(Var::Name(it)) => self.name(it),
            Expression::Var(Var::Expression(it)) => self.chain(it.prefix(), it.suffixes()),
            _ => self.expr_of(Kind::Unknown(Vec::new()), span),
        }
    }

    pub(super) fn name(&mut self, it: &TokenReference) -> ExprId {
        let name = self.word(it);
        self.expr_of(Kind::Name(name.text, None, self.scope), name.span)
    }

    fn text(&mut self, it: &TokenReference) -> ExprId {
        let text = self.quoted(it).text;
        let span = self.span(it);
        self.expr_of(Kind::Text(text), span)
    }

    pub(super) fn member(&mut self, object: ExprId, name: &TokenReference) -> ExprId {
        let name = self.word(name);
        let span = Span { start: self.out[object].span.start, end: name.span.end };
        self.expr_of(Kind::Member(object, name), span)
    }

    pub(super) fn call(&mut self, it: &FunctionCall) -> ExprId {
        self.chain(it.prefix(), it.suffixes())
    }

    /// `a.b[c]:d(e)`, from the left.
    pub(super) fn chain<'s>(
        &mut self,
        prefix: &Prefix,
        suffixes: impl Iterator<Item = &'s Suffix>,
    ) -> ExprId {
        let mut value = match prefix {
            Prefix::Name(it) => self.name(it),
            Prefix::Expression(it) => self.expr(it),
            other => {
                let span = self.span(other);
                self.expr_of(Kind::Unknown(Vec::new()), span)
            }
        };
        for suffix in suffixes {
            value = match suffix {
                Suffix::Index(Index::Dot { name, .. }) => self.member(value, name),
                Suffix::Index(Index::Brackets { expression, brackets }) => {
                    let end = self.span(brackets.tokens().1).end;
                    self.indexed(value, expression, end)
                }
                Suffix::Call(Call::AnonymousCall(args)) => self.calling(value, args),
                Suffix::Call(Call::MethodCall(it)) => {
                    let method = self.member(value, it.name());
                    self.calling(method, it.args())
                }
                _ => value,
            };
        }
        value
    }

    fn indexed(&mut self, object: ExprId, key: &Expression, end: u32) -> ExprId {
        let inner = self.expr(key);
        let at = self.out[inner].span;
        let span = Span { start: self.out[object].span.start, end: end.max(at.end) };
        let kind = match key {
            Expression::String(text) => Kind::Member(object, self.quoted(text)),
            _ => Kind::Index(object, inner),
        };
        self.expr_of(kind, span)
    }

    fn calling(&mut self, callee: ExprId, args: &FunctionArgs) -> ExprId {
        let start = self.out[callee].span.start;
        let end = self.span(args).end;
        let (args, text): (Vec<ExprId>, Option<Word>) = match args {
            FunctionArgs::Parentheses { arguments, .. } => {
                let text = match arguments.iter().next() {
                    Some(Expression::String(it)) => Some(self.quoted(it)),
                    _ => None,
                };
                (arguments.iter().map(|it| self.expr(it)).collect(), text)
            }
            FunctionArgs::String(it) => (vec![self.text(it)], Some(self.quoted(it))),
            FunctionArgs::TableConstructor(it) => (vec![self.table(it)], None),
            _ => (Vec::new(), None),
        };
        let last = args.last().map_or(0, |it| self.out[*it].span.end);
        let span = Span { start, end: end.max(self.out[callee].span.end).max(last) };
        let global = match &self.out[callee].kind {
            Kind::Name(name, ..) => name.clone(),
            _ => SmolStr::default(),
        };
        match (&*global, args.as_slice(), text) {
            ("require", [_], Some(specifier)) => {
                let number = u32::try_from(self.out.imports.len()).unwrap_or(u32::MAX);
                self.out.imports.push(Import { specifier, names: Vec::new(), type_only: false });
                self.expr_of(Kind::Require(number), span)
            }
            ("setmetatable", [table, class], _) => self.instance((*table, *class), span),
            _ => self.given(callee, args, span),
        }
    }

    /// Functions among the arguments learn whom they are given to.
    fn given(&mut self, callee: ExprId, args: Vec<ExprId>, span: Span) -> ExprId {
        let functions: Vec<(u32, FunctionId)> = (0..)
            .zip(&args)
            .filter_map(|(at, it)| match self.out[*it].kind {
                Kind::Function(function) => Some((at, function)),
                _ => None,
            })
            .collect();
        let call = self.expr_of(Kind::Call(callee, args), span);
        for (at, function) in functions {
            self.out[function].given = Some((call, at));
        }
        call
    }

    /// `setmetatable(table, class)`.
    fn instance(&mut self, (table, class): (ExprId, ExprId), span: Span) -> ExprId {
        let value = self.expr_of(Kind::Instance(table, class), span);
        self.instances.push((table, class));
        // The table itself changes, and whoever has it sees it.
        if let Kind::Name(name, None, scope) = &self.out[table].kind {
            let target = Kind::Name(name.clone(), None, *scope);
            let at = self.out[table].span;
            let target = self.expr_of(target, at);
            self.write(target, value);
        }
        value
    }

    fn choice(&mut self, it: &IfExpression) -> ExprId {
        let span = self.span(it);
        let mut values = Vec::new();
        let mut branch = |lower: &mut Self, binding, condition, value: &Expression| {
            let condition = lower.expr(condition);
            let at = lower.span(value);
            let value = lower.within((at, None), |lower| {
                if let Some(binding) = binding {
                    lower.bound(binding, condition);
                }
                lower.expr(value)
            });
            values.push(value);
        };
        branch(self, it.binding(), it.condition(), it.if_expression());
        for other in it.else_if_expressions().into_iter().flatten() {
            branch(self, other.binding(), other.condition(), other.expression());
        }
        let last = self.expr(it.else_expression());
        values.push(last);
        self.expr_of(Kind::Either(values), span)
    }

    fn table(&mut self, it: &TableConstructor) -> ExprId {
        let start = self.span(it.braces().tokens().0).start;
        let mut end = self.span(it.braces().tokens().1).end.max(start);
        let mut named = Vec::new();
        let mut items = Vec::new();
        for field in it.fields().iter() {
            match field {
                Field::NameKey { key, value, .. } => {
                    let name = self.word(key);
                    named.push(Property { name, value: self.expr(value) });
                }
                Field::ExpressionKey { key, value, .. } => {
                    let inner = self.expr(key);
                    let value = self.expr(value);
                    match &**key {
                        Expression::String(it) => named.push(Property { name: self.quoted(it), value }),
                        _ => {
                            let at = self.out[inner].span;
                            let name =
                                Word { text: "[]".into(), span: Span { start: at.start, end: at.start } };
                            named.push(Property { name, value });
                        }
                    }
                }
                Field::NoKey(it) => {
                    let value = self.expr(it);
                    items.push(value);
                }
                _ => (),
            }
            end = end.max(field.end_position().map_or(0, |it| Span::new(0, it.bytes()).end));
        }
        let span = Span { start, end };
        if items.is_empty() {
            return self.expr_of(Kind::Object(named), span);
        }
        if named.is_empty() {
            return self.expr_of(Kind::List(items), span);
        }
        for value in items {
            // A name may become a key when more of it is typed.
            let at = self.out[value].span;
            let is_name = matches!(self.out[value].kind, Kind::Name(..));
            let span = Span { start: at.start, end: if is_name { at.end } else { at.start } };
            let name = Word { text: "[]".into(), span };
            named.push(Property { name, value });
        }
        self.expr_of(Kind::Object(named), span)
    }

    /// A function; `owner` is the table it is put on.
    pub(super) fn function(&mut self, (body, start): (&FunctionBody, u32), owner: Option<ExprId>) -> ExprId {
        let span = self.block_span(start, body.end_token());
        let said = self.cats(start);
        let generics = self.generics(body.generics());
        let note = body.return_type().map(|it| self.note(it.type_info())).or(said.returns);
        let function = self.out.functions(Function {
            span,
            params: Vec::new(),
            returns: Vec::new(),
            others: Vec::new(),
            note,
            generics,
            is_async: false,
            given: None,
            class: None,
            calls: Vec::new(),
        });
        self.within((span, Some(function)), |lower| {
            lower.params(function, body, (owner, &said.params));
            lower.block(body.block());
        });
        self.expr_of(Kind::Function(function), span)
    }

    fn params(
        &mut self,
        function: FunctionId,
        body: &FunctionBody,
        (owner, said): (Option<ExprId>, &[(SmolStr, crate::summary::NoteId)]),
    ) {
        let mut params = body.parameters().iter().zip(body.type_specifiers().chain(std::iter::repeat(None)));
        let mut params: Vec<_> = params.by_ref().collect();
        // `function M:f()` has a `self`, `function M.f(self)` writes it; nobody hands it over in brackets.
        let own = params.first().is_some_and(
            |it| matches!(it.0, Parameter::Name(name) if self.word(name).text == "self" && it.1.is_none()),
        );
        if let Some(owner) = owner {
            let at = self.span(body.parameters_parentheses().tokens().0);
            let span =
                if own { self.param_span(params[0].0) } else { Span { start: at.start, end: at.start } };
            let binding = self.bind(Word { text: "self".into(), span }, BindingKind::Param, 0);
            self.source(binding, Source::Value(owner));
            self.selves.push((binding, owner));
            if own {
                params.remove(0);
            }
        }
        for (number, (param, note)) in (0..).zip(params) {
            let note = note.map(|it| self.note(it.type_info()));
            let (name, rest) = match param {
                Parameter::Name(it) => (self.word(it), false),
                Parameter::Ellipsis(it) => (self.word(it), true),
                _ => continue,
            };
            let note = note.or_else(|| said.iter().find(|it| it.0 == name.text).map(|it| it.1));
            if !rest {
                let binding = self.bind(name.clone(), BindingKind::Param, 0);
                self.out[binding].note = note;
                self.source(binding, Source::Param(function, number));
            }
            self.out[function].params.push(Param { name, note, default: None, optional: false, rest });
        }
    }

    fn param_span(&self, it: &Parameter) -> Span {
        self.span(it)
    }
}

fn binary(op: &BinOp, left: ExprId, right: ExprId) -> Kind {
    match op {
        BinOp::And(_) | BinOp::Or(_) => Kind::Either(vec![left, right]),
        BinOp::TwoDots(_) => Kind::Joined(vec![left, right]),
        BinOp::GreaterThan(_)
        | BinOp::GreaterThanEqual(_)
        | BinOp::LessThan(_)
        | BinOp::LessThanEqual(_)
        | BinOp::TildeEqual(_)
        | BinOp::TwoEqual(_) => Kind::Truth,
        // Vectors can be calculated with.
        _ => Kind::Sum(left, right),
    }
}

//! Expressions and functions.

use bowline_script::parse;
use smol_str::SmolStr;
use swc_common::Spanned as _;
use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, AssignExpr, AssignOp, BinExpr, BinaryOp, CallExpr, Callee, Expr as Written,
    ExprOrSpread, Function as WrittenFunction, Lit, MemberExpr, MemberProp, ObjectLit, OptChainBase,
    OptChainExpr, Pat, Prop, PropOrSpread, Stmt, TsTypeAnn, TsTypeParamDecl, UnaryExpr, UnaryOp,
};

use super::{Lower, key, quoted, span, word};
use crate::summary::{
    BindingKind, DeclId, ExprId, Function, FunctionId, Kind, Note, Param, Property, Source, Word,
};

/// The parts of a function, however it is written.
struct Parts<'a> {
    at: swc_common::Span,
    params: Vec<&'a Pat>,
    generics: Option<&'a TsTypeParamDecl>,
    returns: Option<&'a TsTypeAnn>,
    is_async: bool,
    body: Body<'a>,
}

enum Body<'a> {
    None,
    Statements(&'a [Stmt]),
    Value(&'a Written),
}

impl Lower<'_> {
    pub(super) fn expr(&mut self, it: &Written) -> ExprId {
        match it {
            Written::Ident(it) if matches!(&*it.sym, "undefined") => self.expr_of(Kind::Nothing, it.span),
            Written::Ident(it) => self.expr_of(Kind::Name(SmolStr::new(&*it.sym), None, self.scope), it.span),
            Written::This(it) => self.expr_of(Kind::This(self.class), it.span),
            Written::Member(it) => self.member(it),
            Written::OptChain(it) => self.chain(it),
            Written::Call(it) => self.call(it),
            Written::New(it) => {
                let callee = self.expr(&it.callee);
                let args = self.arguments(it.args.as_deref().unwrap_or_default());
                self.calling(Kind::New(callee, args), it.span)
            }
            Written::Lit(it) => self.literal(it),
            Written::Object(it) => self.object(it),
            Written::Array(it) => {
                let items = it.elems.iter().flatten().map(|it| self.argument(it)).collect();
                self.expr_of(Kind::List(items), it.span)
            }
            Written::Fn(it) => {
                let function = self.function(&it.function);
                if let Some(name) = &it.ident {
                    let binding = self.bind(word(name), BindingKind::Function, None);
                    let source = self.out.sources(Source::Value(function));
                    self.out[binding].sources.push(source);
                }
                function
            }
            Written::Arrow(it) => self.arrow(it),
            Written::Class(it) => {
                let class = self.class(it.ident.as_ref().map(word), &it.class);
                self.expr_of(Kind::Class(class), it.class.span)
            }
            Written::Tpl(it) => {
                let parts = it.exprs.iter().map(|it| self.expr(it)).collect();
                self.template(parts, it.quasis.first().map(|it| &*it.raw), it.span)
            }
            Written::Bin(it) => self.binary(it),
            Written::Cond(it) => {
                self.expr(&it.test);
                let (cons, alt) = (self.expr(&it.cons), self.expr(&it.alt));
                self.expr_of(Kind::Either(vec![cons, alt]), it.span)
            }
            Written::Assign(it) => self.assign(it),
            Written::Unary(it) => self.unary(it),
            Written::Update(it) => {
                self.expr(&it.arg);
                self.expr_of(Kind::Number, it.span)
            }
            Written::Await(it) => {
                let inner = self.expr(&it.arg);
                self.expr_of(Kind::Await(inner), it.span)
            }
            Written::Paren(it) => self.expr(&it.expr),
            Written::Seq(it) => {
                let all: Vec<ExprId> = it.exprs.iter().map(|it| self.expr(it)).collect();
                all.last().copied().unwrap_or_else(|| self.expr_of(Kind::Nothing, it.span))
            }
            Written::TsAs(it) => self.cast((&it.expr, &it.type_ann), it.span),
            Written::TsTypeAssertion(it) => self.cast((&it.expr, &it.type_ann), it.span),
            Written::TsSatisfies(it) => self.expr(&it.expr),
            Written::TsNonNull(it) => self.expr(&it.expr),
            Written::TsConstAssertion(it) => self.expr(&it.expr),
            Written::TsInstantiation(it) => self.expr(&it.expr),
            other => self.seldom(other),
        }
    }

    /// What scripts seldom say, and what says nothing about a value.
    fn seldom(&mut self, it: &Written) -> ExprId {
        match it {
            Written::Yield(it) => {
                let inner = it.arg.iter().map(|it| self.expr(it)).collect();
                self.expr_of(Kind::Unknown(inner), it.span)
            }
            Written::TaggedTpl(it) => {
                let mut parts = vec![self.expr(&it.tag)];
                parts.extend(it.tpl.exprs.iter().map(|it| self.expr(it)));
                self.expr_of(Kind::Unknown(parts), it.span)
            }
            other => self.expr_of(Kind::Unknown(Vec::new()), other.span()),
        }
    }

    fn unary(&mut self, it: &UnaryExpr) -> ExprId {
        let inner = self.expr(&it.arg);
        let kind = match it.op {
            UnaryOp::Bang | UnaryOp::Delete => Kind::Truth,
            UnaryOp::TypeOf => Kind::Joined(vec![inner]),
            UnaryOp::Void => Kind::Nothing,
            UnaryOp::Minus | UnaryOp::Plus | UnaryOp::Tilde => Kind::Number,
        };
        self.expr_of(kind, it.span)
    }

    fn cast(&mut self, (value, note): (&Written, &swc_ecma_ast::TsType), at: swc_common::Span) -> ExprId {
        let (value, note) = (self.expr(value), self.note(note));
        self.expr_of(Kind::Cast(value, note), at)
    }

    fn template(&mut self, parts: Vec<ExprId>, first: Option<&str>, at: swc_common::Span) -> ExprId {
        let kind = match first {
            Some(text) if parts.is_empty() => Kind::Text(SmolStr::new(text)),
            _ => Kind::Joined(parts),
        };
        self.expr_of(kind, at)
    }

    fn literal(&mut self, it: &Lit) -> ExprId {
        let kind = match it {
            Lit::Str(it) => Kind::Text(SmolStr::new(it.value.to_string_lossy())),
            Lit::Bool(_) => Kind::Truth,
            Lit::Null(_) => Kind::Nothing,
            Lit::Num(_) | Lit::BigInt(_) => Kind::Number,
            Lit::Regex(_) => {
                let value = self.expr_of(Kind::Unknown(Vec::new()), it.span());
                let name = Word { text: "RegExp".into(), span: span(it.span()) };
                Kind::Cast(value, self.out.notes(Note::Named(name, Vec::new())))
            }
            Lit::JSXText(_) => Kind::Unknown(Vec::new()),
        };
        self.expr_of(kind, it.span())
    }

    pub(super) fn member(&mut self, it: &MemberExpr) -> ExprId {
        let object = self.expr(&it.obj);
        let kind = match &it.prop {
            MemberProp::Ident(name) => {
                Kind::Member(object, Word { text: SmolStr::new(&*name.sym), span: span(name.span) })
            }
            MemberProp::PrivateName(name) => Kind::Member(
                object,
                Word { text: SmolStr::new(format!("#{}", name.name)), span: span(name.span) },
            ),
            MemberProp::Computed(name) => match &*name.expr {
                Written::Lit(Lit::Str(text)) => {
                    self.expr(&name.expr);
                    Kind::Member(object, quoted(text))
                }
                other => Kind::Index(object, self.expr(other)),
            },
        };
        self.expr_of(kind, it.span)
    }

    pub(super) fn chain(&mut self, it: &OptChainExpr) -> ExprId {
        match &*it.base {
            OptChainBase::Member(it) => self.member(it),
            OptChainBase::Call(call) => {
                let callee = self.expr(&call.callee);
                let args = self.arguments(&call.args);
                self.calling(Kind::Call(callee, args), call.span)
            }
        }
    }

    fn call(&mut self, it: &CallExpr) -> ExprId {
        let callee = match &it.callee {
            Callee::Expr(callee) => self.expr(callee),
            Callee::Super(callee) => self.expr_of(Kind::Unknown(Vec::new()), callee.span),
            Callee::Import(_) => return self.import_call(it),
        };
        let args = self.arguments(&it.args);
        self.calling(Kind::Call(callee, args), it.span)
    }

    fn import_call(&mut self, it: &CallExpr) -> ExprId {
        match it.args.first().map(|it| &*it.expr) {
            Some(Written::Lit(Lit::Str(text))) => {
                let import = self.import_of(quoted(text), false);
                self.expr_of(Kind::Require(import), it.span)
            }
            _ => {
                let parts = self.arguments(&it.args);
                self.expr_of(Kind::Unknown(parts), it.span)
            }
        }
    }

    fn arguments(&mut self, all: &[ExprOrSpread]) -> Vec<ExprId> {
        all.iter().map(|it| self.argument(it)).collect()
    }

    fn argument(&mut self, it: &ExprOrSpread) -> ExprId {
        let value = self.expr(&it.expr);
        match it.spread {
            Some(_) => self.expr_of(Kind::Spread(value), it.expr.span()),
            None => value,
        }
    }

    /// A call, whose functions among the arguments learn whom they are given to.
    fn calling(&mut self, kind: Kind, at: swc_common::Span) -> ExprId {
        let given: Vec<(u32, FunctionId)> = match &kind {
            Kind::Call(_, args) | Kind::New(_, args) => (0..)
                .zip(args)
                .filter_map(|(at, it)| match self.out[*it].kind {
                    Kind::Function(function) => Some((at, function)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let call = self.expr_of(kind, at);
        for (at, function) in given {
            self.out[function].given = Some((call, at));
        }
        call
    }

    fn binary(&mut self, it: &BinExpr) -> ExprId {
        let (left, right) = (self.expr(&it.left), self.expr(&it.right));
        let kind = match it.op {
            BinaryOp::LogicalOr | BinaryOp::NullishCoalescing | BinaryOp::LogicalAnd => {
                Kind::Either(vec![left, right])
            }
            BinaryOp::Add => Kind::Sum(left, right),
            BinaryOp::EqEq
            | BinaryOp::NotEq
            | BinaryOp::EqEqEq
            | BinaryOp::NotEqEq
            | BinaryOp::Lt
            | BinaryOp::LtEq
            | BinaryOp::Gt
            | BinaryOp::GtEq
            | BinaryOp::In
            | BinaryOp::InstanceOf => Kind::Truth,
            _ => Kind::Number,
        };
        self.expr_of(kind, it.span)
    }

    fn assign(&mut self, it: &AssignExpr) -> ExprId {
        let right = self.expr(&it.right);
        let value = match it.op {
            AssignOp::Assign | AssignOp::AndAssign | AssignOp::OrAssign | AssignOp::NullishAssign => right,
            AssignOp::AddAssign => self.expr_of(Kind::Sum(right, right), it.span),
            _ => self.expr_of(Kind::Number, it.span),
        };
        self.assigned(&it.left, value);
        value
    }

    fn object(&mut self, it: &ObjectLit) -> ExprId {
        let mut all = Vec::new();
        for one in &it.props {
            match one {
                PropOrSpread::Spread(it) => {
                    let inner = self.expr(&it.expr);
                    let value = self.expr_of(Kind::Spread(inner), it.expr.span());
                    let name = Word { text: SmolStr::default(), span: span(it.dot3_token) };
                    all.push(Property { name, value });
                }
                PropOrSpread::Prop(it) => all.extend(self.property(it)),
            }
        }
        self.expr_of(Kind::Object(all), it.span)
    }

    fn property(&mut self, it: &Prop) -> Option<Property> {
        let (name, value) = match it {
            Prop::Shorthand(it) => {
                let name = word(it);
                self.out.shorthands.push(name.span);
                let value = self.expr_of(Kind::Name(name.text.clone(), None, self.scope), it.span);
                (Some(name), value)
            }
            Prop::KeyValue(it) => (key(&it.key), self.expr(&it.value)),
            Prop::Method(it) => (key(&it.key), self.function(&it.function)),
            Prop::Getter(it) => {
                let value = self.function(&it.function);
                // What is read is what the function gives.
                let value = self.expr_of(Kind::Call(value, Vec::new()), it.span);
                (key(&it.key), value)
            }
            Prop::Setter(it) => {
                self.function(&it.function);
                return None;
            }
            Prop::Assign(it) => {
                self.expr(&it.value);
                return None;
            }
        };
        Some(Property { name: name?, value })
    }

    pub(super) fn function(&mut self, it: &WrittenFunction) -> ExprId {
        let parts = Parts {
            at: it.span,
            params: it.params.iter().map(|it| &it.pat).collect(),
            generics: it.type_params.as_deref(),
            returns: it.return_type.as_deref(),
            is_async: it.is_async,
            body: it.body.as_ref().map_or(Body::None, |it| Body::Statements(&it.stmts)),
        };
        self.function_of(parts, self.class)
    }

    fn arrow(&mut self, it: &ArrowExpr) -> ExprId {
        let parts = Parts {
            at: it.span,
            params: it.params.iter().collect(),
            generics: it.type_params.as_deref(),
            returns: it.return_type.as_deref(),
            is_async: it.is_async,
            body: match &*it.body {
                ArrowFunctionBody::FunctionBody(it) => Body::Statements(&it.stmts),
                ArrowFunctionBody::Expr(it) => Body::Value(it),
            },
        };
        self.function_of(parts, None)
    }

    /// A constructor, whose parameters are patterns as others' are.
    pub(super) fn constructor(
        &mut self,
        (params, at): (Vec<&Pat>, swc_common::Span),
        body: Option<&[Stmt]>,
    ) -> ExprId {
        let body = body.map_or(Body::None, Body::Statements);
        let parts = Parts { at, params, generics: None, returns: None, is_async: false, body };
        self.function_of(parts, self.class)
    }

    fn function_of(&mut self, parts: Parts<'_>, class: Option<DeclId>) -> ExprId {
        let at = span(parts.at);
        let generics = self.generics(parts.generics);
        let note = parts.returns.map(|it| self.note(&it.type_ann));
        let function = self.out.functions(Function {
            span: at,
            params: Vec::new(),
            returns: Vec::new(),
            others: Vec::new(),
            note,
            generics,
            is_async: parts.is_async,
            given: None,
            class,
            calls: Vec::new(),
        });
        self.within((at, Some(function)), |lower| {
            for (number, pattern) in (0..).zip(&parts.params) {
                lower.param(function, number, pattern);
            }
            match parts.body {
                Body::None => (),
                Body::Statements(all) => lower.statements(all),
                Body::Value(it) => {
                    let value = lower.expr(it);
                    lower.out[function].returns.push(value);
                }
            }
        });
        self.expr_of(Kind::Function(function), parts.at)
    }

    fn param(&mut self, function: FunctionId, number: u32, pattern: &Pat) {
        let (inner, default) = match pattern {
            Pat::Assign(it) => (&*it.left, Some(&*it.right)),
            other => (other, None),
        };
        let default = default.map(|it| self.expr(it));
        let (inner, rest) = match inner {
            Pat::Rest(it) => (&*it.arg, true),
            other => (other, false),
        };
        let source = self.out.sources(Source::Param(function, number));
        let before = self.out.bindings.len();
        self.pattern(inner, (BindingKind::Param, Some(source)));
        let (name, optional, note) = match inner {
            Pat::Ident(it) => {
                let bound = &mut self.out.bindings[before];
                (word(&it.id), it.id.optional, bound.note)
            }
            other => {
                let at = span(other.span());
                let text = self.text.get(at.range()).unwrap_or_default();
                (Word { text: SmolStr::new(text), span: at }, false, None)
            }
        };
        if let (Some(value), Pat::Ident(_)) = (default, inner) {
            let source = self.out.sources(Source::Value(value));
            self.out.bindings[before].sources.push(source);
        }
        self.out[function].params.push(Param { name, note, default, optional, rest });
    }

    pub(super) fn whole(&self, at: swc_common::Span) -> &str {
        self.text.get(parse::start(at)..parse::end(at)).unwrap_or_default()
    }
}

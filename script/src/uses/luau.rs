//! [`chunk`]: the walk over Luau, as `walk.rs` has it for JavaScript: values are followed from `world`,
//! `app` and `ctx` through locals, tables, loops and functions of the same file.
//!
//! Names mean what was declared before them, as the language has it. What calls and tables do is
//! `luau/calls.rs`. Every expression is evaluated by [`Walk::expression`] exactly once per walk.

mod calls;

use std::collections::BTreeSet;

use full_moon::ast::luau::{IndexedTypeInfo, TypeInfo, TypeSpecifier};
use full_moon::ast::punctuated::Punctuated;
use full_moon::ast::{
    BinOp, Block, Expression, FunctionDeclaration, GenericFor, If, Index, LastStmt, Prefix, Stmt, Suffix, Var,
};
use full_moon::tokenizer::{StringLiteralQuoteType, TokenReference, TokenType};

use super::known::{Shape, Shapes, Slot, elements};
use super::meaning::{Meaning, Property, convention, only};
use super::scope::Scopes;
use super::{Name, Nodes};

/// What is learned passes one call or assignment further with every walk.
const WALKS_MAX: usize = 6;

/// Deeper is not looked. The language's own compiler stops long before.
const DEPTH_MAX: usize = 5000;

/// The property that stands for all elements of a table that is a list.
const ELEMENTS: &str = "[]";

/// Everything a chunk names, with its place as a byte offset; and whether all of it was looked at.
pub(super) fn chunk(block: &Block, nodes: &Nodes) -> (BTreeSet<(usize, Name)>, bool) {
    let mut walk = Walk {
        meaning: Meaning::new(nodes),
        scopes: Scopes::default(),
        inside: Vec::new(),
        depth: 0,
        too_deep: false,
    };
    for _ in 0..WALKS_MAX {
        walk.meaning.begin();
        walk.block(block);
        if !walk.meaning.known.changed {
            break;
        }
    }
    (walk.meaning.found, !walk.too_deep)
}

/// A walk under way.
struct Walk<'a> {
    meaning: Meaning<'a>,
    scopes: Scopes,
    /// The function whose body this is, innermost last.
    inside: Vec<usize>,
    depth: usize,
    too_deep: bool,
}

fn place(token: &TokenReference) -> usize {
    token.start_position().bytes()
}

fn word(token: &TokenReference) -> String {
    match token.token_type() {
        TokenType::Identifier { identifier } => identifier.to_string(),
        _ => String::new(),
    }
}

/// A text that is written out without escapes, and where its first letter is.
fn literal(token: &TokenReference) -> Option<Property> {
    let TokenType::StringLiteral { literal, multi_line_depth, quote_type } = token.token_type() else {
        return None;
    };
    let opening = match quote_type {
        StringLiteralQuoteType::Brackets => 2 + multi_line_depth,
        _ => 1,
    };
    (!literal.contains('\\')).then(|| (literal.to_string(), place(token) + opening))
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        self.scopes.open();
        self.statements(block);
        self.scopes.close();
    }

    fn statements(&mut self, block: &Block) {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return;
        }
        self.depth += 1;
        block.stmts().for_each(|it| self.statement(it));
        if let Some(LastStmt::Return(it)) = block.last_stmt() {
            let shapes = self.list(it.returns()).into_iter().next().unwrap_or_default();
            match self.inside.last() {
                Some(function) => self.meaning.known.learn(Slot::Returned(*function), &shapes),
                None => self.entry(&shapes),
            }
        }
        self.depth -= 1;
    }

    /// What the chunk returns is called by the world: a function, or a table of hooks.
    fn entry(&mut self, shapes: &Shapes) {
        self.meaning.entry(shapes);
        for shape in shapes {
            if let Shape::Object(table) = shape {
                let start = self.meaning.known.get(&Slot::Property(*table, "on_start".to_owned()));
                self.meaning.entry(&start);
            }
        }
    }

    /// What each expression holds.
    fn list(&mut self, expressions: &Punctuated<Expression>) -> Vec<Shapes> {
        expressions.iter().map(|it| self.expression(it)).collect()
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Assignment(it) => {
                let values = self.list(it.expressions());
                for (index, variable) in it.variables().iter().enumerate() {
                    self.assign(variable, &values.get(index).cloned().unwrap_or_default());
                }
            }
            Stmt::CompoundAssignment(it) => {
                self.expression(it.rhs());
                self.variable_or_chain(it.lhs());
            }
            Stmt::LocalAssignment(it) => {
                let values = self.list(it.expressions());
                let types: Vec<_> = it.type_specifiers().collect();
                for (index, name) in it.names().iter().enumerate() {
                    let shapes = values.get(index).cloned().unwrap_or_default();
                    self.declare(name, &shapes, types.get(index).copied().flatten());
                }
            }
            Stmt::ConstAssignment(it) => {
                let values = self.list(it.expressions());
                for (index, name) in it.names().iter().enumerate() {
                    self.declare(name, &values.get(index).cloned().unwrap_or_default(), None);
                }
            }
            Stmt::LocalFunction(it) => {
                self.scopes.declare(&word(it.name()), place(it.name()));
                let function = self.function(it.body(), None);
                self.meaning.known.learn(Slot::Variable(place(it.name())), &function);
            }
            Stmt::FunctionDeclaration(it) => self.declared_function(it),
            Stmt::FunctionCall(it) => drop(self.chain(it.prefix(), it.suffixes())),
            Stmt::Do(it) => self.block(it.block()),
            Stmt::If(it) => self.branches(it),
            Stmt::While(it) => {
                self.expression(it.condition());
                self.block(it.block());
            }
            Stmt::Repeat(it) => {
                // What the block declares still counts in the condition.
                self.scopes.open();
                self.statements(it.block());
                self.expression(it.until());
                self.scopes.close();
            }
            Stmt::NumericFor(it) => {
                for bound in [Some(it.start()), Some(it.end()), it.step()].into_iter().flatten() {
                    self.expression(bound);
                }
                self.scopes.open();
                self.declare(it.index_variable(), &Shapes::new(), None);
                self.statements(it.block());
                self.scopes.close();
            }
            Stmt::GenericFor(it) => self.looped(it),
            // Types name nothing that runs.
            _ => (),
        }
    }

    fn branches(&mut self, statement: &If) {
        self.expression(statement.condition());
        self.block(statement.block());
        for it in statement.else_if().into_iter().flatten() {
            self.expression(it.condition());
            self.block(it.block());
        }
        statement.else_block().into_iter().for_each(|it| self.block(it));
    }

    /// `for index, element in list do`; `for row in ctx:each(…) do`.
    fn looped(&mut self, statement: &GenericFor) {
        let over = self.list(statement.expressions()).into_iter().next().unwrap_or_default();
        let each = self.elements(&over);
        let rows: Shapes = over.iter().filter(|it| **it == Shape::Rows).map(|_| Shape::Row).collect();
        self.scopes.open();
        for (index, name) in statement.names().iter().enumerate() {
            let shapes = match index {
                0 => &rows,
                1 => &each,
                _ => &Shapes::new(),
            };
            self.declare(name, shapes, None);
        }
        self.statements(statement.block());
        self.scopes.close();
    }

    fn declare(&mut self, name: &TokenReference, shapes: &Shapes, ty: Option<&TypeSpecifier>) {
        self.scopes.declare(&word(name), place(name));
        let slot = Slot::Variable(place(name));
        if let Some(said) = ty.and_then(|it| typed(it.type_info())) {
            self.meaning.known.learn(slot.clone(), &only(said));
        }
        self.meaning.known.learn(slot, shapes);
    }

    /// `function hooks.on_start(world, app) … end`, `function Crew:board() … end`.
    fn declared_function(&mut self, declaration: &FunctionDeclaration) {
        let name = declaration.name();
        let mut names = name.names().iter().chain(name.method_name());
        let Some(first) = names.next() else { return };
        let mut rest: Vec<&TokenReference> = names.collect();
        let Some(last) = rest.pop() else {
            let function = self.function(declaration.body(), None);
            self.assign_variable(first, &function);
            return;
        };
        let mut objects = self.variable(&word(first));
        for it in rest {
            objects = self.meaning.property(&objects, &(word(it), place(it)));
        }
        let of = name.method_name().is_some().then(|| objects.clone());
        let function = self.function(declaration.body(), of);
        self.meaning.assign(&objects, &(word(last), place(last)), &function);
    }

    fn assign(&mut self, variable: &Var, shapes: &Shapes) {
        let chain = match variable {
            Var::Name(it) => return self.assign_variable(it, shapes),
            Var::Expression(it) => it,
            _ => return,
        };
        let mut suffixes: Vec<&Suffix> = chain.suffixes().collect();
        let Some(Suffix::Index(last)) = suffixes.pop() else { return };
        let objects = self.chain(chain.prefix(), suffixes.into_iter());
        match self.index(last) {
            Some(property) => self.meaning.assign(&objects, &property, shapes),
            None => self.add_element(&objects, shapes),
        }
    }

    /// A name nobody declared is a global from here on.
    fn assign_variable(&mut self, name: &TokenReference, shapes: &Shapes) {
        let word = word(name);
        let known = self.scopes.find(&word).unwrap_or_else(|| {
            self.scopes.declare_outermost(&word, place(name));
            place(name)
        });
        self.meaning.known.learn(Slot::Variable(known), shapes);
    }

    fn variable(&self, name: &str) -> Shapes {
        match self.scopes.find(name) {
            Some(place) => self.meaning.known.get(&Slot::Variable(place)),
            // The world hands them to every script without asking.
            None => convention(name).filter(|it| *it != Shape::Entity).into_iter().collect(),
        }
    }

    fn variable_or_chain(&mut self, variable: &Var) -> Shapes {
        match variable {
            Var::Name(it) => self.variable(&word(it)),
            Var::Expression(it) => self.chain(it.prefix(), it.suffixes()),
            _ => Shapes::new(),
        }
    }

    /// The name an index is, if it is written out.
    fn index(&mut self, index: &Index) -> Option<Property> {
        match index {
            Index::Dot { name, .. } => Some((word(name), place(name))),
            Index::Brackets { expression, .. } => {
                let shapes = self.expression(expression);
                super::meaning::texts(&shapes).next()
            }
            _ => None,
        }
    }

    fn elements(&self, shapes: &Shapes) -> Shapes {
        let mut all = elements(shapes);
        for shape in shapes {
            if let Shape::Object(table) = shape {
                all.append(&mut self.meaning.known.get(&Slot::Property(*table, ELEMENTS.to_owned())));
            }
        }
        all
    }

    fn add_element(&mut self, tables: &Shapes, shapes: &Shapes) {
        for table in tables {
            if let Shape::Object(table) = table {
                self.meaning.known.learn(Slot::Property(*table, ELEMENTS.to_owned()), shapes);
            }
        }
    }

    /// What `expression` is known to hold. What it names on the way is collected.
    fn expression(&mut self, expression: &Expression) -> Shapes {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return Shapes::new();
        }
        self.depth += 1;
        let shapes = self.evaluate(expression);
        self.depth -= 1;
        shapes
    }

    fn evaluate(&mut self, expression: &Expression) -> Shapes {
        match expression {
            Expression::Var(it) => self.variable_or_chain(it),
            Expression::FunctionCall(it) => self.chain(it.prefix(), it.suffixes()),
            Expression::String(it) => self.text(it),
            Expression::TableConstructor(it) => self.table(it),
            Expression::Function(it) => self.function(it.body(), None),
            Expression::Parentheses { expression, .. } => self.expression(expression),
            Expression::UnaryOperator { expression, .. } => {
                self.expression(expression);
                Shapes::new()
            }
            Expression::BinaryOperator { lhs, binop, rhs } => {
                let mut left = self.expression(lhs);
                let mut right = self.expression(rhs);
                match binop {
                    BinOp::And(_) => right,
                    BinOp::Or(_) => {
                        left.append(&mut right);
                        left
                    }
                    _ => Shapes::new(),
                }
            }
            Expression::IfExpression(it) => {
                self.expression(it.condition());
                let mut either = self.expression(it.if_expression());
                for it in it.else_if_expressions().into_iter().flatten() {
                    self.expression(it.condition());
                    either.append(&mut self.expression(it.expression()));
                }
                either.append(&mut self.expression(it.else_expression()));
                either
            }
            Expression::InterpolatedString(it) => {
                it.expressions().for_each(|it| drop(self.expression(it)));
                Shapes::new()
            }
            Expression::TypeAssertion { expression, type_assertion } => {
                let shapes = self.expression(expression);
                typed(type_assertion.cast_to()).map_or(shapes, only)
            }
            _ => Shapes::new(),
        }
    }

    fn text(&self, token: &TokenReference) -> Shapes {
        literal(token).map(|(text, place)| only(Shape::Text(text, place))).unwrap_or_default()
    }

    fn prefix(&mut self, prefix: &Prefix) -> Shapes {
        match prefix {
            Prefix::Name(it) => self.variable(&word(it)),
            Prefix::Expression(it) => self.expression(it),
            _ => Shapes::new(),
        }
    }
}

/// What a type says: `World`, `App`, `Entity`, or a list of them; of whatever module.
fn typed(ty: &TypeInfo) -> Option<Shape> {
    let named = |token: &TokenReference| match word(token).as_str() {
        "World" => Some(Shape::World),
        "App" => Some(Shape::App),
        "Entity" => Some(Shape::Entity),
        _ => None,
    };
    match ty {
        TypeInfo::Basic(it) => named(it),
        TypeInfo::Module { type_info, .. } => match &**type_info {
            IndexedTypeInfo::Basic(it) => named(it),
            _ => None,
        },
        TypeInfo::Optional { base, .. } => typed(base),
        TypeInfo::Array { type_info, .. } => Some(Shape::List(Box::new(typed(type_info)?))),
        _ => None,
    }
}

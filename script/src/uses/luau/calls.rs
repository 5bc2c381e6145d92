//! Calls, functions and tables of Luau.

use full_moon::ast::{Call, Field, FunctionArgs, FunctionBody, Parameter, Prefix, Suffix, TableConstructor};

use super::super::Name;
use super::super::known::{Shape, Shapes, Slot, lists};
use super::super::meaning::{convention, only, texts};
use super::{ELEMENTS, Walk, place, typed, word};

impl Walk<'_> {
    /// `prefix.a["b"]:c(…)(…)`, from left to right.
    pub(super) fn chain<'s>(
        &mut self,
        prefix: &Prefix,
        suffixes: impl Iterator<Item = &'s Suffix>,
    ) -> Shapes {
        let mut shapes = self.prefix(prefix);
        // As long as it is a name of the language's own: `table.insert`.
        let mut library = match prefix {
            Prefix::Name(it) if self.scopes.find(&word(it)).is_none() => Some(word(it)),
            _ => None,
        };
        for suffix in suffixes {
            match suffix {
                Suffix::Index(index) => {
                    let property = self.index(index);
                    library = match (library, &property) {
                        (Some(name), Some((member, _))) => Some(format!("{name}.{member}")),
                        _ => None,
                    };
                    shapes = match property {
                        Some(property) => self.meaning.property(&shapes, &property),
                        None => self.elements(&shapes),
                    };
                }
                Suffix::Call(Call::AnonymousCall(arguments)) => {
                    let given = self.arguments(arguments);
                    shapes = match library.take() {
                        Some(name) => self.built_in(&name, &given),
                        None => shapes.iter().flat_map(|it| self.meaning.run(it, &given)).collect(),
                    };
                }
                Suffix::Call(Call::MethodCall(call)) => {
                    let given = self.arguments(call.args());
                    let method = word(call.name());
                    shapes = shapes.iter().flat_map(|it| self.method(it, &method, &given)).collect();
                    library = None;
                }
                _ => (),
            }
        }
        shapes
    }

    fn arguments(&mut self, arguments: &FunctionArgs) -> Vec<Shapes> {
        match arguments {
            FunctionArgs::Parentheses { arguments, .. } => self.list(arguments),
            FunctionArgs::String(it) => vec![self.text(it)],
            FunctionArgs::TableConstructor(it) => vec![self.table(it)],
            _ => Vec::new(),
        }
    }

    fn method(&mut self, object: &Shape, method: &str, given: &[Shapes]) -> Shapes {
        match object {
            // `object:method(x)` hands itself over first.
            Shape::Object(_) => {
                let with_self: Vec<Shapes> =
                    std::iter::once(only(object.clone())).chain(given.iter().cloned()).collect();
                self.meaning.method(object, method, &with_self)
            }
            Shape::Context => self.context(method, given),
            Shape::Table => {
                self.columns(method, given);
                Shapes::new()
            }
            _ => self.meaning.method(object, method, given),
        }
    }

    /// What a system is handed.
    fn context(&mut self, method: &str, given: &[Shapes]) -> Shapes {
        match method {
            "query" | "each" => {
                given.iter().for_each(|it| drop(self.meaning.components(it)));
                if method == "each" { only(Shape::Rows) } else { lists(only(Shape::Table)) }
            }
            "at" => only(Shape::Row),
            "spawn" => self.meaning.method(&Shape::World, "spawn", given),
            "add" | "remove" => {
                // The entity is the first that is given.
                self.meaning.method(&Shape::Entity, method, given.get(1..).unwrap_or_default());
                Shapes::new()
            }
            _ => Shapes::new(),
        }
    }

    /// `table:column("position.x")`, `table:has("position")`.
    fn columns(&mut self, method: &str, given: &[Shapes]) {
        let named: Vec<_> = given.first().into_iter().flat_map(texts).collect();
        for (path, at) in named {
            match path.split_once('.') {
                Some((component, field)) if method != "has" => {
                    let field = Name::Field(component.to_owned(), field.to_owned());
                    self.meaning.name(at, field);
                }
                _ => self.meaning.name(at, Name::Component(path)),
            }
        }
    }

    /// What the language's own functions do with what they are given.
    fn built_in(&mut self, name: &str, given: &[Shapes]) -> Shapes {
        let first = given.first().cloned().unwrap_or_default();
        match name {
            "ipairs" | "pairs" | "table.clone" | "table.freeze" | "assert" => first,
            "table.remove" | "table.unpack" | "unpack" | "next" => self.elements(&first),
            "table.insert" => {
                given.last().into_iter().for_each(|it| self.add_element(&first, it));
                Shapes::new()
            }
            "table.sort" => {
                let each = self.elements(&first);
                let both = [each.clone(), each];
                given.get(1).into_iter().flatten().for_each(|it| drop(self.meaning.run(it, &both)));
                Shapes::new()
            }
            "task.spawn" | "task.defer" | "coroutine.wrap" => {
                let rest = given.get(1..).unwrap_or_default();
                first.iter().for_each(|it| drop(self.meaning.run(it, rest)));
                Shapes::new()
            }
            "setmetatable" => self.with_metatable(first, given.get(1)),
            _ => Shapes::new(),
        }
    }

    /// A table and what stands behind it are one: what a class makes has its methods, and these know
    /// what is in it.
    fn with_metatable(&mut self, mut made: Shapes, behind: Option<&Shapes>) -> Shapes {
        for class in behind.into_iter().flatten() {
            let Shape::Object(class) = class else { continue };
            let mut classes = self.meaning.known.get(&Slot::Property(*class, "__index".to_owned()));
            classes.insert(Shape::Object(*class));
            for table in &made {
                let Shape::Object(table) = table else { continue };
                for (key, _, _) in self.meaning.known.keys(*table) {
                    let held = self.meaning.known.get(&Slot::Property(*table, key.clone()));
                    for class in &classes {
                        if let Shape::Object(class) = class {
                            self.meaning.known.learn(Slot::Property(*class, key.clone()), &held);
                        }
                    }
                }
            }
            made.append(&mut classes);
        }
        made
    }

    /// `of` is whose method it is: then there is a `self`, which is given first.
    pub(super) fn function(&mut self, body: &FunctionBody, of: Option<Shapes>) -> Shapes {
        let function = place(body.parameters_parentheses().tokens().0);
        self.inside.push(function);
        self.scopes.open();
        let before = usize::from(of.is_some());
        if let Some(mut shapes) = of {
            self.scopes.declare("self", function);
            shapes.append(&mut self.meaning.known.get(&Slot::Parameter(function, 0)));
            self.meaning.known.learn(Slot::Variable(function), &shapes);
        }
        let types: Vec<_> = body.type_specifiers().collect();
        for (index, parameter) in body.parameters().iter().enumerate() {
            let Parameter::Name(name) = parameter else { continue };
            let ty = types.get(index).copied().flatten();
            let mut shapes = self.meaning.known.get(&Slot::Parameter(function, before + index));
            if ty.is_none_or(|it| typed(it.type_info()).is_some()) {
                shapes.extend(convention(&word(name)));
                shapes.extend((word(name) == "ctx").then_some(Shape::Context));
            }
            self.declare(name, &shapes, ty);
        }
        self.statements(body.block());
        self.scopes.close();
        self.inside.pop();
        only(Shape::Function(function))
    }

    pub(super) fn table(&mut self, table: &TableConstructor) -> Shapes {
        let object = place(table.braces().tokens().0);
        let mut keys = Vec::new();
        for field in table.fields() {
            let (key, value) = match field {
                Field::NameKey { key, value, .. } => (Some((word(key), place(key))), value),
                Field::ExpressionKey { key, value, .. } => {
                    let shapes = self.expression(key);
                    (texts(&shapes).next(), value)
                }
                Field::NoKey(value) => {
                    let shapes = self.expression(value);
                    self.meaning.known.learn(Slot::Property(object, ELEMENTS.to_owned()), &shapes);
                    continue;
                }
                _ => continue,
            };
            let shapes = self.expression(value);
            let Some((name, at)) = key else { continue };
            self.meaning.known.learn(Slot::Property(object, name.clone()), &shapes);
            let below = shapes.iter().find_map(|it| match it {
                Shape::Object(below) if is_table(value) => Some(*below),
                _ => None,
            });
            keys.push((name, at, below));
        }
        self.meaning.known.keep_keys(object, keys);
        only(Shape::Object(object))
    }
}

fn is_table(expression: &full_moon::ast::Expression) -> bool {
    matches!(expression, full_moon::ast::Expression::TableConstructor(_))
}

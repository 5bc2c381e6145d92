//! Object and list literals: what their properties and elements hold, and which keys they have.

use std::collections::BTreeSet;

use swc_common::Spanned as _;
use swc_ecma_ast::{ArrayLit, Expr, ObjectLit, Prop, PropOrSpread};
use swc_ecma_visit::VisitWith as _;

use super::known::{Keys, Shape, Shapes, Slot, elements, lists};
use super::meaning::only;
use super::members::property_name;
use super::walk::Walk;
use crate::parse::start;

/// More keys than this are not taken over from one object literal into another.
const KEYS_MAX: usize = 256;

impl Walk<'_> {
    pub(super) fn array(&mut self, array: &ArrayLit) -> Shapes {
        let mut all = Shapes::new();
        for item in array.elems.iter().flatten() {
            let shapes = self.expression(&item.expr);
            all.append(&mut if item.spread.is_some() { elements(&shapes) } else { shapes });
        }
        lists(all)
    }

    pub(super) fn object(&mut self, object: &ObjectLit) -> Shapes {
        let place = start(object.span);
        self.this.push(only(Shape::Object(place)));
        let mut keys = Vec::new();
        for property in &object.props {
            match property {
                PropOrSpread::Spread(it) => {
                    let shapes = self.expression(&it.expr);
                    keys.extend(self.spread_keys(&shapes));
                    // The same literal spread twice into each of many others would double every time.
                    let mut seen = BTreeSet::new();
                    keys.retain(|it| seen.insert(it.clone()));
                    keys.truncate(KEYS_MAX);
                }
                PropOrSpread::Prop(it) => keys.extend(self.object_property(place, it)),
            }
        }
        self.this.pop();
        self.meaning.known.keep_keys(place, keys);
        only(Shape::Object(place))
    }

    pub(super) fn spread_keys(&self, shapes: &Shapes) -> Keys {
        let keys = |it: &Shape| match it {
            Shape::Object(other) => self.meaning.known.keys(*other),
            _ => Keys::new(),
        };
        shapes.iter().flat_map(keys).collect()
    }

    pub(super) fn object_property(
        &mut self,
        object: usize,
        property: &Prop,
    ) -> Option<(String, usize, Option<usize>)> {
        match property {
            Prop::Shorthand(it) => {
                let shapes = self.variable(&it.sym);
                self.meaning.known.learn(Slot::Property(object, it.sym.to_string()), &shapes);
                Some((it.sym.to_string(), start(it.span), None))
            }
            Prop::KeyValue(it) => {
                self.key(&it.key);
                let shapes = self.expression(&it.value);
                let (name, place) = property_name(&it.key)?;
                self.meaning.known.learn(Slot::Property(object, name.clone()), &shapes);
                let below = matches!(&*it.value, Expr::Object(_)).then(|| start(it.value.span()));
                Some((name, place, below))
            }
            Prop::Method(it) => {
                self.key(&it.key);
                let this = self.this.last().cloned().unwrap_or_default();
                self.function(&it.function, this);
                let (name, place) = property_name(&it.key)?;
                let function = only(Shape::Function(start(it.function.span)));
                self.meaning.known.learn(Slot::Property(object, name.clone()), &function);
                Some((name, place, None))
            }
            Prop::Getter(_) | Prop::Setter(_) | Prop::Assign(_) => {
                property.visit_children_with(self);
                None
            }
        }
    }
}

//! How the engine finds modules: `bowline-script` resolves, the bundle has the text.
//!
//! Every instance has modules of its own: what an app keeps in variables is one entity's. The engine
//! tells them apart by `#<number>` after the name, which scripts are not shown.

use std::rc::Rc;

use bowline_script::resolve;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Module};

use super::Number;
use super::console::Console;

/// One of each per realm.
pub(super) struct Modules {
    pub(super) console: Rc<Console>,
}

/// What the engine calls a module of one instance.
pub(super) fn marked(specifier: &str, instance: &str) -> String {
    format!("{specifier}#{instance}")
}

/// The module's own name, and whose it is.
fn parts(name: &str) -> (&str, &str) {
    name.rsplit_once('#').unwrap_or((name, ""))
}

/// `text` without the marks of instances: `app://A@1/x.js#7:3` is `app://A@1/x.js:3`.
pub(super) fn unmarked(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find("app://") {
        let (before, name) = rest.split_at(at);
        out.push_str(before);
        let end = name.find(['\n', '\'', ')']).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        match name.rsplit_once('#') {
            Some((file, place)) => {
                out.push_str(file);
                out.push_str(place.trim_start_matches(|it: char| it.is_ascii_digit()));
            }
            None => out.push_str(name),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        let root = &self.console.bundle.root;
        let (base, instance) = parts(base);
        let resolved =
            root.key_of(base).and_then(|importer| resolve(&importer, name, root, &self.console.bundle.files));
        match resolved {
            Ok(key) => Ok(marked(&root.specifier(&key), instance)),
            Err(error) => Err(Error::new_resolving_message(base, name, error.to_string())),
        }
    }
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        let (own, _) = parts(name);
        let key = self.console.bundle.root.key_of(own).ok();
        let text = key.and_then(|key| self.console.bundle.texts.get(&key));
        let text =
            text.ok_or_else(|| Error::new_loading_message(own, "syntax_error: it does not compile"))?;
        declare(ctx, name, text)
    }
}

/// Parses a module and tells it its own name.
pub(super) fn declare<'js>(
    ctx: &Ctx<'js>,
    name: &str,
    text: &str,
) -> rquickjs::Result<Module<'js, Declared>> {
    let module = Module::declare(ctx.clone(), name, text)?;
    module.meta()?.set("url", parts(name).0)?;
    Ok(module)
}

/// How many modules of a realm may belong to nobody any more: the engine keeps them as long as it
/// lives.
pub(super) fn too_many_gone(gone: Number, living: usize) -> bool {
    gone as usize > 2 * living + 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_instances_are_shown_to_nobody() {
        assert_eq!(
            unmarked("at f (app://A#1@1/x.js#7:3:15)\nat app://B@2/y.js#12:1"),
            "at f (app://A#1@1/x.js:3:15)\nat app://B@2/y.js:1"
        );
        assert_eq!(
            unmarked("no export 'y' in module 'app://A@7/a.js#3' #5"),
            "no export 'y' in module 'app://A@7/a.js' #5"
        );
        assert_eq!(unmarked("app://A@1/x.js#9"), "app://A@1/x.js");
        assert_eq!(unmarked("nothing"), "nothing");
    }
}

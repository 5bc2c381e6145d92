//! How the engine finds modules: `bowline-script` resolves, the bundle has the text.

use std::rc::Rc;
use std::sync::Arc;

use bowline_script::resolve;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Module};

use super::bundle::Texts;
use super::console::Console;

/// One of each per engine.
pub(super) struct Modules {
    pub(super) console: Rc<Console>,
    pub(super) texts: Arc<Texts>,
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
        let resolved =
            root.key_of(base).and_then(|importer| resolve(&importer, name, root, &self.console.bundle.files));
        match resolved {
            Ok(key) => Ok(root.specifier(&key)),
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
        let key = self.console.bundle.root.key_of(name).ok();
        let text = key.and_then(|key| self.texts.get(&key));
        let text =
            text.ok_or_else(|| Error::new_loading_message(name, "syntax_error: it does not compile"))?;
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
    module.meta()?.set("url", name)?;
    Ok(module)
}

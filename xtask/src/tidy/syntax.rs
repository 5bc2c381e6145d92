//! What a Rust file says about itself: one walk over its tree, so that rules need no parser.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// A Rust file as the rules see it.
pub(crate) struct Source {
    pub(crate) path: String,
    /// Lines of the file, without those of its test modules.
    pub(crate) lines: usize,
    /// It opens with a `//!` paragraph.
    pub(crate) introduced: bool,
    /// All of it is test code.
    pub(crate) test: bool,
    /// Functions outside tests.
    pub(crate) functions: Vec<Function>,
    /// Names of the modules declared here, with the line.
    pub(crate) modules: Vec<(usize, String)>,
    /// What this repository does not write, with the line.
    pub(crate) banned: Vec<(usize, Banned)>,
    /// Modules in files of their own that exist in tests only.
    test_modules: Vec<String>,
}

pub(crate) struct Function {
    /// `name`, or `Type::name` for methods.
    pub(crate) name: String,
    /// From its signature to its closing brace.
    pub(crate) lines: usize,
    /// Without `self`.
    pub(crate) arguments: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Banned {
    Todo,
    Dbg,
    Ignore,
    /// A `sleep` of threads or of tokio. Only tests may not.
    Sleep {
        in_test: bool,
    },
}

/// Reads one file. The error is the parser's message.
pub(crate) fn read(path: &str, text: &str) -> syn::Result<Source> {
    let file = syn::parse_file(text)?;
    let mut walk = Walk { source: Source::new(path, text), depth: 0, owner: None };
    walk.visit_file(&file);
    Ok(walk.source)
}

/// A file that hangs on a `#[cfg(test)] mod name;` is test code, and so is everything below it.
pub(crate) fn mark_test_modules(sources: &mut [Source]) {
    let roots: Vec<String> = sources.iter().flat_map(Source::test_module_paths).collect();
    for source in sources {
        let stem = source.path.trim_end_matches(".rs");
        source.test |= roots.iter().any(|root| stem == root || stem.starts_with(&format!("{root}/")));
    }
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        // Cargo's own places for tests, below a crate's folder.
        let test =
            path.split('/').nth(1).is_some_and(|folder| ["tests", "benches", "examples"].contains(&folder));
        Source {
            path: path.to_owned(),
            lines: text.lines().count(),
            introduced: text.trim_start().starts_with("//!"),
            test,
            functions: Vec::new(),
            modules: Vec::new(),
            banned: Vec::new(),
            test_modules: Vec::new(),
        }
    }

    fn test_module_paths(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main")) => folder,
            _ => stem,
        };
        self.test_modules.iter().map(|name| format!("{folder}/{name}")).collect()
    }
}

struct Walk {
    source: Source,
    /// How many test items we are inside of.
    depth: usize,
    /// The type whose methods we are among.
    owner: Option<String>,
}

impl Walk {
    fn ban(&mut self, span: Span, banned: Banned) {
        self.source.banned.push((span.start().line, banned));
    }

    fn function(&mut self, sig: &syn::Signature, block: &syn::Block) {
        if self.depth > 0 {
            return;
        }
        let name = match &self.owner {
            Some(owner) => format!("{owner}::{}", sig.ident),
            None => sig.ident.to_string(),
        };
        let lines = block.brace_token.span.close().end().line - sig.span().start().line + 1;
        let arguments = sig.inputs.iter().filter(|it| matches!(it, syn::FnArg::Typed(_))).count();
        self.source.functions.push(Function { name, lines, arguments });
    }

    /// Walks on with `test` counted in: what is inside of tests is not measured.
    fn inside(&mut self, test: bool, walk: impl FnOnce(&mut Self)) {
        self.depth += usize::from(test);
        walk(self);
        self.depth -= usize::from(test);
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = is_test(&item.attrs);
        self.source.modules.push((item.span().start().line, item.ident.to_string()));
        if test && item.content.is_none() {
            self.source.test_modules.push(item.ident.to_string());
        }
        if test && self.depth == 0 {
            self.source.lines -= item.span().end().line - item.span().start().line + 1;
        }
        self.inside(test, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let test = is_test(&item.attrs);
        self.inside(test, |walk| {
            walk.function(&item.sig, &item.block);
            visit::visit_item_fn(walk, item);
        });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outer = self.owner.replace(type_name(&item.self_ty));
        self.inside(is_test(&item.attrs), |walk| visit::visit_item_impl(walk, item));
        self.owner = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.inside(is_test(&item.attrs), |walk| {
            walk.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(walk, item);
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let outer = self.owner.replace(item.ident.to_string());
        self.inside(is_test(&item.attrs), |walk| visit::visit_item_trait(walk, item));
        self.owner = outer;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("ignore") {
            self.ban(attribute.span(), Banned::Ignore);
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|it| it.ident.to_string()).unwrap_or_default();
        match name.as_str() {
            "todo" => self.ban(called.span(), Banned::Todo),
            "dbg" => self.ban(called.span(), Banned::Dbg),
            _ => (),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && is_sleep(&function.path)
        {
            let in_test = self.depth > 0;
            self.ban(call.span(), Banned::Sleep { in_test });
        }
        visit::visit_expr_call(self, call);
    }
}

/// `thread::sleep`, `time::sleep`, or `sleep` alone, as it is called after `use`.
fn is_sleep(path: &syn::Path) -> bool {
    let mut names = path.segments.iter().rev().map(|it| it.ident.to_string());
    let asleep = names.next().is_some_and(|name| name == "sleep");
    asleep && names.next().is_none_or(|from| from == "thread" || from == "time")
}

/// `#[cfg(test)]`, `#[test]`, `#[tokio::test]`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let name = attribute.path().segments.last().map(|it| it.ident.to_string());
        match name.as_deref() {
            Some("test") => true,
            Some("cfg") => {
                attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
            }
            _ => false,
        }
    })
}

fn type_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|it| it.ident.to_string()).unwrap_or_default(),
        syn::Type::Reference(reference) => type_name(&reference.elem),
        _ => "_".to_owned(),
    }
}

//! What a name means to someone who asks for its documentation.

use apportion_diagnostic::{Diagnostic, nearest};

use crate::{Item, Module};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'m> {
    /// Modules, to choose from.
    Modules(Vec<&'m Module>),
    /// One module.
    Module(&'m Module),
    /// All that has the name, each with its module; at least one.
    Items(Vec<(&'m Module, &'m Item)>),
}

/// Finds what is called so: a module, modules below a path as `std`, or items by their name, with that of their module
/// before it or alone. Without a name, all modules.
pub fn find<'m>(modules: &'m [Module], name: Option<&str>) -> Result<Answer<'m>, Box<Diagnostic>> {
    let Some(name) = name else { return Ok(Answer::Modules(modules.iter().collect())) };
    if let Some(module) = modules.iter().find(|module| module.name == name) {
        return Ok(Answer::Module(module));
    }
    let items: Vec<(&Module, &Item)> =
        all(modules).filter(|(module, item)| is_called(module, item, name)).collect();
    if !items.is_empty() {
        return Ok(Answer::Items(items));
    }
    let is_below =
        |module: &&Module| module.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let below: Vec<&Module> = modules.iter().filter(is_below).collect();
    if below.is_empty() {
        Err(Box::new(unknown(modules, name)))
    } else {
        Ok(Answer::Modules(below))
    }
}

fn all(modules: &[Module]) -> impl Iterator<Item = (&Module, &Item)> {
    modules.iter().flat_map(|module| module.items.iter().map(move |item| (module, item)))
}

fn is_called(module: &Module, item: &Item, name: &str) -> bool {
    let own = name.strip_prefix(&*module.name).and_then(|rest| rest.strip_prefix('.'));
    !item.name.is_empty() && (item.name == name || own == Some(&item.name))
}

fn unknown(modules: &[Module], name: &str) -> Diagnostic {
    let message = format!("there is no module and nothing else that is called `{name}`");
    let finding = Diagnostic::error("unknown-name", message);
    let names = modules.iter().map(|module| module.name.clone());
    let items = all(modules)
        .flat_map(|(module, item)| [item.name.clone(), format!("{}.{}", module.name, item.name)]);
    let known: Vec<String> = names.chain(items).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("`apportion doc` lists the modules"),
    }
}

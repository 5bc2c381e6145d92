//! The simulated world, as the ticker knows it.

use bowline_store::{Contents, Store};
use bowline_wire::FromServer;

use crate::options::Options;
use crate::stage::Instance;
use crate::ticker::{Happening, Simulation};

pub(crate) fn maker(_options: &Options) -> impl FnOnce() -> Box<dyn Simulation> + Send + 'static {
    || Box::new(Still(0))
}

struct Still(u64);

impl Simulation for Still {
    fn read(&mut self, _contents: &Contents, _store: &dyn Store) {}
    fn edit(&mut self, _edit: &FromServer, _store: &dyn Store) {}
    fn tick(&mut self) -> Vec<Happening> {
        self.0 += 1;
        Vec::new()
    }
    fn now(&self) -> u64 {
        self.0
    }
    fn hash(&self) -> String {
        String::new()
    }
    fn instances(&self) -> Vec<Instance> {
        Vec::new()
    }
}

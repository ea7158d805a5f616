//! Measures a native engine on the rows of the benchmark; see bench/ydoc/README.md for the rows,
//! the files and the output. An engine implements [`Engine`] and calls [`main`].

mod clock;
mod files;
mod rows;
mod sampler;

use std::cell::RefCell;
use std::rc::Rc;

pub use files::{hash, quoted, Kind, Op};

/// What an engine's update event has delivered so far.
pub type Updates = Rc<RefCell<Vec<Vec<u8>>>>;

/// The two encodings of updates.
#[derive(Clone, Copy, PartialEq)]
pub enum Format {
    V1,
    V2,
}

impl Format {
    pub const ALL: [Format; 2] = [Format::V1, Format::V2];

    pub fn suffix(self) -> &'static str {
        match self {
            Format::V1 => "v1",
            Format::V2 => "v2",
        }
    }
}

/// The root types that rows read.
#[derive(Clone, Copy, PartialEq)]
pub enum Root {
    Text,
    Array,
    Map,
    Tasks,
}

/// A document engine. What one does not offer returns None or false, and its row says so.
pub trait Engine {
    type Doc;
    const NAME: &'static str;
    const VERSION: &'static str;
    /// Whether a document tells of each transaction's update.
    const UPDATE_EVENTS: bool;
    const FORMATS: &'static [Format];

    fn create(client: u64) -> Self::Doc;
    /// A document that pushes the update of every later transaction, V1, to `updates`.
    fn observe(doc: &mut Self::Doc, updates: Updates);
    fn apply(doc: &mut Self::Doc, update: &[u8], format: Format);
    fn encode(doc: &Self::Doc, format: Format) -> Vec<u8>;
    /// One operation, one transaction.
    fn edit(doc: &mut Self::Doc, op: &Op);
    /// One transaction; all operations are on the same root. False: not possible.
    fn edit_all(doc: &mut Self::Doc, ops: &[Op]) -> bool;
    /// Reads the whole root into the engine's own values and says how large the result is.
    fn read(doc: &Self::Doc, root: Root) -> usize;
    /// The text, or the root as JSON with sorted keys and no spaces; not timed.
    fn state(doc: &Self::Doc, root: Root) -> String;

    fn merge(updates: &[Vec<u8>], format: Format) -> Option<Vec<u8>>;
    fn diff(update: &[u8], state_vector: &[u8], format: Format) -> Option<Vec<u8>>;
    fn state_vector(update: &[u8], format: Format) -> Option<Vec<u8>>;
}

/// The program: `NAME ROW DATA_DIR [SAMPLES MIN_MS WARM_MS BUDGET_MS]` or `NAME --version`.
pub fn main<E: Engine>() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize, default: &str| arguments.get(i).cloned().unwrap_or(default.into());
    let number = |i: usize, default: &str| argument(i, default).parse::<f64>().expect("a number");
    let row = argument(0, "");
    if row == "--version" {
        println!(
            "{{\"engine\":\"{}\",\"version\":\"{}\",\"runtime\":\"native\"}}",
            E::NAME,
            E::VERSION
        );
        return;
    }
    let limits = sampler::Limits {
        samples: number(2, "3") as usize,
        min_ns: number(3, "10") * 1e6,
        warm_ns: number(4, "300") * 1e6,
        budget_ns: number(5, "1000") * 1e6,
    };
    rows::run::<E>(&row, &argument(1, ""), &limits);
}

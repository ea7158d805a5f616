//! Measures yrs. Offsets count UTF-16 code units, as in Yjs and in the trace.

use std::collections::HashMap;
use std::sync::Arc;

use harness::{quoted, Engine, Format, Kind, Op, Root, Updates};
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    diff_updates_v1, diff_updates_v2, encode_state_vector_from_update_v1,
    encode_state_vector_from_update_v2, merge_updates_v1, merge_updates_v2, Any, Array, ArrayRef,
    ClientID, Doc, GetString, Map, MapRef, OffsetKind, Options, ReadTxn, StateVector, Text,
    TextRef, Transact, TransactionMut, Update,
};

struct Yrs;

/// A document with the handles that a program holds on to while it edits.
struct Document {
    doc: Doc,
    roots: Option<Roots>,
}

#[derive(Clone)]
struct Roots {
    text: TextRef,
    array: ArrayRef,
    map: MapRef,
}

impl Document {
    /// Taken at the first edit, so that loading a document does not pay for them.
    fn roots(&mut self) -> Roots {
        let doc = &self.doc;
        let make = || Roots {
            text: doc.get_or_insert_text("text"),
            array: doc.get_or_insert_array("array"),
            map: doc.get_or_insert_map("map"),
        };
        self.roots.get_or_insert_with(make).clone()
    }
}

fn change(roots: &Roots, txn: &mut TransactionMut, op: &Op) {
    match op.kind {
        Kind::TextInsert => roots.text.insert(txn, op.index, &op.text),
        Kind::TextDelete => roots.text.remove_range(txn, op.index, op.count),
        Kind::Numbers => {
            let values = op.numbers.iter().map(|n| Any::from(i64::from(*n)));
            roots.array.insert_range(txn, op.index, values);
        }
        Kind::MapNumber => drop(roots.map.insert(txn, "v", i64::from(op.count))),
        Kind::MapObject => {
            let pairs = [("name", op.text.as_str()), ("address", "here")];
            let object: HashMap<String, Any> = pairs
                .into_iter()
                .map(|(key, value)| (key.to_string(), Any::from(value)))
                .collect();
            roots.map.insert(txn, "v", Any::Map(Arc::new(object)));
        }
        Kind::MapString => drop(roots.map.insert(txn, "v", op.text.as_str())),
        Kind::ArrayString => drop(roots.array.insert(txn, op.index, op.text.as_str())),
    }
}

fn json(value: &Any) -> String {
    match value {
        Any::String(text) => quoted(text),
        Any::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(json).collect::<Vec<_>>().join(",")
            )
        }
        Any::Map(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            let text = |(key, value): (&String, &Any)| format!("{}:{}", quoted(key), json(value));
            format!(
                "{{{}}}",
                members.into_iter().map(text).collect::<Vec<_>>().join(",")
            )
        }
        Any::Number(_) => f64::try_from(value.clone())
            .map(|n| n.to_string())
            .expect("a number"),
        other => other.to_string(),
    }
}

fn decode(update: &[u8], format: Format) -> Update {
    match format {
        Format::V1 => Update::decode_v1(update),
        Format::V2 => Update::decode_v2(update),
    }
    .expect("a valid update")
}

impl Engine for Yrs {
    type Doc = Document;
    const NAME: &'static str = "yrs";
    const VERSION: &'static str = env!("YRS_VERSION");
    const UPDATE_EVENTS: bool = true;
    const FORMATS: &'static [Format] = &Format::ALL;

    fn create(client: u64) -> Document {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        Document {
            doc: Doc::with_options(options),
            roots: None,
        }
    }

    fn observe(document: &mut Document, updates: Updates) {
        let push = move |_: &TransactionMut, event: &yrs::UpdateEvent| {
            updates.borrow_mut().push(event.update.clone());
        };
        document
            .doc
            .observe_update_v1("bench", push)
            .expect("no transaction is open");
    }

    fn apply(document: &mut Document, update: &[u8], format: Format) {
        let update = decode(update, format);
        document
            .doc
            .transact_mut()
            .apply_update(update)
            .expect("an applicable update");
    }

    fn encode(document: &Document, format: Format) -> Vec<u8> {
        let txn = document.doc.transact();
        match format {
            Format::V1 => txn.encode_state_as_update_v1(&StateVector::default()),
            Format::V2 => txn.encode_state_as_update_v2(&StateVector::default()),
        }
    }

    fn edit(document: &mut Document, op: &Op) {
        let roots = document.roots();
        change(&roots, &mut document.doc.transact_mut(), op);
    }

    fn edit_all(document: &mut Document, ops: &[Op]) -> bool {
        let roots = document.roots();
        let mut txn = document.doc.transact_mut();
        ops.iter().for_each(|op| change(&roots, &mut txn, op));
        true
    }

    fn read(document: &Document, root: Root) -> usize {
        let doc = &document.doc;
        let size = |value: Any| match value {
            Any::Array(values) => values.len(),
            Any::Map(members) => members.len(),
            _ => 0,
        };
        match root {
            Root::Text => doc
                .get_or_insert_text("text")
                .get_string(&doc.transact())
                .len(),
            Root::Array => size(doc.get_or_insert_array("array").to_json(&doc.transact())),
            Root::Map => size(doc.get_or_insert_map("map").to_json(&doc.transact())),
            Root::Tasks => size(doc.get_or_insert_map("tasks").to_json(&doc.transact())),
        }
    }

    fn state(document: &Document, root: Root) -> String {
        let doc = &document.doc;
        match root {
            Root::Text => doc.get_or_insert_text("text").get_string(&doc.transact()),
            Root::Array => json(&doc.get_or_insert_array("array").to_json(&doc.transact())),
            Root::Map => json(&doc.get_or_insert_map("map").to_json(&doc.transact())),
            Root::Tasks => json(&doc.get_or_insert_map("tasks").to_json(&doc.transact())),
        }
    }

    fn merge(updates: &[Vec<u8>], format: Format) -> Option<Vec<u8>> {
        match format {
            Format::V1 => merge_updates_v1(updates).ok(),
            Format::V2 => merge_updates_v2(updates).ok(),
        }
    }

    fn diff(update: &[u8], state_vector: &[u8], format: Format) -> Option<Vec<u8>> {
        match format {
            Format::V1 => diff_updates_v1(update, state_vector).ok(),
            Format::V2 => {
                // The one function of yrs that wants the state vector in V2.
                let vector = StateVector::decode_v1(state_vector).ok()?.encode_v2();
                diff_updates_v2(update, &vector).ok()
            }
        }
    }

    fn state_vector(update: &[u8], format: Format) -> Option<Vec<u8>> {
        match format {
            Format::V1 => encode_state_vector_from_update_v1(update).ok(),
            Format::V2 => encode_state_vector_from_update_v2(update).ok(),
        }
    }
}

fn main() {
    harness::main::<Yrs>();
}

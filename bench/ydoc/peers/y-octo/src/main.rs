//! Measures y-octo. It has encoding V1 only, no transactions, no update event for each of them
//! (its `subscribe` feature looks every 100 ms), and neither diff nor state vector of encoded bytes.

use harness::{quoted, Engine, Format, Kind, Op, Root, Updates};
use y_octo::{
    merge_updates_v1, AHashMap, Any, Array, Doc, DocOptions, JwstCodecResult, Map, Text, Value,
};

struct YOcto;

/// A document with the handles that a program holds on to while it edits, taken at the first edit.
struct Document {
    doc: Doc,
    text: Option<Text>,
    array: Option<Array>,
    map: Option<Map>,
}

impl Document {
    fn text(&mut self) -> &mut Text {
        self.text
            .get_or_insert_with(|| self.doc.get_or_create_text("text").expect("a text"))
    }
    fn array(&mut self) -> &mut Array {
        self.array
            .get_or_insert_with(|| self.doc.get_or_create_array("array").expect("an array"))
    }
    fn map(&mut self) -> &mut Map {
        self.map
            .get_or_insert_with(|| self.doc.get_or_create_map("map").expect("a map"))
    }
}

fn edit(document: &mut Document, op: &Op) -> JwstCodecResult {
    let index = u64::from(op.index);
    match op.kind {
        Kind::TextInsert => document.text().insert(index, op.text.as_str()),
        Kind::TextDelete => document.text().remove(index, u64::from(op.count)),
        Kind::Numbers => {
            let array = document.array();
            for (i, n) in op.numbers.iter().enumerate() {
                array.insert(index + i as u64, Any::Integer(*n as i32))?;
            }
            Ok(())
        }
        Kind::MapNumber => document
            .map()
            .insert("v".into(), Any::Integer(op.count as i32)),
        Kind::MapObject => {
            let pairs = [("name", op.text.as_str()), ("address", "here")];
            let text = |value: &str| Any::String(value.to_string());
            let object: AHashMap<String, Any> = pairs
                .into_iter()
                .map(|(key, value)| (key.to_string(), text(value)))
                .collect();
            document
                .map()
                .insert("v".into(), Any::Object(Box::new(object)))
        }
        Kind::MapString => document.map().insert("v".into(), op.text.as_str()),
        Kind::ArrayString => document.array().insert(index, op.text.as_str()),
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut members: Vec<_> = members.collect();
    members.sort();
    let text = |(key, value): (&str, String)| format!("{}:{value}", quoted(key));
    format!(
        "{{{}}}",
        members.into_iter().map(text).collect::<Vec<_>>().join(",")
    )
}

fn any_json(value: &Any) -> String {
    match value {
        Any::Integer(n) => n.to_string(),
        Any::BigInt64(n) => n.to_string(),
        Any::Float32(n) => n.to_string(),
        Any::Float64(n) => n.to_string(),
        Any::True => "true".into(),
        Any::False => "false".into(),
        Any::String(text) => quoted(text),
        Any::Object(members) => object(
            members
                .iter()
                .map(|(key, value)| (key.as_str(), any_json(value))),
        ),
        other => panic!("not in the data: {other:?}"),
    }
}

fn map_json(map: &Map) -> String {
    object(map.entries().map(|(key, value)| (key, json(&value))))
}

fn json(value: &Value) -> String {
    match value {
        Value::Any(any) => any_json(any),
        Value::Map(map) => map_json(map),
        other => panic!("not in the data: {other:?}"),
    }
}

impl Engine for YOcto {
    type Doc = Document;
    const NAME: &'static str = "y-octo";
    const VERSION: &'static str = env!("Y_OCTO_VERSION");
    const UPDATE_EVENTS: bool = false;
    const FORMATS: &'static [Format] = &[Format::V1];

    fn create(client: u64) -> Document {
        let doc = DocOptions::new()
            .with_client_id(client)
            .with_guid(String::new())
            .build();
        Document {
            doc,
            text: None,
            array: None,
            map: None,
        }
    }

    fn observe(_: &mut Document, _: Updates) {}

    fn apply(document: &mut Document, update: &[u8], _: Format) {
        document
            .doc
            .apply_update_from_binary_v1(update)
            .expect("an applicable update");
    }

    fn encode(document: &Document, _: Format) -> Vec<u8> {
        document
            .doc
            .encode_update_v1()
            .expect("an encodable document")
    }

    fn edit(document: &mut Document, op: &Op) {
        edit(document, op).expect("a possible edit");
    }

    fn edit_all(_: &mut Document, _: &[Op]) -> bool {
        false
    }

    fn read(document: &Document, root: Root) -> usize {
        let doc = &document.doc;
        let map = |name| {
            let map = doc.get_or_create_map(name).expect("a map");
            map.entries().collect::<Vec<_>>().len()
        };
        match root {
            Root::Text => doc
                .get_or_create_text("text")
                .expect("a text")
                .to_string()
                .len(),
            Root::Array => {
                let array = doc.get_or_create_array("array").expect("an array");
                array.iter().collect::<Vec<_>>().len()
            }
            Root::Map => map("map"),
            Root::Tasks => map("tasks"),
        }
    }

    fn state(document: &Document, root: Root) -> String {
        let doc = &document.doc;
        match root {
            Root::Text => doc.get_or_create_text("text").expect("a text").to_string(),
            Root::Array => {
                let array = doc.get_or_create_array("array").expect("an array");
                format!(
                    "[{}]",
                    array
                        .iter()
                        .map(|value| json(&value))
                        .collect::<Vec<_>>()
                        .join(",")
                )
            }
            Root::Map => map_json(&doc.get_or_create_map("map").expect("a map")),
            Root::Tasks => map_json(&doc.get_or_create_map("tasks").expect("a map")),
        }
    }

    fn merge(updates: &[Vec<u8>], format: Format) -> Option<Vec<u8>> {
        match format {
            Format::V1 => merge_updates_v1(updates).ok()?.encode_v1().ok(),
            Format::V2 => None,
        }
    }

    fn diff(_: &[u8], _: &[u8], _: Format) -> Option<Vec<u8>> {
        None
    }

    fn state_vector(_: &[u8], _: Format) -> Option<Vec<u8>> {
        None
    }
}

fn main() {
    harness::main::<YOcto>();
}

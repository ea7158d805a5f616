//! Reading what workloads.py and record.mjs have written; the formats are stated there.

use std::fs;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    TextInsert,
    TextDelete,
    Numbers,
    MapNumber,
    MapObject,
    MapString,
    ArrayString,
}

/// One edit. `count` is the length of a deletion or the number to set; `text` and `numbers` are
/// empty where the kind has no such payload.
pub struct Op {
    pub kind: Kind,
    pub index: u32,
    pub count: u32,
    pub text: String,
    pub numbers: Vec<u32>,
}

pub fn bytes(data: &str, name: &str) -> Vec<u8> {
    let path = format!("{data}/{name}");
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub fn ops(data: &str, name: &str) -> Vec<Op> {
    const KINDS: [Kind; 7] = [
        Kind::TextInsert,
        Kind::TextDelete,
        Kind::Numbers,
        Kind::MapNumber,
        Kind::MapObject,
        Kind::MapString,
        Kind::ArrayString,
    ];
    let bytes = bytes(data, name);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let kind = KINDS[bytes[at] as usize];
        let (index, count) = (word(&bytes, at + 1), word(&bytes, at + 5));
        at += 9;
        let mut op = Op {
            kind,
            index,
            count,
            text: String::new(),
            numbers: Vec::new(),
        };
        match kind {
            Kind::TextDelete | Kind::MapNumber => {}
            Kind::Numbers => {
                op.numbers = (0..count as usize)
                    .map(|i| word(&bytes, at + 4 * i))
                    .collect();
                at += 4 * count as usize;
            }
            _ => {
                let end = at + count as usize;
                op.text = String::from_utf8(bytes[at..end].to_vec()).expect("ASCII");
                at = end;
            }
        }
        found.push(op);
    }
    found
}

pub fn updates(data: &str, name: &str) -> Vec<Vec<u8>> {
    let bytes = bytes(data, name);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + 4 + word(&bytes, at) as usize;
        found.push(bytes[at + 4..end].to_vec());
        at = end;
    }
    found
}

/// FNV-1a, 32 bits, as eight hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    format!("{:08x}", bytes.iter().fold(0x811c_9dc5, step))
}

/// A JSON string; the data has no characters that need more than this.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

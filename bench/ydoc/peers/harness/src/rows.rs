//! The rows: the same as in ../../node/rows.mjs, which explains them.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::clock::private_bytes;
use crate::files::{bytes, hash, ops, updates, Op};
use crate::sampler::{measure, Job, Limits};
use crate::{Engine, Format, Root, Updates};

const READER: u64 = 999_999;
const TRACE_CLIENT: u64 = 1_234_567_890;

fn root_of(row: &str) -> Root {
    match row {
        "tasks" => Root::Tasks,
        "b3.1" | "b3.2" | "b3.3" => Root::Map,
        "b1.8" | "b1.9" | "b1.10" | "b1.11" | "b3.4" => Root::Array,
        _ => Root::Text,
    }
}

fn loaded<E: Engine>(client: u64, update: &[u8], format: Format) -> E::Doc {
    let mut doc = E::create(client);
    E::apply(&mut doc, update, format);
    doc
}

fn content<E: Engine>(doc: &E::Doc, root: Root) -> String {
    let encoded = E::encode(doc, Format::V1);
    format!(
        "\"hash\":\"{}\",\"doc_hash\":\"{}\",\"doc_bytes\":{}",
        hash(E::state(doc, root).as_bytes()),
        hash(&encoded),
        encoded.len()
    )
}

fn content_of<E: Engine>(updates: &[Vec<u8>], root: Root) -> String {
    let mut doc = E::create(READER);
    for update in updates {
        E::apply(&mut doc, update, Format::V1);
    }
    content::<E>(&doc, root)
}

fn total(updates: &[Vec<u8>]) -> usize {
    updates.iter().map(Vec::len).sum()
}

/// A job from closures: what changes from row to row.
struct Steps<S, O, P, R, V>
where
    P: FnMut() -> S,
    R: FnMut(&mut S) -> O,
    V: FnMut(S, O) -> String,
{
    prepare: P,
    run: R,
    verify: V,
    types: PhantomData<(S, O)>,
}

impl<S, O, P, R, V> Job for Steps<S, O, P, R, V>
where
    P: FnMut() -> S,
    R: FnMut(&mut S) -> O,
    V: FnMut(S, O) -> String,
{
    type State = S;
    type Output = O;
    fn prepare(&mut self) -> S {
        (self.prepare)()
    }
    fn run(&mut self, state: &mut S) -> O {
        (self.run)(state)
    }
    fn verify(&mut self, state: S, output: O) -> String {
        (self.verify)(state, output)
    }
}

/// Encoding after an edit: the document lives as long as a sample.
struct EncodeEdited<E: Engine> {
    start: Vec<u8>,
    edits: Vec<Vec<u8>>,
    next: usize,
    doc: E::Doc,
    format: Format,
}

impl<E: Engine> Job for EncodeEdited<E> {
    type State = usize;
    type Output = Vec<u8>;
    fn rewind(&mut self) {
        self.doc = loaded::<E>(READER, &self.start, Format::V1);
        self.next = 0;
    }
    fn prepare(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
    fn run(&mut self, edit: &mut usize) -> Vec<u8> {
        E::apply(&mut self.doc, &self.edits[*edit], Format::V1);
        E::encode(&self.doc, self.format)
    }
    fn verify(&mut self, _: usize, encoded: Vec<u8>) -> String {
        let doc = loaded::<E>(READER, &encoded, self.format);
        format!(
            "{},\"bytes\":{}",
            content::<E>(&doc, Root::Text),
            encoded.len()
        )
    }
}

struct Bench<'a, E: Engine> {
    row: &'a str,
    data: &'a str,
    limits: &'a Limits,
    engine: PhantomData<E>,
}

impl<E: Engine> Bench<'_, E> {
    fn print(&self, metric: &str, fields: &str) {
        let (engine, row) = (E::NAME, self.row);
        println!("{{\"engine\":\"{engine}\",\"row\":\"{row}\",\"metric\":\"{metric}\",{fields}}}");
    }

    fn absent(&self, metric: &str) {
        self.print(metric, "\"absent\":\"not offered\"");
    }

    fn job<S, O>(
        &self,
        metric: &str,
        prepare: impl FnMut() -> S,
        run: impl FnMut(&mut S) -> O,
        verify: impl FnMut(S, O) -> String,
    ) {
        let steps = Steps {
            prepare,
            run,
            verify,
            types: PhantomData,
        };
        self.print(metric, &measure(steps, self.limits));
    }

    /// As `job`, for local edits: an engine without update events does less work than the others.
    fn edits<S, O>(
        &self,
        prepare: impl FnMut() -> S,
        run: impl FnMut(&mut S) -> O,
        verify: impl FnMut(S, O) -> String,
    ) {
        let steps = Steps {
            prepare,
            run,
            verify,
            types: PhantomData,
        };
        let note = if E::UPDATE_EVENTS {
            ""
        } else {
            "\"note\":\"makes no updates\","
        };
        self.print("edit", &format!("{note}{}", measure(steps, self.limits)));
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        bytes(self.data, name)
    }

    fn integrate_all(&self, metric: &str, updates: &[Vec<u8>], root: Root) {
        self.job(
            metric,
            || E::create(READER),
            |doc| {
                updates
                    .iter()
                    .for_each(|update| E::apply(doc, update, Format::V1))
            },
            |doc, ()| content::<E>(&doc, root),
        );
    }

    fn b4_load(&self) {
        for format in Format::ALL {
            let metric = format!("load_{}", format.suffix());
            if !E::FORMATS.contains(&format) {
                self.absent(&metric);
                continue;
            }
            let state = self.bytes(&format!("b4.{}", format.suffix()));
            let run = |_: &mut ()| loaded::<E>(READER, &state, format);
            self.job(
                &metric,
                || (),
                run,
                |(), doc| content::<E>(&doc, Root::Text),
            );
        }
    }

    fn b4_encode(&self) {
        for format in Format::ALL {
            let metric = format!("encode_{}", format.suffix());
            if !E::FORMATS.contains(&format) {
                self.absent(&metric);
                continue;
            }
            let job = EncodeEdited::<E> {
                start: self.bytes("b4.v1"),
                edits: updates(self.data, "b4.edits.updates"),
                next: 0,
                doc: E::create(READER),
                format,
            };
            self.print(&metric, &measure(job, self.limits));
        }
    }

    fn b4_apply(&self) {
        let updates = updates(self.data, "trace.updates");
        self.job(
            "apply_and_encode",
            || E::create(READER),
            |doc| {
                updates
                    .iter()
                    .for_each(|update| E::apply(doc, update, Format::V1));
                E::encode(doc, Format::V1)
            },
            |doc, _| content::<E>(&doc, Root::Text),
        );
    }

    /// An observed document and what it has told.
    fn observed(&self, client: u64) -> (E::Doc, Updates) {
        let told: Updates = Rc::new(RefCell::new(Vec::new()));
        let mut doc = E::create(client);
        E::observe(&mut doc, told.clone());
        (doc, told)
    }

    fn edit_one_by_one(&self, client: u64, ops: &[Op]) {
        let root = root_of(self.row);
        self.edits(
            || self.observed(client),
            |(doc, _)| ops.iter().for_each(|op| E::edit(doc, op)),
            |(doc, told), ()| {
                format!(
                    "{},\"update_bytes\":{}",
                    content::<E>(&doc, root),
                    total(&told.borrow())
                )
            },
        );
    }

    fn b4_merge(&self) {
        let mut first = updates(self.data, "trace.updates");
        first.truncate(10_000);
        if E::merge(&first[..1], Format::V1).is_some() {
            self.job(
                "merge_v1",
                || (),
                |()| E::merge(&first, Format::V1).unwrap(),
                |(), merged| {
                    let length = merged.len();
                    format!(
                        "{},\"bytes\":{length}",
                        content_of::<E>(&[merged], Root::Text)
                    )
                },
            );
        } else {
            self.absent("merge_v1");
        }
        self.integrate_all("apply", &first, Root::Text);
    }

    fn b4_cold(&self) {
        let (half, vector) = (self.bytes("b4.half.v1"), self.bytes("b4.half.sv"));
        for format in Format::ALL {
            let state = self.bytes(&format!("b4.{}", format.suffix()));
            let diff = format!("diff_{}", format.suffix());
            let state_vector = format!("state_vector_{}", format.suffix());
            if E::diff(&state, &vector, format).is_none() {
                self.absent(&diff);
                self.absent(&state_vector);
                continue;
            }
            self.job(
                &diff,
                || (),
                |()| E::diff(&state, &vector, format).unwrap(),
                |(), found| {
                    let mut doc = loaded::<E>(READER, &half, Format::V1);
                    E::apply(&mut doc, &found, format);
                    format!(
                        "{},\"bytes\":{}",
                        content::<E>(&doc, Root::Text),
                        found.len()
                    )
                },
            );
            self.job(
                &state_vector,
                || (),
                |()| E::state_vector(&state, format).unwrap(),
                |(), found| format!("\"bytes\":{}", found.len()),
            );
        }
    }

    fn from_recorded(&self) {
        let root = root_of(self.row);
        let state = self.bytes(&format!("{}.state", self.row));
        self.job(
            "encode",
            || loaded::<E>(READER, &state, Format::V1),
            |doc| E::encode(doc, Format::V1),
            |_, encoded| content_of::<E>(&[encoded], root),
        );
        self.job(
            "load",
            || (),
            |()| {
                let doc = loaded::<E>(READER, &state, Format::V1);
                let read = E::read(&doc, root);
                (doc, read)
            },
            |(), (doc, _)| content::<E>(&doc, root),
        );
    }

    fn b1(&self) {
        self.edit_one_by_one(1, &ops(self.data, &format!("{}.ops", self.row)));
        let recorded = updates(self.data, &format!("{}.updates", self.row));
        self.integrate_all("integrate", &recorded, root_of(self.row));
        self.from_recorded();
    }

    fn b2(&self) {
        let init = self.bytes("b2.init");
        let author = |name: &str| ops(self.data, &format!("{}.{name}.ops", self.row));
        let (a, b) = (author("a"), author("b"));
        let recorded = updates(self.data, &format!("{}.updates", self.row));
        let start = |client| {
            let (mut doc, told) = self.observed(client);
            E::apply(&mut doc, &init, Format::V1);
            told.borrow_mut().clear();
            (doc, told)
        };
        if E::edit_all(&mut start(1).0, &a) {
            self.edits(
                || [start(1), start(2)],
                |[one, two]| {
                    E::edit_all(&mut one.0, &a);
                    E::edit_all(&mut two.0, &b);
                },
                |[one, two], ()| {
                    let made = [&one.1.borrow()[..], &two.1.borrow()[..]].concat();
                    let all = [&[init.clone()], &made[..]].concat();
                    let found = content_of::<E>(&all, Root::Text);
                    format!("{found},\"update_bytes\":{}", total(&made))
                },
            );
        } else {
            self.absent("edit");
        }
        self.job(
            "integrate",
            || {
                [0, 1].map(|i: usize| {
                    let mut doc = loaded::<E>(READER, &init, Format::V1);
                    E::apply(&mut doc, &recorded[i], Format::V1);
                    doc
                })
            },
            |[one, two]| {
                E::apply(one, &recorded[1], Format::V1);
                E::apply(two, &recorded[0], Format::V1);
            },
            |[_, two], ()| content::<E>(&two, Root::Text),
        );
        self.from_recorded();
    }

    fn b3(&self) {
        let ops = ops(self.data, &format!("{}.ops", self.row));
        let root = root_of(self.row);
        self.edits(
            || {
                let told: Updates = Rc::new(RefCell::new(Vec::new()));
                let create = |i: usize| {
                    let mut doc = E::create(1 + i as u64);
                    E::observe(&mut doc, told.clone());
                    doc
                };
                let docs: Vec<E::Doc> = (0..ops.len()).map(create).collect();
                (docs, told)
            },
            |(docs, _)| {
                docs.iter_mut()
                    .zip(&ops)
                    .for_each(|(doc, op)| E::edit(doc, op))
            },
            |(_, told), ()| {
                if !E::UPDATE_EVENTS {
                    return String::new(); // nothing to bring the documents together with
                }
                let told = told.borrow();
                format!(
                    "{},\"update_bytes\":{}",
                    content_of::<E>(&told, root),
                    total(&told)
                )
            },
        );
        let recorded = updates(self.data, &format!("{}.updates", self.row));
        self.integrate_all("integrate", &recorded, root);
        self.from_recorded();
    }

    fn tasks(&self) {
        let lists = updates(self.data, "tasks.updates");
        let load = |list: &Vec<u8>| loaded::<E>(READER, list, Format::V1);
        self.job(
            "load",
            || (),
            |()| lists.iter().map(load).collect::<Vec<E::Doc>>(),
            |(), docs| content::<E>(&docs[0], Root::Tasks),
        );
    }

    fn memory(&self, count: usize, sources: &[Vec<u8>], root: Root) {
        let load = |i: usize| loaded::<E>(READER, &sources[i % sources.len()], Format::V1);
        drop(load(0));
        let before = private_bytes();
        let docs: Vec<E::Doc> = (0..count).map(load).collect();
        let after = private_bytes();
        let check = content::<E>(&docs[0], root);
        self.print(
            "memory",
            &format!(
                "\"count\":{count},\"before\":{{\"private_bytes\":{before}}},\
                 \"after\":{{\"private_bytes\":{after}}},\"check\":{{{check}}}"
            ),
        );
    }
}

pub fn run<E: Engine>(row: &str, data: &str, limits: &Limits) {
    let bench = Bench::<E> {
        row,
        data,
        limits,
        engine: PhantomData,
    };
    match row {
        "b4.load" => bench.b4_load(),
        "b4.encode" => bench.b4_encode(),
        "b4.apply" => bench.b4_apply(),
        "b4.local" => bench.edit_one_by_one(TRACE_CLIENT, &ops(data, "trace.ops")),
        "b4.merge" => bench.b4_merge(),
        "b4.cold" => bench.b4_cold(),
        "tasks" => bench.tasks(),
        "mem.b4" => bench.memory(100, &[bench.bytes("b4.v1")], Root::Text),
        "mem.tasks" => bench.memory(10_000, &updates(data, "tasks.updates"), Root::Tasks),
        _ if row.starts_with("b1.") => bench.b1(),
        _ if row.starts_with("b2.") => bench.b2(),
        _ if row.starts_with("b3.") => bench.b3(),
        _ => panic!("no row '{row}'"),
    }
}

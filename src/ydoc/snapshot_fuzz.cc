// Any bytes are refused, or are a snapshot that survives both encodings; a document can be looked
// at and restored through it, or says why not, and stays whole.
//
// input := form:byte (even: V1, odd: V2) rest

#include "ydoc/snapshot.h"

#include "base/check.h"
#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace {

using ydoc::Snapshot;

/// Client 1 with text, marks, values of a key that lie in one item, nested types and deletions.
ydoc::Doc make_document() {
  ydoc::Doc doc({.client_id = 1, .gc = false});
  ydoc::Text text = doc.text("text");
  CHECK(text.insert(0, "a\xf0\x9f\x98\x80long enough").has_value());
  CHECK(text.format(2, 4, {{"b", ydoc::Any{true}}}).has_value());
  CHECK(text.remove(3, 3).has_value());
  CHECK(doc.array("array").insert(0, {1, 2, ydoc::NewType::text("x"), 3}).has_value());
  CHECK(doc.array("array").remove(1, 2).has_value());
  for (int i = 0; i < 4; ++i) CHECK(doc.map("map").set("k", i).has_value());
  CHECK(doc.map("map").remove("k").has_value());
  return doc;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const righttask::ByteView bytes(data + 1, size - 1);
  const auto snapshot =
      (data[0] & 1) == 0 ? Snapshot::decode_v1(bytes) : Snapshot::decode_v2(bytes);
  if (!snapshot) return 0;
  CHECK(Snapshot::decode_v1(snapshot->encode_v1()) == *snapshot);
  CHECK(Snapshot::decode_v2(snapshot->encode_v2()) == *snapshot);

  static ydoc::Doc doc = make_document();
  static const righttask::Bytes state = doc.encode_state_as_update_v1();
  static_cast<void>(doc.array("array").values(*snapshot));
  static_cast<void>(doc.map("map").entries(*snapshot));
  static_cast<void>(doc.text("text").delta(*snapshot));
  ydoc::Doc restored;
  if (const auto result = snapshot->restore(doc, restored)) {
    CHECK(ydoc::integrity_fault(restored.store()).empty());
  }
  CHECK(ydoc::integrity_fault(doc.store()).empty());
  // A character of two units may have been cut where the snapshot ends inside it.
  if (doc.encode_state_as_update_v1() != state) doc = make_document();
  return 0;
}

// Any bytes and any text are refused, or are a position that survives both ways of writing it and
// resolves, if at all, to a place inside a list of the document, which resolving does not change.
//
// input := form:byte (even: encoded, odd: JSON) rest

#include "ydoc/relative_position.h"

#include "base/check.h"
#include "ydoc/store/integrity.h"

namespace {

using ydoc::RelativePosition;

/// Client 1 with what positions can lie in: a text long enough to be indexed, with marks and
/// deletions, nested types, one of them deleted.
ydoc::Doc make_document(bool gc) {
  ydoc::Doc doc({.client_id = 1, .gc = gc});
  ydoc::Text text = doc.text("text");
  for (int i = 0; i < 40; ++i) CHECK(text.insert(0, "ab").has_value());
  CHECK(text.format(5, 20, {{"b", ydoc::Any{true}}}).has_value());
  CHECK(text.remove(10, 3).has_value());
  ydoc::Array array = doc.array("array");
  CHECK(array.insert(0, {1, ydoc::NewType::text("x"), 2, ydoc::NewType::map({{"k", 1}})})
            .has_value());
  CHECK(array.remove(1).has_value());
  CHECK(doc.map("map").set("k", ydoc::NewType::array({1, 2})).has_value());
  CHECK(doc.map("map").set("k", 3).has_value());
  return doc;
}

void check_resolve(ydoc::Doc& doc, const RelativePosition& position) {
  for (const auto redone : {ydoc::Redone::follow, ydoc::Redone::ignore}) {
    const auto place = position.resolve(doc, redone);
    if (!place) continue;
    CHECK(place->type.exists());
    CHECK(place->assoc == position.assoc);
    const std::uint32_t length = doc.store().types[place->type.id()].length;
    if (!place->type.alive()) CHECK(place->index == 0);
    if (!position.item || place->type.kind() != ydoc::TypeKind::map) CHECK(place->index <= length);
    // A position made there is the same place.
    const auto again = RelativePosition::at(place->type, place->index, position.assoc);
    CHECK(again.has_value());
    const auto back = again->resolve(doc, redone);
    CHECK(back.has_value() && back->type == place->type);
    if (place->index <= length) CHECK(back->index == place->index);
  }
}

void check(const RelativePosition& position) {
  const auto decoded = RelativePosition::decode(position.encode());
  CHECK(decoded.has_value() && decoded->encode() == position.encode());
  const auto parsed = RelativePosition::from_json(position.json());
  CHECK(parsed.has_value() && parsed->encode() == position.encode());
  static ydoc::Doc documents[] = {make_document(true), make_document(false)};
  for (ydoc::Doc& doc : documents) {
    const std::size_t roots = doc.root_names().size();
    check_resolve(doc, position);
    CHECK(doc.root_names().size() == roots);
    CHECK(ydoc::integrity_fault(doc.store()).empty());
    CHECK(doc.store().positions.fault(doc.store()).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const righttask::ByteView rest(data + 1, size - 1);
  const auto position = data[0] % 2 == 0 ? RelativePosition::decode(rest)
                                         : RelativePosition::from_json(righttask::as_text(rest));
  if (position) check(*position);
  return 0;
}

// Whatever a document was given, it can be edited: it stays whole, and another document that
// hears its update events comes to the same state vector.
//
// input := options:byte step*
// step  := 0:byte size:byte update:bytes[size]     taken in
//        | code:byte type:byte at:byte length:byte an edit of one of the types

#include "base/check.h"
#include "base/reader.h"
#include "ydoc/doc.h"
#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace {

using righttask::ByteView;
using ydoc::Any;
using ydoc::Doc;
using ydoc::NewType;
using ydoc::NewValue;
using ydoc::Shared;
using ydoc::TextFormat;

constexpr ydoc::DecodeLimits kLimits{.update_bytes_max = 1 << 16, .structs_max = 4096};
constexpr std::string_view kTexts[] = {"a", "bc", "\xf0\x9f\x98\x80", "\n", "long enough to leave"};
constexpr std::string_view kKeys[] = {"k", "b", "", "1"};

struct Input {
  ByteView rest;

  std::uint8_t byte() {
    if (rest.empty()) return 0;
    const std::uint8_t first = rest.front();
    rest = rest.subspan(1);
    return first;
  }
  ByteView bytes(std::size_t size) {
    const ByteView taken = rest.first(std::min(size, rest.size()));
    rest = rest.subspan(taken.size());
    return taken;
  }
};

template <typename T, std::size_t n>
T pick(std::uint8_t byte, const T (&list)[n]) {
  return list[byte % n];
}

TextFormat format_of(std::uint8_t byte) {
  const TextFormat formats[] = {{{"b", Any{true}}},
                                {{"b", Any{ydoc::Null{}}}},
                                {{"k", Any{Any::Object{{"o", Any{Any::Array{}}}}}}},
                                {}};
  return pick(byte, formats);
}

NewValue value_of(std::uint8_t byte) {
  switch (byte % 6) {
    case 0:
      return NewType::text(pick(byte, kTexts));
    case 1:
      return NewType::map({{"k", 1}});
    case 2:
      return NewType::array({1, NewType::xml_element("p")});
    case 3:
      return Any{righttask::Bytes{1, 2}};
    default:
      return pick(byte, kTexts);
  }
}

NewType node_of(std::uint8_t byte) {
  if (byte % 2 == 0) return NewType::xml_text(pick(byte, kTexts));
  return NewType::xml_element("p", {NewType::xml_text("x")}, {{"id", 1}});
}

/// A root, or a type some steps inside one.
Shared type_of(Doc& doc, std::uint8_t byte) {
  const Shared roots[] = {doc.text("text"), doc.array("array"), doc.map("map"),
                          doc.xml_fragment("xml")};
  Shared type = roots[byte % 4];
  for (byte /= 4; byte > 0; byte /= 4) {
    ydoc::Value value = Any{};
    if (const auto array = ydoc::as<ydoc::Array>(type)) value = array->get(byte % 4);
    if (const auto map = ydoc::as<ydoc::Map>(type)) value = map->get(pick(byte, kKeys));
    if (const auto xml = ydoc::as<ydoc::XmlFragment>(type)) value = xml->get(byte % 4);
    const auto* const inner = std::get_if<Shared>(&value);
    if (inner == nullptr) break;
    type = *inner;
  }
  return type;
}

struct Edit {
  std::uint8_t code;
  std::uint8_t at;
  std::uint8_t length;
};

ydoc::Edited edit_text(ydoc::Text text, const Edit& edit) {
  switch (edit.code % 7) {
    case 0:
      return text.insert(edit.at, pick(edit.length, kTexts));
    case 1:
      return text.insert(edit.at, pick(edit.length, kTexts), format_of(edit.length / 8));
    case 2:
      return text.format(edit.at, edit.length % 16, format_of(edit.length / 16));
    case 3:
      return text.insert_embed(edit.at, value_of(edit.length), format_of(edit.code / 8));
    case 4:
      return text.set_attribute(pick(edit.at, kKeys), value_of(edit.length));
    case 5:
      return text.remove_attribute(pick(edit.at, kKeys));
    default:
      return text.remove(edit.at, edit.length);
  }
}

ydoc::Edited edit_list(ydoc::Array list, const Edit& edit) {
  switch (edit.code % 4) {
    case 0:
      return list.push({value_of(edit.length)});
    case 1:
      return list.insert(edit.at, {value_of(edit.length), 5, value_of(edit.code / 4)});
    default:
      return list.remove(edit.at, edit.length % 8);
  }
}

ydoc::Edited edit_map(ydoc::Map map, const Edit& edit) {
  if (edit.code % 8 == 0) return map.clear();
  if (edit.code % 4 == 0) return map.remove(pick(edit.at, kKeys));
  return map.set(pick(edit.at, kKeys), value_of(edit.length));
}

ydoc::Edited edit_xml(ydoc::XmlFragment xml, const Edit& edit) {
  if (const auto element = ydoc::as<ydoc::XmlElement>(xml); element && edit.code % 4 == 0) {
    return ydoc::XmlElement(*element).set_attribute(pick(edit.at, kKeys), value_of(edit.length));
  }
  if (edit.code % 4 == 1) return xml.remove(edit.at, edit.length % 8);
  return xml.insert(edit.at, {node_of(edit.length)});
}

/// What is refused leaves no trace, which the update events show.
void make(Doc& doc, Input& input, std::uint8_t code) {
  const Shared type = type_of(doc, input.byte());
  const Edit edit{code, input.byte(), input.byte()};
  if (const auto text = ydoc::as<ydoc::Text>(type)) {
    static_cast<void>(edit_text(*text, edit));
  } else if (const auto list = ydoc::as<ydoc::Array>(type)) {
    static_cast<void>(edit_list(*list, edit));
  } else if (const auto map = ydoc::as<ydoc::Map>(type)) {
    static_cast<void>(edit_map(*map, edit));
  } else if (const auto xml = ydoc::as<ydoc::XmlFragment>(type)) {
    static_cast<void>(edit_xml(*xml, edit));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Input input{ByteView(data, size)};
  const std::uint8_t options = input.byte();
  Doc doc({.client_id = 1, .gc = (options & 1) == 0, .decode = kLimits});
  Doc mirror;
  const auto subscription = doc.on_update_v1([&](const ydoc::UpdateEvent& event) {
    CHECK(mirror.apply_update_v1(event.update).has_value());
  });
  while (!input.rest.empty()) {
    const std::uint8_t code = input.byte();
    if (code == 0) {
      static_cast<void>(doc.apply_update_v1(input.bytes(input.byte())));
    } else if (options & 2) {
      doc.transact([&] {
        make(doc, input, code);
        make(doc, input, input.byte());
      });
    } else {
      make(doc, input, code);
    }
    const std::string fault = ydoc::integrity_fault(doc.store());
    if (!fault.empty()) righttask::raise_bug(fault.c_str(), __FILE__, __LINE__);
  }
  CHECK(doc.state_vector() == mirror.state_vector());
  return 0;
}

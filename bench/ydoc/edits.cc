#include "edits.h"

#include "base/check.h"
#include "bench_files.h"

namespace bench {
namespace {

std::uint32_t number_at(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

}  // namespace

std::vector<Edit> read_edits(const std::string& path) {
  using ydoc::Any;
  const Bytes bytes = read_bytes(path);
  std::vector<Edit> edits;
  for (std::size_t at = 0; at < bytes.size();) {
    Edit edit{static_cast<Edit::Kind>(bytes[at]),
              number_at(bytes, at + 1),
              number_at(bytes, at + 5),
              {},
              {}};
    at += 9;
    const auto text = [&] {
      std::string taken(righttask::as_text(ByteView(bytes).subspan(at, edit.count)));
      at += edit.count;
      return taken;
    };
    switch (edit.kind) {
      case Edit::Kind::text_insert:
        edit.text = text();
        break;
      case Edit::Kind::text_delete:
        break;
      case Edit::Kind::numbers:
        for (std::uint32_t i = 0; i < edit.count; ++i, at += 4) {
          edit.values.emplace_back(number_at(bytes, at));
        }
        break;
      case Edit::Kind::map_number:
        edit.values.emplace_back(edit.count);
        break;
      case Edit::Kind::map_object:
        edit.values.emplace_back(
            Any{Any::Object{{"name", Any{text()}}, {"address", Any{std::string("here")}}}});
        break;
      case Edit::Kind::map_string:
      case Edit::Kind::array_string:
        edit.values.emplace_back(text());
        break;
    }
    edits.push_back(std::move(edit));
  }
  return edits;
}

void Editing::operator()(const Edit& edit) {
  const auto made = [&] {
    switch (edit.kind) {
      case Edit::Kind::text_insert:
        return text_.insert(edit.index, edit.text);
      case Edit::Kind::text_delete:
        return text_.remove(edit.index, edit.count);
      case Edit::Kind::numbers:
      case Edit::Kind::array_string:
        return array_.insert(edit.index, edit.values);
      case Edit::Kind::map_number:
      case Edit::Kind::map_object:
      case Edit::Kind::map_string:
        return map_.set("v", edit.values.front());
    }
    return ydoc::Edited{};
  }();
  CHECK(made.has_value());
}

}  // namespace bench

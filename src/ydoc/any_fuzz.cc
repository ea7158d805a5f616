#include "ydoc/any.h"

#include <algorithm>

#include "base/check.h"
#include "base/utf8.h"
#include "ydoc/codec/content.h"

namespace {

constexpr unsigned kDepth = 20;

void check_any_value(righttask::ByteView bytes) {
  righttask::Reader reader(bytes);
  righttask::Reader checked(bytes);
  const auto value = ydoc::read_any(reader, kDepth);
  const auto spelling = ydoc::check_any(checked, kDepth);
  CHECK(value.has_value() == spelling.has_value());
  if (!value) {
    CHECK(value.error() == spelling.error());
    return;
  }
  CHECK(reader.left() == checked.left());
  righttask::Writer writer;
  ydoc::write_any(writer, *value);
  const auto consumed = bytes.first(bytes.size() - reader.left());
  CHECK((*spelling == ydoc::Spelling::canonical) == std::ranges::equal(consumed, writer.view()));
  righttask::Reader again(writer.view());
  CHECK(ydoc::read_any(again, kDepth) == *value);
}

void check_json_text(std::string_view text) {
  const auto value = ydoc::parse_json(text, kDepth);
  if (!righttask::is_utf8(righttask::byte_view(text))) {
    CHECK(value.error() == righttask::DecodeError::invalid_utf8);
    return;
  }
  const auto spelling = ydoc::check_json(text, kDepth);
  CHECK(value.has_value() == spelling.has_value());
  if (!value) {
    CHECK(value.error() == spelling.error());
    return;
  }
  std::string out;
  ydoc::append_json(out, *value);
  CHECK((*spelling == ydoc::Spelling::canonical) == (out == text));
  CHECK(ydoc::check_json(out, kDepth) == ydoc::Spelling::canonical);
}

}  // namespace

// Reading and merely checking agree on every input; what is called canonical is what writing the
// value again yields, and what was written is canonical.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const righttask::ByteView bytes(data, size);
  if (bytes[0] == 'J') {
    check_json_text(righttask::as_text(bytes.subspan(1)));
  } else {
    check_any_value(bytes);
  }
  return 0;
}

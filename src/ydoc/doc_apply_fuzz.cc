// Whatever updates a document is given, it stays whole: a refused one leaves no trace, and its
// state can be encoded, decoded and applied, and comes out the same from a second copy.
//
// input := options:byte { size:2 bytes, low first; update:bytes[size] }

#include "base/check.h"
#include "ydoc/doc.h"
#include "ydoc/store/integrity.h"
#include "ydoc/view/json_view.h"

namespace {

using righttask::Bytes;
using righttask::ByteView;
using ydoc::Doc;

constexpr ydoc::DecodeLimits kLimits{.update_bytes_max = 1 << 16, .structs_max = 4096};

/// What the inputs meet: client 1 with text, formats, a nested map and keys, some deleted.
const Bytes& first_update() {
  static const Bytes update = righttask::bytes(
      1, 7, 1, 0,                                               // client 1, 7 structs
      4, 1, 4, 't', 'e', 'x', 't', 5, 'h', 'e', 'l', 'l', 'o',  // clock 0: "hello"
      0xc6, 1, 1, 1, 2, 1, 'b', 4, 't', 'r', 'u', 'e',          // clock 5: b on, inside
      0x86, 1, 4, 1, 'b', 4, 'n', 'u', 'l', 'l',                // clock 6: b off, at the end
      0x27, 1, 3, 'm', 'a', 'p', 1, 'k', 1,                     // clock 7: a map under "k"
      0x28, 0, 1, 7, 1, 'x', 1, 125, 9,                         // clock 8: x = 9 in it
      7, 1, 3, 'x', 'm', 'l', 3, 1, 'p',                        // clock 9: an element
      8, 1, 5, 'a', 'r', 'r', 'a', 'y', 3, 126, 127, 120,       // clock 10: three values
      1, 1, 1, 3, 1);                                           // the second "l" is deleted
  return update;
}

void declare(Doc& doc) {
  doc.declare_root("text", ydoc::TypeKind::text);
  doc.declare_root("array", ydoc::TypeKind::array);
  doc.declare_root("map", ydoc::TypeKind::map);
  doc.declare_root("xml", ydoc::TypeKind::xml_fragment);
}

void offer(Doc& doc, ByteView update) {
  const Bytes before = doc.encode_state_as_update_v1();
  if (!doc.apply_update_v1(update)) CHECK(doc.encode_state_as_update_v1() == before);
  const std::string fault = ydoc::integrity_fault(doc.store());
  if (!fault.empty()) righttask::raise_bug(fault.c_str(), __FILE__, __LINE__);
}

void reload(const Doc& doc, const ydoc::DocOptions& options) {
  ydoc::DocOptions unlimited = options;
  unlimited.decode = {};
  Doc copy(unlimited);
  declare(copy);
  const Bytes state = doc.encode_state_as_update_v1();
  CHECK(copy.apply_update_v1(state).has_value());
  // What is pending may fit once it comes together with the state.
  const ydoc::StateVector want = doc.state_vector();
  const ydoc::StateVector have = copy.state_vector();
  for (const auto& [client, clock] : want.entries()) CHECK(have.of(client) >= clock);
  if (!doc.has_pending()) CHECK(have == want);
  CHECK(ydoc::integrity_fault(copy.store()).empty());
  const auto again = copy.apply_update_v1(state);
  CHECK(again.has_value() && !again->changed);
  CHECK(!ydoc::doc_json(copy).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ydoc::DocOptions options{
      .gc = (data[0] & 1) == 0, .pending_bytes_max = 1 << 16, .decode = kLimits};
  Doc doc(options);
  declare(doc);
  CHECK(doc.apply_update_v1(first_update()).has_value());
  ByteView rest(data + 1, size - 1);
  while (rest.size() >= 2) {
    const std::size_t want = rest[0] + 256u * rest[1];
    rest = rest.subspan(2);
    const std::size_t taken = std::min(want, rest.size());
    offer(doc, rest.first(taken));
    rest = rest.subspan(taken);
  }
  reload(doc, options);
  return 0;
}

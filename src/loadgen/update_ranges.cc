#include "loadgen/update_ranges.h"

#include "base/reader.h"
#include "ydoc/codec/encoding.h"
#include "ydoc/codec/update_writer.h"

namespace righttask::loadgen {
namespace {

using ydoc::ContentKind;

constexpr std::uint8_t kOrigin = 0x80;
constexpr std::uint8_t kRightOrigin = 0x40;
constexpr std::uint8_t kParentSub = 0x20;

void add(std::vector<ClockRange>& out, ydoc::ClientId client, ydoc::Clock begin, ydoc::Clock end) {
  if (!out.empty() && out.back().client == client && out.back().end == begin) {
    out.back().end = end;
  } else {
    out.push_back({client, begin, end});
  }
}

/// Reads what the easy structs are made of and remembers whether all of it was there.
class Walk {
 public:
  explicit Walk(ByteView update) : in_(update) {}

  std::uint64_t number() {
    const auto read = in_.var_uint();
    good_ = good_ && read.has_value();
    return read.value_or(0);
  }
  std::uint8_t byte() {
    const auto read = in_.byte();
    good_ = good_ && read.has_value();
    return read.value_or(0);
  }
  /// The length in bytes of what was passed over.
  std::uint64_t text() {
    const std::uint64_t size = number();
    good_ = good_ && in_.take(size).has_value();
    return size;
  }
  void id() { number(), number(); }
  void fail_walk() { good_ = false; }
  [[nodiscard]] bool good() const { return good_; }

  /// The units of a struct whose info byte was read; 0 and not good when it is no easy one. Texts
  /// are taken for ASCII, which our own are: of others' only the place of the next struct counts.
  std::uint64_t struct_units(std::uint8_t info) {
    const auto kind = static_cast<ContentKind>(info & 0x1f);
    if (kind == ContentKind::gc || kind == ContentKind::skip) return number();
    if (kind != ContentKind::string && kind != ContentKind::deleted) return fail_walk(), 0;
    if ((info & kOrigin) != 0) id();
    if ((info & kRightOrigin) != 0) id();
    if ((info & (kOrigin | kRightOrigin)) == 0) {
      if (number() == 1) {
        text();
      } else {
        id();
      }
      if ((info & kParentSub) != 0) text();
    }
    return kind == ContentKind::string ? text() : number();
  }

 private:
  Reader in_;
  bool good_ = true;
};

bool walk(ByteView update, std::vector<ClockRange>& out) {
  Walk in(update);
  for (std::uint64_t sections = in.number(); sections > 0 && in.good(); --sections) {
    std::uint64_t structs = in.number();
    const ydoc::ClientId client = in.number();
    ydoc::Clock clock = in.number();
    for (; structs > 0 && in.good(); --structs) {
      const std::uint8_t info = in.byte();
      const std::uint64_t units = in.struct_units(info);
      if (!in.good()) return false;
      const bool skip = static_cast<ContentKind>(info & 0x1f) == ContentKind::skip;
      if (!skip) add(out, client, clock, clock + units);
      clock += units;
    }
  }
  return in.good();
}

Decoded<void> decode(ByteView update, std::vector<ClockRange>& out) {
  ydoc::ByteArena owned;
  const auto limits = ydoc::DecodeLimits::trusted();  // borrowed by the reader
  ydoc::BlockReaderV1 reader(update, limits, owned);
  for (ydoc::Block block;;) {
    const auto more = reader.next(block);
    if (!more) return fail(more.error());
    if (!*more) return {};
    if (block.kind != ContentKind::skip) {
      add(out, block.id.client, block.id.clock, block.id.clock + block.length);
    }
  }
}

}  // namespace

Decoded<void> read_ranges(ByteView update, std::vector<ClockRange>& out) {
  out.clear();
  if (walk(update, out)) return {};
  out.clear();
  return decode(update, out);
}

void write_typed(ydoc::ClientId client, ydoc::Clock clock, std::string_view text, Bytes& out) {
  ydoc::Block block;
  block.id = {client, clock};
  block.length = text.size();
  block.kind = ContentKind::string;
  block.text = text;
  if (clock == 0) {
    block.parent_kind = ydoc::ParentKind::root;
    block.parent_name = "t";
  } else {
    block.has_origin = true;
    block.origin = {client, clock - 1};
  }
  ydoc::UpdateWriterV1 writer;
  writer.begin_section(client, clock);
  writer.block(block);
  writer.begin_deletes(0);
  out = writer.take();
}

}  // namespace righttask::loadgen

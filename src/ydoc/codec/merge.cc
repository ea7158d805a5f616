#include "ydoc/codec/merge.h"

#include <algorithm>
#include <optional>

#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/encoding.h"
#include "ydoc/codec/section_order.h"

// Yjs keeps its readers in an array that it sorts anew, stably, after each step; the first one is
// always the reader to read from. A heap does the same in O(log n): only the first reader's key
// changes between two sorts, and among readers with equal keys it stays in front. Unless one of
// them stands at a gc and the other at an item: then Yjs's comparison says "less" either way
// round. Of two readers the one behind comes first with V8's sort, which is what pending structs
// are merged with; of more it depends on all of them, and here the stable order is kept.
// Source: Yjs 13.6, src/utils/updates.js, mergeUpdatesV2.

namespace ydoc {
namespace {

Clock end_of(const Block& block) {
  return block.id.clock + block.length;
}

/// One update's structs in wire order, without skips. Its deletes go to `deletes` at the end.
template <typename Encoding>
class UpdateSource {
 public:
  UpdateSource(ByteView bytes, const DecodeLimits& limits, ByteArena& owned,
               std::vector<DeleteRange>& deletes)
      : reader_(bytes, limits, owned), deletes_(&deletes) {}

  [[nodiscard]] const Block* current() const { return done_ ? nullptr : &block_; }

  Decoded<void> advance() {
    do {
      const auto more = reader_.next(block_);
      if (!more) return fail(more.error());
      if (!*more) {
        done_ = true;
        return reader_.deletes(*deletes_);
      }
      order_.add(block_);
    } while (block_.kind == ContentKind::skip);
    return {};
  }

  /// Whether its clients descend, each once: what the merge relies on.
  [[nodiscard]] bool in_order() const { return order_.kept(); }

 private:
  typename Encoding::Reader reader_;
  std::vector<DeleteRange>* deletes_;
  Block block_;
  SectionOrder order_;
  bool done_ = false;
};

/// One section of a decoded update, without skips; always in order.
class SectionSource {
 public:
  explicit SectionSource(std::span<const Block> blocks) : blocks_(blocks), at_(0) {}

  [[nodiscard]] const Block* current() const {
    return at_ <= blocks_.size() && at_ > 0 ? &blocks_[at_ - 1] : nullptr;
  }
  Decoded<void> advance() {
    do {
      ++at_;
    } while (current() != nullptr && current()->kind == ContentKind::skip);
    return {};
  }
  [[nodiscard]] static bool in_order() { return true; }

 private:
  std::span<const Block> blocks_;
  std::size_t at_;  // one past the current block
};

/// Collects the merged structs, one of which is held back because the next may extend it.
template <UpdateWriter Writer>
class Output {
 public:
  explicit Output(Writer& writer) : writer_(&writer) {}

  [[nodiscard]] bool holds() const { return held_; }
  [[nodiscard]] ClientId client() const { return block_.id.client; }
  [[nodiscard]] Clock end() const { return end_of(block_); }

  /// Writes what is held and holds `block` from its unit `offset` on.
  void push(const Block& block, std::uint64_t offset = 0) {
    flush();
    block_ = block;
    offset_ = offset;
    held_ = true;
  }

  /// Joins a gc that continues the held gc. (Items are never joined: Yjs asks whether they are
  /// neighbours in a document.)
  [[nodiscard]] bool extend(const Block& block, std::uint64_t offset) {
    if (block_.kind != ContentKind::gc || block.kind != ContentKind::gc) return false;
    block_.length += block.length - offset;
    return true;
  }

  void skip_to(Clock clock) {
    Block gap;
    gap.id = {client(), end()};
    gap.kind = ContentKind::skip;
    gap.length = clock - end();
    push(gap);
  }

  void flush() {
    if (!held_) return;
    if (!in_section_ || section_ != block_.id.client) {
      section_ = block_.id.client;
      in_section_ = true;
      writer_->begin_section(section_, block_.id.clock + offset_);
    }
    writer_->block(block_, offset_);
    ++structs_;
    held_ = false;
  }

  [[nodiscard]] std::size_t structs() const { return structs_; }

 private:
  Writer* writer_;
  Block block_;
  std::uint64_t offset_ = 0;
  bool held_ = false;
  bool in_section_ = false;
  ClientId section_ = 0;
  std::size_t structs_ = 0;  // written
};

/// Orders readers by client descending, clock ascending, then as a stable sort leaves them.
struct HeapEntry {
  ClientId client;
  Clock clock;
  std::int64_t rank;
  std::size_t source;
  bool gc;

  HeapEntry(const Block& block, std::int64_t ranked, std::size_t from)
      : client(block.id.client),
        clock(block.id.clock),
        rank(ranked),
        source(from),
        gc(block.kind == ContentKind::gc) {}
};
using Heap = std::vector<HeapEntry>;

/// For the heap functions, whose top is the greatest.
struct Later {
  const Heap& heap;

  bool operator()(const HeapEntry& a, const HeapEntry& b) const {
    if (a.client != b.client) return a.client < b.client;
    if (a.clock != b.clock) return a.clock > b.clock;
    if (a.gc != b.gc && heap.size() == 2) return a.rank < b.rank;
    return a.rank > b.rank;
  }
};

/// Reads from the first source until another may come first.
template <typename Source, typename Writer>
Decoded<void> take_turn(Source& source, Output<Writer>& out) {
  const Block* block = source.current();
  const ClientId client = block->id.client;
  bool iterated = false;
  while (out.holds() && block != nullptr && block->id.client == out.client() &&
         end_of(*block) <= out.end()) {
    if (const auto moved = source.advance(); !moved) return moved;
    block = source.current();
    iterated = true;
  }
  if (block == nullptr || block->id.client != client) return {};
  if (iterated && block->id.clock > out.end()) return {};

  if (!out.holds() || client != out.client()) {
    out.push(*block);
  } else if (out.end() < block->id.clock) {
    out.skip_to(block->id.clock);
    out.push(*block);
  } else {
    const std::uint64_t known = out.end() - block->id.clock;
    if (out.extend(*block, known)) return {};
    out.push(*block, known);
  }
  if (const auto moved = source.advance(); !moved) return moved;
  for (block = source.current();
       block != nullptr && block->id.client == client && block->id.clock == out.end();
       block = source.current()) {
    out.push(*block);
    if (const auto moved = source.advance(); !moved) return moved;
  }
  return {};
}

struct Merged {
  bool in_order;        // if not, nothing that was written counts
  std::size_t structs;  // written
};

template <typename Source, UpdateWriter Writer>
Decoded<Merged> merge_sources(std::vector<Source>& sources, Writer& writer) {
  Heap heap;
  const Later later{heap};
  heap.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (const auto moved = sources[i].advance(); !moved) return fail(moved.error());
    if (const Block* block = sources[i].current()) {
      heap.emplace_back(*block, static_cast<std::int64_t>(i), i);
    }
  }
  std::make_heap(heap.begin(), heap.end(), later);

  Output<Writer> out(writer);
  std::int64_t rank = 0;
  while (!heap.empty()) {
    Source& source = sources[heap.front().source];
    if (const auto taken = take_turn(source, out); !taken) return fail(taken.error());
    if (!source.in_order()) return Merged{false, 0};
    std::pop_heap(heap.begin(), heap.end(), later);
    const Block* block = source.current();
    if (block == nullptr) {
      heap.pop_back();
      continue;
    }
    heap.back() = HeapEntry(*block, --rank, heap.back().source);
    std::push_heap(heap.begin(), heap.end(), later);
  }
  out.flush();
  return Merged{true, out.structs()};
}

template <UpdateWriter Writer>
CountedUpdate finish(Writer& writer, std::size_t structs, std::vector<DeleteRange>& deletes) {
  sort_and_merge(deletes);
  write_deletes(writer, deletes);
  return {writer.take(), structs};
}

/// For updates whose clients do not descend, or repeat: every section is a source of its own.
template <typename Encoding>
Decoded<CountedUpdate> merge_sections(std::span<const ByteView> inputs,
                                      const DecodeLimits& limits) {
  std::vector<Update> updates(inputs.size());
  std::vector<SectionSource> sources;
  std::vector<DeleteRange> deletes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (const auto read = Encoding::read(updates[i], inputs[i], limits); !read) {
      return fail(read.error());
    }
    for (const Section& section : updates[i].sections) {
      sources.emplace_back(updates[i].blocks_of(section));
    }
    deletes.insert(deletes.end(), updates[i].deletes.begin(), updates[i].deletes.end());
  }
  typename Encoding::Writer writer;
  const auto merged = merge_sources(sources, writer);
  if (!merged) return fail(merged.error());
  return finish(writer, merged->structs, deletes);
}

template <typename Encoding>
Decoded<CountedUpdate> merge_updates(std::span<const ByteView> updates,
                                     const DecodeLimits& limits) {
  ByteArena owned;
  std::vector<DeleteRange> deletes;
  if (updates.size() == 1) {
    typename Encoding::Reader reader(updates[0], limits, owned);
    const auto structs = reader.drain();
    if (!structs) return fail(structs.error());
    return CountedUpdate{Bytes(updates[0].begin(), updates[0].end()), *structs};
  }
  std::size_t bytes = 0;
  std::vector<UpdateSource<Encoding>> sources;
  sources.reserve(updates.size());
  for (const ByteView update : updates) {
    bytes += update.size();
    sources.emplace_back(update, limits, owned, deletes);
  }
  typename Encoding::Writer writer;
  writer.reserve(bytes);
  const auto merged = merge_sources(sources, writer);
  if (!merged) return fail(merged.error());
  if (!merged->in_order) return merge_sections<Encoding>(updates, limits);
  return finish(writer, merged->structs, deletes);
}

Decoded<Bytes> only_bytes(Decoded<CountedUpdate> update) {
  if (!update) return fail(update.error());
  return std::move(update->bytes);
}

}  // namespace

Decoded<Bytes> merge_updates_v1(std::span<const ByteView> updates, const DecodeLimits& limits) {
  return only_bytes(merge_updates<EncodingV1>(updates, limits));
}

Decoded<Bytes> merge_updates_v2(std::span<const ByteView> updates, const DecodeLimits& limits) {
  return only_bytes(merge_updates<EncodingV2>(updates, limits));
}

Decoded<CountedUpdate> merge_and_count_v2(std::span<const ByteView> updates,
                                          const DecodeLimits& limits) {
  return merge_updates<EncodingV2>(updates, limits);
}

template <typename Encoding>
Decoded<Bytes> in_client_order(ByteView update, const DecodeLimits& limits) {
  return only_bytes(merge_sections<Encoding>({&update, 1}, limits));
}
template Decoded<Bytes> in_client_order<EncodingV1>(ByteView, const DecodeLimits&);
template Decoded<Bytes> in_client_order<EncodingV2>(ByteView, const DecodeLimits&);

}  // namespace ydoc

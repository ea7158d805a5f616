#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "ydoc/codec/byte_sink.h"
#include "ydoc/codec/coded_client.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/id.h"
#include "ydoc/update.h"

namespace ydoc {

/// What the writers of both encodings offer. Code that encodes (the document's store, merge,
/// diff, conversion) is a template over this, so that no field costs a virtual call.
///
/// The order of calls is that of the wire:
///
///   for each client, highest first:
///     begin_section(client, clock of the first unit written)
///     block(b, offset)…              at least one; clocks contiguous, gaps as skip blocks
///   begin_deletes(clients)           once, also when there are none
///   for each client, highest first:
///     delete_client(client, ranges)
///     delete_range(clock, length)…   ascending
///   take()                           leaves the writer empty and ready to start anew
///
/// Counts of sections and structs are filled in by the writer.
template <typename W>
concept UpdateWriter = requires(W writer, const Block& block, ClientId client, Clock clock,
                                std::uint64_t number, std::size_t count) {
  { writer.begin_section(client, clock) } -> std::same_as<void>;
  { writer.block(block, number) } -> std::same_as<void>;
  { writer.begin_deletes(count) } -> std::same_as<void>;
  { writer.delete_client(client, count) } -> std::same_as<void>;
  { writer.delete_range(clock, number) } -> std::same_as<void>;
  { writer.take() } -> std::same_as<Bytes>;
};

/// Writes update V1. One buffer, appended to; no allocation once it has grown.
/// Source: Yjs 13.6, src/structs/*.js write(encoder, offset), src/utils/encoding.js.
class UpdateWriterV1 {
 public:
  void begin_section(ClientId client, Clock clock);

  /// Writes the units of `block` from `offset` on, as Yjs's struct.write(encoder, offset): with
  /// an offset the origin becomes the unit before the cut, [client, clock + offset - 1], and the
  /// parent is no longer written. `offset` counts units (UTF-16 code units of a string) and is
  /// below block.length. A string cut inside a surrogate pair starts with U+FFFD.
  ///
  /// `block.data` and `block.text` are copied as they are: they must be in the form that Block
  /// documents. parent_kind must not be `inherited` unless there is an origin (an offset makes
  /// one) or a right origin.
  void block(const Block& block, std::uint64_t offset = 0);

  /// The same for a struct that is no Block but has its fields to ask for; neither gc nor skip.
  /// In codec/struct_writer_v1.h.
  template <typename S>
  void write(const S& s, std::uint64_t offset);
  /// A gc or skip.
  void write_range(ContentKind kind, std::uint64_t length);

  void begin_deletes(std::size_t clients);
  void delete_client(ClientId client, std::size_t ranges);
  void delete_range(Clock clock, std::uint64_t length);

  [[nodiscard]] Bytes take();

  void reserve(std::size_t bytes) { out_.reserve(bytes); }

 private:
  /// Room for everything before the content of a struct, or for two ids.
  static constexpr std::size_t kHeadBytesMax = 1 + 5 * ByteSink::kVarUintBytesMax;

  void open();
  void end_section();
  template <typename S>
  void write_parent(const S& s);
  template <typename S>
  void write_content(const S& s, std::uint64_t offset);
  void value(std::string_view value_text);

  ByteSink out_;
  std::size_t sections_ = 0;  // complete ones
  std::size_t structs_ = 0;   // in the open section
  std::size_t sections_at_ = 0;
  std::size_t structs_at_ = 0;  // where these counts belong
};

static_assert(UpdateWriter<UpdateWriterV1>);

/// Writes a delete set. `ranges` holds each client's ranges together, clients descending;
/// within a client the order is kept where the encoding can say it, which V1 always can. (What
/// Yjs writes in V2 of ranges out of order cannot be read.)
template <UpdateWriter W>
void write_deletes(W& writer, std::span<const DeleteRange> ranges) {
  if constexpr (requires { W::kDeletesAscend; }) {
    if (!deletes_ascend(ranges)) {
      std::vector<DeleteRange> ordered(ranges.begin(), ranges.end());
      sort_and_merge(ordered);
      return write_deletes(writer, std::span<const DeleteRange>(ordered));
    }
  }
  std::size_t clients = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    clients += i == 0 || ranges[i].client != ranges[i - 1].client;
  }
  writer.begin_deletes(clients);
  for (std::size_t first = 0; first < ranges.size();) {
    std::size_t end = first;
    while (end < ranges.size() && ranges[end].client == ranges[first].client) ++end;
    writer.delete_client(ranges[first].client, end - first);
    for (; first < end; ++first) writer.delete_range(ranges[first].clock, ranges[first].length);
  }
}

/// The text from the unit `offset` on, as Yjs writes it: a cut inside a surrogate pair leaves a
/// lone low surrogate, which reaches the wire as U+FFFD.
struct TextTail {
  bool replacement_first;  // write U+FFFD, then `rest`
  std::string_view rest;
  [[nodiscard]] std::string_view replacement() const {
    return replacement_first ? "\xef\xbf\xbd" : "";
  }
};
/// `utf8` is well-formed and has `units` UTF-16 units, `offset` at least. O(1) for ASCII, else
/// O(bytes to the nearer end).
[[nodiscard]] TextTail text_from(std::string_view utf8, std::uint64_t units, std::uint64_t offset);

/// Where `count` values of lib0's any encoding (Block::data of kind any) end: a byte offset.
/// The bytes have been validated.
[[nodiscard]] std::size_t any_bytes(ByteView values, std::uint64_t count);

/// The same for Block::data of kind json: `count` varStrings.
[[nodiscard]] std::size_t json_bytes(ByteView values, std::uint64_t count);

/// Either, for Block::data of this kind.
[[nodiscard]] std::size_t values_bytes(ContentKind kind, ByteView values, std::uint64_t count);

}  // namespace ydoc

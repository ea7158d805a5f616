#pragma once

#include "ydoc/codec/column_writer.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {

/// Writes update V2: the same calls as UpdateWriterV1. Ten buffers, appended to and joined by
/// take(), which keeps their memory.
/// Source: Yjs 13.6, src/utils/UpdateEncoder.js.
class UpdateWriterV2 {
 public:
  /// Ranges of one client must not go back: what cannot be written here is sorted and joined by
  /// write_deletes().
  static constexpr bool kDeletesAscend = true;

  void begin_section(ClientId client, Clock clock);
  void block(const Block& block, std::uint64_t offset = 0);
  /// The same for a struct that is no Block but has its fields to ask for; neither gc nor skip.
  /// In codec/struct_writer_v2.h.
  template <typename S>
  void write(const S& s, std::uint64_t offset);
  /// A gc or skip.
  void write_range(ContentKind kind, std::uint64_t length);

  void begin_deletes(std::size_t clients);
  void delete_client(ClientId client, std::size_t ranges);
  void delete_range(Clock clock, std::uint64_t length);

  [[nodiscard]] Bytes take();

  void reserve(std::size_t bytes) { rest_.reserve(bytes / 2); }

 private:
  void open();
  void end_section();
  template <typename S>
  void write_parent(const S& s);
  template <typename S>
  void write_content(const S& s, std::uint64_t offset);
  void name(std::string_view text);
  void key(std::string_view key);
  void value(std::string_view value_text);

  IntDiffOptRleWriter key_clocks_;
  UintOptRleWriter clients_;
  IntDiffOptRleWriter left_clocks_;
  IntDiffOptRleWriter right_clocks_;
  RleByteWriter infos_;
  StringColumnWriter strings_;
  RleByteWriter parent_infos_;
  UintOptRleWriter type_refs_;
  UintOptRleWriter lengths_;
  ByteSink rest_;

  std::uint64_t keys_ = 0;
  std::size_t sections_ = 0;  // complete ones
  std::size_t structs_ = 0;   // in the open section
  std::size_t sections_at_ = 0;
  std::size_t structs_at_ = 0;  // where these counts belong
  Clock delete_clock_ = 0;
};

static_assert(UpdateWriter<UpdateWriterV2>);

}  // namespace ydoc

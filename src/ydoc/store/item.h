#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "ydoc/update.h"

namespace ydoc {

/// Indices, not pointers: half the size, and arrays may move.
using ItemRef = std::uint32_t;      // into ItemArena
using TypeId = std::uint32_t;       // into TypeTable
using NameId = std::uint32_t;       // into StringPool; 0 is no name
using ClientIndex = std::uint32_t;  // into ClientTable
using Clock32 = std::uint32_t;      // a clock inside a document; see kClockMax

inline constexpr ItemRef kNoItem = 0xffffffff;
/// Stands in a client's list of structs where a collected range has no item.
inline constexpr ItemRef kCollected = 0xfffffffe;
inline constexpr TypeId kNoType = 0xffffffff;
inline constexpr NameId kNoName = 0;
inline constexpr ClientIndex kNoClient = 0xffffffff;

/// The end of every client's sequence stays at or below this, so that clocks take 32 bits.
inline constexpr Clock kClockMax = 0xffffffff;

/// An id inside a document. No id: client kNoClient.
struct ShortId {
  ClientIndex client = kNoClient;
  Clock32 clock = 0;
  bool operator==(const ShortId&) const = default;
  [[nodiscard]] bool exists() const { return client != kNoClient; }
  [[nodiscard]] ShortId plus(std::uint32_t units) const { return {client, clock + units}; }
};

/// A run of bytes on the heap that grows at its end and can give away its front cheaply.
struct Blob {
  std::uint32_t start;  // bytes at the front that are no longer part of the content
  std::uint32_t size;
  std::uint32_t capacity;  // of data, start included
  [[nodiscard]] char* data() { return reinterpret_cast<char*>(this + 1) + start; }
};

/// One run of content in its place in a list. 56 bytes; a trivial type owned by ItemArena, which
/// must be told to release the content.
///
/// `content` by kind:
///   string        UTF-8
///   any, json     the values as Block::data has them
///   binary        the bytes
///   embed         value text, see codec/value_text.h
///   format        two NameIds: key, value as value text
///   type          a TypeId
///   doc           guid size (4 bytes, host order), guid, options as one any
///   deleted       nothing
struct Item {
  static constexpr std::uint8_t kInlineMax = 8;
  static constexpr std::uint8_t kOnHeap = 0xff;

  union {
    char inline_bytes[kInlineMax];
    Blob* blob;
  };
  ClientIndex client;
  Clock32 clock;
  std::uint32_t length;  // units of clock
  ItemRef left;
  ItemRef right;  // on the free list: the next free item
  ShortId origin;
  ShortId right_origin;
  TypeId parent;
  NameId parent_sub;
  ContentKind kind;
  std::uint8_t content_size;  // of inline_bytes, or kOnHeap
  bool deleted;
  bool swept : 1;   // scratch of the formatting cleanup
  bool keep : 1;    // deleted content stays: an undo manager may bring it back
  bool redone : 1;  // Store::redone_as() says as what it was brought back
  bool shares : 1;  // of a format mark: Store::identity_of() is that of another mark

  void clear_flags() {
    deleted = false;
    swept = keep = redone = shares = false;
  }

  [[nodiscard]] Clock32 end() const { return clock + length; }
  [[nodiscard]] ShortId first_id() const { return {client, clock}; }
  [[nodiscard]] ShortId last_id() const { return {client, clock + (length - 1)}; }

  [[nodiscard]] std::string_view bytes() const {
    if (content_size != kOnHeap) return {inline_bytes, content_size};
    return {blob->data(), blob->size};
  }
  [[nodiscard]] TypeId type() const { return word(0); }
  [[nodiscard]] NameId format_key() const { return word(0); }
  [[nodiscard]] NameId format_value() const { return word(1); }
  void set_words(std::uint32_t first, std::uint32_t second) {
    std::memcpy(inline_bytes, &first, 4);
    std::memcpy(inline_bytes + 4, &second, 4);
    content_size = kInlineMax;
  }

  /// Whether the content counts as elements of its list (Yjs: countable).
  [[nodiscard]] bool countable() const {
    return kind != ContentKind::deleted && kind != ContentKind::format;
  }

 private:
  [[nodiscard]] std::uint32_t word(unsigned index) const {
    std::uint32_t value;
    std::memcpy(&value, inline_bytes + 4 * index, 4);
    return value;
  }
};
static_assert(sizeof(Item) == 56);

/// Takes a copy of `bytes` as the content of an item that has none.
void set_content(Item& item, std::string_view bytes);
/// Cost amortised O(more): the blob grows by half.
void append_content(Item& item, std::string_view more);
/// Leaves the item without content.
void free_content(Item& item);

/// Cuts the content of `left` at byte `cut`: `right`, which has no content, receives what
/// follows. Cost O(the smaller part), amortised.
void split_content(Item& left, std::size_t cut, Item& right);
/// Puts other bytes in the place of those from `byte` on.
void overwrite(Item& item, std::size_t byte, std::string_view with);
/// Replaces the content's first `size` bytes.
void replace_front(Item& item, std::size_t size, std::string_view with);

/// The string at the start of a doc's content, and the options behind it.
[[nodiscard]] std::string_view doc_guid(const Item& item);
[[nodiscard]] ByteView doc_options(const Item& item);

}  // namespace ydoc

#include "ydoc/store/item.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

namespace ydoc {
namespace {

Blob* allocate(std::size_t capacity) {
  auto* blob = static_cast<Blob*>(std::malloc(sizeof(Blob) + capacity));
  if (blob == nullptr) throw std::bad_alloc();
  blob->start = 0;
  blob->size = 0;
  blob->capacity = static_cast<std::uint32_t>(capacity);
  return blob;
}

/// Gives memory back once most of it is out of use.
void trim(Item& item) {
  Blob* const blob = item.blob;
  if (blob->size <= Item::kInlineMax) {
    char bytes[Item::kInlineMax];
    std::memcpy(bytes, blob->data(), blob->size);
    item.content_size = static_cast<std::uint8_t>(blob->size);
    std::free(blob);
    std::memcpy(item.inline_bytes, bytes, item.content_size);
    return;
  }
  if (blob->size * std::size_t{2} > blob->capacity) return;
  Blob* const smaller = allocate(blob->size);
  std::memcpy(smaller->data(), blob->data(), blob->size);
  smaller->size = blob->size;
  std::free(blob);
  item.blob = smaller;
}

}  // namespace

void set_content(Item& item, std::string_view bytes) {
  if (bytes.size() <= Item::kInlineMax) {
    if (!bytes.empty()) std::memcpy(item.inline_bytes, bytes.data(), bytes.size());
    item.content_size = static_cast<std::uint8_t>(bytes.size());
    return;
  }
  Blob* const blob = allocate(bytes.size());
  std::memcpy(blob->data(), bytes.data(), bytes.size());
  blob->size = static_cast<std::uint32_t>(bytes.size());
  item.blob = blob;
  item.content_size = Item::kOnHeap;
}

void append_content(Item& item, std::string_view more) {
  if (more.empty()) return;
  const std::string_view have = item.bytes();
  const std::size_t size = have.size() + more.size();
  if (size <= Item::kInlineMax && item.content_size != Item::kOnHeap) {
    std::memcpy(item.inline_bytes + have.size(), more.data(), more.size());
    item.content_size = static_cast<std::uint8_t>(size);
    return;
  }
  if (item.content_size != Item::kOnHeap || item.blob->start + size > item.blob->capacity) {
    Blob* const larger = allocate(std::max<std::size_t>(size, have.size() + have.size() / 2 + 12));
    std::memcpy(larger->data(), have.data(), have.size());
    if (item.content_size == Item::kOnHeap) std::free(item.blob);
    item.blob = larger;
    item.content_size = Item::kOnHeap;
  }
  std::memcpy(item.blob->data() + have.size(), more.data(), more.size());
  item.blob->size = static_cast<std::uint32_t>(size);
}

void free_content(Item& item) {
  if (item.content_size == Item::kOnHeap) std::free(item.blob);
  item.content_size = 0;
}

void split_content(Item& left, std::size_t cut, Item& right) {
  const std::string_view all = left.bytes();
  if (left.content_size != Item::kOnHeap || cut * 2 >= all.size()) {
    set_content(right, all.substr(cut));
    if (left.content_size != Item::kOnHeap) {
      left.content_size = static_cast<std::uint8_t>(cut);
      return;
    }
    left.blob->size = static_cast<std::uint32_t>(cut);
    trim(left);
    return;
  }
  // The right part is the larger: it keeps the blob, and the front is copied out.
  right.blob = left.blob;
  right.content_size = Item::kOnHeap;
  set_content(left, all.substr(0, cut));
  right.blob->start += static_cast<std::uint32_t>(cut);
  right.blob->size -= static_cast<std::uint32_t>(cut);
  trim(right);
}

void overwrite(Item& item, std::size_t byte, std::string_view with) {
  char* const bytes = item.content_size == Item::kOnHeap ? item.blob->data() : item.inline_bytes;
  std::memcpy(bytes + byte, with.data(), with.size());
}

void replace_front(Item& item, std::size_t size, std::string_view with) {
  std::string bytes(item.bytes());
  bytes.replace(0, size, with);
  free_content(item);
  set_content(item, bytes);
}

std::string_view doc_guid(const Item& item) {
  const std::string_view bytes = item.bytes();
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data(), 4);
  return bytes.substr(4, size);
}

ByteView doc_options(const Item& item) {
  return righttask::byte_view(item.bytes().substr(4 + doc_guid(item).size()));
}

}  // namespace ydoc

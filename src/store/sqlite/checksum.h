#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace righttask::store::sqlite {

/// The checksum of a row: XXH3 over its key and content, each text behind its length, so that
/// neither a flipped bit nor a row under another's key goes unnoticed. Not against forgery.
class Checksum {
 public:
  /// `table` keeps rows of different tables apart.
  explicit Checksum(char table);
  ~Checksum() = default;
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;

  Checksum& add(std::uint64_t value);
  Checksum& add(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  Checksum& add(ByteView bytes);
  Checksum& add(std::string_view text) { return add(byte_view(text)); }

  /// As SQLite stores it.
  [[nodiscard]] std::int64_t value() const;

 private:
  // XXH3's state without its header, which is long and which nobody else needs.
  alignas(64) unsigned char state_[576];
};

}  // namespace righttask::store::sqlite

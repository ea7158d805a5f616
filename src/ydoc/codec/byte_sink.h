#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace ydoc {

/// Writes into room that somebody else has made, unchecked. Kept in a register where a writer's
/// own members could not be: what is written might be one of them, for all a compiler knows.
class BytePen {
 public:
  explicit BytePen(std::uint8_t* at) : at_(at) {}

  void byte(std::uint8_t value) { *at_++ = value; }

  void var_uint(std::uint64_t value) {
    if (value < 0x80) {
      *at_++ = static_cast<std::uint8_t>(value);
    } else if (value < 0x4000) {
      at_[0] = static_cast<std::uint8_t>(value | 0x80);
      at_[1] = static_cast<std::uint8_t>(value >> 7);
      at_ += 2;
    } else if (value < 0x200000) {
      at_[0] = static_cast<std::uint8_t>(value | 0x80);
      at_[1] = static_cast<std::uint8_t>((value >> 7) | 0x80);
      at_[2] = static_cast<std::uint8_t>(value >> 14);
      at_ += 3;
    } else {
      while (value >= 0x80) {
        *at_++ = static_cast<std::uint8_t>(value | 0x80);
        value >>= 7;
      }
      *at_++ = static_cast<std::uint8_t>(value);
    }
  }

  /// Most runs of text are short, and a call of memcpy takes longer than to copy them.
  void raw(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    if (size > 32) {
      std::memcpy(at_, from, size);
    } else if (size >= 16) {
      std::memcpy(at_, from, 16);
      std::memcpy(at_ + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(at_, from, 8);
      std::memcpy(at_ + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(at_, from, 4);
      std::memcpy(at_ + size - 4, from + size - 4, 4);
    } else if (size > 0) {
      at_[0] = from[0];
      at_[size / 2] = from[size / 2];
      at_[size - 1] = from[size - 1];
    }
    at_ += size;
  }

  /// The first `size` of eight bytes; writes all eight.
  void first_of_eight(const std::uint8_t* eight, std::size_t size) {
    std::memcpy(at_, eight, 8);
    at_ += size;
  }

  [[nodiscard]] std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

/// Appends bytes to a buffer it owns; what an encoder's hot path writes to. Room is asked for
/// once per struct, after which a pen or the `put_` functions write unchecked.
class ByteSink {
 public:
  static constexpr std::size_t kVarUintBytesMax = 10;

  /// Makes room for `more` bytes.
  void ensure(std::size_t more) {
    if (buffer_.size() - size_ < more) grow(more);
  }
  void reserve(std::size_t bytes) {
    if (bytes > size_) ensure(bytes - size_);
  }

  /// A pen for up to `more` bytes; lift() says how far it came. Nothing else may be written
  /// meanwhile.
  [[nodiscard]] BytePen pen(std::size_t more) {
    ensure(more);
    return BytePen(buffer_.data() + size_);
  }
  void lift(const BytePen& pen) { size_ = static_cast<std::size_t>(pen.at() - buffer_.data()); }

  /// Unchecked: ensure() first.
  void put_byte(std::uint8_t value) { buffer_[size_++] = value; }
  void put_var_uint(std::uint64_t value) {
    std::uint8_t* at = buffer_.data() + size_;
    while (value >= 0x80) {
      *at++ = static_cast<std::uint8_t>(value | 0x80);
      value >>= 7;
    }
    *at++ = static_cast<std::uint8_t>(value);
    size_ = static_cast<std::size_t>(at - buffer_.data());
  }
  /// A lib0 signed varint; zero may be negative.
  void put_var_int(std::uint64_t magnitude, bool negative) {
    std::uint8_t* at = buffer_.data() + size_;
    const unsigned sign = negative ? 0x40U : 0U;
    const auto low = static_cast<unsigned>(magnitude & 0x3f) | sign;
    if (magnitude < 0x40) {
      at[0] = static_cast<std::uint8_t>(low);
      size_ += 1;
    } else if (magnitude < 0x2000) {
      at[0] = static_cast<std::uint8_t>(low | 0x80U);
      at[1] = static_cast<std::uint8_t>(magnitude >> 6);
      size_ += 2;
    } else if (magnitude < 0x100000) {
      at[0] = static_cast<std::uint8_t>(low | 0x80U);
      at[1] = static_cast<std::uint8_t>((magnitude >> 6) | 0x80U);
      at[2] = static_cast<std::uint8_t>(magnitude >> 13);
      size_ += 3;
    } else {
      *at++ = static_cast<std::uint8_t>(low | 0x80U);
      for (magnitude >>= 6; magnitude >= 0x80; magnitude >>= 7) {
        *at++ = static_cast<std::uint8_t>(magnitude | 0x80U);
      }
      *at++ = static_cast<std::uint8_t>(magnitude);
      size_ = static_cast<std::size_t>(at - buffer_.data());
    }
  }
  void put_raw(const void* data, std::size_t size) {
    if (size != 0) std::memcpy(buffer_.data() + size_, data, size);
    size_ += size;
  }
  /// Most runs of text are short, and a call of memcpy takes longer than to copy them.
  void put_text(std::string_view text) {
    const std::size_t size = text.size();
    const auto* const from = reinterpret_cast<const std::uint8_t*>(text.data());
    std::uint8_t* const at = buffer_.data() + size_;
    if (size > 32) {
      std::memcpy(at, from, size);
    } else if (size >= 16) {
      std::memcpy(at, from, 16);
      std::memcpy(at + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(at, from, 8);
      std::memcpy(at + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(at, from, 4);
      std::memcpy(at + size - 4, from + size - 4, 4);
    } else if (size > 0) {
      at[0] = from[0];
      at[size / 2] = from[size / 2];
      at[size - 1] = from[size - 1];
    }
    size_ += size;
  }

  /// Checked.
  void byte(std::uint8_t value) {
    ensure(1);
    put_byte(value);
  }
  void var_uint(std::uint64_t value) {
    ensure(kVarUintBytesMax);
    put_var_uint(value);
  }
  void raw(righttask::ByteView bytes) {
    ensure(bytes.size());
    put_raw(bytes.data(), bytes.size());
  }
  void var_string(std::string_view text) {
    ensure(kVarUintBytesMax + text.size());
    put_var_uint(text.size());
    put_text(text);
  }

  /// Leaves one byte for a number not yet known, and returns where it stands.
  [[nodiscard]] std::size_t placeholder() {
    ensure(1);
    put_byte(0);
    return size_ - 1;
  }

  /// Writes the number over its placeholder. From 128 on what follows moves up.
  void fill_in(std::size_t at, std::uint64_t value) {
    std::uint8_t coded[kVarUintBytesMax];
    std::size_t size = 0;
    while (value >= 0x80) {
      coded[size++] = static_cast<std::uint8_t>(value | 0x80);
      value >>= 7;
    }
    coded[size++] = static_cast<std::uint8_t>(value);
    ensure(size - 1);
    std::uint8_t* const hole = buffer_.data() + at;
    if (size > 1) std::memmove(hole + size, hole + 1, size_ - at - 1);
    std::memcpy(hole, coded, size);
    size_ += size - 1;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] righttask::ByteView view() const { return {buffer_.data(), size_}; }
  void clear() { size_ = 0; }

  /// What was written; the sink is empty afterwards.
  [[nodiscard]] righttask::Bytes take() {
    buffer_.resize(size_);
    size_ = 0;
    righttask::Bytes out = std::move(buffer_);
    buffer_.clear();
    return out;
  }

 private:
  void grow(std::size_t more) {
    buffer_.resize(std::max<std::size_t>({buffer_.size() * 2, size_ + more, 64}));
  }

  righttask::Bytes buffer_;
  std::size_t size_ = 0;
};

}  // namespace ydoc

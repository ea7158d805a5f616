#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

// Messages of permessage-deflate, each a raw DEFLATE stream of its own: RFC 7692, section 7.2,
// without context takeover. The last four bytes of a sync flush, 00 00 ff ff, are left out on the
// wire. Nothing of a message is kept once it is done, so one of each suffices for any number of
// sockets.

namespace righttask::net {

enum class InflateError : std::uint8_t {
  corrupt,    // no DEFLATE, or it ends in the middle
  too_large,  // it would be more than the limit; nothing beyond was made
  too_many_blocks,
};

/// About 40 KiB from the first message on. Shard-local.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// The view holds until the next call. Memory: what comes out, at most twice `bytes_max`. A block
  /// costs as much as hundreds of bytes and may hold nothing, so their number is bounded as well,
  /// by what goes in and comes out.
  [[nodiscard]] Result<ByteView, InflateError> inflate(ByteView payload, std::size_t bytes_max);

  /// What the last call took, whether it failed or not, as if it were bytes: what came out, and
  /// `kBlockCharge` for each block.
  [[nodiscard]] std::uint64_t work() const { return size_ + blocks_ * kBlockCharge; }

  static constexpr std::uint64_t kBlockCharge = 128;
  static constexpr std::uint64_t kBlocksFree = 1024;  // of one message

 private:
  struct Stream;
  [[nodiscard]] std::optional<InflateError> feed(ByteView part, std::size_t payload_size,
                                                 std::size_t bytes_max);

  std::unique_ptr<Stream> stream_;
  Bytes out_;  // of which `size_` bytes are made
  std::size_t size_ = 0;
  std::uint64_t blocks_ = 0;
};

/// About 260 KiB from the first message on. Shard-local.
class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Appends `payload` compressed.
  void deflate(ByteView payload, Bytes& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace righttask::net

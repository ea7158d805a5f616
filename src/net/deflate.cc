#include "net/deflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace righttask::net {
namespace {

constexpr std::uint8_t kTail[] = {0x00, 0x00, 0xff, 0xff};
constexpr int kRaw = -15;  // no header and no checksum; a window of 32 KiB
// The fastest: everybody waits while something is compressed. Level 6 saves another tenth and takes
// three times as long (README.md).
constexpr int kLevel = 1;
constexpr int kMemory = 8;
constexpr std::size_t kFlushBytes = 16;
constexpr std::size_t kFirstRoom = 16u << 10;
constexpr std::size_t kRoomKept = 256u << 10;
constexpr int kAtBlockEnd = 128, kLastBlock = 64, kUnusedBits = 31;  // in z_stream::data_type

uInt zlib_size(std::size_t size) {
  CHECK(size < std::numeric_limits<uInt>::max());
  return static_cast<uInt>(size);
}

}  // namespace

struct Inflater::Stream {
  z_stream z{};
  bool ended = false;  // the last that was read is the end of a final block
};

Inflater::Inflater() = default;

Inflater::~Inflater() {
  if (stream_) inflateEnd(&stream_->z);
}

Result<ByteView, InflateError> Inflater::inflate(ByteView payload, std::size_t bytes_max) {
  if (!stream_) {
    auto stream = std::make_unique<Stream>();
    CHECK(inflateInit2(&stream->z, kRaw) == Z_OK);  // else there is no memory
    stream_ = std::move(stream);
  }
  CHECK(inflateReset(&stream_->z) == Z_OK);
  if (out_.size() > kRoomKept) Bytes().swap(out_);
  stream_->ended = false;
  size_ = blocks_ = 0;
  if (auto error = feed(payload, payload.size(), bytes_max)) return fail(*error);
  // What a final block has ended needs no tail.
  constexpr int kEnd = kAtBlockEnd | kLastBlock;
  if (stream_->ended || (stream_->z.data_type & kEnd) == kEnd) return ByteView(out_.data(), size_);
  const std::size_t before = size_;
  if (auto error = feed(kTail, payload.size(), bytes_max)) return fail(*error);
  // The tail has to be an empty block of its own, not what something cut off was waiting for.
  const bool whole = (stream_->z.data_type & (kAtBlockEnd | kUnusedBits)) == kAtBlockEnd;
  if (!whole || size_ != before) return fail(InflateError::corrupt);
  return ByteView(out_.data(), size_);
}

/// Block by block, so that they are counted. There is always room for a byte beyond the limit,
/// which shows that there is more.
std::optional<InflateError> Inflater::feed(ByteView part, std::size_t payload_size,
                                           std::size_t bytes_max) {
  z_stream& z = stream_->z;
  z.next_in = part.data();
  z.avail_in = zlib_size(part.size());
  do {
    if (stream_->ended) {
      if (z.avail_in == 0) return std::nullopt;
      // More may follow a final block, and refer to what was before it (RFC 7692, 7.2.3.4).
      CHECK(inflateResetKeep(&z) == Z_OK);
    }
    if (size_ == out_.size()) {
      out_.resize(std::min(std::max(2 * out_.size(), kFirstRoom), bytes_max + 1));
    }
    // An earlier message may have left a larger buffer.
    const std::size_t room = std::min(out_.size(), bytes_max + 1) - size_;
    z.next_out = out_.data() + size_;
    z.avail_out = zlib_size(room);
    const int status = ::inflate(&z, Z_BLOCK);
    size_ += room - z.avail_out;
    stream_->ended = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return InflateError::corrupt;
    }
    if (size_ > bytes_max) return InflateError::too_large;
    if ((z.data_type & kAtBlockEnd) != 0) ++blocks_;
    if (blocks_ > kBlocksFree + (payload_size + size_) / kBlockCharge) {
      return InflateError::too_many_blocks;
    }
  } while (z.avail_in > 0 || z.avail_out == 0);
  return std::nullopt;
}

struct Deflater::Stream {
  z_stream z{};
};

Deflater::Deflater() = default;

Deflater::~Deflater() {
  if (stream_) deflateEnd(&stream_->z);
}

void Deflater::deflate(ByteView payload, Bytes& out) {
  if (!stream_) {
    auto stream = std::make_unique<Stream>();
    CHECK(deflateInit2(&stream->z, kLevel, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
    stream_ = std::move(stream);
  }
  z_stream& z = stream_->z;
  CHECK(deflateReset(&z) == Z_OK);
  const std::size_t before = out.size();
  // The bound is that of a stream without flushes, of which there is one.
  out.resize(before + deflateBound(&z, payload.size()) + kFlushBytes);
  z.next_in = payload.data();
  z.avail_in = zlib_size(payload.size());
  z.next_out = out.data() + before;
  z.avail_out = zlib_size(out.size() - before);
  CHECK(::deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0 && z.avail_out > 0);
  out.resize(out.size() - z.avail_out - sizeof kTail);
}

}  // namespace righttask::net

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/token_bucket.h"
#include "net/deflate.h"

namespace righttask::net {

struct CompressionProbe {
  std::uint64_t frames_total = 0;     // that were made smaller
  std::uint64_t bytes_in_total = 0;   // of these, before
  std::uint64_t bytes_out_total = 0;  // and after
  std::uint64_t skipped_total = 0;  // left as they were, because compressing took too much already
};

/// Makes of a frame one that is compressed, once for all its receivers: the last is remembered, by
/// its content, since newcomers are often sent the same state. Shard-local.
class FrameCompressor {
 public:
  /// Larger frames would hold up the loop for longer than 15 ms.
  static constexpr std::size_t kBytesMax = 2u << 20;
  /// What is compressed of all frames together: about a fifth of a processor's time.
  static constexpr Rate kRate{.per_second = 32u << 20, .burst = std::chrono::seconds{1}};

  /// Only messages of more than this many bytes.
  explicit FrameCompressor(std::size_t above) : above_(above) {}

  /// The same message in fewer bytes, or `frame` itself: too small, too large, no smaller that way,
  /// or not now. `frame` is a whole frame of a server.
  [[nodiscard]] const SharedBytes& smaller(const SharedBytes& frame, Instant now);

  /// Lets go of what is remembered.
  void forget();

  [[nodiscard]] const CompressionProbe& probe() const { return probe_; }

 private:
  [[nodiscard]] SharedBytes compress(const Bytes& frame);

  std::size_t above_;
  Deflater deflater_;
  TokenBucket bucket_;
  SharedBytes frame_;    // the last
  SharedBytes smaller_;  // what was made of it, perhaps itself
  Bytes payload_;
  CompressionProbe probe_;
};

}  // namespace righttask::net

#include "store/sqlite/compression.h"

#include <zstd.h>

#include "base/check.h"

namespace righttask::store::sqlite {
namespace {

constexpr int kLevel = 3;  // zstd's own default

}  // namespace

Bytes compress(ByteView plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  CHECK(!ZSTD_isError(size));  // the buffer is large enough for anything
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

std::optional<Bytes> decompress(ByteView packed, std::uint64_t size) {
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return std::nullopt;
  Bytes plain(size);
  const std::size_t got = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != size) return std::nullopt;
  return plain;
}

}  // namespace righttask::store::sqlite

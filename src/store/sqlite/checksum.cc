#include "store/sqlite/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <new>

namespace righttask::store::sqlite {
namespace {

XXH3_state_t* as_state(unsigned char* bytes) {
  return std::launder(reinterpret_cast<XXH3_state_t*>(bytes));
}

const XXH3_state_t* as_state(const unsigned char* bytes) {
  return std::launder(reinterpret_cast<const XXH3_state_t*>(bytes));
}

}  // namespace

Checksum::Checksum(char table) {
  static_assert(sizeof(XXH3_state_t) <= sizeof state_ && alignof(XXH3_state_t) <= 64);
  auto* state = new (state_) XXH3_state_t;
  XXH3_64bits_reset(state);
  XXH3_64bits_update(state, &table, 1);
}

Checksum& Checksum::add(std::uint64_t value) {
  std::array<unsigned char, 8> little_endian;
  for (unsigned i = 0; i < 8; ++i) {
    little_endian[i] = static_cast<unsigned char>(value >> (8 * i));
  }
  XXH3_64bits_update(as_state(state_), little_endian.data(), little_endian.size());
  return *this;
}

Checksum& Checksum::add(ByteView bytes) {
  add(std::uint64_t{bytes.size()});
  if (!bytes.empty()) XXH3_64bits_update(as_state(state_), bytes.data(), bytes.size());
  return *this;
}

std::int64_t Checksum::value() const {
  return static_cast<std::int64_t>(XXH3_64bits_digest(as_state(state_)));
}

}  // namespace righttask::store::sqlite

#pragma once

#include <optional>
#include <string_view>

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"

// What the checksum of each kind of row covers. Both sides, writing and reading, use these.

namespace righttask::store::sqlite {

using RowId = std::int64_t;

inline std::int64_t ms(WallTime at) {
  return at.time_since_epoch().count();
}

inline std::int64_t room_checksum(RowId id, std::string_view name, Epoch epoch, bool live,
                                  WallTime created, std::optional<WallTime> deleted) {
  return Checksum('r')
      .add(id)
      .add(name)
      .add(epoch.value())
      .add(std::uint64_t{live})
      .add(ms(created))
      .add(deleted ? ms(*deleted) : -1)
      .value();
}

inline std::int64_t update_checksum(RowId room, Sequence sequence, WallTime at,
                                    std::string_view author, ByteView data) {
  return Checksum('u').add(room).add(sequence.value()).add(ms(at)).add(author).add(data).value();
}

inline std::int64_t snapshot_checksum(RowId room, Sequence sequence, WallTime at,
                                      std::uint64_t state_bytes, ByteView data) {
  return Checksum('s')
      .add(room)
      .add(sequence.value())
      .add(ms(at))
      .add(state_bytes)
      .add(data)
      .value();
}

/// Without the id, which SQLite gives, and which a damaged row would not be found by.
inline std::int64_t version_checksum(RowId room, const VersionInfo& info,
                                     std::int64_t data_checksum) {
  return Checksum('v')
      .add(room)
      .add(static_cast<std::uint64_t>(info.kind))
      .add(info.name)
      .add(info.author)
      .add(info.epoch.value())
      .add(info.sequence.value())
      .add(ms(info.at))
      .add(info.state_bytes)
      .add(data_checksum)
      .value();
}

inline std::int64_t epitaph_checksum(RowId room, Epoch epoch, ByteView data) {
  return Checksum('e').add(room).add(epoch.value()).add(data).value();
}

inline std::int64_t version_data_checksum(ByteView data) {
  return Checksum('d').add(data).value();
}

}  // namespace righttask::store::sqlite

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/guarded.h"
#include "store/document_store.h"
#include "store/limits.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/rows.h"

namespace righttask::store::sqlite {

/// What a load found. The damaged rows are not in `room.updates`, but among `room.set_aside`.
struct ReadRoom {
  LoadedRoom room;
  std::vector<Sequence> damaged;
};

/// Every question to the database, each a short read transaction of its own on a connection of its
/// own. Checks every row that it gives away. One thread at a time.
class Reader {
 public:
  [[nodiscard]] static Result<Reader, std::string> open(const std::string& path,
                                                        const std::string& vfs,
                                                        const StoreLimits& limits);

  [[nodiscard]] Result<ReadRoom, StoreError> load(const RoomName& room);
  [[nodiscard]] Result<VersionPage, StoreError> list_versions(const RoomName& room,
                                                              std::optional<VersionId> before,
                                                              std::size_t limit);
  [[nodiscard]] Result<Version, StoreError> get_version(const RoomName& room, VersionId id);
  [[nodiscard]] Result<RoomPage, StoreError> list_rooms(const std::optional<RoomName>& after,
                                                        std::size_t limit);

  /// Checks the first room with an id above `after` and adds to the report. Nothing behind the
  /// last.
  [[nodiscard]] Result<std::optional<RowId>, StoreError> verify_room(RowId after,
                                                                     VerifyReport& report);
  /// Rows that belong to no room, and the structure of the file. May be interrupted.
  [[nodiscard]] Result<void, StoreError> verify_structure(VerifyReport& report);

  /// From now on questions end early, with `interrupted`, while the flag is set. It outlives the
  /// reader.
  void give_way_to(const runtime::Guarded<bool>& flag);

  /// SQLite's words about the last failure of the database since they were forgotten; empty: none.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  void forget_failure() { interrupted_ = false, last_error_.clear(); }

 private:
  struct Room {
    RowId id = 0;
    Epoch epoch = kFirstEpoch;
    bool live = false;
    WallTime created_at{};
    std::optional<WallTime> deleted_at;
  };
  struct Packed {
    Sequence sequence;
    WallTime at{};
    std::uint64_t state_bytes = 0;
    Bytes data;
  };

  Reader(Connection connection, const StoreLimits& limits)
      : connection_(std::move(connection)), limits_(&limits) {}
  [[nodiscard]] int prepare();

  /// Nothing: not stored.
  [[nodiscard]] Result<std::optional<Room>, StoreError> find(const RoomName& name);
  [[nodiscard]] Result<std::optional<Packed>, StoreError> read_snapshot(RowId room);
  [[nodiscard]] Result<void, StoreError> read_updates(RowId room, Sequence after, ReadRoom& into);
  [[nodiscard]] Result<void, StoreError> read_epitaphs(RowId room, LoadedRoom& into);
  [[nodiscard]] Result<void, StoreError> read_versioned(RowId room, LoadedRoom& into);
  [[nodiscard]] Result<void, StoreError> read_set_aside(RowId room, ReadRoom& into);
  [[nodiscard]] Result<VersionInfo, StoreError> version_info(RowId room,
                                                             const Statement& row) const;
  [[nodiscard]] Result<RoomInfo, StoreError> describe(RowId id, RoomName name, Epoch epoch,
                                                      WallTime created_at);
  [[nodiscard]] Result<void, StoreError> verify_rows(RowId id, const std::string& name,
                                                     VerifyReport& report);
  [[nodiscard]] std::optional<Bytes> unpack(ByteView packed, std::uint64_t state_bytes) const;
  [[nodiscard]] StoreError note_failure(int code);

  Connection connection_;
  const StoreLimits* limits_;
  bool interrupted_ = false;
  std::string last_error_;

  Statement find_room_, snapshot_, updates_, epitaphs_, aside_;
  Statement versions_, version_, newest_version_, version_ids_, rooms_, room_after_, strays_,
      quick_check_;
  Statement update_sizes_, snapshot_size_, version_sizes_, aside_count_;
};

}  // namespace righttask::store::sqlite

#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/document_store.h"
#include "store/limits.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/rows.h"

namespace righttask::store::sqlite {

/// An append that waits for the disk.
struct PendingAppend {
  AppendRequest request;
  Reply<Sequence> reply;
  std::size_t cost = 0;  // bytes, as the queue counts them
  /// Set by the commit that decided it.
  std::optional<Result<Sequence, StoreError>> result;
};

/// A state, compressed.
struct PackedState {
  Bytes data;
  std::uint64_t state_bytes = 0;
};

/// Every change of the database, each a transaction. Checks the rules (epochs, sequences, limits).
/// Lives with one connection, on the writer's thread. A failure whose fault is not `none` has
/// changed nothing.
class Writer {
 public:
  Writer(Connection& connection, const StoreLimits& limits)
      : connection_(connection), limits_(limits) {}

  /// SQLITE_OK or the code.
  [[nodiscard]] int prepare();

  /// One transaction and one sync for the whole batch. On success every entry has its result; else
  /// none has.
  [[nodiscard]] Result<void, Failure> append(std::span<PendingAppend> batch);

  [[nodiscard]] Result<Sequence, Failure> write_snapshot(const SnapshotRequest& request,
                                                         const PackedState& packed);
  [[nodiscard]] Result<VersionId, Failure> create_version(const VersionRequest& request,
                                                          const PackedState& packed);
  [[nodiscard]] Result<VersionInfo, Failure> rename_version(const RoomName& room, VersionId id,
                                                            const std::string& name);
  [[nodiscard]] Result<VersionId, Failure> delete_version(const RoomName& room, VersionId id);
  [[nodiscard]] Result<Epoch, Failure> delete_room(const RoomName& room, WallTime at,
                                                   ByteView epitaph);
  [[nodiscard]] Result<Epoch, Failure> quarantine(const QuarantineRequest& request);
  [[nodiscard]] Result<void, Failure> set_aside(const RoomName& room, Epoch epoch,
                                                std::span<const Sequence> sequences,
                                                const std::string& reason);

  /// SQLite's words about the last failure of the database, for the log.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  struct KnownRoom {
    RowId id = 0;
    Epoch epoch = kFirstEpoch;
    bool live = false;
    WallTime created_at{};
    std::optional<WallTime> deleted_at;
    Sequence last;
  };

  /// Null: not stored.
  [[nodiscard]] Result<KnownRoom*, Failure> find(const RoomName& name);
  [[nodiscard]] Result<KnownRoom*, Failure> find_in_epoch(const RoomName& name, Epoch epoch);
  /// `known` made live, or a new room.
  [[nodiscard]] Result<KnownRoom*, Failure> enliven(const RoomName& name, KnownRoom* known,
                                                    WallTime at);
  [[nodiscard]] Result<void, Failure> put(const RoomName& name, const KnownRoom& room);
  [[nodiscard]] Result<Sequence, Failure> add(const AppendRequest& request);
  [[nodiscard]] Result<void, Failure> check_repeated(const KnownRoom& room,
                                                     const AppendRequest& request);
  [[nodiscard]] Result<void, Failure> insert_updates(KnownRoom& room, const AppendRequest& request);
  /// Runs `step` in a transaction.
  template <typename T, typename Step>
  [[nodiscard]] Result<T, Failure> transact(Step step);
  [[nodiscard]] auto stop(int code) { return fail(note_failure(code)); }
  [[nodiscard]] Failure note_failure(int code);
  void forget_rooms();

  Connection& connection_;
  const StoreLimits& limits_;
  std::unordered_map<RoomName, KnownRoom> rooms_;  // what the tables say, for rooms asked for
  RowId next_room_ = 0;                            // 0: to be looked up
  std::string last_error_;

  Statement find_room_, put_room_, remove_room_, newest_room_, last_sequence_;
  Statement insert_update_, find_update_, delete_updates_from_, delete_updates_to_;
  Statement find_snapshot_, put_snapshot_;
  Statement insert_version_, find_version_, rename_version_, delete_version_;
  Statement delete_updates_, delete_snapshot_, delete_versions_, delete_set_aside_;
  Statement put_epitaph_, put_aside_;
  Statement copy_aside_, delete_update_;
};

}  // namespace righttask::store::sqlite

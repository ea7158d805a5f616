#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/room_name.h"
#include "store/document_store.h"

namespace righttask::server {

[[nodiscard]] constexpr store::WallTime wall_time(UnixSeconds now) {
  return now;
}

/// As much of a name as the store keeps (LIM-19): a longer one must not keep edits from being
/// stored.
[[nodiscard]] std::string author_to_keep(std::string utf8);

/// One room's side of the store: gives its updates their sequences, gathers what a turn brings
/// into one append, and knows how far the log is durable.
///
/// An append that is refused leaves a gap in the log, behind which nothing can be appended. From
/// then on the room's whole state has to be written instead (`snapshot`), until that succeeds.
///
/// Makes requests and takes their answers; the host carries both. Shard-local.
class RoomLog {
 public:
  /// What a newcomer has to read behind the state before a new state is worth writing. The state's
  /// own size counts too, so that writing states costs no more than writing updates.
  static constexpr std::uint64_t kTailUpdatesMax = 5'000;
  static constexpr std::uint64_t kTailBytesMax = 1u << 20;
  /// A room that closes leaves a shorter tail.
  static constexpr std::uint64_t kTailUpdatesAtRest = 200;
  /// Kept in memory while the log has a gap; beyond, another state is written instead.
  static constexpr std::size_t kHeldBytesMax = 4u << 20;

  RoomLog(RoomName name, const store::LoadedRoom& loaded);

  void add(SharedBytes update, std::string author, store::WallTime at);

  /// Whether there is something to append.
  [[nodiscard]] bool has_batch() const { return !gap_ && !batch_.empty(); }
  /// All that has gathered. Precondition: has_batch(). `now` is for latency().
  [[nodiscard]] store::AppendRequest take_batch(Instant now);

  enum class Outcome : std::uint8_t {
    stored,  // stored() has advanced, or what was asked for is done
    gap,     // write a snapshot
    gone,    // the room was deleted meanwhile
  };
  /// Of the append whose last update has this sequence: one that is refused at once is answered
  /// before those that wait for the disk.
  [[nodiscard]] Outcome on_appended(store::Sequence last,
                                    const Result<store::Sequence, store::StoreError>& answer,
                                    Instant now);

  /// The room's state, with everything added so far. Precondition: nothing waits to be appended
  /// that could be (has_batch), and no other state is being written.
  [[nodiscard]] store::SnapshotRequest snapshot(SharedBytes state, store::WallTime at);
  [[nodiscard]] Outcome on_snapshot(const Result<store::Sequence, store::StoreError>& answer);

  /// How many updates were added here.
  [[nodiscard]] std::uint64_t added() const { return last_.value() - base_.value(); }
  /// How many of the updates added here are durable.
  [[nodiscard]] std::uint64_t stored() const { return stored_.value() - base_.value(); }
  /// Everything that was added is durable, and no answer is outstanding.
  [[nodiscard]] bool at_rest() const { return stored_ == last_ && !awaits_answers(); }
  [[nodiscard]] bool awaits_answers() const { return writing_state_ || !sent_.empty(); }
  [[nodiscard]] bool has_gap() const { return gap_; }
  [[nodiscard]] bool writes_state() const { return writing_state_; }
  /// The stored state holds everything: there is no log behind it.
  [[nodiscard]] bool is_compact() const { return state_stored_ == last_; }
  /// A snapshot is due, for the sake of those who load the room; never while one is under way.
  [[nodiscard]] bool tail_is_long() const;
  [[nodiscard]] bool tail_is_long_for_a_room_at_rest() const;
  /// A snapshot is to be written to heal, and can be now.
  [[nodiscard]] bool can_heal() const { return gap_ && !writing_state_ && sent_.empty(); }

  [[nodiscard]] store::Epoch epoch() const { return epoch_; }
  [[nodiscard]] store::Sequence last() const { return last_; }
  /// From handing over to the answer, of the append that was answered last.
  [[nodiscard]] Duration latency() const { return latency_; }

 private:
  struct Sent {
    store::Sequence last;
    Instant at;
  };

  void drop_batch();

  RoomName name_;
  store::Epoch epoch_;
  store::Sequence base_;    // the last one before this life of the room
  store::Sequence last_;    // given away
  store::Sequence stored_;  // durable, with all before it
  std::vector<store::Update> batch_;
  std::size_t batch_bytes_ = 0;
  std::vector<Sent> sent_;  // appends without an answer: few
  bool gap_ = false;
  bool writing_state_ = false;
  /// The log has a gap that the state being written does not close: only another one will.
  bool more_is_missing_ = false;
  store::Sequence state_at_;      // what the state being written holds
  store::Sequence state_stored_;  // what the newest stored one holds
  std::size_t state_bytes_ = 0;   // of the newest state
  std::uint64_t tail_updates_ = 0;
  std::uint64_t tail_bytes_ = 0;
  Duration latency_{};
};

}  // namespace righttask::server

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "base/check.h"
#include "server/room_host.h"
#include "server/testing/silent_dialect.h"
#include "store/memory/memory_store.h"
#include "ydoc/doc.h"

// Rooms that are kept: a store whose answers come when the test says so, and which refuses what the
// test says.

namespace righttask::server {
namespace {

using store::Sequence;
using store::StoreError;
using testing::ElementsAre;
using testing::IsEmpty;

using Tasks = std::deque<runtime::Task>;

/// Keeps rooms in memory, but refuses what it is told to.
class FaultyStore final : public store::DocumentStore {
 public:
  void append(store::AppendRequest request, store::Reply<Sequence> reply) override {
    ++appends;
    if (refuse_appends) return reply(fail(*refuse_appends));
    if (holds_appends) return held.emplace_back(std::move(request), std::move(reply)), void();
    rooms.append(std::move(request), std::move(reply));
  }
  /// The disk takes what it was asked to hold.
  void write_held() {
    for (auto& [request, reply] : std::exchange(held, {})) {
      rooms.append(std::move(request), std::move(reply));
    }
  }
  void load(RoomName room, store::Reply<store::LoadedRoom> reply) override {
    ++loads;
    if (refuse_loads) return reply(fail(*refuse_loads));
    rooms.load(std::move(room), std::move(reply));
  }
  void write_snapshot(store::SnapshotRequest request, store::Reply<Sequence> reply) override {
    ++snapshots;
    if (refuse_snapshots) return reply(fail(*refuse_snapshots));
    rooms.write_snapshot(std::move(request), std::move(reply));
  }
  void create_version(store::VersionRequest r, store::Reply<store::VersionId> reply) override {
    rooms.create_version(std::move(r), std::move(reply));
  }
  void list_versions(RoomName room, std::optional<store::VersionId> before, std::size_t limit,
                     store::Reply<store::VersionPage> reply) override {
    rooms.list_versions(std::move(room), before, limit, std::move(reply));
  }
  void get_version(RoomName room, store::VersionId id,
                   store::Reply<store::Version> reply) override {
    rooms.get_version(std::move(room), id, std::move(reply));
  }
  void rename_version(RoomName room, store::VersionId id, std::string name,
                      store::Reply<store::VersionInfo> reply) override {
    rooms.rename_version(std::move(room), id, std::move(name), std::move(reply));
  }
  void delete_version(RoomName room, store::VersionId id,
                      store::Reply<store::VersionId> reply) override {
    rooms.delete_version(std::move(room), id, std::move(reply));
  }
  void list_rooms(std::optional<RoomName> after, std::size_t limit,
                  store::Reply<store::RoomPage> reply) override {
    rooms.list_rooms(std::move(after), limit, std::move(reply));
  }
  void delete_room(RoomName room, store::WallTime at, Bytes epitaph,
                   store::Reply<store::Epoch> reply) override {
    rooms.delete_room(std::move(room), at, std::move(epitaph), std::move(reply));
  }
  void set_aside(RoomName room, store::Epoch epoch, Sequence sequence, std::string reason,
                 store::Reply<Sequence> reply) override {
    rooms.set_aside(std::move(room), epoch, sequence, std::move(reason), std::move(reply));
  }
  void quarantine(store::QuarantineRequest request, store::Reply<store::Epoch> reply) override {
    quarantined.push_back(request);
    rooms.quarantine(std::move(request), std::move(reply));
  }
  void backup(std::string file, store::Reply<store::BackupInfo> reply) override {
    rooms.backup(std::move(file), std::move(reply));
  }
  void verify(store::Reply<store::VerifyReport> reply) override { rooms.verify(std::move(reply)); }
  void watch(store::Post post, std::function<void(StorageState)> changed) override {
    tell = [post, changed](StorageState state) { post([changed, state] { changed(state); }); };
  }
  [[nodiscard]] store::StoreProbe probe() const override { return rooms.probe(); }

  store::MemoryStore rooms;
  std::function<void(StorageState)> tell;
  std::optional<StoreError> refuse_appends, refuse_loads, refuse_snapshots;
  bool holds_appends = false;
  std::vector<std::pair<store::AppendRequest, store::Reply<Sequence>>> held;
  int appends = 0, loads = 0, snapshots = 0;
  std::vector<store::QuarantineRequest> quarantined;
};

class PlainDialect : public SilentDialect {
 public:
  std::optional<protocol::Frame> encode_broadcast(const protocol::Audience&,
                                                  const ServerMessage& message) const override {
    return protocol::Frame{protocol::FrameKind::binary,
                           bytes(static_cast<std::uint8_t>(message.index()))};
  }
};

std::string told(const ServerMessage& message) {
  if (const auto* joined = std::get_if<Joined>(&message)) {
    return "joined " + std::to_string(joined->state->size());
  }
  if (const auto* refused = std::get_if<Refused>(&message)) {
    return std::string(to_string(refused->reason));
  }
  if (const auto* notice = std::get_if<StorageNotice>(&message)) {
    return "storage " + std::string(to_string(notice->state));
  }
  if (std::holds_alternative<Accepted>(message)) return "accepted";
  if (std::holds_alternative<RoomFailed>(message)) return "failed";
  if (std::holds_alternative<RoomDeleted>(message)) return "deleted";
  return {};
}

class Outlet : public RoomOutlet {
 public:
  void deliver(MemberId to, const Ticket&, const ServerMessage& message) override {
    if (auto line = told(message); !line.empty()) {
      delivered[to.connection.value()].push_back(std::move(line));
    }
  }
  std::optional<Reception> reception(MemberId) const override {
    return Reception{&dialect_, {0, "a"}};
  }
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override {
    static const std::size_t update = ServerMessage(DocumentUpdate{}).index();
    static const std::size_t notice = ServerMessage(StorageNotice{}).index();
    for (const ConnectionId id : to) {
      if (frame.payload[0] == update) delivered[id.value()].emplace_back("update");
      if (frame.payload[0] == notice) delivered[id.value()].emplace_back("notice");
    }
  }
  void close(ConnectionId id) override { delivered[id.value()].emplace_back("closed"); }
  void wake_at(const RoomName&, Instant when) override { wake = when; }
  void forget_wake(const RoomName&) override { wake.reset(); }
  void flush_soon() override { flush_asked = true; }
  void call_after(Duration, runtime::Task task) override { later.push_back(std::move(task)); }
  RoomNow now() const override { return clock; }

  std::map<std::uint64_t, std::vector<std::string>> delivered;
  std::optional<Instant> wake;
  bool flush_asked = false;
  Tasks later;
  RoomNow clock{};

 private:
  PlainDialect dialect_;
};

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

/// One character put in front of the root text "t" by this client at this clock.
Bytes typed(std::uint8_t client, std::uint8_t clock, char character) {
  return bytes(1, 1, client, clock, 4, 1, 1, 't', 1, character, 0);
}

class RoomStorageTest : public testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  // Versions have their own tests; here nothing is to happen by itself.
  RoomStorageTest() { limits.version_interval = std::chrono::seconds(0); }

  std::unique_ptr<RoomHost> make_host() {
    const RoomStorage storage{&store,
                              [this](runtime::Task task) { answers.push_back(std::move(task)); }};
    return std::make_unique<RoomHost>(limits, rng, ops::open_log("off"), outlet, storage,
                                      [this](const RoomName&, const RoomMessage& message) {
                                        if (fault) fault(message);
                                      });
  }
  /// What this connection was told since it was asked last.
  Lines hears(std::uint64_t who) { return std::exchange(outlet.delivered[who], {}); }
  void join(std::uint64_t who, std::optional<Bytes> vector = std::nullopt) {
    host->on(
        name,
        JoinRequest{member(who), {"j"}, Access::read_write, {"u", ""}, std::move(vector), "ann"},
        outlet.clock);
  }
  void update(std::uint64_t who, const Bytes& bytes) {
    host->on(name, UpdateRequest{member(who), {"u"}, share(bytes)}, outlet.clock);
  }
  void leave(std::uint64_t who) {
    host->on(name, LeaveRequest{member(who), LeaveReason::left}, outlet.clock);
  }
  /// Ends the turn: what rooms want kept goes to the store.
  void end_turn() {
    if (std::exchange(outlet.flush_asked, false)) host->flush();
  }
  void answer_one() {
    auto task = std::move(answers.front());
    answers.pop_front();
    task();
  }
  void answer_all() {
    for (end_turn(); !answers.empty(); end_turn()) answer_one();
  }
  /// A second passes for whatever was to be called after that.
  void run_later() {
    for (runtime::Task& task : std::exchange(outlet.later, {})) task();
    answer_all();
  }
  void pass(Duration time) {
    outlet.clock.monotonic += time;
    if (outlet.wake && *outlet.wake <= outlet.clock.monotonic) host->wake(name, outlet.clock);
    answer_all();
  }
  void leave_and_close() {
    leave(1);
    pass(limits.room_idle);
  }
  void joined(std::uint64_t who) {
    join(who);
    answer_all();
    ASSERT_THAT(hears(who), ElementsAre(testing::StartsWith("joined")));
  }

  Limits limits;
  Rng rng{1};
  Tasks answers;
  FaultyStore store;
  Outlet outlet;
  std::function<void(const RoomMessage&)> fault;
  std::unique_ptr<RoomHost> host = make_host();
  RoomName name = *RoomName::parse("r");
};

TEST_F(RoomStorageTest, JoinsWaitForOneLoad) {  // ROOM-20
  join(1);
  join(2);
  join(3);
  leave(3);
  EXPECT_THAT(hears(1), IsEmpty());
  EXPECT_EQ(store.loads, 1);
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("joined 2"));
  EXPECT_THAT(hears(2), ElementsAre("joined 2"));
  EXPECT_THAT(hears(3), IsEmpty()) << "it has gone meanwhile";
}

TEST_F(RoomStorageTest, AnUpdateIsAcknowledgedOnceItIsStored) {  // ROOM-18
  joined(1);
  joined(2);
  update(1, typed(1, 0, 'a'));
  EXPECT_THAT(hears(2), ElementsAre("update")) << "relaying does not wait";
  EXPECT_EQ(store.appends, 0);
  update(1, typed(1, 1, 'b'));
  end_turn();
  EXPECT_EQ(store.appends, 1) << "one append for each turn";
  EXPECT_THAT(hears(1), IsEmpty());
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("accepted", "accepted"));
}

TEST_F(RoomStorageTest, TheRoomOutlivesItsMembersAndTheServer) {  // ROOM-16, ROOM-20
  joined(1);
  update(1, typed(1, 0, 'a'));
  answer_all();
  leave_and_close();
  EXPECT_EQ(host->rooms(), 0U);
  join(2, bytes(1, 1, 1));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2")) << "it has everything";
  host = make_host();
  join(3);
  answer_all();
  EXPECT_THAT(hears(3), ElementsAre("joined 11"));
}

TEST_F(RoomStorageTest, ALoadThatFailsRefusesTheJoin) {  // ROOM-23
  store.refuse_loads = StoreError::storage_failed;
  join(1);
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("storage_unavailable"));
  store.refuse_loads = StoreError::corrupt;
  join(1);
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("room_damaged"));
  EXPECT_EQ(host->rooms(), 0U);
  store.refuse_loads.reset();
  joined(1);
}

TEST_F(RoomStorageTest, StaysUntilEverythingIsStored) {  // ROOM-16
  joined(1);
  update(1, typed(1, 0, 'a'));
  leave(1);
  outlet.clock.monotonic += limits.room_idle;
  host->wake(name, outlet.clock);
  EXPECT_EQ(host->rooms(), 1U);
  answer_all();
  EXPECT_EQ(host->rooms(), 0U);
}

TEST_F(RoomStorageTest, LeavesAStateBehindWhenMuchWasWritten) {  // ROOM-24
  joined(1);
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(1, i, 'a'));
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(2, i, 'a'));
  answer_all();
  EXPECT_EQ(store.snapshots, 0);
  leave_and_close();
  EXPECT_EQ(store.snapshots, 1);
  EXPECT_EQ(host->rooms(), 0U);
  joined(2);
  leave(2);
  pass(limits.room_idle);
  EXPECT_EQ(store.snapshots, 1) << "nothing was written since";
}

TEST_F(RoomStorageTest, WhoComesWhileTheStateIsWrittenKeepsTheRoom) {  // ROOM-24
  joined(1);
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(1, i, 'a'));
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(2, i, 'a'));
  answer_all();
  leave(1);
  outlet.clock.monotonic += limits.room_idle;
  host->wake(name, outlet.clock);
  join(2);
  answer_all();
  EXPECT_EQ(host->rooms(), 1U);
  EXPECT_EQ(store.loads, 1);
}

TEST_F(RoomStorageTest, WhoIsRefusedWhileTheStateIsWrittenKeepsNoRoom) {  // ROOM-16
  joined(1);
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(1, i, 'a'));
  for (std::uint8_t i = 0; i < 100; ++i) update(1, typed(2, i, 'a'));
  answer_all();
  host = make_host();
  join(2, bytes(0xff));
  end_turn();
  answer_one();  // loaded; the state is being written, since nobody has come in
  ASSERT_EQ(store.snapshots, 1);
  join(3, bytes(0xff));
  answer_all();
  EXPECT_THAT(hears(3), ElementsAre("invalid_state_vector"));
  EXPECT_EQ(host->rooms(), 0U);
}

TEST_F(RoomStorageTest, SaysThatTheDiskIsFullAndThenThatItIsNot) {  // ROOM-19
  joined(1);
  store.tell(StorageState::full);
  update(1, typed(1, 0, 'a'));
  answer_all();
  EXPECT_EQ(host->storage(), StorageState::full);
  EXPECT_THAT(hears(1), testing::Contains("notice"));
  store.tell(StorageState::ok);
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("notice"));
  update(1, typed(1, 0, 'a'));
  EXPECT_THAT(hears(1), ElementsAre("accepted"));
}

TEST_F(RoomStorageTest, ARefusedAppendIsHealedByTheWholeState) {  // ROOM-25
  joined(1);
  store.refuse_appends = StoreError::storage_unavailable;
  store.refuse_snapshots = StoreError::storage_full;
  update(1, typed(1, 0, 'a'));
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("storage_unavailable", "notice"));
  EXPECT_EQ(store.snapshots, 1);
  update(1, typed(1, 1, 'b'));
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("storage_unavailable"));
  store.refuse_appends.reset();
  store.refuse_snapshots.reset();
  ASSERT_FALSE(outlet.later.empty());
  run_later();
  EXPECT_THAT(hears(1), ElementsAre("notice")) << "it is well again";
  update(1, typed(1, 2, 'c'));
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("accepted"));
  host = make_host();
  join(2, bytes(1, 1, 3));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2")) << "nothing is missing";
}

TEST_F(RoomStorageTest, AStateThatIsRefusedIsTriedOnceASecond) {  // ROOM-25
  joined(1);
  store.refuse_appends = StoreError::storage_unavailable;
  store.refuse_snapshots = StoreError::storage_unavailable;
  update(1, typed(1, 0, 'a'));
  answer_all();
  for (std::uint8_t i = 1; i < 10; ++i) {
    update(1, typed(1, i, 'a'));
    answer_all();
  }
  EXPECT_EQ(store.snapshots, 1) << "whatever is written meanwhile";
  EXPECT_EQ(outlet.later.size(), 1U);
  run_later();
  EXPECT_EQ(store.snapshots, 2);
  EXPECT_EQ(outlet.later.size(), 1U);

  // A disk that is full refuses every state: none is even encoded.
  store.tell(StorageState::full);
  answer_all();
  run_later();
  EXPECT_EQ(store.snapshots, 2);
  store.refuse_appends.reset();
  store.refuse_snapshots.reset();
  store.tell(StorageState::ok);
  answer_all();
  run_later();
  EXPECT_EQ(store.snapshots, 3);
  hears(1);
  update(1, typed(1, 0, 'a'));
  EXPECT_THAT(hears(1), ElementsAre("accepted"));
}

// More waits for a slow disk than may: the store refuses the second append before it answers the
// first.
TEST_F(RoomStorageTest, WhatWasRefusedWhileMoreWaitsIsNotAcknowledged) {  // ROOM-18, ROOM-25
  joined(1);
  store.holds_appends = true;
  update(1, typed(1, 0, 'a'));
  end_turn();
  store.refuse_appends = StoreError::storage_unavailable;
  update(1, typed(1, 1, 'b'));
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("storage_unavailable", "storage_unavailable", "notice"));
  store.refuse_snapshots = StoreError::storage_unavailable;
  store.write_held();
  answer_all();
  update(1, typed(1, 1, 'b'));
  EXPECT_THAT(hears(1), ElementsAre("storage_unavailable")) << "it is not stored yet";
  leave_and_close();
  EXPECT_EQ(host->rooms(), 1U) << "it is kept until it is";
  store.refuse_snapshots.reset();
  run_later();
  host = make_host();
  join(2, bytes(1, 1, 2));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2")) << "nothing is missing";
}

TEST_F(RoomStorageTest, ARoomThatFailsWhileItHealsIsLoadedAgain) {  // ROOM-23, ROOM-26
  joined(1);
  store.refuse_appends = StoreError::storage_unavailable;
  store.refuse_snapshots = StoreError::storage_unavailable;
  update(1, typed(1, 0, 'a'));
  end_turn();
  answer_one();  // the append's; the state is under way now
  ASSERT_EQ(store.snapshots, 1);
  fault = [](const RoomMessage& message) {
    if (std::holds_alternative<UpdateRequest>(message)) CHECK(false);
  };
  update(1, typed(1, 1, 'b'));
  join(2);
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2"));
}

TEST_F(RoomStorageTest, ALongNameDoesNotKeepItsEditsFromBeingStored) {  // ROOM-18
  joined(1);
  std::string author;
  for (int i = 0; i < 400; ++i) author += "\u6f22";
  host->on(name, JoinRequest{member(2), {"j"}, Access::read_write, {"u", ""}, {}, author},
           outlet.clock);
  hears(2);
  update(2, typed(1, 0, 'a'));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("accepted"));
  EXPECT_EQ(host->probe().appends_refused, 0U);
  fault = [](const RoomMessage& message) {
    if (std::holds_alternative<UpdateRequest>(message)) CHECK(false);
  };
  update(2, typed(1, 1, 'b'));
  answer_all();
  EXPECT_EQ(store.probe().rows_set_aside, 1U) << "it is in quarantine";
}

TEST_F(RoomStorageTest, AnUpdateThatBreaksTheRoomIsKeptInQuarantineAndItsSenderClosed) {  // ROOM-26
  joined(1);
  joined(2);
  update(1, typed(1, 0, 'a'));
  fault = [](const RoomMessage& message) {
    const auto* one = std::get_if<UpdateRequest>(&message);
    if (one != nullptr && *one->update == typed(1, 1, 'b')) CHECK(false);
  };
  update(1, typed(1, 1, 'b'));
  EXPECT_THAT(hears(1), ElementsAre("failed", "closed"));
  EXPECT_THAT(hears(2), ElementsAre("update", "failed"));
  ASSERT_EQ(store.quarantined.size(), 1U);
  EXPECT_EQ(*store.quarantined[0].data, typed(1, 1, 'b'));
  EXPECT_EQ(store.quarantined[0].author, "ann");

  // Who comes back waits until what the room had asked for is stored, and finds it.
  join(2);
  EXPECT_EQ(store.loads, 1);
  answer_all();
  EXPECT_EQ(store.loads, 2);
  EXPECT_THAT(hears(2), ElementsAre("joined 11"));
  update(2, typed(1, 1, 'b'));
  EXPECT_THAT(hears(2), ElementsAre("invalid_update"));
}

TEST_F(RoomStorageTest, APoisonousRowIsSetAsideAndTheRestLoads) {  // ROOM-26
  joined(1);
  for (std::uint8_t client = 1; client <= 3; ++client) update(1, typed(client, 0, 'x'));
  answer_all();
  host = make_host();
  fault = [](const RoomMessage& message) {
    const auto* one = std::get_if<UpdateRequest>(&message);
    if (one != nullptr && *one->update == typed(2, 0, 'x')) CHECK(false);
  };
  join(2, bytes(2, 3, 1, 1, 1));
  answer_all();
  EXPECT_THAT(hears(2), testing::Contains("joined 2"));
  EXPECT_EQ(host->probe().rows_set_aside, 1U);
  EXPECT_EQ(store.probe().rows_set_aside, 1U);
}

TEST_F(RoomStorageTest, ADeletedRoomStaysDeleted) {  // ROOM-21, ROOM-27
  joined(1);
  update(1, typed(1, 0, 'a'));
  answer_all();
  hears(1);
  std::optional<Result<store::Epoch, StoreError>> done;
  host->remove(name, [&](auto epoch) { done = epoch; });
  update(1, typed(1, 1, 'b'));  // crosses the deletion
  answer_all();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(**done, store::Epoch{2});
  EXPECT_THAT(hears(1), testing::Contains("deleted"));

  join(1, bytes(1, 1, 2));
  answer_all();
  EXPECT_THAT(hears(1), ElementsAre("room_deleted")) << "an old copy";
  join(2);
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2"));
  update(2, typed(1, 0, 'a'));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("room_deleted"));
  update(2, typed(9, 0, 'n'));
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("accepted"));
  host = make_host();
  join(3, bytes(1, 1, 1));
  answer_all();
  EXPECT_THAT(hears(3), ElementsAre("room_deleted")) << "after a restart, too";
}

TEST_F(RoomStorageTest, WhatWasWrittenBeforeTheDeletionIsDeleted) {  // ROOM-27
  joined(1);
  update(1, typed(1, 0, 'a'));  // the first of the room, and not with the store yet
  std::optional<Result<store::Epoch, StoreError>> done;
  host->remove(name, [&](auto epoch) { done = epoch; });
  answer_all();
  ASSERT_TRUE(done->has_value());
  EXPECT_THAT(hears(1), testing::Contains("deleted"));
  join(2);
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 2"));
}

TEST_F(RoomStorageTest, AnEpitaphThatCannotBeReadDamagesItsRoomAlone) {  // ROOM-23
  joined(1);
  update(1, typed(1, 0, 'a'));
  answer_all();
  leave_and_close();
  store.rooms.delete_room(name, {}, bytes(0xff), {[](runtime::Task task) { task(); }, [](auto) {}});
  join(2);
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("room_damaged"));
}

TEST_F(RoomStorageTest, WhatIsNotStoredCannotBeDeleted) {  // ROOM-27
  std::optional<Result<store::Epoch, StoreError>> done;
  host->remove(name, [&](auto epoch) { done = epoch; });
  answer_all();
  EXPECT_EQ(done->error(), StoreError::not_found);
}

TEST_F(RoomStorageTest, ADamagedRoomCanBeDeleted) {  // ROOM-27
  joined(1);
  update(1, typed(1, 0, 'a'));
  answer_all();
  host = make_host();
  store.refuse_loads = StoreError::corrupt;
  std::optional<Result<store::Epoch, StoreError>> done;
  host->remove(name, [&](auto epoch) { done = epoch; });
  answer_all();
  EXPECT_TRUE(done->has_value());
}

TEST_F(RoomStorageTest, AnEditOfTheServerReachesMembersAndTheStore) {  // ROOM-22
  joined(1);
  std::size_t seen = 0;
  host->visit(name, [&](Result<const Room*, Refusal> room) {
    ASSERT_TRUE(room);
    seen = (*room)->members();
  });
  EXPECT_EQ(seen, 1U);
  ASSERT_TRUE(host->edit(name, share(typed(5, 0, 's')), "admin"));
  EXPECT_THAT(hears(1), ElementsAre("update"));
  answer_all();
  host = make_host();
  join(2);
  answer_all();
  EXPECT_THAT(hears(2), ElementsAre("joined 11"));
}

TEST_F(RoomStorageTest, AVisitLoadsARoomThatClosesAgain) {  // ROOM-16
  joined(1);
  update(1, typed(1, 0, 'a'));
  answer_all();
  leave_and_close();
  bool seen = false;
  host->visit(name, [&](Result<const Room*, Refusal> room) { seen = room.has_value(); });
  EXPECT_FALSE(seen);
  answer_all();
  EXPECT_TRUE(seen);
  EXPECT_EQ(host->rooms(), 1U);
  pass(limits.room_idle);
  EXPECT_EQ(host->rooms(), 0U);
}

}  // namespace
}  // namespace righttask::server

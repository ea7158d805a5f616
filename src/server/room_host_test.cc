#include "server/room_host.h"

#include <gtest/gtest.h>

#include <map>

#include "base/check.h"

namespace righttask::server {
namespace {

/// Shows every message as its variant index, one encoding per audience number.
class FakeDialect : public protocol::Dialect {
 public:
  std::string_view name() const override { return "fake"; }
  Result<std::unique_ptr<protocol::Session>, std::uint16_t> open(
      protocol::OpenRequest) const override {
    return fail(std::uint16_t{403});
  }
  std::optional<protocol::Frame> encode_broadcast(const protocol::Audience& audience,
                                                  const ServerMessage& message) const override {
    ++encoded;
    if (audience.encoding == kShowsNothing) return std::nullopt;
    return protocol::Frame{protocol::FrameKind::binary,
                           bytes(audience.encoding, static_cast<std::uint8_t>(message.index()))};
  }

  static constexpr std::uint8_t kShowsNothing = 99;
  mutable int encoded = 0;
};

class FakeOutlet : public RoomOutlet {
 public:
  explicit FakeOutlet(const FakeDialect& dialect) : dialect_(dialect) {}

  void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) override {
    delivered[to].push_back({ticket.text, message});
  }
  std::optional<Reception> reception(MemberId member) const override {
    return Reception{&dialect_,
                     {encodings.contains(member) ? encodings.at(member) : std::uint8_t{0}, "a"}};
  }
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override {
    for (const ConnectionId id : to) sent[id].push_back(frame.payload);
  }
  void wake_at(const RoomName& room, Instant when) override {
    wakes.insert_or_assign(room.str(), when);
  }
  void forget_wake(const RoomName& room) override { wakes.erase(room.str()); }
  void close(ConnectionId id) override { closed.push_back(id); }
  void flush_soon() override { ++flushes_asked; }
  void call_after(Duration delay, runtime::Task task) override {
    later.emplace_back(delay, std::move(task));
  }
  RoomNow now() const override { return clock; }

  template <typename Message>
  int count(MemberId member) const {
    int n = 0;
    const auto found = delivered.find(member);
    if (found == delivered.end()) return 0;
    for (const auto& [ticket, message] : found->second)
      n += std::holds_alternative<Message>(message);
    return n;
  }

  std::map<MemberId, std::vector<std::pair<std::string, ServerMessage>>> delivered;
  std::map<ConnectionId, std::vector<Bytes>> sent;
  std::map<std::string, Instant> wakes;
  std::map<MemberId, std::uint8_t> encodings;
  std::vector<ConnectionId> closed;
  std::vector<std::pair<Duration, runtime::Task>> later;
  int flushes_asked = 0;
  RoomNow clock{};

 private:
  const FakeDialect& dialect_;
};

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

// One client (1), one struct at clock 0: root text "t" gets "a"; no deletions.
const Bytes kInsert = bytes(1, 1, 1, 0, 4, 1, 1, 't', 1, 'a', 0);

class RoomHostTest : public testing::Test {
 protected:
  void join(MemberId who) {
    host.on(name, JoinRequest{who, {"join"}, Access::read_write, {"user", ""}, std::nullopt}, now);
  }
  void update(MemberId who, const Bytes& bytes) {
    host.on(name, UpdateRequest{who, {"update"}, share(bytes)}, now);
  }
  int updates_seen_by(MemberId who) {
    int n = 0;
    for (const Bytes& payload : outlet.sent[who.connection]) n += payload[1] == update_index;
    return n;
  }

  const std::size_t update_index = ServerMessage(DocumentUpdate{}).index();

  Limits limits;
  Rng rng{1};
  FakeDialect dialect;
  FakeOutlet outlet{dialect};
  std::function<void(const RoomMessage&)> fault;
  RoomHost host{limits,
                rng,
                ops::open_log("off"),
                outlet,
                {},
                [this](const RoomName&, const RoomMessage& message) {
                  if (fault) fault(message);
                }};
  RoomName name = *RoomName::parse("r");
  RoomNow now{};
};

TEST_F(RoomHostTest, MakesARoomOnTheFirstJoinAndClosesItWhenIdle) {
  join(member(1));
  join(member(2));
  EXPECT_EQ(host.rooms(), 1U);
  EXPECT_EQ(outlet.count<Joined>(member(2)), 1);

  host.on(name, LeaveRequest{member(1), LeaveReason::left}, now);
  host.on(name, LeaveRequest{member(2), LeaveReason::left}, now);
  ASSERT_TRUE(outlet.wakes.contains("r"));
  now.monotonic = outlet.wakes["r"];
  host.wake(name, now);
  EXPECT_EQ(host.rooms(), 0U);
  EXPECT_FALSE(outlet.wakes.contains("r"));
}

TEST_F(RoomHostTest, MergesTheUpdatesOfATurnInACrowd) {  // ROOM-29
  limits.crowd_members_min = 3;
  for (std::uint64_t who = 1; who <= 3; ++who) join(member(who));
  host.flush();
  update(member(1), kInsert);
  update(member(2), bytes(1, 1, 2, 0, 4, 1, 1, 't', 1, 'b', 0));
  EXPECT_EQ(updates_seen_by(member(3)), 0);
  EXPECT_EQ(outlet.count<Accepted>(member(1)), 1);
  host.flush();
  EXPECT_EQ(updates_seen_by(member(1)), 1);
  EXPECT_EQ(updates_seen_by(member(2)), 1);
  EXPECT_EQ(updates_seen_by(member(3)), 1);
  EXPECT_EQ(host.probe().updates_merged, 1U);
  host.flush();
  EXPECT_EQ(updates_seen_by(member(3)), 1);
}

TEST_F(RoomHostTest, OwesANewcomerNothingThatItsStateHolds) {  // ROOM-29
  limits.crowd_members_min = 2;
  join(member(1));
  join(member(2));
  update(member(1), kInsert);
  join(member(3));
  EXPECT_EQ(updates_seen_by(member(2)), 1);
  host.flush();
  EXPECT_EQ(updates_seen_by(member(3)), 0);
}

TEST_F(RoomHostTest, HoldsTheUpdatesOfABusyCrowd) {  // ROOM-30
  limits.crowd_members_min = 2;
  limits.members_per_room_max = 0;
  for (std::uint64_t who = 1; who <= 500; ++who) join(member(who));
  host.flush();
  int held = 0;
  for (std::uint8_t i = 0; i < 120; ++i) {  // a thousand a second
    outlet.clock.monotonic += std::chrono::milliseconds(1);
    update(member(1), bytes(1, 1, 1, i, 4, 1, 1, 't', 1, 'a', 0));
    const int before = updates_seen_by(member(2));
    host.flush();
    held += updates_seen_by(member(2)) == before;
  }
  EXPECT_GT(held, 10);
  ASSERT_FALSE(outlet.later.empty());
  EXPECT_EQ(outlet.later.back().first, std::chrono::milliseconds(25));
  const int before = updates_seen_by(member(2));
  for (auto& [delay, task] : outlet.later) task();
  EXPECT_EQ(updates_seen_by(member(2)), before + 1);
  EXPECT_EQ(updates_seen_by(member(1)), 0);
}

TEST_F(RoomHostTest, ARefusedJoinLeavesNoRoomBehind) {
  host.on(name, JoinRequest{member(1), {"1"}, Access::read_write, {"u", ""}, bytes(0xff)}, now);
  EXPECT_EQ(outlet.count<Refused>(member(1)), 1);
  EXPECT_EQ(host.rooms(), 0U);
}

TEST_F(RoomHostTest, HoldsOnlySoManyRooms) {  // LIM-24
  limits.rooms_max = 2;
  const auto joins = [&](std::uint64_t who, const char* room) {
    host.on(*RoomName::parse(room),
            JoinRequest{member(who), {"1"}, Access::read_write, {"u", ""}, std::nullopt}, now);
  };
  joins(1, "a");
  joins(2, "b");
  joins(3, "c");
  ASSERT_EQ(outlet.count<Refused>(member(3)), 1);
  EXPECT_EQ(std::get<Refused>(outlet.delivered[member(3)].back().second).reason,
            Refusal::server_full);
  EXPECT_EQ(host.rooms(), 2U);
  joins(4, "b");
  EXPECT_EQ(outlet.count<Joined>(member(4)), 1) << "who joins a room that is loaded loads none";
}

TEST_F(RoomHostTest, EncodesABroadcastOncePerAudience) {
  for (std::uint64_t i = 1; i <= 10; ++i) {
    outlet.encodings[member(i)] = i % 2 == 0 ? 7 : 8;
    join(member(i));
  }
  outlet.sent.clear();
  dialect.encoded = 0;
  update(member(1), kInsert);
  EXPECT_EQ(dialect.encoded, 2);
  EXPECT_EQ(updates_seen_by(member(1)), 0);
  for (std::uint64_t i = 2; i <= 10; ++i) EXPECT_EQ(updates_seen_by(member(i)), 1);
  EXPECT_EQ(outlet.sent[ConnectionId(2)].back()[0], 7);
  EXPECT_EQ(outlet.sent[ConnectionId(3)].back()[0], 8);
}

TEST_F(RoomHostTest, AChangedAudienceCountsFromTheNextBroadcast) {
  join(member(1));
  join(member(2));
  outlet.encodings[member(2)] = 5;
  host.change_audience(name, member(2));
  outlet.sent.clear();
  update(member(1), kInsert);
  ASSERT_EQ(updates_seen_by(member(2)), 1);
  EXPECT_EQ(outlet.sent[ConnectionId(2)].back()[0], 5);
}

TEST_F(RoomHostTest, ThoseWhoLeftReceiveNothing) {
  for (std::uint64_t i = 1; i <= 5; ++i) join(member(i));
  host.on(name, LeaveRequest{member(2), LeaveReason::left}, now);
  host.on(name, LeaveRequest{member(5), LeaveReason::left}, now);
  outlet.sent.clear();
  update(member(1), kInsert);
  EXPECT_EQ(updates_seen_by(member(2)), 0);
  EXPECT_EQ(updates_seen_by(member(3)), 1);
  EXPECT_EQ(updates_seen_by(member(4)), 1);
  EXPECT_EQ(updates_seen_by(member(5)), 0);
}

TEST_F(RoomHostTest, AFaultEndsItsRoomAloneAndItsUpdateIsRefusedAfterwards) {
  const RoomName other = *RoomName::parse("other");
  join(member(1));
  join(member(2));
  host.on(other, JoinRequest{member(3), {}, Access::read_write, {"u", ""}, std::nullopt}, now);

  fault = [](const RoomMessage& message) {
    if (std::holds_alternative<UpdateRequest>(message)) CHECK(false);
  };
  update(member(1), kInsert);
  EXPECT_EQ(host.probe().rooms_failed, 1U);
  EXPECT_EQ(host.rooms(), 1U);
  EXPECT_EQ(outlet.count<RoomFailed>(member(1)), 1);
  EXPECT_EQ(outlet.count<RoomFailed>(member(2)), 1);
  EXPECT_EQ(outlet.count<RoomFailed>(member(3)), 0);

  // The member comes back and sends the same update again: refused, the room lives.
  join(member(1));
  update(member(1), kInsert);
  EXPECT_EQ(outlet.count<Refused>(member(1)), 1);
  EXPECT_EQ(host.probe().rooms_failed, 1U);
  EXPECT_EQ(host.rooms(), 2U);
}

TEST_F(RoomHostTest, OfManyUpdatesThatBrokeARoomTheNewestAreKnown) {  // ROOM-26
  fault = [](const RoomMessage& message) {
    if (std::holds_alternative<UpdateRequest>(message)) CHECK(false);
  };
  const auto poison = [](std::size_t number) {
    return bytes(static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
  };
  constexpr std::size_t kMore = 1030;  // than are remembered
  for (std::size_t i = 0; i < kMore; ++i) {
    join(member(1));
    update(member(1), poison(i));
  }
  ASSERT_EQ(host.probe().rooms_failed, kMore);
  join(member(1));
  for (std::size_t i = kMore - 100; i < kMore; ++i) update(member(1), poison(i));
  EXPECT_EQ(host.probe().rooms_failed, kMore);
  EXPECT_EQ(outlet.count<Refused>(member(1)), 100);
}

TEST_F(RoomHostTest, CountsItsMembers) {
  for (std::uint64_t i = 1; i <= 5; ++i) join(member(i));
  host.on(name, LeaveRequest{member(2), LeaveReason::left}, now);
  host.on(name, LeaveRequest{member(2), LeaveReason::left}, now);
  host.change_audience(name, member(3));
  EXPECT_EQ(host.probe().members, 4U);

  fault = [](const RoomMessage& message) {
    if (std::holds_alternative<UpdateRequest>(message)) CHECK(false);
  };
  update(member(1), kInsert);
  EXPECT_EQ(host.probe().members, 0U);
  join(member(6));
  EXPECT_EQ(host.probe().members, 1U);
}

TEST_F(RoomHostTest, MessagesToARoomThatHasGoneAreIgnored) {
  update(member(1), kInsert);
  host.on(name, LeaveRequest{member(1), LeaveReason::lost}, now);
  host.wake(name, now);
  EXPECT_EQ(host.rooms(), 0U);
  EXPECT_TRUE(outlet.delivered.empty());
}

}  // namespace
}  // namespace righttask::server

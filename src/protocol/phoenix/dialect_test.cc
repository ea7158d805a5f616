#include "protocol/phoenix/dialect.h"

#include <gtest/gtest.h>

#include <set>

#include "protocol/phoenix/session.h"

namespace righttask::protocol::phoenix {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

/// The presence identity that a join without params gets on a connection with this query.
PresenceIdentity identity(const Query& query, std::uint64_t connection = 1,
                          std::uint64_t seed = 1) {
  const Dialect dialect(Limits{}, seed);
  auto session = dialect.open({ConnectionId(connection), "/", query});
  Actions actions;
  const std::string_view join = R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})";
  (*session)->on_frame(FrameKind::text, byte_view(join), actions);
  return std::get<JoinRequest>(std::get<ToRoom>(actions.at(0)).message).identity;
}

TEST(PhoenixDialect, NegotiatesTheVersion) {  // PHX-1
  const Dialect dialect(Limits{}, 1);
  for (const Query& good :
       {Query{}, Query{{"vsn", "1.0.0"}}, Query{{"vsn", "1.0.7"}}, Query{{"vsn", "2.0.0"}},
        Query{{"vsn", "2.0.10"}}, Query{{"vsn", "9"}, {"vsn", "2.0.0"}}}) {
    EXPECT_TRUE(dialect.open({ConnectionId(1), "/", good}));
  }
  for (const char* bad :
       {"",       "1",      "1.0",    "2.0",    "2.0.",       "2.0.0.0", "1.1.0",
        "2.1.0",  "3.0.0",  "0.0.0",  "foo",    "2.0.x",      "2.0.-1",  "2.0.01",
        "02.0.0", " 2.0.0", "2.0.0 ", "v2.0.0", "2.0.0-rc.1", "2,0,0",   "20.0"}) {
    const auto opened = dialect.open({ConnectionId(1), "/", {{"vsn", bad}}});
    ASSERT_FALSE(opened) << bad;
    EXPECT_EQ(opened.error(), 403) << bad;
  }
}

TEST(PhoenixDialect, TakesIdentityFromTheQuery) {  // PHX-18
  const auto ann = identity({{"user_id", "ann"}, {"name", "A\"nn"}, {"color", "#102030"}});
  EXPECT_EQ(ann.key, "ann");
  EXPECT_EQ(ann.fields, R"("name":"A\"nn","color":"#102030")");
  EXPECT_EQ(identity({{"user_id", "first"}, {"user_id", "last"}}).key, "last");
}

TEST(PhoenixDialect, IgnoresWhatAJoinCouldNotUse) {  // PHX-18
  const auto odd = identity(
      {{"user_id", std::string(256, 'u')}, {"name", std::string(101, 'n')}, {"color", "red"}});
  EXPECT_EQ(odd.key.size(), 16U);
  EXPECT_EQ(odd.fields, "");
  EXPECT_EQ(identity({{"user_id", "\xff"}, {"name", "\xff"}}).fields, "");
  EXPECT_EQ(identity({{"user_id", ""}}).key.size(), 16U);
}

TEST(PhoenixDialect, MakesKeysUniqueToTheConnection) {  // PHX-18
  std::set<std::string> keys;
  for (std::uint64_t connection = 0; connection < 1000; ++connection) {
    keys.insert(identity({}, connection << 32).key);
    keys.insert(identity({}, connection << 32, 2).key);
  }
  EXPECT_EQ(keys.size(), 2000U);
  EXPECT_EQ(identity({}, 5).key, identity({}, 5).key);
}

Audience audience(Encoding encoding) {
  return {static_cast<std::uint8_t>(encoding), "room:a\"b"};
}

std::string text(const std::optional<Frame>& frame) {
  EXPECT_TRUE(frame && frame->kind == FrameKind::text);
  return frame ? std::string(as_text(frame->payload)) : std::string();
}

TEST(PhoenixDialect, EncodesUpdatesForEachAudience) {  // PHX-22
  const Dialect dialect(Limits{}, 1);
  const DocumentUpdate update{share(bytes(0, 10, 255))};
  EXPECT_EQ(text(dialect.encode_broadcast(audience(Encoding::v2_text), update)),
            R"([null,null,"room:a\"b","update",{"data":[0,10,255]}])");
  EXPECT_EQ(text(dialect.encode_broadcast(audience(Encoding::v1_text), update)),
            R"({"ref":null,"topic":"room:a\"b","event":"update","payload":{"data":[0,10,255]}})");
  const auto binary = dialect.encode_broadcast(audience(Encoding::v2_binary), update);
  ASSERT_TRUE(binary);
  EXPECT_EQ(binary->kind, FrameKind::binary);
  Bytes want = bytes(2, 8, 6);
  append(want, "room:a\"bupdate");
  append(want, bytes(0, 10, 255));
  EXPECT_EQ(binary->payload, want);
}

TEST(PhoenixDialect, EncodesEventsAsText) {  // PHX-24, PHX-26
  const Dialect dialect(Limits{}, 1);
  const Relayed awareness{"awareness", share(bytes('{', ' ', '}'))};
  const PresenceDiff diff{{{"u", {{"r", "q", 5, R"("name":"Ann")"}}}}, {}};
  const std::string diff_json =
      R"({"joins":{"u":{"metas":[{"online_at":"5","name":"Ann","phx_ref":"r","phx_ref_prev":"q"}]}},"leaves":{}})";
  for (const Encoding encoding : {Encoding::v2_text, Encoding::v2_binary}) {
    EXPECT_EQ(text(dialect.encode_broadcast(audience(encoding), awareness)),
              R"([null,null,"room:a\"b","awareness",{ }])");
    EXPECT_EQ(text(dialect.encode_broadcast(audience(encoding), diff)),
              R"([null,null,"room:a\"b","presence_diff",)" + diff_json + "]");
  }
  EXPECT_EQ(text(dialect.encode_broadcast(audience(Encoding::v1_text), awareness)),
            R"({"ref":null,"topic":"room:a\"b","event":"awareness","payload":{ }})");
}

TEST(PhoenixDialect, TellsEverybodyOfTheDisk) {  // PHX-40
  const Dialect dialect(Limits{}, 1);
  const auto told = [&](StorageState state) {
    return text(dialect.encode_broadcast(audience(Encoding::v2_binary), StorageNotice{state}));
  };
  EXPECT_EQ(told(StorageState::failing),
            R"([null,null,"room:a\"b","storage",{"state":"failing"}])");
  EXPECT_EQ(told(StorageState::ok), R"([null,null,"room:a\"b","storage",{"state":"ok"}])");
}

TEST(PhoenixDialect, BroadcastsNothingElse) {
  const Dialect dialect(Limits{}, 1);
  for (const ServerMessage& message :
       {ServerMessage(Accepted{}), ServerMessage(Refused{Refusal::read_only}),
        ServerMessage(RoomFailed{}), ServerMessage(Joined{share({}), {}})}) {
    EXPECT_FALSE(dialect.encode_broadcast(audience(Encoding::v2_text), message));
  }
  EXPECT_FALSE(dialect.encode_broadcast({}, PresenceDiff{}));  // the channel has gone
}

}  // namespace
}  // namespace righttask::protocol::phoenix

#include "ydoc/awareness.h"

#include <gtest/gtest.h>

namespace ydoc {
namespace {

using righttask::bytes;
using std::chrono::seconds;
using Ids = std::vector<ClientId>;

constexpr Instant kStart{seconds(100)};

AwarenessChange apply(Awareness& awareness, std::vector<AwarenessEntry> entries,
                      Instant now = kStart) {
  const Bytes encoded = encode_awareness(entries);
  const auto update = AwarenessUpdate::decode(encoded);
  EXPECT_TRUE(update);
  return awareness.apply(*update, now);
}

// AWR-1, AWR-7: the bytes of a y-websocket client (id 100) that arrives and leaves.
TEST(Awareness, SpeaksYProtocols) {
  const Bytes arrives = bytes(1, 0x64, 0, 2, '{', '}');
  const auto update = AwarenessUpdate::decode(arrives);
  ASSERT_TRUE(update);
  ASSERT_EQ(update->entries.size(), 1U);
  EXPECT_EQ(update->entries[0].state, "{}");
  EXPECT_EQ(encode_awareness(update->entries), arrives);
  Awareness client(100, kStart);
  EXPECT_EQ(client.encode_all(), arrives);
  client.set_local_state("null", kStart);
  const Ids own = {100, 999};
  EXPECT_EQ(client.encode(own), bytes(1, 0x64, 1, 4, 'n', 'u', 'l', 'l'));
}

// AWR-2, AWR-3.
TEST(Awareness, CountsAnEntryByItsClock) {
  struct Case {
    std::string_view name;
    AwarenessEntry entry;
    AwarenessChange want;
  };
  const Case cases[] = {
      {"lower clock", {7, 4, R"({"a":2})"}, {}},
      {"equal clock", {7, 5, R"({"a":2})"}, {}},
      {"equal clock, gone", {7, 5, "null"}, {{}, {}, {}, {7}}},
      {"higher clock, same state", {7, 6, R"({"a":1,"b":2})"}, {{}, {7}, {}, {}}},
      {"higher clock, same state in another order", {7, 6, R"({"b":2,"a":1})"}, {{}, {7}, {}, {}}},
      {"higher clock, new state", {7, 6, R"({"a":2})"}, {{}, {7}, {7}, {}}},
      {"higher clock, gone", {7, 6, "null"}, {{}, {}, {}, {7}}},
      {"unknown client at clock 0", {8, 0, "{}"}, {}},
      {"unknown client", {8, 1, "{}"}, {{8}, {}, {}, {}}},
      {"unknown client, gone", {8, 1, "null"}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Awareness awareness;
    apply(awareness, {{7, 5, R"({"a":1,"b":2})"}});
    const auto change = apply(awareness, {c.entry});
    EXPECT_EQ(change.added, c.want.added);
    EXPECT_EQ(change.updated, c.want.updated);
    EXPECT_EQ(change.changed, c.want.changed);
    EXPECT_EQ(change.removed, c.want.removed);
  }
}

// AWR-3. One after the other, each before those that are there, they would take a minute.
TEST(Awareness, TakesInVeryManyClientsAtOnce) {
  constexpr ClientId kClients = 150'000;
  std::vector<AwarenessEntry> entries;
  for (ClientId id = kClients; id > 0; --id) entries.push_back({id, 1, "1"});
  for (const ClientId again : {ClientId{7}, kClients}) entries.push_back({again, 2, "2"});
  entries.push_back({3, 2, "null"});
  const Bytes encoded = encode_awareness(entries);
  const auto update = AwarenessUpdate::decode(encoded);
  ASSERT_TRUE(update);
  Awareness awareness;
  const auto change = awareness.apply(*update, kStart);
  EXPECT_EQ(change.added.size(), kClients);
  EXPECT_EQ(change.changed, (std::vector<ClientId>{7, kClients}));
  EXPECT_EQ(change.removed, (std::vector<ClientId>{3}));
  ASSERT_EQ(awareness.clients().size(), kClients);
  for (std::size_t i = 0; i < kClients; ++i) EXPECT_EQ(awareness.clients()[i].id, i + 1);
  EXPECT_EQ(awareness.state_of(7), "2");
  EXPECT_EQ(awareness.present(), kClients - 1);
}

// AWR-4.
TEST(Awareness, KeepsTheOwnStateAgainstARemoval) {
  Awareness awareness(100, kStart);
  apply(awareness, {{100, 3, "null"}});
  EXPECT_EQ(awareness.state_of(100), "{}");
  EXPECT_EQ(awareness.encode_all(), bytes(1, 0x64, 4, 2, '{', '}'));
}

// AWR-5.
TEST(Awareness, RemovalTravelsAtTheUnchangedClock) {
  Awareness server;
  Awareness peer;
  apply(server, {{7, 5, "{}"}});
  apply(peer, {{7, 5, "{}"}});
  const Ids gone = {7, 8};
  EXPECT_EQ(server.remove(gone, kStart).removed, Ids{7});
  EXPECT_EQ(server.present(), 0U);
  const Bytes message = server.encode(gone);
  EXPECT_EQ(message, bytes(1, 7, 5, 4, 'n', 'u', 'l', 'l'));
  EXPECT_EQ(peer.apply(*AwarenessUpdate::decode(message), kStart).removed, Ids{7});
  EXPECT_TRUE(server.remove(gone, kStart).removed.empty());
}

// AWR-6.
TEST(Awareness, StatesFadeUnlessRenewed) {
  Awareness awareness(100, kStart);
  apply(awareness, {{7, 1, "{}"}, {8, 1, "{}"}});
  apply(awareness, {{8, 2, "{}"}}, kStart + seconds(20));
  EXPECT_TRUE(awareness.remove_outdated(kStart + seconds(29)).removed.empty());
  EXPECT_EQ(awareness.remove_outdated(kStart + seconds(30)).removed, Ids{7});
  EXPECT_EQ(awareness.remove_outdated(kStart + seconds(300)).removed, Ids{8});
  EXPECT_EQ(awareness.present(), 1U);
}

// AWR-8.
TEST(Awareness, ForgetsClocksOfClientsLongGone) {
  Awareness awareness;
  apply(awareness, {{7, 5, "{}"}, {8, 5, "{}"}});
  apply(awareness, {{7, 6, "null"}});
  EXPECT_EQ(awareness.forget_removed(kStart), 0U);
  EXPECT_EQ(awareness.forget_removed(kStart + seconds(1)), 1U);
  EXPECT_EQ(awareness.clients().size(), 1U);
  EXPECT_EQ(apply(awareness, {{7, 1, "{}"}}).added, Ids{7});
}

TEST(Awareness, SetsFieldsOfTheLocalState) {
  Awareness awareness(100, kStart);
  EXPECT_EQ(awareness.set_local_field("user", R"({"name":"A"})", kStart).changed, Ids{100});
  awareness.set_local_field("1", "true", kStart);
  EXPECT_EQ(awareness.state_of(100), R"({"1":true,"user":{"name":"A"}})");
  EXPECT_TRUE(awareness.set_local_field("1", "true", kStart).changed.empty());
  awareness.set_local_state("null", kStart);
  EXPECT_FALSE(awareness.set_local_field("1", "true", kStart).emits_update());
}

TEST(Awareness, KeepsStatesInTheSpellingOfJavaScript) {
  const Bytes update = bytes(1, 7, 1, 9, '{', ' ', '"', 'a', '"', ':', '1', '.', '}');
  EXPECT_EQ(AwarenessUpdate::decode(update).error(), DecodeError::invalid_json);
  Awareness awareness;
  apply(awareness, {{7, 1, R"({ "a" : 1.0 })"}});
  EXPECT_EQ(awareness.state_of(7), R"({"a":1})");
}

TEST(AwarenessUpdate, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"count beyond the input", bytes(0x80, 0x80, 0x80, 0x80, 0x08),
       DecodeError::count_exceeds_input},
      {"entry missing", bytes(1), DecodeError::count_exceeds_input},
      {"state beyond the input", bytes(1, 5, 1, 9, '{'), DecodeError::truncated},
      {"state empty", bytes(1, 5, 1, 0), DecodeError::invalid_json},
      {"state undefined", bytes(1, 5, 1, 9, 'u', 'n', 'd', 'e', 'f', 'i', 'n', 'e', 'd'),
       DecodeError::invalid_json},
      {"state no UTF-8", bytes(1, 5, 1, 3, '"', 0xff, '"'), DecodeError::invalid_utf8},
      {"too deep", bytes(1, 5, 1, 6, '[', '[', '[', ']', ']', ']'), DecodeError::json_too_deep},
      {"second entry bad", bytes(2, 5, 1, 2, '{', '}', 6, 1, 1, '{'), DecodeError::invalid_json},
      {"more after it", bytes(0, 0), DecodeError::trailing_bytes},
  };
  AwarenessLimits limits;
  limits.json_depth_max = 2;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(AwarenessUpdate::decode(c.input, limits).error(), c.want);
  }
  limits.update_bytes_max = 3;
  EXPECT_FALSE(AwarenessUpdate::decode(bytes(1, 5, 1, 2, '{', '}'), limits));
}

}  // namespace
}  // namespace ydoc

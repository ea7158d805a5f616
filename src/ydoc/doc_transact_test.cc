// Transactions, origins and update events. Rules: docs/spec/document.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

struct Told {
  Bytes update;
  Origin origin;
  bool local;
};

class TransactTest : public ::testing::Test {
 protected:
  [[nodiscard]] Subscription record(std::vector<Told>& told) {
    return doc_.on_update_v1([&told](const UpdateEvent& event) {
      told.push_back({{event.update.begin(), event.update.end()}, event.origin, event.local});
    });
  }
  void append(std::string_view what) { ASSERT_TRUE(text_.insert(text_.size(), what)); }

  Doc doc_{DocOptions{.client_id = 7}};
  Text text_ = doc_.text("text");
};

// DOC-27
TEST_F(TransactTest, SeveralEditsAreOneUpdate) {
  std::vector<Told> told;
  const auto subscription = record(told);
  doc_.transact([&] {
    append("ab");
    ASSERT_TRUE(doc_.map("map").set("k", 1));
    ASSERT_TRUE(text_.remove(0, 1));
  });
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].local);
  EXPECT_EQ(told[0].origin, Origin{});
  Doc copy;
  ASSERT_TRUE(copy.apply_update_v1(told[0].update).has_value());
  EXPECT_EQ(copy.encode_state_as_update_v1(), doc_.encode_state_as_update_v1());
}

// DOC-27
TEST_F(TransactTest, EachEditOutsideIsATransaction) {
  std::vector<Told> told;
  const auto subscription = record(told);
  append("a");
  append("b");
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1].update, righttask::bytes(1, 1, 7, 1, 0x84, 7, 0, 1, 'b', 0));
}

// DOC-27
TEST_F(TransactTest, AnInnerTransactionIsPartOfTheOuterOne) {
  std::vector<Told> told;
  const auto subscription = record(told);
  doc_.transact(
      [&] {
        append("a");
        doc_.transact([&] { append("b"); }, std::string("inner"));
        EXPECT_TRUE(told.empty());
        Doc other(DocOptions{.client_id = 9});
        ASSERT_TRUE(other.map("map").set("k", 1));
        const auto applied =
            doc_.apply_update_v1(other.encode_state_as_update_v1(), std::string("remote"));
        ASSERT_TRUE(applied.has_value());
        EXPECT_TRUE(applied->changed);
      },
      std::string("outer"));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].origin, Origin{std::string("outer")});
  EXPECT_TRUE(told[0].local);
  EXPECT_EQ(text_.text(), "ab");
  EXPECT_EQ(doc_.map("map").json(), R"({"k":1})");
}

// DOC-28
TEST_F(TransactTest, WhatWasDoneBeforeAnExceptionStaysAndIsTold) {
  std::vector<Told> told;
  const auto subscription = record(told);
  const auto act = [&] {
    append("done");
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(doc_.transact(act), std::runtime_error);
  EXPECT_THAT(told, SizeIs(1));
  EXPECT_EQ(text_.text(), "done");
  // Thrown out of an inner one: the outer one goes on.
  doc_.transact([&] {
    EXPECT_THROW(doc_.transact(act), std::runtime_error);
    append("!");
    EXPECT_THAT(told, SizeIs(1));
  });
  EXPECT_THAT(told, SizeIs(2));
  EXPECT_EQ(text_.text(), "donedone!");
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-29
TEST_F(TransactTest, ReceivedUpdatesAreToldWithTheirOriginAndNotAsLocal) {
  Doc other(DocOptions{.client_id = 9});
  ASSERT_TRUE(other.text("text").insert(0, "remote"));
  const Bytes update = other.encode_state_as_update_v1();
  std::vector<Told> told;
  const auto subscription = record(told);
  int connection = 0;
  ASSERT_TRUE(doc_.apply_update_v1(update, static_cast<const void*>(&connection)).has_value());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_FALSE(told[0].local);
  EXPECT_EQ(told[0].update, update);
  EXPECT_EQ(told[0].origin, Origin{static_cast<const void*>(&connection)});
  ASSERT_TRUE(doc_.apply_update_v1(update).has_value());
  EXPECT_THAT(told, SizeIs(1)) << "nothing new";
}

// DOC-29
TEST_F(TransactTest, ATransactionThatChangesNothingIsNotTold) {
  std::vector<Told> told;
  append("abc");
  const auto subscription = record(told);
  doc_.transact([] {});
  doc_.transact([&] { EXPECT_EQ(text_.size(), 3u); });
  EXPECT_TRUE(told.empty());
  // What comes and goes is a change: its clocks are taken.
  doc_.transact([&] {
    append("d");
    ASSERT_TRUE(text_.remove(3, 1));
  });
  EXPECT_THAT(told, SizeIs(1));
}

// DOC-29
TEST_F(TransactTest, TheCleanupOfMarksIsATransactionOfItsOwn) {
  const TextFormat bold = {{"bold", Any{true}}};
  append("abc");
  Doc other(DocOptions{.client_id = 9});
  ASSERT_TRUE(other.apply_update_v1(doc_.encode_state_as_update_v1()).has_value());
  ASSERT_TRUE(other.text("text").format(0, 3, bold));
  ASSERT_TRUE(text_.format(0, 3, bold));
  std::vector<Told> told;
  const auto subscription = record(told);
  const auto applied =
      doc_.apply_update_v1(other.encode_state_as_update_v1(), std::string("remote"));
  ASSERT_TRUE(applied.has_value());
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].origin, Origin{std::string("remote")});
  EXPECT_EQ(told[1].origin, Origin{});
  EXPECT_TRUE(told[1].local);
  EXPECT_EQ(told[1].update, applied->cleanup_v1);
}

// DOC-12, DOC-30
TEST(TransactCleanup, TheResultHoldsTheCleanupOfWhatListenersTookInToo) {
  const TextFormat bold = {{"bold", Any{true}}};
  const auto marked = [&](ClientId id, std::string_view root, const Bytes& base) {
    Doc doc(DocOptions{.client_id = id});
    EXPECT_TRUE(doc.apply_update_v1(base).has_value());
    const StateVector before = doc.state_vector();
    EXPECT_TRUE(doc.text(root).format(0, 3, bold));
    return doc.encode_state_as_update_v1(before);
  };
  Doc author(DocOptions{.client_id = 1});
  ASSERT_TRUE(author.text("a").insert(0, "abc"));
  ASSERT_TRUE(author.text("b").insert(0, "abc"));
  const Bytes base = author.encode_state_as_update_v1();
  const Bytes updates[] = {base, marked(2, "a", base), marked(3, "b", base), marked(4, "a", base),
                           marked(5, "b", base)};
  Doc server;
  server.declare_root("a", TypeKind::text);
  server.declare_root("b", TypeKind::text);
  Doc copy;  // knows of no texts, and so does not clean up
  for (const Bytes& update : updates) ASSERT_TRUE(copy.apply_update_v1(update).has_value());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(server.apply_update_v1(updates[i]).has_value());
  bool done = false;
  const auto subscription = server.on_update_v1([&](const UpdateEvent&) {
    if (std::exchange(done, true)) return;
    ASSERT_TRUE(server.apply_update_v1(updates[4]).has_value());
  });
  const auto result = server.apply_update_v1(updates[3]);
  ASSERT_TRUE(result.has_value());
  ASSERT_TRUE(copy.apply_update_v1(result->cleanup_v1).has_value());
  EXPECT_EQ(copy.encode_state_as_update_v1(), server.encode_state_as_update_v1());
}

// DOC-27
TEST_F(TransactTest, AKnownUpdateChangesNothingInsideATransactionEither) {
  append("a");
  const Bytes known = doc_.encode_state_as_update_v1();
  doc_.transact([&] {
    append("b");
    const auto result = doc_.apply_update_v1(known);
    ASSERT_TRUE(result.has_value());
    EXPECT_FALSE(result->changed);
    EXPECT_EQ(result->structs_added, 0u);
  });
}

// DOC-30
TEST_F(TransactTest, AListenerMayEdit) {
  std::vector<std::string> seen;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent& event) {
    seen.push_back(text_.text() + (event.local ? " local" : " remote"));
    if (text_.size() < 4) append(std::to_string(text_.size()));
    // Its own transaction is told after this one.
  });
  append("a");
  EXPECT_EQ(text_.text(), "a123");
  EXPECT_THAT(seen, ElementsAre("a local", "a1 local", "a12 local", "a123 local"));
  Doc other(DocOptions{.client_id = 9});
  ASSERT_TRUE(other.map("map").set("k", 1));
  seen.clear();
  ASSERT_TRUE(doc_.apply_update_v1(other.encode_state_as_update_v1()).has_value());
  EXPECT_THAT(seen, ElementsAre("a123 remote"));
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-30
TEST_F(TransactTest, UpdatesOfListenersThatEditBringAnotherDocumentToTheSameState) {
  Doc copy;
  const auto mirror = doc_.on_update_v1([&](const UpdateEvent& event) {
    ASSERT_TRUE(copy.apply_update_v1(event.update).has_value());
  });
  const auto editor = doc_.on_update_v1([&](const UpdateEvent&) {
    if (text_.size() >= 20) return;
    append("xyz");
    ASSERT_TRUE(text_.remove(0, 1));
  });
  append("start");
  EXPECT_GE(text_.size(), 20u);
  EXPECT_EQ(copy.encode_state_as_update_v1(), doc_.encode_state_as_update_v1());
}

// DOC-30
TEST_F(TransactTest, AListenerMayTakeInUpdates) {
  Doc other(DocOptions{.client_id = 9});
  ASSERT_TRUE(other.map("map").set("k", 1));
  const Bytes update = other.encode_state_as_update_v1();
  std::vector<bool> local;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent& event) {
    local.push_back(event.local);
    const auto applied = doc_.apply_update_v1(update);
    ASSERT_TRUE(applied.has_value());
    EXPECT_EQ(applied->changed, local.size() == 1);
  });
  append("a");
  EXPECT_THAT(local, ElementsAre(true, false));
  EXPECT_EQ(doc_.map("map").json(), R"({"k":1})");
}

// DOC-30
TEST_F(TransactTest, ListenersComeAndGoWhileTheyAreCalled) {
  std::string calls;
  Subscription own;
  Subscription other;
  Subscription late;
  own = doc_.on_update_v1([&](const UpdateEvent&) {
    calls += 'o';
    own.cancel();
  });
  const auto first = doc_.on_update_v1([&](const UpdateEvent&) {
    calls += 'f';
    other.cancel();
    if (calls == "of") {
      late = doc_.on_update_v1([&](const UpdateEvent&) { calls += 'l'; });
    }
  });
  other = doc_.on_update_v1([&](const UpdateEvent&) { calls += 'x'; });
  append("a");
  EXPECT_EQ(calls, "of") << "its own, another, and one that came too late to be told";
  append("b");
  EXPECT_EQ(calls, "offl");
}

// DOC-30
TEST_F(TransactTest, AListenerThatThrowsDoesNotStopTheTransaction) {
  std::vector<Told> told;
  unsigned throws = 0;
  const auto subscription = record(told);
  const auto thrower = doc_.on_update_v1([&](const UpdateEvent&) {
    ++throws;
    if (text_.size() < 3) append("+");
    throw std::runtime_error("listener " + std::to_string(throws));
  });
  try {
    append("a");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "listener 1") << "the first is thrown on";
  }
  EXPECT_EQ(throws, 3u) << "what it did itself was told all the same";
  EXPECT_THAT(told, SizeIs(3));
  EXPECT_EQ(text_.text(), "a++");
  EXPECT_EQ(integrity_fault(doc_.store()), "");
  EXPECT_THROW(append("b"), std::runtime_error);
  EXPECT_THAT(told, SizeIs(4));

  Doc other(DocOptions{.client_id = 9});
  ASSERT_TRUE(other.map("map").set("k", 1));
  EXPECT_THROW(static_cast<void>(doc_.apply_update_v1(other.encode_state_as_update_v1())),
               std::runtime_error);
  EXPECT_EQ(doc_.map("map").json(), R"({"k":1})");
}

// DOC-30
TEST(TransactSubscription, MayOutliveItsDocument) {
  Subscription subscription;
  {
    Doc doc(DocOptions{.client_id = 7});
    subscription = doc.on_update_v1([](const UpdateEvent&) {});
    ASSERT_TRUE(doc.text("text").insert(0, "a"));
  }
  subscription.cancel();
}

// DOC-30
TEST_F(TransactTest, ACancelledSubscriptionIsNotTold) {
  std::vector<Told> told;
  auto subscription = record(told);
  append("a");
  Subscription moved = std::move(subscription);
  append("b");
  EXPECT_THAT(told, SizeIs(2));
  moved.cancel();
  append("c");
  EXPECT_THAT(told, SizeIs(2));
}

// DOC-31
TEST_F(TransactTest, AClientIdThatSomebodyElseUsesIsLeft) {
  append("mine");
  Doc twin(DocOptions{.client_id = 7});
  ASSERT_TRUE(twin.apply_update_v1(doc_.encode_state_as_update_v1()).has_value());
  EXPECT_NE(twin.client_id(), 7u) << "structs of a past that it does not know, too";
  twin.set_client_id(7);
  ASSERT_TRUE(twin.map("map").set("k", 1));
  ASSERT_TRUE(doc_.apply_update_v1(twin.encode_state_as_update_v1()).has_value());
  ASSERT_TRUE(doc_.client_id().has_value());
  EXPECT_NE(*doc_.client_id(), 7u);
  append("!");
  EXPECT_EQ(doc_.state_vector().of(*doc_.client_id()), 1u);
  EXPECT_EQ(doc_.state_vector().of(7), 5u);
}

// DOC-31
TEST_F(TransactTest, OnesOwnUpdatesDoNotCostTheClientId) {
  append("mine");
  const Bytes own = doc_.encode_state_as_update_v1();
  append("more");
  ASSERT_TRUE(doc_.apply_update_v1(own).has_value());
  EXPECT_EQ(doc_.client_id(), 7u);
}

}  // namespace
}  // namespace ydoc

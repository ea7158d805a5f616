// Who is told, and when.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "ydoc/event.h"
#include "ydoc/store/integrity.h"
#include "ydoc/store/store.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Heard = std::vector<std::string>;

std::string state_text(const StateVector& states) {
  std::string out;
  for (const auto& [client, clock] : states.entries()) {
    out += std::to_string(client) + ":" + std::to_string(clock) + " ";
  }
  return out;
}

std::string ranges_text(const std::vector<DeleteRange>& ranges) {
  std::string out;
  for (const auto& [client, clock, length] : ranges) {
    out +=
        std::to_string(client) + ":" + std::to_string(clock) + "+" + std::to_string(length) + " ";
  }
  return out;
}

// DOC-42
TEST(Telling, FollowsAFixedOrder) {
  Doc doc({.client_id = 1});
  Heard heard;
  Array first = doc.array("first");
  Map second = doc.map("second");
  ASSERT_TRUE(first.push({NewType::array()}));
  const Array inside = *as<Array>(first.get(0));
  const auto say = [&](std::string what) {
    return [&heard, what = std::move(what)](auto&&...) { heard.push_back(what); };
  };
  const Subscription subscriptions[] = {
      doc.on_all_settled(say("settled")),
      doc.on_update_v1(say("update")),
      doc.on_after_cleanup(say("cleanup")),
      doc.on_after_transaction(say("after")),
      doc.on_before_observers(say("ended")),
      doc.on_before_transaction(say("before")),
      first.observe_deep(say("first, deep")),
      second.observe_deep(say("second, deep")),
      inside.observe_deep(say("inside, deep")),
      first.observe(say("first")),
      second.observe(say("second")),
      inside.observe(say("inside")),
      second.observe(say("second again")),
  };
  doc.transact([&] {
    heard.push_back("act");
    ASSERT_TRUE(second.set("k", 1));
    ASSERT_TRUE(Array(inside).push({1}));
    ASSERT_TRUE(first.push({1}));
    ASSERT_TRUE(second.set("k", 2));
  });
  EXPECT_THAT(heard, ElementsAre("before", "act", "ended", "second", "second again", "inside",
                                 "first", "second, deep", "inside, deep", "first, deep", "after",
                                 "cleanup", "update", "settled"));
  heard.clear();
  doc.transact([] {});
  EXPECT_THAT(heard, ElementsAre("before", "ended", "after", "cleanup", "settled"));
}

// DOC-43
TEST(Telling, TypesThatCameOrWentAreNotTold) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  ASSERT_TRUE(root.set("old", NewType::map()));
  Map old = *as<Map>(root.get("old"));
  Heard heard;
  const auto first = old.observe([&](const Event&) { heard.push_back("old"); });
  const auto second = root.observe_deep(
      [&](const Events& events) { heard.push_back("root: " + std::to_string(events.size())); });
  Subscription third;
  doc.transact([&] {
    ASSERT_TRUE(old.set("k", 1));
    ASSERT_TRUE(root.set("new", NewType::map()));
    Map young = *as<Map>(root.get("new"));
    third = young.observe([&](const Event&) { heard.push_back("new"); });
    ASSERT_TRUE(young.set("k", 1));
    ASSERT_TRUE(root.remove("old"));
  });
  EXPECT_THAT(heard, ElementsAre("root: 1"));
}

// DOC-43
TEST(Telling, NorAreTypesThatAnObserverDeletes) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  ASSERT_TRUE(root.set("doomed", NewType::map()));
  Map doomed = *as<Map>(root.get("doomed"));
  Map trigger = doc.map("trigger");
  Heard heard;
  const auto first = trigger.observe([&](const Event&) { ASSERT_TRUE(root.remove("doomed")); });
  const auto second = doomed.observe([&](const Event&) { heard.push_back("own"); });
  const auto third = doomed.observe_deep([&](const Events&) { heard.push_back("deep"); });
  const auto fourth = root.observe_deep([&](const Events& events) {
    for (const Event& event : events) {
      heard.push_back(event.target() == root ? "root" : "inside");
    }
  });
  doc.transact([&] {
    ASSERT_TRUE(trigger.set("k", 1));
    ASSERT_TRUE(doomed.set("k", 1));
  });
  EXPECT_THAT(heard, ElementsAre("root")) << "of the transaction in which the observer deleted";
}

// DOC-43
TEST(Telling, ADeepObserverMayDeleteWhatTheNextWouldBeToldOf) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  ASSERT_TRUE(root.set("outer", NewType::map({{"inner", NewType::map()}})));
  Map outer = *as<Map>(root.get("outer"));
  Map inner = *as<Map>(outer.get("inner"));
  Heard heard;
  bool once = true;
  const auto first = outer.observe_deep([&](const Events&) {
    heard.push_back("outer");
    if (std::exchange(once, false)) {
      ASSERT_TRUE(outer.remove("inner"));
    }
  });
  const auto second = root.observe_deep(
      [&](const Events& events) { heard.push_back("root: " + std::to_string(events.size())); });
  ASSERT_TRUE(inner.set("k", 1));
  EXPECT_THAT(heard, ElementsAre("outer", "outer", "root: 1"))
      << "nobody is told of nothing: the first transaction's only event has lost its target";
}

// DOC-43
TEST(Telling, AnObserverDoesNotFollowTheIdOfItsType) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  Heard heard;
  ASSERT_TRUE(root.set("a", NewType::map()));
  Map gone = *as<Map>(root.get("a"));
  auto kept = gone.observe([&](const Event&) { heard.push_back("gone"); });
  ASSERT_TRUE(root.remove("a"));
  ASSERT_TRUE(root.set("b", NewType::map()));
  Map next = *as<Map>(root.get("b"));
  ASSERT_EQ(next.id(), gone.id()) << "else this test says nothing";
  ASSERT_TRUE(next.set("k", 1));
  EXPECT_THAT(heard, IsEmpty());

  const auto other = next.observe([&](const Event&) { heard.push_back("next"); });
  kept.cancel();
  ASSERT_TRUE(next.set("k", 2));
  EXPECT_THAT(heard, ElementsAre("next"));
  const auto late = gone.observe([&](const Event&) { heard.push_back("late"); });
  ASSERT_TRUE(next.set("k", 3));
  EXPECT_THAT(heard, ElementsAre("next", "next"));
}

// DOC-43
TEST(Telling, ListenersOfADeletedTypeAreLetGo) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  const auto held = std::make_shared<int>(0);
  {
    ASSERT_TRUE(root.set("a", NewType::map()));
    const auto observing = as<Map>(root.get("a"))->observe([held](const Event&) {});
    ASSERT_TRUE(root.remove("a"));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

// DOC-43
TEST(Telling, ListenersMayHoldTheirOwnSubscriptions) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  ASSERT_TRUE(root.set("a", NewType::map()));
  {
    const auto own = std::make_shared<Subscription>();
    *own = as<Map>(root.get("a"))->observe([own](const Event&) {});
  }
  ASSERT_TRUE(root.remove("a"));
  // The next type comes to have the id of the first, whose listener goes when it is observed.
  ASSERT_TRUE(root.set("b", NewType::map()));
  Map next = *as<Map>(root.get("b"));
  int heard = 0;
  const auto observing = next.observe([&](const Event&) { ++heard; });
  ASSERT_TRUE(next.set("k", 1));
  EXPECT_EQ(heard, 1);
}

// DOC-44
TEST(Telling, AnObserverThatComesDuringATransactionIsToldOfAllOfIt) {
  Doc doc({.client_id = 1});
  Map root = doc.map("root");
  Text text = doc.text("text");
  ASSERT_TRUE(root.set("inside", NewType::map({{"old", 1}})));
  Map inside = *as<Map>(root.get("inside"));
  ASSERT_TRUE(text.insert(0, "abc"));
  Heard heard;
  std::vector<Subscription> subscriptions;
  const auto listen = [&](const std::string& name, const Shared& type) {
    subscriptions.push_back(type.observe([&heard, name](const Event& event) {
      std::string keys;
      for (const KeyChange& key : event.keys()) keys += " " + key.key;
      heard.push_back(name + ":" + keys + (event.child_list_changed() ? " and the list" : ""));
    }));
  };
  doc.transact([&] {
    ASSERT_TRUE(text.remove(0, 1));
    ASSERT_TRUE(inside.set("new", 1));
    ASSERT_TRUE(inside.remove("old"));
    listen("text", text);
    listen("inside", inside);
    listen("root", root);
    ASSERT_TRUE(text.set_attribute("late", 1));
    ASSERT_TRUE(root.set("late", NewType::map({{"k", 1}})));
  });
  EXPECT_THAT(heard, ElementsAre("text: late and the list", "inside: new old", "root: late"));
}

// DOC-44
TEST(Telling, AnObserverThatComesWhileOthersAreToldIsToldToo) {
  Doc doc({.client_id = 1});
  Map first = doc.map("first");
  Map second = doc.map("second");
  Heard heard;
  Subscription late;
  Subscription deep;
  const auto observing = first.observe([&](const Event&) {
    heard.push_back("first");
    late = second.observe([&](const Event&) { heard.push_back("second"); });
    deep = first.observe_deep([&](const Events&) { heard.push_back("deep"); });
  });
  doc.transact([&] {
    ASSERT_TRUE(first.set("k", 1));
    ASSERT_TRUE(second.set("k", 1));
  });
  EXPECT_THAT(heard, ElementsAre("first", "second", "deep"));
}

// DOC-42
TEST(Telling, TransactionsOfObserversFollow) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  Heard heard;
  const auto observing = map.observe([&](const Event& event) {
    const double step = std::get<double>(std::get<Any>(map.get("step")).value);
    heard.push_back("observer at " + std::to_string(int(step)));
    EXPECT_EQ(event.keys_changed(), Heard{"step"});
    if (step < 3) {
      ASSERT_TRUE(map.set("step", step + 1));
    }
    heard.push_back("observer done");
  });
  const auto updates = doc.on_update_v1([&](const UpdateEvent&) { heard.push_back("update"); });
  const auto settled = doc.on_all_settled([&] { heard.push_back("settled"); });
  ASSERT_TRUE(map.set("step", 1));
  EXPECT_THAT(heard, ElementsAre("observer at 1", "observer done", "update", "observer at 2",
                                 "observer done", "update", "observer at 3", "observer done",
                                 "update", "settled"));
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-42
TEST(Telling, ASettledDocumentMayBeEditedAtOnce) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  int settled = 0;
  const auto listening = doc.on_all_settled([&] {
    if (++settled == 1) {
      ASSERT_TRUE(map.set("k", 2));
    }
  });
  ASSERT_TRUE(map.set("k", 1));
  EXPECT_EQ(settled, 2);
  EXPECT_EQ(map.json(), R"({"k":2})");
}

// DOC-42
TEST(Telling, EditsBeforeATransactionArePartOfIt) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  std::vector<std::string> keys;
  const auto before = doc.on_before_transaction([&](const TransactionEvent& event) {
    EXPECT_THAT(event.changed(), IsEmpty());
    ASSERT_TRUE(map.set("stamp", 1));
  });
  const auto observing = map.observe([&](const Event& event) { keys = event.keys_changed(); });
  ASSERT_TRUE(map.set("k", 1));
  EXPECT_THAT(keys, ElementsAre("stamp", "k"));
}

// DOC-30, DOC-42
TEST(Telling, AnUpdateTakenInBeforeATransactionIsPartOfIt) {
  Doc first({.client_id = 2});
  ASSERT_TRUE(first.map("m").set("first", 1));
  Doc second({.client_id = 3});
  ASSERT_TRUE(second.map("m").set("second", 2));
  const Bytes early = second.encode_state_as_update_v1();
  Doc doc({.client_id = 1});
  bool done = false;
  const auto before = doc.on_before_transaction([&](const TransactionEvent&) {
    if (std::exchange(done, true)) return;
    ASSERT_TRUE(doc.apply_update_v1(early).has_value());
  });
  const auto result = doc.apply_update_v1(first.encode_state_as_update_v1());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->structs_added, 1u);
  EXPECT_EQ(doc.map("m").json(), R"({"second":2,"first":1})");
}

// DOC-42
TEST(Telling, AnIndexCountsInTheListAsItIsOnceTheTransactionIsOpen) {
  Doc doc({.client_id = 1});
  Array array = doc.array("a");
  ASSERT_TRUE(array.push({1, 2, 3}));
  const auto before = doc.on_before_transaction([&](const TransactionEvent&) {
    if (array.size() > 1) {
      ASSERT_TRUE(array.remove(1, array.size() - 1));
    }
  });
  const auto inserted = array.insert(3, {4});
  ASSERT_FALSE(inserted);
  EXPECT_EQ(inserted.error(), EditError::out_of_range);
  ASSERT_TRUE(array.push({5}));
  const auto removed = array.remove(1, 1);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error(), EditError::out_of_range);
  EXPECT_EQ(array.json(), "[1]");
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-45
TEST(Telling, ExceptionsComeOutAtTheEnd) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  Heard heard;
  const auto first = map.observe([&](const Event&) { throw std::runtime_error("first"); });
  const auto second = map.observe_deep([&](const Events&) {
    heard.push_back("deep");
    throw std::runtime_error("second");
  });
  const auto third = doc.on_after_transaction([&](const TransactionEvent&) {
    heard.push_back("after");
    throw std::runtime_error("third");
  });
  const auto fourth = doc.on_update_v1([&](const UpdateEvent&) { heard.push_back("update"); });
  const auto fifth = doc.on_all_settled([&] {
    heard.push_back("settled");
    throw std::runtime_error("fifth");
  });
  try {
    static_cast<void>(map.set("k", 1));
    ADD_FAILURE() << "nothing thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
  EXPECT_THAT(heard, ElementsAre("deep", "after", "update", "settled"));
  EXPECT_EQ(map.json(), R"({"k":1})");
  EXPECT_EQ(integrity_fault(doc.store()), "");

  heard.clear();
  try {
    doc.transact([&] {
      ASSERT_TRUE(map.set("k", 2));
      throw std::runtime_error("act");
    });
    ADD_FAILURE() << "nothing thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "act");
  }
  EXPECT_THAT(heard, ElementsAre("deep", "after", "update", "settled"));
  EXPECT_EQ(map.json(), R"({"k":2})");
}

// DOC-51
TEST(Telling, ATransactionSaysWhatItDid) {
  Doc other({.client_id = 9});
  ASSERT_TRUE(other.text("t").insert(0, "0123456789"));
  Doc doc({.client_id = 1});
  Text text = doc.text("t");
  Map map = doc.map("m");
  ASSERT_TRUE(doc.apply_update_v1(other.encode_state_as_update_v1()));
  ASSERT_TRUE(map.set("a", 1));
  Heard heard;
  const auto note = [&](std::string_view when) {
    return [&heard, when](const TransactionEvent& event) {
      std::string types;
      for (const TypeChange& change : event.changed()) {
        types +=
            std::string(change.type.is_root() ? "root" : "inside") + (change.list ? " list" : "");
        for (const std::string& key : change.keys) types += " " + key;
        types += "; ";
      }
      const auto* origin = std::get_if<std::string>(&event.origin());
      heard.push_back(std::string(when) + (event.local() ? " local " : " remote ") +
                      (origin == nullptr ? "-" : *origin) + " | " +
                      state_text(event.state_before()) + "| " + state_text(event.state_after()) +
                      "| " + ranges_text(event.inserted()) + "| " + ranges_text(event.deleted()) +
                      "| " + types);
    };
  };
  const Subscription subscriptions[] = {doc.on_before_transaction(note("before")),
                                        doc.on_before_observers(note("ended")),
                                        doc.on_after_cleanup(note("cleanup"))};
  doc.transact(
      [&] {
        ASSERT_TRUE(text.remove(2, 1));
        ASSERT_TRUE(map.set("b", NewType::map({{"k", 1}})));
        ASSERT_TRUE(map.remove("a"));
        ASSERT_TRUE(text.remove(0, 1));
      },
      std::string("me"));
  const std::string what = "| 9:10 1:3 | 1:1+2 | 9:0+1 9:2+1 1:0+1 | root list; root b a; ";
  EXPECT_THAT(heard, ElementsAre("before local me | 9:10 1:1 | 9:10 1:1 | | | ",
                                 "ended local me | 9:10 1:1 " + what,
                                 "cleanup local me | 9:10 1:1 " + what));

  heard.clear();
  ASSERT_TRUE(other.text("t").insert(10, "!"));
  ASSERT_TRUE(doc.apply_update_v1(other.encode_state_as_update_v1(), std::string("net")));
  EXPECT_EQ(heard.at(1), "ended remote net | 9:10 1:3 | 9:11 1:3 | 9:10+1 | | root list; ");
}

// DOC-51
TEST(Telling, WhatObserversAddedSinceCountsAsAddedToo) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  Heard heard;
  bool first = true;
  const auto observing = map.observe([&](const Event&) {
    if (!std::exchange(first, false)) return;
    ASSERT_TRUE(map.set("b", 1));
    ASSERT_TRUE(map.set("c", 1));
  });
  const auto after = doc.on_after_transaction(
      [&](const TransactionEvent& event) { heard.push_back(ranges_text(event.inserted())); });
  ASSERT_TRUE(map.set("a", 1));
  EXPECT_THAT(heard, ElementsAre("1:0+1 ", "1:1+2 ", "1:2+1 "));
}

// DOC-43
TEST(Telling, SubscriptionsMayOutliveTheDocument) {
  Subscription observing;
  Subscription deep;
  Subscription settled;
  {
    Doc doc({.client_id = 1});
    observing = doc.map("m").observe([](const Event&) {});
    deep = doc.map("m").observe_deep([](const Events&) {});
    settled = doc.on_all_settled([] {});
  }
}

// DOC-43: a listener may end its own subscription, and with it all that is kept of its type.
TEST(Telling, TheLastListenerMayEndItself) {
  Doc doc({.client_id = 1});
  Map map = doc.map("m");
  int heard = 0;
  Subscription own;
  own = map.observe([&](const Event&) {
    ++heard;
    own.cancel();
  });
  ASSERT_TRUE(map.set("k", 1));
  ASSERT_TRUE(map.set("k", 2));
  EXPECT_EQ(heard, 1);
}

// DOC-42: observers of long chains of types cost what they are told, not its square.
TEST(Telling, DeepNestingIsClimbedOnce) {
  Doc doc({.client_id = 1});
  Map root = doc.map("m");
  constexpr std::uint32_t kDepth = 3000;
  std::vector<Map> chain{root};
  doc.transact([&] {
    for (std::uint32_t i = 0; i < kDepth; ++i) {
      ASSERT_TRUE(chain.back().set("k", NewType::map()));
      chain.push_back(*as<Map>(chain.back().get("k")));
    }
  });
  std::size_t told = 0;
  std::size_t depth = 0;
  const auto observing = root.observe_deep([&](const Events& events) {
    told = events.size();
    depth = events.back().get().path().size();
  });
  doc.transact([&] {
    for (std::size_t i = chain.size(); i-- > 0;) ASSERT_TRUE(chain[i].set("x", 1));
  });
  EXPECT_EQ(told, kDepth + 1);
  EXPECT_EQ(depth, kDepth);
}

}  // namespace
}  // namespace ydoc

#include "ydoc/undo_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using righttask::Instant;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

/// A document that is edited, on a clock of its own.
class Replica {
 public:
  explicit Replica(ClientId id, bool gc = true) : doc({.client_id = id, .gc = gc}) {}

  [[nodiscard]] UndoOptions options() {
    UndoOptions options;
    options.now = [this] { return now; };
    return options;
  }
  void receive(const Doc& from, Origin origin = Origin{"remote"}) {
    const auto result =
        doc.apply_update_v1(from.encode_state_as_update_v1(doc.state_vector()), std::move(origin));
    ASSERT_TRUE(result.has_value());
  }
  [[nodiscard]] std::string fault() const { return integrity_fault(doc.store()); }

  Instant now{};
  Doc doc;
};

Origin address(const void* object) {
  return Origin{object};
}

TEST(UndoManager, TakesBackAndDoesAgain) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_FALSE(undo.can_undo());
  EXPECT_FALSE(undo.undo());
  EXPECT_TRUE(text.insert(0, "typed"));
  undo.stop_capturing();
  EXPECT_TRUE(text.remove(1, 3));
  EXPECT_EQ(text.text(), "td");
  EXPECT_TRUE(undo.can_undo());
  EXPECT_FALSE(undo.can_redo());

  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "typed");
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "");
  EXPECT_FALSE(undo.can_undo());
  EXPECT_FALSE(undo.undo());
  EXPECT_TRUE(undo.redo());
  EXPECT_EQ(text.text(), "typed");
  EXPECT_TRUE(undo.redo());
  EXPECT_EQ(text.text(), "td");
  EXPECT_FALSE(undo.redo());
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "typed");
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, OthersKeepWhatTheyWrote) {  // DOC-62
  Replica a(1);
  Replica b(2);
  Text mine = a.doc.text("text");
  Text theirs = b.doc.text("text");
  UndoManager undo(a.doc, {mine}, a.options());
  EXPECT_TRUE(mine.insert(0, "ad"));
  b.receive(a.doc);
  EXPECT_TRUE(theirs.insert(1, "bc"));
  a.receive(b.doc);
  EXPECT_EQ(mine.text(), "abcd");
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(mine.text(), "bc");
  EXPECT_TRUE(undo.redo());
  EXPECT_EQ(mine.text(), "abcd");
  b.receive(a.doc);
  EXPECT_EQ(theirs.text(), "abcd");
  EXPECT_EQ(a.doc.encode_state_vector_v1(), b.doc.encode_state_vector_v1());
}

TEST(UndoManager, CapturesTrackedOrigins) {  // DOC-60
  Replica a(1);
  Text text = a.doc.text("text");
  int object = 0;
  UndoOptions options = a.options();
  options.tracked_origins = {Origin{"typing"}};
  UndoManager undo(a.doc, {text}, std::move(options));
  const auto edit = [&](Origin origin) {
    const std::size_t before = undo.undo_stack().size();
    undo.stop_capturing();
    a.doc.transact([&] { EXPECT_TRUE(text.insert(0, "x")); }, std::move(origin));
    return undo.undo_stack().size() - before;
  };
  EXPECT_EQ(edit({}), 0u);
  EXPECT_EQ(edit(Origin{"import"}), 0u);
  EXPECT_EQ(edit(Origin{"typing"}), 1u);
  EXPECT_EQ(edit(address(&object)), 0u);
  undo.add_tracked_origin(address(&object));
  EXPECT_EQ(edit(address(&object)), 1u);
  undo.remove_tracked_origin(Origin{"typing"});
  EXPECT_EQ(edit(Origin{"typing"}), 0u);
}

TEST(UndoManager, AReceivedUpdateCountsAsItsOrigin) {  // DOC-60
  Replica a(1);
  Replica b(2);
  EXPECT_TRUE(b.doc.text("text").insert(0, "theirs"));
  UndoManager undo(a.doc, {a.doc.text("text")}, a.options());
  a.receive(b.doc);
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(b.doc.text("text").insert(0, "more of "));
  a.receive(b.doc, Origin{});
  EXPECT_TRUE(undo.can_undo());
}

TEST(UndoManager, CapturesItsScope) {  // DOC-60
  Replica a(1);
  Map map = a.doc.map("map");
  Array array = a.doc.array("array");
  EXPECT_TRUE(map.set("in", NewType::array()));
  EXPECT_TRUE(map.set("out", NewType::text()));
  Array in = *as<Array>(map.get("in"));
  Text out = *as<Text>(map.get("out"));
  UndoManager undo(a.doc, {in}, a.options());
  EXPECT_TRUE(out.insert(0, "x"));
  EXPECT_TRUE(map.set("k", 1));
  EXPECT_TRUE(array.push({1}));
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(in.push({NewType::array()}));  // and what is inside of that
  EXPECT_EQ(undo.undo_stack().size(), 1u);
  undo.stop_capturing();
  EXPECT_TRUE(as<Array>(in.get(0))->push({2}));
  EXPECT_EQ(undo.undo_stack().size(), 2u);
  undo.add_to_scope(array);
  undo.stop_capturing();
  EXPECT_TRUE(array.push({3}));
  EXPECT_EQ(undo.undo_stack().size(), 3u);
  undo.add_document_to_scope();
  undo.stop_capturing();
  EXPECT_TRUE(out.insert(0, "y"));
  EXPECT_EQ(undo.undo_stack().size(), 4u);
}

TEST(UndoManager, ATransactionIsTakenBackInItsScopeAlone) {  // DOC-62
  Replica a(1);
  Text in = a.doc.text("in");
  Text out = a.doc.text("out");
  EXPECT_TRUE(out.insert(0, "before"));
  UndoManager undo(a.doc, {in}, a.options());
  a.doc.transact([&] {
    EXPECT_TRUE(in.insert(0, "x"));
    EXPECT_TRUE(out.insert(0, "y"));
    EXPECT_TRUE(out.remove(1, 3));
  });
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(out.text(), "yore");
}

TEST(UndoManager, ChangesInShortSuccessionAreOne) {  // DOC-61
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  const auto type_after = [&](milliseconds pause) {
    a.now += pause;
    EXPECT_TRUE(text.insert(text.size(), "x"));
    return undo.undo_stack().size();
  };
  EXPECT_EQ(type_after(milliseconds(0)), 1u);
  EXPECT_EQ(type_after(milliseconds(499)), 1u);
  EXPECT_EQ(type_after(milliseconds(499)), 1u);  // of the last one, not of the first
  EXPECT_EQ(type_after(milliseconds(500)), 2u);
  undo.stop_capturing();
  EXPECT_EQ(type_after(milliseconds(1)), 3u);
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "xxxx");
  EXPECT_EQ(type_after(milliseconds(1)), 3u);  // behind an undo a new item begins
  EXPECT_TRUE(undo.undo());
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "xxx");
}

TEST(UndoManager, ANewChangeEmptiesTheRedoStack) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "x"));
  undo.undo();
  EXPECT_TRUE(undo.can_redo());
  EXPECT_TRUE(a.doc.text("other").insert(0, "outside"));
  a.doc.transact([] {});
  EXPECT_TRUE(undo.can_redo());
  EXPECT_TRUE(text.insert(0, "y"));
  EXPECT_FALSE(undo.can_redo());
  EXPECT_FALSE(undo.redo());
  EXPECT_EQ(text.text(), "y");
}

TEST(UndoManager, AnEmptyTransactionIsNoChange) {  // DOC-71
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, a.options());
  EXPECT_TRUE(text.insert(0, "x"));
  undo.undo();
  a.doc.transact([] {});
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(undo.can_redo());
  undo.clear();
  EXPECT_FALSE(undo.can_undo());
}

TEST(UndoManager, WhatCameAndWentWithinOneItemStaysAway) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "abc"));
  EXPECT_TRUE(text.remove(1, 1));
  EXPECT_EQ(undo.undo_stack().size(), 1u);
  undo.undo();
  EXPECT_EQ(text.text(), "");
  undo.redo();
  EXPECT_EQ(text.text(), "ac");
}

TEST(UndoManager, ItemsWithNothingLeftArePassedOver) {  // DOC-65
  Replica a(1);
  Replica b(2);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "first"));
  undo.stop_capturing();
  EXPECT_TRUE(text.insert(5, " second"));
  b.receive(a.doc);
  EXPECT_TRUE(b.doc.text("text").remove(5, 7));
  a.receive(b.doc);
  EXPECT_EQ(undo.undo_stack().size(), 2u);
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "");
  EXPECT_FALSE(undo.can_undo());
}

TEST(UndoManager, ATypeComesBackWithWhatItHeld) {  // DOC-63
  Replica a(1);
  Replica b(2);
  Array array = a.doc.array("array");
  UndoManager undo(a.doc, {array}, a.options());
  EXPECT_TRUE(array.push({0, NewType::map({{"k", 1}, {"list", NewType::array({2, 3})}}), 4}));
  const std::string whole = array.json();
  undo.stop_capturing();
  const auto old = *as<Map>(array.get(1));
  EXPECT_TRUE(array.remove(1));
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(array.json(), whole);
  EXPECT_FALSE(old.alive());  // it is another type
  b.receive(a.doc);
  EXPECT_EQ(b.doc.array("array").json(), whole);

  // What was inside before it went comes back into the new one.
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(undo.redo());
    EXPECT_EQ(array.json(), "[0,4]");
    EXPECT_TRUE(undo.undo());
    EXPECT_EQ(array.json(), whole);
  }
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(array.json(), "[]");
  EXPECT_TRUE(undo.redo());
  EXPECT_EQ(array.json(), whole);
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, ContentComesBackIntoATypeThatCameBack) {  // DOC-63
  Replica a(1);
  Map map = a.doc.map("map");
  UndoManager undo(a.doc, {map}, a.options());
  EXPECT_TRUE(map.set("list", NewType::array({NewType::map(), NewType::text("x"), 3})));
  const auto list = [&] { return *as<Array>(map.get("list")); };
  undo.stop_capturing();
  EXPECT_TRUE(list().remove(1));
  undo.stop_capturing();
  EXPECT_TRUE(map.remove("list"));
  EXPECT_EQ(map.json(), "{}");
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(map.json(), R"({"list":[{},3]})");
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(map.json(), R"({"list":[{},"x",3]})");
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, AKeyGivesWayToOthers) {  // DOC-64
  for (const bool ignore : {false, true}) {
    Replica a(1);
    Replica b(2);
    Map mine = a.doc.map("map");
    UndoOptions options = a.options();
    options.ignore_remote_map_changes = ignore;
    UndoManager undo(a.doc, {mine}, std::move(options));
    EXPECT_TRUE(mine.set("k", "first"));
    undo.stop_capturing();
    EXPECT_TRUE(mine.set("k", "second"));
    b.receive(a.doc);
    EXPECT_TRUE(b.doc.map("map").set("k", "theirs"));
    a.receive(b.doc);
    undo.undo();
    EXPECT_EQ(mine.json(), ignore ? R"({"k":"first"})" : R"({"k":"theirs"})");
    EXPECT_EQ(undo.can_redo(), ignore);
  }
}

TEST(UndoManager, AKeyGoesThroughItsOwnHistory) {  // DOC-64
  Replica a(1);
  Map map = a.doc.map("map");
  UndoManager undo(a.doc, {map}, a.options());
  for (int i = 0; i < 5; ++i) {
    undo.stop_capturing();
    EXPECT_TRUE(map.set("k", i));
  }
  for (int round = 0; round < 2; ++round) {
    for (int i = 4; i > 0; --i) {
      EXPECT_EQ(map.json(), "{\"k\":" + std::to_string(i) + "}");
      EXPECT_TRUE(undo.undo());
    }
    EXPECT_TRUE(undo.undo());
    EXPECT_EQ(map.json(), "{}");
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(undo.redo());
      EXPECT_EQ(map.json(), "{\"k\":" + std::to_string(i) + "}");
    }
  }
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, FormattingComesAndGoes) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  const auto bold = [&](std::uint32_t index) {
    std::uint32_t at = 0;
    for (const TextRun& run : text.delta()) {
      at += static_cast<std::uint32_t>(std::get<std::string>(run.content).size());
      if (index < at) return !run.attributes.empty();
    }
    return false;
  };
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "plain and bold"));
  undo.stop_capturing();
  EXPECT_TRUE(text.format(10, 4, {{"bold", Any{true}}}));
  undo.stop_capturing();
  EXPECT_TRUE(text.format(12, 2, {{"bold", Any{Null{}}}}));
  EXPECT_TRUE(bold(11));
  EXPECT_FALSE(bold(12));
  EXPECT_TRUE(undo.undo());
  EXPECT_TRUE(bold(12));
  EXPECT_TRUE(undo.undo());
  EXPECT_FALSE(bold(11));
  EXPECT_TRUE(undo.redo());
  EXPECT_TRUE(bold(11));
  EXPECT_TRUE(bold(12));
  EXPECT_FALSE(bold(9));
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, DeletedContentIsKeptForIt) {  // DOC-66
  const auto holds = [](const Doc& doc, std::string_view what) {
    const Bytes state = doc.encode_state_as_update_v1();
    return righttask::as_text(state).find(what) != std::string_view::npos;
  };
  Replica a(1);
  Array array = a.doc.array("array");
  Text outside = a.doc.text("outside");
  EXPECT_TRUE(outside.insert(0, "forgotten"));
  EXPECT_TRUE(array.push({NewType::array({"remembered"})}));
  UndoManager undo(a.doc, {array}, a.options());
  const Array list = *as<Array>(array.get(0));
  EXPECT_TRUE(outside.remove(0, 9));
  EXPECT_FALSE(holds(a.doc, "forgotten"));
  EXPECT_TRUE(Array(list).remove(0));
  EXPECT_TRUE(holds(a.doc, "remembered"));
  undo.clear();
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(array.remove(0));  // takes along what is not kept
  undo.clear();
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, WhatIsNoLongerKeptGoesWithItsType) {  // DOC-66
  Replica a(1);
  Map map = a.doc.map("map");
  EXPECT_TRUE(map.set("list", NewType::array({"one"})));
  std::optional<UndoManager> undo(std::in_place, a.doc, std::vector<Shared>{map}, a.options());
  EXPECT_TRUE(as<Array>(map.get("list"))->remove(0));
  undo->clear();
  undo.reset();
  EXPECT_TRUE(map.remove("list"));
  const Bytes state = a.doc.encode_state_as_update_v1();
  EXPECT_EQ(righttask::as_text(state).find("one"), std::string_view::npos);
}

TEST(UndoManager, FiltersHaveTheLastWord) {  // DOC-68
  Replica a(1);
  Map map = a.doc.map("map");
  UndoOptions options = a.options();
  std::vector<std::string> asked;
  options.capture_change = [&](const CapturedChange& change) {
    EXPECT_TRUE(change.changed.contains(map));
    return change.origin != Origin{"quiet"};
  };
  options.may_delete = [&](const UndoDeletion& deletion) {
    asked.emplace_back(deletion.key.value_or("-"));
    return !deletion.type.has_value();
  };
  options.tracked_origins.push_back(Origin{"quiet"});
  UndoManager undo(a.doc, {map}, std::move(options));
  a.doc.transact([&] { EXPECT_TRUE(map.set("quiet", 1)); }, Origin{"quiet"});
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(map.set("plain", 1));
  EXPECT_TRUE(map.set("typed", NewType::array({5})));
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(map.json(), R"({"quiet":1,"typed":[]})");
  EXPECT_THAT(asked, ElementsAre("-", "typed", "plain"));  // the innermost and newest first
}

TEST(UndoManager, TellsWhatHappensToItsStacks) {  // DOC-67
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  std::vector<std::string> told;
  const auto tell = [&](std::string_view what) {
    return [&told, &text, &undo, what](const StackEvent& event) {
      std::string line(what);
      line += event.stack == UndoStack::undo ? " undo" : " redo";
      if (event.changed.contains(text)) line += " text";
      if (event.origin == undo.origin()) line += " own";
      if (event.item.meta.contains("cursor")) {
        line += " at " + std::to_string(std::any_cast<int>(event.item.meta["cursor"]));
      } else {
        event.item.meta["cursor"] = static_cast<int>(text.size());
      }
      if (undo.current_item() != nullptr) line += " current";
      told.push_back(line);
    };
  };
  const Subscription added = undo.on_item_added(tell("added"));
  const Subscription updated = undo.on_item_updated(tell("updated"));
  const Subscription popped = undo.on_item_popped(tell("popped"));
  const Subscription cleared = undo.on_cleared([&](const StackClearedEvent& event) {
    told.push_back(std::string("cleared") + (event.undo ? " undo" : "") +
                   (event.redo ? " redo" : ""));
  });
  EXPECT_TRUE(text.insert(0, "abc"));
  EXPECT_TRUE(text.insert(0, "d"));
  EXPECT_THAT(told, ElementsAre("added undo text", "updated undo text at 3"));
  told.clear();
  const auto item = undo.undo();
  ASSERT_TRUE(item);
  EXPECT_EQ(std::any_cast<int>(item->meta["cursor"]), 3);
  EXPECT_EQ(undo.current_item(), nullptr);
  EXPECT_THAT(told,
              ElementsAre("added redo text own current", "popped undo text own at 3 current"));
  told.clear();
  undo.redo();
  EXPECT_THAT(told,
              ElementsAre("added undo text own current", "popped redo text own at 0 current"));
  told.clear();
  undo.undo();
  told.clear();
  EXPECT_TRUE(text.insert(0, "x"));
  EXPECT_THAT(told, ElementsAre("cleared redo", "added undo text"));
  told.clear();
  undo.clear();
  undo.clear();
  EXPECT_THAT(told, ElementsAre("cleared undo redo"));
}

TEST(UndoManager, ALimitedStackForgetsTheOldest) {  // DOC-69
  Replica a(1);
  Array array = a.doc.array("array");
  UndoOptions options = a.options();
  options.items_max = 3;
  UndoManager undo(a.doc, {array}, std::move(options));
  for (int i = 0; i < 6; ++i) {
    undo.stop_capturing();
    EXPECT_TRUE(array.push({i}));
  }
  EXPECT_EQ(undo.undo_stack().size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(undo.undo());
  EXPECT_FALSE(undo.undo());
  EXPECT_EQ(array.json(), "[0,1,2]");
  EXPECT_EQ(undo.redo_stack().size(), 3u);
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, WorksInsideTransactions) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "abc"));
  undo.stop_capturing();
  a.doc.transact([&] {
    EXPECT_TRUE(text.insert(3, "d"));
    EXPECT_TRUE(undo.undo());
    EXPECT_EQ(text.text(), "d");
  });
  // It has become part of that transaction, and was captured with it.
  EXPECT_FALSE(undo.can_redo());
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "abc");
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, AListenerMayUndo) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "good"));
  undo.stop_capturing();
  const Subscription guard = undo.on_item_added([&](const StackEvent& event) {
    if (event.origin == undo.origin()) return;
    if (text.text().find("bad") != std::string::npos) undo.undo();
  });
  EXPECT_TRUE(text.insert(4, " bad"));
  EXPECT_EQ(text.text(), "good");
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, AThrowingFilterLeavesItUsable) {
  Replica a(1);
  Text text = a.doc.text("text");
  UndoOptions options = a.options();
  bool thrown = false;
  options.may_delete = [&](const UndoDeletion&) {
    if (std::exchange(thrown, true)) return true;
    throw std::runtime_error("no");
  };
  UndoManager undo(a.doc, {text}, std::move(options));
  EXPECT_TRUE(text.insert(0, "a"));
  undo.stop_capturing();
  EXPECT_TRUE(text.insert(1, "b"));
  EXPECT_THROW(undo.undo(), std::runtime_error);
  EXPECT_EQ(text.text(), "ab");
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(text.text(), "b");
}

// DOC-45, DOC-62
TEST(UndoManager, WhatEndsAnUndoGoesBeforeWhatObserversThrow) {
  Replica a(1);
  Array array = a.doc.array("array");
  UndoOptions options = a.options();
  unsigned asked = 0;
  options.may_delete = [&](const UndoDeletion&) -> bool {
    if (asked++ == 0) return true;
    throw std::runtime_error("filter");
  };
  UndoManager undo(a.doc, {array}, std::move(options));
  EXPECT_TRUE(array.push({NewType::map()}));
  EXPECT_TRUE(array.push({NewType::map()}));
  const Subscription observer =
      array.observe([](const Event&) { throw std::logic_error("observer"); });
  EXPECT_THROW(undo.undo(), std::runtime_error);
  EXPECT_EQ(array.size(), 1u);
}

TEST(UndoManager, WhatListenersAreToldOfLastsUntilAllAreTold) {  // DOC-67
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  std::function<void()> act;
  unsigned told = 0;
  const auto acts = [&](const StackEvent&) {
    if (const auto once = std::exchange(act, nullptr)) once();
  };
  const auto looks = [&](const StackEvent& event) {
    event.item.meta["told"] = ++told;
    EXPECT_TRUE(event.changed.contains(text));
  };
  const Subscription added = undo.on_item_added(acts);
  const Subscription added_then = undo.on_item_added(looks);
  const Subscription updated = undo.on_item_updated(acts);
  const Subscription updated_then = undo.on_item_updated(looks);
  act = [&] { undo.undo(); };
  EXPECT_TRUE(text.insert(0, "a"));
  undo.clear();
  act = [&] { undo.clear(); };
  EXPECT_TRUE(text.insert(0, "b"));
  EXPECT_FALSE(undo.can_undo());
  EXPECT_TRUE(text.insert(0, "c"));
  act = [&] { undo.clear(); };
  EXPECT_TRUE(text.insert(0, "d"));
  EXPECT_GE(told, 4u);
  EXPECT_EQ(text.text(), "dcb");
}

TEST(UndoManager, AnUndoWithinAnotherDoesNothing) {  // DOC-67
  Replica a(1);
  Text text = a.doc.text("text");
  UndoManager undo(a.doc, {text}, a.options());
  EXPECT_TRUE(text.insert(0, "a"));
  undo.stop_capturing();
  EXPECT_TRUE(text.insert(1, "b"));
  unsigned popped = 0;
  const Subscription once_more = undo.on_item_popped([&](const StackEvent& event) {
    ++popped;
    EXPECT_FALSE(undo.undo());
    EXPECT_FALSE(undo.redo());
    event.item.meta["still"] = true;
    EXPECT_EQ(undo.current_item(), &event.item);
  });
  const Subscription observer = text.observe([&](const Event&) { EXPECT_FALSE(undo.undo()); });
  const auto item = undo.undo();
  ASSERT_TRUE(item);
  EXPECT_TRUE(item->meta.contains("still"));
  EXPECT_EQ(popped, 1u);
  EXPECT_EQ(text.text(), "a");
  EXPECT_TRUE(undo.can_redo());
}

TEST(UndoManager, AListenerMayEndItsLife) {
  const auto ends = [](auto&& subscribe, auto&& act) {
    Replica a(1);
    Text text = a.doc.text("text");
    UndoOptions options = a.options();
    options.items_max = 2;
    auto undo = std::make_unique<UndoManager>(a.doc, std::vector<Shared>{text}, std::move(options));
    for (int i = 0; i < 3; ++i) {
      undo->stop_capturing();
      EXPECT_TRUE(text.insert(0, "a"));
    }
    const Subscription end = subscribe(*undo, text, [&](const auto&...) { undo.reset(); });
    act(*undo, text);
    EXPECT_EQ(undo, nullptr);
    EXPECT_TRUE(text.insert(0, "b"));
    EXPECT_EQ(a.fault(), "");
  };
  const auto types = [](UndoManager& undo, Text& text) {
    undo.stop_capturing();
    EXPECT_TRUE(text.insert(0, "c"));
  };
  const auto undoes = [](UndoManager& undo, Text&) { EXPECT_TRUE(undo.undo()); };
  const auto added = [](UndoManager& u, Text&, auto f) { return u.on_item_added(f); };
  const auto popped = [](UndoManager& u, Text&, auto f) { return u.on_item_popped(f); };
  const auto cleared = [](UndoManager& u, Text&, auto f) { return u.on_cleared(f); };
  const auto observed = [](UndoManager&, Text& text, auto f) { return text.observe(f); };
  ends(added, types);
  ends(added, undoes);
  ends(popped, undoes);
  ends(observed, types);
  ends(observed, undoes);
  ends(cleared, [](UndoManager& undo, Text&) { undo.clear(); });
  ends(cleared, [](UndoManager& undo, Text& text) {
    EXPECT_TRUE(undo.undo());
    EXPECT_TRUE(text.insert(0, "d"));
  });
}

TEST(UndoManager, WithoutAClientIdNothingComesBack) {  // DOC-62
  Replica a(1);
  Text text = a.doc.text("text");
  EXPECT_TRUE(text.insert(0, "abc"));
  Doc copy;
  ASSERT_TRUE(copy.apply_update_v1(a.doc.encode_state_as_update_v1()).has_value());
  Text same = copy.text("text");
  UndoManager undo(copy, {same}, a.options());
  EXPECT_TRUE(same.remove(0, 1));
  EXPECT_TRUE(undo.can_undo());
  EXPECT_FALSE(undo.undo());
  EXPECT_EQ(same.text(), "bc");
}

TEST(UndoManager, BelongsToOneDocument) {
  Replica a(1);
  Replica b(2);
  UndoManager undo(a.doc, {a.doc.text("text")}, a.options());
  EXPECT_THROW(undo.add_to_scope(b.doc.text("text")), righttask::BugError);
  EXPECT_THROW(UndoManager(a.doc, UndoOptions{}), righttask::BugError);
}

TEST(UndoManager, ScopeTypesMayGo) {  // DOC-60
  Replica a(1);
  Array array = a.doc.array("array");
  EXPECT_TRUE(array.push({NewType::array()}));
  const Array inner = *as<Array>(array.get(0));
  UndoManager undo(a.doc, {inner}, a.options());
  EXPECT_TRUE(array.remove(0));
  EXPECT_TRUE(array.push({NewType::array()}));  // takes the other's place in the table
  EXPECT_TRUE(as<Array>(array.get(0))->push({1}));
  EXPECT_FALSE(undo.can_undo());
}

/// What a stranger nests, however deep, costs what it is long.
TEST(UndoManager, DeepNestsComeBack) {  // DOC-69
  Replica a(1);
  Map map = a.doc.map("map");
  constexpr int kDepth = 50'000;
  UndoManager undo(a.doc, {map}, a.options());
  a.doc.transact([&] {
    Map at = map;
    for (int i = 0; i < kDepth; ++i) {
      EXPECT_TRUE(at.set("in", NewType::map()));
      at = *as<Map>(at.get("in"));
    }
  });
  undo.stop_capturing();
  EXPECT_TRUE(map.remove("in"));
  EXPECT_TRUE(undo.undo());
  int depth = 0;
  for (auto at = as<Map>(map.get("in")); at; at = as<Map>(at->get("in"))) ++depth;
  EXPECT_EQ(depth, kDepth);
  EXPECT_EQ(a.fault(), "");
}

/// Each child has to be passed over once, not once for each other.
TEST(UndoManager, LongListsComeBackInOrder) {  // DOC-69
  constexpr int kChildren = 8'000;
  Replica a(1);
  Map map = a.doc.map("map");
  std::vector<NewValue> children;
  children.reserve(kChildren);
  for (int i = 0; i < kChildren; ++i) children.push_back(NewType::map({{"n", i}}));
  EXPECT_TRUE(map.set("list", NewType::array(std::move(children))));
  UndoOptions options = a.options();
  options.steps_max = 100 * kChildren;
  UndoManager undo(a.doc, {map}, std::move(options));
  const std::string whole = map.json();
  EXPECT_TRUE(map.remove("list"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(undo.undo());
    EXPECT_EQ(map.json(), whole);
    EXPECT_TRUE(undo.redo());
  }
  EXPECT_EQ(a.fault(), "");
}

TEST(UndoManager, BeyondTheLimitOrderIsGivenUp) {  // DOC-69
  constexpr int kChildren = 1'000;
  Replica a(1);
  Map map = a.doc.map("map");
  std::vector<NewValue> children;
  children.reserve(kChildren);
  for (int i = 0; i < kChildren; ++i) children.push_back(NewType::map({{"n", i}}));
  EXPECT_TRUE(map.set("list", NewType::array(std::move(children))));
  UndoOptions options = a.options();
  options.steps_max = 5'000;
  UndoManager undo(a.doc, {map}, std::move(options));
  const std::string whole = map.json();
  EXPECT_TRUE(map.remove("list"));
  EXPECT_TRUE(undo.undo());
  EXPECT_EQ(as<Array>(map.get("list"))->size(), std::uint32_t{kChildren});
  EXPECT_EQ(map.json().size(), whole.size());
  EXPECT_NE(map.json(), whole);
  EXPECT_EQ(a.fault(), "");
}

}  // namespace
}  // namespace ydoc

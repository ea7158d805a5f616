#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/event.h"
#include "ydoc/store/integrity.h"
#include "ydoc/store/store.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NewDoc document(std::string guid) {
  return {.guid = std::move(guid), .meta = {}};
}

std::string guids(const std::vector<Subdocument>& documents) {
  std::string out;
  for (const Subdocument& document : documents) out += document.guid();
  return out;
}

/// A document and what is told about its subdocuments: "+added *loaded -removed".
class Watched {
 public:
  explicit Watched(ClientId id) : doc({.client_id = id}) {
    subscription_ = doc.on_subdocuments([this](const SubdocumentsEvent& event) {
      heard.push_back("+" + guids(event.added) + " *" + guids(event.loaded) + " -" +
                      guids(event.removed));
    });
  }
  void receive_from(const Watched& other) {
    ASSERT_TRUE(doc.apply_update_v1(other.doc.encode_state_as_update_v1(doc.state_vector())));
  }
  Doc doc;
  std::vector<std::string> heard;

 private:
  Subscription subscription_;
};

// DOC-52
TEST(Subdocuments, AreKnownByTheirPlaces) {
  Watched one(1);
  EXPECT_THAT(one.doc.subdocuments(), IsEmpty());
  Map map = one.doc.map("m");
  Array list = one.doc.array("l");
  ASSERT_TRUE(map.set("k", document("b")));
  ASSERT_TRUE(list.push(
      {0, NewDoc{.guid = "a", .gc = false, .auto_load = true, .meta = Any{std::string("x")}}}));
  const auto documents = one.doc.subdocuments();
  ASSERT_EQ(guids(documents), "ba");
  EXPECT_TRUE(documents[0].gc());
  EXPECT_FALSE(documents[0].auto_load());
  EXPECT_EQ(documents[0].meta(), nullptr);
  EXPECT_FALSE(documents[1].gc());
  EXPECT_TRUE(documents[1].auto_load());
  EXPECT_EQ(*documents[1].meta(), Any{std::string("x")});
  EXPECT_EQ(documents[1].place(), (Id{1, 2}));
  EXPECT_EQ(std::get<Subdocument>(list.get(1)).place(), documents[1].place());
}

// DOC-53
TEST(Subdocuments, ThatAreMadeHereAreLoaded) {
  Watched one(1);
  Map map = one.doc.map("m");
  ASSERT_TRUE(map.set("k", document("a")));
  NewDoc unwanted = document("b");
  unwanted.should_load = false;
  ASSERT_TRUE(map.set("l", unwanted));
  ASSERT_TRUE(map.remove("k"));
  ASSERT_TRUE(map.set("m", 1));
  EXPECT_THAT(one.heard, ElementsAre("+a *a -", "+b * -", "+ * -a"));
  EXPECT_EQ(guids(one.doc.subdocuments()), "b");
}

// DOC-53
TEST(Subdocuments, ThatArriveAreLoadedWhereTheySaySo) {
  Watched one(1);
  Watched two(2);
  Map map = one.doc.map("m");
  ASSERT_TRUE(map.set("k", document("a")));
  ASSERT_TRUE(map.set("l", NewDoc{.guid = "b", .auto_load = true, .meta = {}}));
  two.receive_from(one);
  ASSERT_TRUE(map.set("k", document("c")));
  two.receive_from(one);
  EXPECT_THAT(two.heard, ElementsAre("+ab *b -", "+c * -a"));
}

// DOC-53
TEST(Subdocuments, ThatComeAndGoInOneTransactionAreNotTold) {
  Watched one(1);
  Map map = one.doc.map("m");
  one.doc.transact([&] {
    ASSERT_TRUE(map.set("k", document("a")));
    ASSERT_TRUE(map.set("k", document("b")));
    ASSERT_TRUE(map.set("inside", NewType::array({document("c")})));
    ASSERT_TRUE(map.remove("inside"));
  });
  EXPECT_THAT(one.heard, ElementsAre("+b *b -"));
  one.doc.transact([&] {
    ASSERT_TRUE(map.set("l", document("d")));
    ASSERT_TRUE(map.remove("l"));
  });
  EXPECT_THAT(one.heard, ElementsAre("+b *b -"));
}

// DOC-53
TEST(Subdocuments, GoWithTheTypesThatHoldThem) {
  Watched one(1);
  Map map = one.doc.map("m");
  ASSERT_TRUE(map.set("k", NewType::array({document("a"), NewType::map({{"x", document("b")}})})));
  ASSERT_TRUE(map.remove("k"));
  EXPECT_THAT(one.heard, ElementsAre("+ab *ab -", "+ * -ab"));
  EXPECT_THAT(one.doc.subdocuments(), IsEmpty());
  EXPECT_EQ(integrity_fault(one.doc.store()), "");
}

// DOC-54
TEST(Subdocuments, AreLoadedWhenAskedFor) {
  Watched one(1);
  Watched two(2);
  ASSERT_TRUE(one.doc.array("l").push({document("a"), document("b")}));
  two.receive_from(one);
  two.heard.clear();
  int updates = 0;
  const auto counting = two.doc.on_update_v1([&](const UpdateEvent&) { ++updates; });
  const Id place = two.doc.subdocuments().at(1).place();
  EXPECT_TRUE(two.doc.load_subdocument(place));
  EXPECT_FALSE(two.doc.load_subdocument(place)) << "already";
  EXPECT_FALSE(two.doc.load_subdocument({1, 2})) << "nothing is there";
  EXPECT_FALSE(two.doc.load_subdocument({7, 0})) << "nobody is there";
  EXPECT_FALSE(one.doc.load_subdocument(place)) << "it was made there";
  EXPECT_THAT(two.heard, ElementsAre("+ *b -"));

  EXPECT_TRUE(two.doc.unload_subdocument(place));
  EXPECT_FALSE(two.doc.unload_subdocument(place));
  EXPECT_TRUE(two.doc.load_subdocument(place));
  EXPECT_THAT(two.heard, ElementsAre("+ *b -", "+b * -b", "+ *b -"));
  EXPECT_EQ(updates, 0) << "others do not care";

  two.heard.clear();
  two.doc.transact([&] {
    EXPECT_TRUE(two.doc.unload_subdocument(place));
    EXPECT_TRUE(two.doc.load_subdocument(place));
    EXPECT_FALSE(two.doc.load_subdocument(place));
  });
  EXPECT_THAT(two.heard, ElementsAre("+b *b -b"));
  EXPECT_FALSE(two.doc.load_subdocument(place));
}

// DOC-54
TEST(Subdocuments, MayBeLoadedWhileTheyAreTold) {
  Watched one(1);
  NewDoc unwanted = document("a");
  unwanted.should_load = false;
  Subscription observing = one.doc.map("m").observe([&](const Event& event) {
    const Value value = one.doc.map("m").get("k");
    if (const auto* found = std::get_if<Subdocument>(&value)) {
      EXPECT_EQ(one.doc.load_subdocument(found->place()),
                event.keys_changed() == std::vector<std::string>{"k"});
    }
  });
  ASSERT_TRUE(one.doc.map("m").set("k", unwanted));
  ASSERT_TRUE(one.doc.map("m").set("other", 1));
  EXPECT_THAT(one.heard, ElementsAre("+a * -", "+ *a -"));
}

// DOC-42, DOC-53
TEST(Subdocuments, AreToldLast) {
  Doc doc({.client_id = 1});
  std::vector<std::string> heard;
  const auto say = [&](std::string what) {
    return [&heard, what = std::move(what)](auto&&...) { heard.push_back(what); };
  };
  const Subscription subscriptions[] = {
      doc.on_subdocuments(say("subdocuments")), doc.on_update_v1(say("update")),
      doc.on_after_cleanup(say("cleanup")), doc.on_all_settled(say("settled"))};
  const auto known = doc.on_update_v1(
      [&](const UpdateEvent&) { heard.push_back("known: " + guids(doc.subdocuments())); });
  ASSERT_TRUE(doc.map("m").set("k", document("a")));
  ASSERT_TRUE(doc.map("m").remove("k"));
  EXPECT_THAT(heard, ElementsAre("cleanup", "update", "known: ", "subdocuments", "settled",
                                 "cleanup", "update", "known: ", "subdocuments", "settled"));
}

// DOC-53: what a later transaction of an observer removes was there for the first.
TEST(Subdocuments, AnObserverMayRemoveThem) {
  Watched one(1);
  Map map = one.doc.map("m");
  const auto observing = map.observe([&](const Event&) { ASSERT_TRUE(map.remove("k")); });
  ASSERT_TRUE(map.set("k", document("a")));
  EXPECT_THAT(one.heard, ElementsAre("+a *a -", "+ * -a"));
}

}  // namespace
}  // namespace ydoc
